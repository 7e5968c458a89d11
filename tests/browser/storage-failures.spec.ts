// A workspace whose origin is full when it opens, that fills while it is open, and whose stored files are cleared under it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, expect, test, type BrowserContext, type CDPSession, type Page } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

/** The origin's quota, set and taken back. */
class Quota {
  readonly #session: CDPSession;
  readonly #origin = new URL(server.address).origin;

  constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(context: BrowserContext, page: Page): Promise<Quota> {
    return new Quota(await context.newCDPSession(page));
  }

  /** Nothing more than what is used, and `spare`. */
  async fill(spare = 0): Promise<void> {
    const { usage } = (await this.#session.send('Storage.getUsageAndQuota', { origin: this.#origin })) as {
      usage: number;
    };
    await this.#session.send('Storage.overrideQuotaForOrigin', { origin: this.#origin, quotaSize: usage + spare });
  }

  async free(): Promise<void> {
    await this.#session.send('Storage.overrideQuotaForOrigin', { origin: this.#origin });
  }

  async clear(): Promise<void> {
    await this.#session.send('Storage.clearDataForOrigin', { origin: this.#origin, storageTypes: 'all' });
  }
}

/** Opens the workspace of the page's name, and keeps what is told of its storage. */
async function open(page: Page, name: string): Promise<void> {
  await page.evaluate(async (given) => {
    const window = globalThis as unknown as Window & { told: unknown[] };
    window.told = [];
    window.workspace = await window.archivolt.openWorkspace({ name: given, embedder: null });
    window.workspace.on('storage', (detail) => window.told.push(detail));
  }, name);
}

const insert = (page: Page, name: string): Promise<string> =>
  page.evaluate(async (given) => {
    const { workspace } = globalThis as unknown as Window;
    return workspace
      .table('tags')
      .insert({ name: given })
      .then(
        () => 'done',
        ({ code, message, detail }: { code: string; message: string; detail: object }) =>
          `${code} ${JSON.stringify(detail)} ${message}`,
      );
  }, name);

/** Names of the tags in the open workspace, in its backup and in its exports. */
const savedTags = (page: Page): Promise<string[][]> =>
  page.evaluate(async () => {
    const { archivolt, workspace } = globalThis as unknown as Window;
    const names = (rows: { name: string }[]): string[] => rows.map(({ name }) => name).sort();
    const here = names(await workspace.table('tags').find({}));
    const backup = await workspace.backup();
    const lines = await (await workspace.export({ system: 'archivolt', format: 'jsonl' })).text();
    const exported = lines
      .split('\n')
      .filter((line) => line.startsWith('{"table":"tags"'))
      .map((line) => (JSON.parse(line) as { row: { name: string } }).row);
    const copy = await archivolt.openWorkspace({ name: 'copy', storage: 'memory', embedder: null });
    await copy.restore(backup);
    const restored = names(await copy.table('tags').find({}));
    await copy.close();
    const file = await workspace.export({ system: 'softarchitect', format: 'sqlite' });
    return [here, names(exported), restored, [String((await file.slice(0, 15).text()) === 'SQLite format 3')]];
  });

const close = (page: Page): Promise<void> => page.evaluate(() => (globalThis as unknown as Window).workspace.close());

test('a workspace on a full origin opens for reading, exports, and is as before once there is space', async ({
  page,
  context,
}) => {
  await load(page, server.address);
  await open(page, 'full-at-start');
  expect(await insert(page, 'kept')).toBe('done');
  await close(page);
  const quota = await Quota.of(context, page);
  await quota.fill();
  await open(page, 'full-at-start');
  const status = await page.evaluate(() => (globalThis as unknown as Window).workspace.status());
  expect(status).toMatchObject({
    readOnly: true,
    storage: 'opfs',
    storageFailure: { code: 'QUOTA_EXCEEDED', detail: { reason: 'full' } },
  });
  expect(await insert(page, 'refused')).toMatch(/^QUOTA_EXCEEDED .*"reason":"full".*free space/);
  expect(await savedTags(page)).toEqual([['kept'], ['kept'], ['kept'], ['true']]);
  await close(page);

  await quota.free();
  await open(page, 'full-at-start');
  expect(await page.evaluate(() => (globalThis as unknown as Window).workspace.status())).toMatchObject({
    readOnly: false,
    storageFailure: null,
  });
  expect(await insert(page, 'after')).toBe('done');
  expect((await savedTags(page))[0]).toEqual(['after', 'kept']);
  await close(page);
});

test('what a crash left in the log is read on a full origin, and a new workspace there is refused', async ({
  page,
  context,
}) => {
  await load(page, server.address);
  await open(page, 'full-after-crash');
  for (const name of ['one', 'two', 'three']) expect(await insert(page, name)).toBe('done');
  const quota = await Quota.of(context, page);
  // The page is gone without closing anything.
  await page.goto('about:blank');
  await page.goto(server.address);
  await load(page, server.address);
  await quota.fill();
  await open(page, 'full-after-crash');
  expect((await savedTags(page)).slice(0, 3)).toEqual(Array(3).fill(['one', 'three', 'two']));
  await close(page);
  // What the first page had reserved is free by now.
  await quota.fill();
  const refused = await page.evaluate(() =>
    (globalThis as unknown as Window).archivolt.openWorkspace('full-and-new').then(
      () => 'opened',
      ({ code }: { code: string }) => code,
    ),
  );
  expect(refused).toBe('QUOTA_EXCEEDED');
  await quota.free();
  await open(page, 'full-after-crash');
  expect(await insert(page, 'four')).toBe('done');
  await close(page);
});

