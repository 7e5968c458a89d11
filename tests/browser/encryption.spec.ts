// Encrypted workspaces in the private file system: no byte of any file says what is in them, and tabs share them by their key.
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

const TEXTS = [
  'the title of the breaker',
  'Stops calls that keep failing',
  'document_chunks',
  'CREATE TABLE',
  'SQLite format 3',
  'midnight',
];

/** Which of the texts stand in which files of the workspace, as UTF-8 or UTF-16. Files in use are read as they are on disk. */
const readable = (page: Page, name: string): Promise<string[]> =>
  page.evaluate(
    async ([workspace, texts]) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('archivolt');
      const directory = await root.getDirectoryHandle(workspace);
      const found: string[] = [];
      let files = 0;
      for await (const [file, handle] of directory.entries()) {
        const bytes = new Uint8Array(await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer());
        files++;
        const all = new TextDecoder('latin1').decode(bytes);
        for (const text of texts) {
          if (all.includes(text) || all.includes([...text].join('\0'))) found.push(`${file}: ${text}`);
        }
      }
      if (files < 3) found.push(`only ${files} files`);
      return found;
    },
    [name, TEXTS] as const,
  );

async function openTab(context: BrowserContext, name: string, passphrase?: string): Promise<Page> {
  const page = await context.newPage();
  await load(page, server.address);
  const outcome = await open(page, name, passphrase);
  expect(outcome).toBe('opened');
  return page;
}

const open = (page: Page, name: string, passphrase?: string): Promise<string> =>
  page.evaluate(
    async ([workspace, phrase]) => {
      const window = globalThis as unknown as Window;
      const options = { name: workspace, embedder: null, ...(phrase === undefined ? {} : { passphrase: phrase }) };
      return window.archivolt.openWorkspace(options).then(
        (opened) => {
          window.workspace = opened;
          return 'opened';
        },
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
    },
    [name, passphrase] as const,
  );

const fill = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const { workspace } = globalThis as unknown as Window;
    const user = await workspace.table('users').insert({ username: 'ann', email: 'ann@example.org' });
    await workspace.table('decisions').insert({ user_id: user.id, title: 'the title of the breaker', options: [] });
    await workspace.documents.ingest({ filename: 'a.md', content: '# Breaker\n\nStops calls that keep failing.' });
    await workspace.cache.set('theme', 'midnight');
    for (let i = 0; i < 40; i++) await workspace.table('tags').insert({ name: `midnight ${i}` });
  });

const call = (page: Page, what: 'count' | 'close' | 'role'): Promise<unknown> =>
  page.evaluate(async (asked) => {
    const { workspace } = globalThis as unknown as Window;
    const work = {
      count: () => workspace.table('tags').count(),
      close: () => workspace.close(),
      role: async () => (await workspace.status()).role,
    };
    return work[asked]().catch((error: { code: string }) => error.code);
  }, what);

const change = (page: Page, next: string | null): Promise<string> =>
  page.evaluate(
    (phrase) =>
      (globalThis as unknown as Window).workspace.changePassphrase(phrase).then(
        () => 'changed',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      ),
    next,
  );

