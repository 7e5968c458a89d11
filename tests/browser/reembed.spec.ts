// Vectors made anew while tabs die: what is done is kept, and whoever leads next goes on.
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { load, type Window } from './library-page';
import { crash } from './tabs-page';
import { serveDist } from '../support/serve-dist.mjs';

type Embedder = NonNullable<
  Parameters<Window['archivolt']['openWorkspace']>[0] extends infer O
    ? Exclude<O, string> extends { embedder?: infer E }
      ? E
      : never
    : never
>;
interface Made extends Window {
  /** An embedder that counts its texts and, after so many batches, never answers again. */
  make: (model: string, batches?: number) => Embedder;
  asked: Record<string, number>;
  outcome: string;
}

const DOCUMENTS = 200;

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

async function openTab(context: BrowserContext, name: string, model: string, batches?: number): Promise<Page> {
  const page = await context.newPage();
  await load(page, server.address);
  await page.evaluate(
    async ({ workspace, own, most }) => {
      const window = globalThis as unknown as Made;
      window.asked = {};
      window.outcome = '';
      window.make = (made, limit = Infinity) => {
        const dimensions = made === 'old' ? 12 : 20;
        let left = limit;
        const vectors = (texts: string[]): Float32Array[] =>
          texts.map((text) => {
            const vector = new Float32Array(dimensions).fill(0.01);
            for (const letter of text) vector[letter.charCodeAt(0) % dimensions]! += 1;
            return vector;
          });
        return {
          model: made,
          dimensions,
          embedQueries: (texts) => Promise.resolve(vectors(texts)),
          embedDocuments: (texts) => {
            if (left-- <= 0) return new Promise(() => undefined);
            window.asked[made] = (window.asked[made] ?? 0) + texts.length;
            return Promise.resolve(vectors(texts));
          },
        };
      };
      window.workspace = await window.archivolt.openWorkspace({ name: workspace, embedder: window.make(own, most) });
    },
    { workspace: name, own: model, most: batches },
  );
  return page;
}

const fill = (page: Page): Promise<void> =>
  page.evaluate(async (count) => {
    const { workspace } = globalThis as unknown as Made;
    await workspace.documents.ingest(
      Array.from({ length: count }, (_, i) => ({ filename: `d${i}.md`, content: `Number ${i} of all the documents.` })),
    );
  }, DOCUMENTS);

/** Begins, and does not wait for its end. */
const begin = (page: Page, model?: string, batches?: number): Promise<void> =>
  page.evaluate(
    ({ named, most }) => {
      const window = globalThis as unknown as Made;
      const embedder = named === undefined ? undefined : (window.make(named, most) ?? undefined);
      window.workspace.documents.reembed(embedder).then(
        () => (window.outcome = 'done'),
        (error: { code: string }) => (window.outcome = error.code),
      );
    },
    { named: model, most: batches },
  );
const outcome = (page: Page): Promise<string> => page.evaluate(() => (globalThis as unknown as Made).outcome);
const asked = (page: Page, model: string): Promise<number> =>
  page.evaluate((made) => (globalThis as unknown as Made).asked[made] ?? 0, model);
const models = (page: Page): Promise<Record<string, unknown>[]> =>
  page.evaluate(() =>
    (globalThis as unknown as Made).workspace.query(
      'SELECT c.model, count(*) AS points FROM vector_collections c JOIN vector_points p ON p.collection_id = c.id GROUP BY 1',
    ),
  );
const found = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { workspace } = globalThis as unknown as Made;
    return (await workspace.search('documents', { mode: 'semantic', kinds: ['documents'], limit: 5 })).hits.length;
  });

test('a tab that is killed in the middle: the next one searches with the old vectors and goes on', async ({
  context,
}) => {
  test.setTimeout(120_000);
  const first = await openTab(context, 'killed', 'old');
  await fill(first);
  await begin(first, 'new', 2);
  await expect.poll(() => asked(first, 'new'), { timeout: 60_000 }).toBe(128);
  expect(await found(first)).toBe(5);
  await expect.poll(() => models(first), { timeout: 60_000 }).toContainEqual({ model: 'new', points: 128 });
  await crash(context, first);

  const second = await openTab(context, 'killed', 'old');
  expect(await found(second)).toBe(5);
  await begin(second, 'new');
  await expect.poll(() => outcome(second), { timeout: 60_000 }).toBe('done');
  expect(await asked(second, 'new')).toBe(DOCUMENTS - 128);
  expect(await models(second)).toEqual([{ model: 'new', points: DOCUMENTS }]);
  expect(await found(second)).toBe(5);
});

test('a leader that is killed while another tab waits for it: that one leads and ends what it asked for', async ({
  context,
}) => {
  test.setTimeout(120_000);
  const before = await openTab(context, 'led', 'old');
  await fill(before);
  await before.evaluate(() => (globalThis as unknown as Made).workspace.close());
  const leader = await openTab(context, 'led', 'new', 2);
  const follower = await openTab(context, 'led', 'new');
  await begin(follower);
  await expect.poll(() => asked(leader, 'new'), { timeout: 60_000 }).toBe(128);
  await begin(leader);
  await expect.poll(() => outcome(leader), { timeout: 60_000 }).toBe('BUSY');
  await crash(context, leader);
  await expect.poll(() => outcome(follower), { timeout: 60_000 }).toBe('done');
  expect(await models(follower)).toEqual([{ model: 'new', points: DOCUMENTS }]);
  expect(await asked(follower, 'new')).toBeLessThanOrEqual(DOCUMENTS - 64);
});

test('another embedder: a tab that follows hears what it has to do', async ({ context }) => {
  test.setTimeout(120_000);
  const leader = await openTab(context, 'changed', 'old');
  await fill(leader);
  const follower = await openTab(context, 'changed', 'old');
  await begin(follower, 'new');
  await expect.poll(() => outcome(follower), { timeout: 60_000 }).toBe('BUSY');
  await begin(leader, 'new');
  await expect.poll(() => outcome(leader), { timeout: 60_000 }).toBe('done');
  await expect
    .poll(
      () =>
        follower.evaluate(() =>
          (globalThis as unknown as Made).workspace.status().then(
            () => '',
            (error: Error) => error.message,
          ),
        ),
      { timeout: 60_000 },
    )
    .toMatch(/embedded again by another embedder/);
  // Nor does it lead with the embedder that it has, when the leader is gone: the new vectors stay.
  await crash(context, leader);
  await follower.waitForTimeout(1000);
  const next = await openTab(context, 'changed', 'new');
  expect(await models(next)).toEqual([{ model: 'new', points: DOCUMENTS }]);
  expect(await found(next)).toBe(5);
  await follower.close();
});