test('an origin that fills while a workspace is open still deletes and exports, and goes on with space', async ({
  page,
  context,
}) => {
  await load(page, server.address);
  await open(page, 'fills');
  expect(await insert(page, 'first')).toBe('done');
  const quota = await Quota.of(context, page);
  await quota.fill(2_000_000);
  const outcome = await page.evaluate(async () => {
    const { workspace } = globalThis as unknown as Window;
    const stories = workspace.table('stories');
    let added = 0;
    let code = '';
    while (code === '' && added < 2000) {
      const rows = Array.from({ length: 20 }, (_, i) => ({
        title: `story ${added + i}`,
        description: `${added + i} `.repeat(2000),
      }));
      await stories.insertMany(rows).then(
        () => (added += rows.length),
        (error: { code: string }) => (code = error.code),
      );
    }
    return { code, added, count: await stories.count() };
  });
  expect(outcome.code).toBe('QUOTA_EXCEEDED');
  expect(outcome.count).toBe(outcome.added);
  expect((await savedTags(page)).slice(0, 3)).toEqual(Array(3).fill(['first']));
  const after = await page.evaluate(async () => {
    const { workspace, told } = globalThis as unknown as Window & { told: { code: string }[] };
    const stories = workspace.table('stories');
    const [first] = await stories.find({ limit: 1 });
    const deleted = await stories.delete(first?.id ?? '').catch(({ code }: { code: string }) => code);
    const { storageFailure, readOnly } = await workspace.status();
    return { deleted, failed: storageFailure?.code, readOnly, told: told.map(({ code }) => code) };
  });
  expect(after).toEqual({ deleted: true, failed: 'QUOTA_EXCEEDED', readOnly: false, told: ['QUOTA_EXCEEDED'] });
  await quota.free();
  expect(await insert(page, 'second')).toBe('done');
  expect((await savedTags(page))[0]).toEqual(['first', 'second']);
  await close(page);
});

test('site data cleared under an open workspace are noticed by every tab, and nothing is written any more', async ({
  page,
  context,
}) => {
  await load(page, server.address);
  await open(page, 'cleared');
  expect(await insert(page, 'kept')).toBe('done');
  const second = await context.newPage();
  await load(second, server.address);
  await open(second, 'cleared');
  // The watch begins a moment after opening.
  await page.waitForTimeout(2500);
  const quota = await Quota.of(context, page);
  await quota.clear();
  const cleared = Date.now();
  for (const tab of [page, second]) {
    await tab.waitForFunction(() => (globalThis as unknown as { told: unknown[] }).told.length > 0, undefined, {
      timeout: 30_000,
    });
    const told = await tab.evaluate(() => (globalThis as unknown as { told: unknown[] }).told);
    expect(told).toMatchObject([{ code: 'CORRUPTION', detail: { reason: 'cleared' } }]);
  }
  test.info().annotations.push({ type: 'noticed', description: `${Date.now() - cleared} ms` });
  for (const tab of [page, second]) {
    expect(await insert(tab, 'refused')).toMatch(/^CORRUPTION .*"reason":"cleared".*backup\(\)/);
  }
  const status = await second.evaluate(() => (globalThis as unknown as Window).workspace.status());
  expect(status.storageFailure).toMatchObject({ code: 'CORRUPTION', detail: { reason: 'cleared' } });
  await close(second);
  await close(page);
});

test('what was open when the data of the site were cleared is saved, and a reload begins with an empty place', async () => {
  // In a window without a profile Chromium takes the bytes away with the files; with one the open handles keep them.
  const profile = mkdtempSync(path.join(tmpdir(), 'archivolt-cleared-'));
  const context = await chromium.launchPersistentContext(profile, chromiumOptions);
  try {
    const page = await context.newPage();
    await load(page, server.address);
    await open(page, 'cleared');
    expect(await insert(page, 'kept')).toBe('done');
    // The watch begins a moment after opening.
    await page.waitForTimeout(2500);
    const quota = await Quota.of(context, page);
    await quota.clear();
    await page.waitForFunction(() => (globalThis as unknown as { told: unknown[] }).told.length > 0, undefined, {
      timeout: 30_000,
    });
    expect(await insert(page, 'refused')).toMatch(/^CORRUPTION .*"reason":"cleared"/);
    expect(await savedTags(page)).toEqual([['kept'], ['kept'], ['kept'], ['true']]);
    await close(page);
    await page.goto('about:blank');
    await load(page, server.address);
    await open(page, 'cleared');
    expect(await page.evaluate(() => (globalThis as unknown as Window).workspace.table('tags').count())).toBe(0);
    expect(await insert(page, 'anew')).toBe('done');
    await close(page);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
