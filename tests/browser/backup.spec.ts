// Backups in a real browser's private file system: out, in again, after a reload, and with no space left.
import { expect, test } from '@playwright/test';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

/** Names of the files beside the database. */
const beside = async (): Promise<string[]> => {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('archivolt');
  const names: string[] = [];
  for await (const name of (await root.getDirectoryHandle('saved')).keys()) names.push(name);
  return names.sort();
};
const FILES = ['archivolt.db', 'archivolt.db-journal', 'archivolt.db-wal', 'archivolt.mark'];

for (const passphrase of [undefined, 'Größe 漢字']) {
  test(`${passphrase === undefined ? 'plain' : 'sealed'}: restored rows survive a reload`, async ({ page }) => {
    test.setTimeout(120_000);
    const problems = await load(page, server.address);
    const result = await page.evaluate(async (given) => {
      const { archivolt } = globalThis as unknown as Window;
      const options = given === undefined ? {} : { passphrase: given };
      const workspace = await archivolt.openWorkspace('saved');
      await workspace.table('tags').insert({ name: 'kept' });
      await workspace.documents.ingest({
        filename: 'breaker.md',
        content: '# Circuit breaker\n\nStops failing calls.',
      });
      for (let i = 0; i < 30; i++)
        await workspace.table('projects').insert({ name: `p${i}`, description: 'x'.repeat(100_000) });
      const file = await workspace.backup(options);
      const head = new TextDecoder().decode((await file.arrayBuffer()).slice(0, 15));
      const { lastBackupAt } = await workspace.status();
      await workspace.execute('DELETE FROM tags');
      await workspace.execute('DELETE FROM projects');
      const phases = new Set<string>();
      const report = await workspace.restore(file, { ...options, onProgress: ({ phase }) => phases.add(phase) });
      const refused = await workspace
        .restore(file.slice(0, file.size - 5000), options)
        .catch((e: { code: string }) => e.code);
      return { head, lastBackupAt, projects: report.rows.projects, phases: [...phases], refused };
    }, passphrase);
    expect(result).toEqual({
      head: passphrase === undefined ? 'SQLite format 3' : 'Archivolt seale',
      lastBackupAt: expect.any(String),
      projects: 30,
      phases: ['read', 'check', 'restore'],
      refused: 'CORRUPTION',
    });
    expect(await page.evaluate(beside)).toEqual(FILES);

    // Not closed: the next open finds what was committed.
    await load(page, server.address);
    const after = await page.evaluate(async () => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace('saved');
      const { hits } = await workspace.search('what stops failing calls');
      const { ok } = await workspace.health({ full: true });
      const counts = [await workspace.table('tags').count(), await workspace.table('projects').count()];
      const { lastBackupAt } = await workspace.status();
      await workspace.close();
      return { title: hits[0]?.title, ok, counts, lastBackupAt };
    });
    expect(after).toEqual({
      title: expect.stringContaining('breaker'),
      ok: true,
      counts: [1, 30],
      lastBackupAt: result.lastBackupAt,
    });
    expect(problems).toEqual([]);
  });
}

test('without space for the copy or for the restore nothing changes and nothing is left', async ({ page, context }) => {
  test.setTimeout(120_000);
  await load(page, server.address);
  const session = await context.newCDPSession(page);
  const origin = new URL(server.address).origin;
  await page.evaluate(async () => {
    const window = globalThis as unknown as Window & { file: Blob };
    window.workspace = await window.archivolt.openWorkspace('saved');
    for (let i = 0; i < 80; i++)
      await window.workspace.table('projects').insert({ name: `p${i}`, description: `${i} `.repeat(50_000) });
    window.file = await window.workspace.backup();
    await window.workspace.table('tags').insert({ name: 'later' });
  });
  // Room for nothing, and room for the file beside the database but not for its pages in the log.
  for (const room of [1_000_000, 12_000_000]) {
    const { usage } = (await session.send('Storage.getUsageAndQuota', { origin })) as { usage: number };
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + room });
    const outcome = await page.evaluate(async () => {
      const { workspace, file } = globalThis as unknown as Window & { file: Blob };
      const codeOf = (call: Promise<unknown>): Promise<string> =>
        call.then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
      const restored = await codeOf(workspace.restore(file));
      const saved = await codeOf(workspace.backup());
      return { restored, saved, tags: await workspace.table('tags').count() };
    });
    expect(outcome.restored).toBe('QUOTA_EXCEEDED');
    // A copy that finds no room in storage is made in memory.
    expect(outcome.saved).toBe('done');
    expect(outcome.tags).toBe(1);
    expect(await page.evaluate(beside)).toEqual(FILES);
    await session.send('Storage.overrideQuotaForOrigin', { origin });
  }
  const after = await page.evaluate(async () => {
    const { workspace, file } = globalThis as unknown as Window & { file: Blob };
    await workspace.restore(file);
    const counts = [await workspace.table('tags').count(), await workspace.table('projects').count()];
    const { ok } = await workspace.health({ full: true });
    await workspace.close();
    return { counts, ok };
  });
  expect(after).toEqual({ counts: [0, 80], ok: true });
});