test('no byte in the private file system is readable: made encrypted, or encrypted later', async ({ page }) => {
  test.setTimeout(120_000);
  const problems = await load(page, server.address);
  expect(await open(page, 'sealed', 'a passphrase')).toBe('opened');
  await fill(page);
  expect(await readable(page, 'sealed')).toEqual([]);
  await call(page, 'close');
  expect(await readable(page, 'sealed')).toEqual([]);
  expect(await open(page, 'sealed')).toContain('WRONG_PASSPHRASE');
  expect(await open(page, 'sealed', 'another')).toContain('WRONG_PASSPHRASE');
  expect(await open(page, 'sealed', 'a passphrase')).toBe('opened');
  expect(await call(page, 'count')).toBe(40);
  await call(page, 'close');

  expect(await open(page, 'later')).toBe('opened');
  await fill(page);
  expect(await readable(page, 'later')).not.toEqual([]);
  expect(await change(page, 'a passphrase')).toBe('changed');
  expect(await readable(page, 'later')).toEqual([]);
  expect(await call(page, 'count')).toBe(40);
  await call(page, 'close');
  expect(await readable(page, 'later')).toEqual([]);
  expect(await open(page, 'later')).toContain('WRONG_PASSPHRASE');
  expect(await open(page, 'later', 'a passphrase')).toBe('opened');
  expect(await change(page, null)).toBe('changed');
  await call(page, 'close');
  expect(await open(page, 'later', 'a passphrase')).toContain('FAILED_PRECONDITION');
  expect(await open(page, 'later')).toBe('opened');
  expect(await call(page, 'count')).toBe(40);
  const list = await page.evaluate(() => (globalThis as unknown as Window).archivolt.listWorkspaces());
  expect(list.map(({ name, encrypted }) => [name, encrypted])).toEqual([
    ['later', false],
    ['sealed', true],
  ]);
  expect(problems).toEqual([]);
});

test('tabs share an encrypted workspace by its key, lead with it, and are turned away without it', async ({
  context,
}) => {
  test.setTimeout(120_000);
  const first = await openTab(context, 'shared', 'a passphrase');
  const second = await openTab(context, 'shared', 'a passphrase');
  await fill(first);
  expect(await Promise.all([call(first, 'role'), call(second, 'role')])).toEqual(['leader', 'follower']);
  expect(await call(second, 'count')).toBe(40);
  const other = await context.newPage();
  await load(other, server.address);
  expect(await open(other, 'shared', 'another')).toContain('WRONG_PASSPHRASE');
  expect(await open(other, 'shared')).toContain('WRONG_PASSPHRASE');
  await call(first, 'close');
  expect(await call(second, 'count')).toBe(40);
  expect(await call(second, 'role')).toBe('leader');
  expect(await open(other, 'shared', 'another')).toContain('WRONG_PASSPHRASE');
  expect(await open(other, 'shared', 'a passphrase')).toBe('opened');
  expect(await call(other, 'role')).toBe('follower');
});

test('after a change in one tab the others hear what to do', async ({ context }) => {
  test.setTimeout(180_000);
  const leader = await openTab(context, 'changed');
  const follower = await openTab(context, 'changed');
  const third = await openTab(context, 'changed');
  await fill(leader);
  // By a tab that follows: what it makes reaches the leader, which has no passphrase of it.
  expect(await change(follower, 'one')).toBe('changed');
  expect(await call(follower, 'count')).toBe(40);
  expect(await call(leader, 'count')).toBe(40);
  expect(await call(third, 'count')).toBe('WRONG_PASSPHRASE');
  await call(third, 'close');
  expect(await open(third, 'changed')).toContain('WRONG_PASSPHRASE');
  expect(await open(third, 'changed', 'one')).toBe('opened');
  // By the tab that leads, from one key to another.
  expect(await change(leader, 'two')).toBe('changed');
  expect(await call(leader, 'count')).toBe(40);
  for (const page of [follower, third]) {
    expect(await call(page, 'count')).toBe('WRONG_PASSPHRASE');
    await call(page, 'close');
    expect(await open(page, 'changed', 'one')).toContain('WRONG_PASSPHRASE');
    expect(await open(page, 'changed', 'two')).toBe('opened');
  }
  expect(await readable(leader, 'changed')).toEqual([]);
  // A follower that changed it leads with the new key, and one that comes later has it too.
  expect(await change(follower, 'three')).toBe('changed');
  await call(leader, 'close');
  expect(await call(follower, 'count')).toBe(40);
  expect(await call(follower, 'role')).toBe('leader');
  expect(await open(leader, 'changed', 'three')).toBe('opened');
  expect(await call(leader, 'role')).toBe('follower');
});
