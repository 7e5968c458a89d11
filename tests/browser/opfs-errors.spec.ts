// What a page hears when the browser does not give what is needed: space, a secure context, a file, a worker.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

/** A name of this machine without a secure context: playwright.config.ts. */
const INSECURE = 'archivolt.test';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

test('an ingest that fills the origin says so, keeps what was finished, and goes on when there is space', async ({
  page,
  context,
}) => {
  await load(page, server.address);
  await page.evaluate(async () => {
    const window = globalThis as unknown as Window;
    window.workspace = await window.archivolt.openWorkspace('full');
    await window.workspace.documents.ingest({ filename: 'first.md', content: 'The first document is found.' });
  });
  const session = await context.newCDPSession(page);
  const { origin } = new URL(server.address);
  const { usage } = (await session.send('Storage.getUsageAndQuota', { origin })) as { usage: number };
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 3_000_000 });
  const ingest = (): Promise<string> =>
    page.evaluate(async () => {
      const { workspace } = globalThis as unknown as Window;
      const sources = Array.from({ length: 60 }, (_, i) => ({
        filename: `${i}.txt`,
        content: `word${i} `.repeat(20_000),
      }));
      return workspace.documents.ingest(sources).then(
        ({ documents }) => documents.map(({ status }) => status).join(),
        (error: { code: string; retry: string }) => `${error.code} ${error.retry}`,
      );
    });
  const look = () =>
    page.evaluate(async () => {
      const { workspace } = globalThis as unknown as Window;
      const documents = await workspace.table('documents').find({});
      const { hits } = await workspace.search('first document');
      return { statuses: [...new Set(documents.map(({ status }) => status))], title: hits[0]?.title };
    });
  expect(await ingest()).toBe('QUOTA_EXCEEDED after-user-action');
  expect(await look()).toEqual({ statuses: ['indexed'], title: 'first.md' });

  await session.send('Storage.overrideQuotaForOrigin', { origin });
  expect(await ingest()).toMatch(/^(duplicate,)*indexed(,indexed)*$/);
  expect(await look()).toEqual({ statuses: ['indexed'], title: 'first.md' });
  await page.evaluate(() => (globalThis as unknown as Window).workspace.close());
});

test('an insecure page hears why there is no storage, and works in memory as far as it can', async ({ page }) => {
  await load(page, server.address.replace('127.0.0.1', INSECURE));
  const outcome = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const told = async (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => 'done',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
    const refused = [
      await told(archivolt.openWorkspace('insecure')),
      await told(archivolt.listWorkspaces()),
      await told(archivolt.deleteWorkspace('insecure')),
    ];
    const workspace = await archivolt.openWorkspace({ name: 'insecure', storage: 'memory' });
    await workspace.table('tags').insert({ name: 'kept for now' });
    const count = await workspace.table('tags').count();
    const ingest = await told(workspace.documents.ingest({ filename: 'a.md', content: 'text' }));
    const failed = await workspace.table('documents').count();
    await workspace.close();
    return { secure: isSecureContext, refused, count, ingest, failed };
  });
  expect(outcome.secure).toBe(false);
  for (const message of outcome.refused) expect(message).toMatch(/^UNSUPPORTED: .*not a secure context.*'memory'/);
  expect(outcome).toMatchObject({ count: 1, failed: 0 });
  expect(outcome.ingest).toMatch(/^UNSUPPORTED: .*secure context/);
});

test('a file that changed since it was chosen fails alone', async ({ page }) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-test-'));
  const file = path.join(folder, 'chosen.txt');
  writeFileSync(file, 'as it was chosen');
  try {
    await load(page, server.address);
    await page.evaluate(() => {
      const input = document.createElement('input');
      input.type = 'file';
      document.body.append(input);
    });
    await page.setInputFiles('input', file);
    writeFileSync(file, 'as it is now, which is longer');
    const documents = await page.evaluate(async () => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace({ name: 'files', storage: 'memory' });
      const [chosen] = document.querySelector('input')?.files ?? [];
      const report = await workspace.documents.ingest([
        { filename: 'before.txt', content: 'before' },
        { filename: 'chosen.txt', content: chosen as File },
        { filename: 'after.txt', content: 'after' },
      ]);
      await workspace.close();
      return report.documents.map(({ status, error }) => [status, error?.code, error?.message]);
    });
    expect(documents).toEqual([
      ['indexed', undefined, undefined],
      ['failed', 'IO_ERROR', expect.stringContaining('choose it again')],
      ['indexed', undefined, undefined],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('workers that are none, that are used and that cannot be loaded; reading only makes nothing', async ({ page }) => {
  await load(page, server.address);
  const outcome = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const code = (options: object): Promise<string> =>
      archivolt.openWorkspace(options as { name: string }).then(
        () => 'opened',
        (error: { code: string }) => error.code,
      );
    const worker = new Worker('/worker.js', { type: 'module' });
    const first = await archivolt.openWorkspace({ name: 'first', storage: 'memory', worker });
    const codes = {
      none: await code({ name: 'x', storage: 'memory', worker: {} }),
      used: await code({ name: 'x', storage: 'memory', worker }),
      missing: await code({ name: 'x', storage: 'memory', worker: new Worker('/missing.js', { type: 'module' }) }),
      directory: await code({ name: 'x', storage: { directory: 'x' } }),
      readOnly: await code({ name: 'x', readOnly: true }),
    };
    const count = await first.table('tags').count();
    await first.close();
    return { codes, count, names: await archivolt.listWorkspaces() };
  });
  expect(outcome).toEqual({
    codes: {
      none: 'INVALID_ARGUMENT',
      used: 'INVALID_ARGUMENT',
      missing: 'WORKER_LOST',
      directory: 'UNSUPPORTED',
      readOnly: 'NOT_FOUND',
    },
    count: 0,
    names: [],
  });
});
