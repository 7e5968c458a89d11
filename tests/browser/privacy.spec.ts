// What must hold in a browser's own file system too: a migration leaves its copy beside the database, and after an erasure no file of
// the workspace holds a byte of the user.
import { expect, test, type Page } from '@playwright/test';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

/** The files of a closed workspace, and those of them that hold the text. */
function filesWith(page: Page, workspace: string, text: string): Promise<{ all: string[]; holding: string[] }> {
  return page.evaluate(
    async ([name, needle]) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('archivolt');
      const all: string[] = [];
      const holding: string[] = [];
      for await (const [file, handle] of (await root.getDirectoryHandle(name)).entries()) {
        all.push(file);
        const bytes = await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer();
        // One character a byte: what is looked for is ASCII.
        if (new TextDecoder('latin1').decode(bytes).includes(needle)) holding.push(file);
      }
      return { all: all.sort(), holding: holding.sort() };
    },
    [workspace, text] as const,
  );
}

test('a migration down and up keeps the rows, and its copies beside the database', async ({ page }) => {
  const problems = await load(page, server.address);
  const told = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace('migrate');
    await workspace.documents.ingest({ filename: 'a.md', content: '# Breaker\n\nmarkerzqmigratex' });
    const { migrations } = workspace;
    const latest = await migrations.current();
    const down = await migrations.migrate(latest - 1);
    const refused = await workspace.query('SELECT 1').then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    await workspace.close();
    // Opening brings it up, after another copy.
    const again = await archivolt.openWorkspace('migrate');
    const backups = await again.migrations.backups();
    const blob = await again.migrations.readBackup(down.backup!);
    const head = await blob.slice(0, 15).text();
    const found = (await again.search('markerzqmigratex', { mode: 'keyword' })).hits.length;
    const current = await again.migrations.current();
    const { ok } = await again.health({ full: true });
    await again.close();
    return { latest, current, refused, versions: backups.map(({ version }) => version), head, found, ok };
  });
  expect(told).toEqual({
    latest: told.latest,
    current: told.latest,
    refused: 'FAILED_PRECONDITION',
    versions: [told.latest - 1, told.latest],
    head: 'SQLite format 3',
    found: 1,
    ok: true,
  });
  const files = await filesWith(page, 'migrate', 'markerzqmigratex');
  expect(files.holding).toHaveLength(3);
  expect(files.all.filter((name) => name.endsWith('.part'))).toEqual([]);
  expect(problems).toEqual([]);
});

test('no file holds a byte of an erased user', async ({ page }) => {
  const problems = await load(page, server.address);
  await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace('erase');
    for (const who of ['annzq', 'bobzq']) {
      await workspace.table('users').insert({ id: `${who}id`, username: `${who}name`, email: `${who}@example.org` });
      await workspace.table('conversations').insert({ id: `${who}talk`, user_id: `${who}id` });
      await workspace.table('messages').insert({
        conversation_id: `${who}talk`,
        user_id: `${who}id`,
        role: 'user',
        content: `${who}wordx`,
      });
      await workspace.documents.ingest({
        filename: `${who}.md`,
        content: `# ${who}\n\n${who}textx`,
        owner: `${who}id`,
      });
    }
    const latest = await workspace.migrations.current();
    await workspace.migrations.migrate(latest - 1);
    await workspace.migrations.migrate(latest);
    await workspace.close();
  });
  const before = await filesWith(page, 'erase', 'annzq');
  expect(before.holding.length).toBeGreaterThan(2);

  const report = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace('erase');
    const held = JSON.parse(await (await workspace.privacy.exportUser('annzqid')).text()) as {
      tables: Record<string, unknown[]>;
    };
    const erased = await workspace.privacy.eraseUser('annzqid');
    const { ok } = await workspace.health({ full: true });
    await workspace.close();
    return { exported: held.tables['messages']?.length, erased, ok };
  });
  expect(report.exported).toBe(1);
  expect(report.ok).toBe(true);
  expect(report.erased.purged).toBe(true);
  expect(report.erased.erased).toMatchObject({ users: 1, messages: 1, documents: 1 });
  const after = await filesWith(page, 'erase', 'annzq');
  expect(after.holding).toEqual([]);
  expect(after.all.filter((name) => name.startsWith('backup'))).toEqual([]);
  expect((await filesWith(page, 'erase', 'bobzq')).holding).toEqual(['archivolt.db']);
  expect(problems).toEqual([]);
});

test('a migration whose copy finds no space changes nothing', async ({ page, context }) => {
  const problems = await load(page, server.address);
  await page.evaluate(async () => {
    const window = globalThis as unknown as Window;
    window.workspace = await window.archivolt.openWorkspace('crowded');
    await window.workspace.table('projects').insert({ name: 'Large', description: 'x'.repeat(6_000_000) });
  });
  const session = await context.newCDPSession(page);
  const origin = new URL(server.address).origin;
  const { usage } = (await session.send('Storage.getUsageAndQuota', { origin })) as { usage: number };
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 2_000_000 });
  const migrate = () =>
    page.evaluate(async () => {
      const { workspace } = globalThis as unknown as Window;
      const before = await workspace.migrations.current();
      const outcome = await workspace.migrations.migrate(before - 1).then(
        () => 'migrated',
        (error: { code: string }) => error.code,
      );
      return { outcome, moved: before - (await workspace.migrations.current()) };
    });
  expect(await migrate()).toEqual({ outcome: 'QUOTA_EXCEEDED', moved: 0 });
  const [files, rows] = await page.evaluate(async () => {
    const { workspace } = globalThis as unknown as Window;
    return [(await workspace.migrations.backups()).length, await workspace.table('projects').count()] as const;
  });
  expect([files, rows]).toEqual([0, 1]);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  expect(await migrate()).toEqual({ outcome: 'migrated', moved: 1 });
  await page.evaluate(() => (globalThis as unknown as Window).workspace.close());
  expect((await filesWith(page, 'crowded', 'zzz')).all.filter((name) => name.endsWith('.part'))).toEqual([]);
  expect(problems).toEqual([]);
});
