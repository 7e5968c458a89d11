// The main job in a real browser's private file system, under the strict content security policy: documents in, reload, answers
// out.
import { expect, test, type Page } from '@playwright/test';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

const errorCode = (page: Page, name: string, readOnly = false): Promise<string> =>
  page.evaluate(
    async (options) => {
      const { archivolt } = globalThis as unknown as Window;
      return archivolt.openWorkspace(options).then(
        () => 'opened',
        (error: { code: string }) => error.code,
      );
    },
    { name, readOnly },
  );

test('documents survive a reload and are found', async ({ page }) => {
  const problems = await load(page, server.address);
  const ingested = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace('reload');
    const report = await workspace.documents.ingest([
      { filename: 'breaker.md', content: '# Circuit breaker\n\nStops calls to a service that keeps failing.' },
      {
        filename: 'cache.html',
        content: new Blob(['<h1>Caches</h1><p>Keep answers close to where they are asked for.</p>']),
      },
    ]);
    const status = await workspace.status();
    // Not closed: a reload in the middle of everything is what people do.
    return {
      statuses: report.documents.map((document) => document.status),
      storage: status.storage,
      quota: status.quota,
    };
  });
  expect(ingested).toEqual({ statuses: ['indexed', 'indexed'], storage: 'opfs', quota: expect.any(Number) });

  await load(page, server.address);
  const found = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace('reload');
    const { hits } = await workspace.search('what stops failing calls');
    const list = await archivolt.listWorkspaces();
    await workspace.close();
    return { title: hits[0]?.title, legs: Object.keys(hits[0]?.legs ?? {}), names: list.map(({ name }) => name) };
  });
  expect(found.title).toContain('breaker');
  expect(found.legs.length).toBeGreaterThan(0);
  expect(found.names).toEqual(['reload']);
  expect(problems).toEqual([]);
});

test('reading alone takes the workspace for itself: BUSY while another tab has it', async ({ context }) => {
  test.setTimeout(60_000);
  const [first, second] = [await context.newPage(), await context.newPage()];
  await load(first, server.address);
  await load(second, server.address);
  await first.evaluate(async () => {
    const window = globalThis as unknown as Window;
    window.workspace = await window.archivolt.openWorkspace('shared');
    await window.workspace.table('tags').insert({ name: 'kept' });
  });
  expect(await errorCode(second, 'shared', true)).toBe('BUSY');
  const deletion = await second.evaluate(() =>
    (globalThis as unknown as Window).archivolt.deleteWorkspace('shared').then(
      () => 'deleted',
      (error: { code: string }) => error.code,
    ),
  );
  expect(deletion).toBe('BUSY');
  // While the second waits, the first ends: the wait is rewarded.
  const opening = errorCode(second, 'shared', true);
  await first.close();
  expect(await opening).toBe('opened');
});

test('a deleted workspace is gone and its name is free', async ({ page }) => {
  await load(page, server.address);
  const result = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const first = await archivolt.openWorkspace('short-lived');
    await first.table('tags').insert({ name: 'gone' });
    await first.close();
    await archivolt.deleteWorkspace('short-lived');
    const names = (await archivolt.listWorkspaces()).map(({ name }) => name);
    const again = await archivolt.openWorkspace('short-lived');
    const count = await again.table('tags').count();
    await again.close();
    const missing = await archivolt.deleteWorkspace('never-made').catch((error: { code: string }) => error.code);
    return { names, count, missing };
  });
  expect(result).toEqual({ names: [], count: 0, missing: 'NOT_FOUND' });
});

test('a full origin is told apart, reading goes on, and writing resumes', async ({ page, context }) => {
  await load(page, server.address);
  const session = await context.newCDPSession(page);
  const origin = new URL(server.address).origin;
  await page.evaluate(async () => {
    const window = globalThis as unknown as Window;
    window.workspace = await window.archivolt.openWorkspace('full');
    await window.workspace.table('tags').insert({ name: 'before' });
  });
  const { usage } = (await session.send('Storage.getUsageAndQuota', { origin })) as { usage: number };
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 3_000_000 });
  const outcome = await page.evaluate(async () => {
    const { workspace } = globalThis as unknown as Window;
    const content = 'x'.repeat(200_000);
    let code = 'none';
    for (let i = 0; i < 200 && code === 'none'; i++) {
      code = await workspace
        .table('projects')
        .insert({ name: `p${i}`, description: content })
        .then(
          () => 'none',
          (error: { code: string }) => error.code,
        );
    }
    return { code, tags: await workspace.table('tags').count() };
  });
  expect(outcome).toEqual({ code: 'QUOTA_EXCEEDED', tags: 1 });
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  const after = await page.evaluate(async () => {
    const { workspace } = globalThis as unknown as Window;
    await workspace.table('tags').insert({ name: 'after' });
    const count = await workspace.table('tags').count();
    await workspace.close();
    return count;
  });
  expect(after).toBe(2);
});

test('without the private file system the reason is named and nothing falls back', async ({ page }) => {
  await page.addInitScript(() => {
    delete (StorageManager.prototype as { getDirectory?: unknown }).getDirectory;
  });
  await load(page, server.address);
  const error = await page.evaluate(() =>
    (globalThis as unknown as Window).archivolt.listWorkspaces().then(
      () => null,
      (caught: { code: string; message: string }) => ({ code: caught.code, message: caught.message }),
    ),
  );
  expect(error?.code).toBe('UNSUPPORTED');
  expect(error?.message).toContain('memory');
});

test('a workspace in memory works and keeps nothing', async ({ page }) => {
  await load(page, server.address);
  const result = await page.evaluate(async () => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace({ name: 'volatile', storage: 'memory' });
    await workspace.table('tags').insert({ name: 'a' });
    const { storage, persisted } = await workspace.status();
    await workspace.close();
    return { storage, persisted, names: (await archivolt.listWorkspaces()).map(({ name }) => name) };
  });
  expect(result).toEqual({ storage: 'memory', persisted: false, names: [] });
});

test('a relative wasmUrl starts from the page, not from the worker', async ({ page }) => {
  await load(page, server.address);
  const module = page.waitForRequest((request) => request.url().endsWith('.wasm'));
  await page.evaluate(async () => {
    history.pushState(null, '', '/deep/page');
    const { openWorkspace } = (globalThis as unknown as Window).archivolt;
    const workspace = await openWorkspace({ name: 'elsewhere', storage: 'memory', wasmUrl: 'modules/' });
    await workspace.close();
  });
  expect((await module).url()).toMatch(/\/deep\/modules\/engine(-relaxed)?\.wasm$/);
});
