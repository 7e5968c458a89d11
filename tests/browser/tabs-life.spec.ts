// What becomes of tabs in a browser: duplicated, frozen, put away and fetched back, asleep, reloaded, unable to lead.
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { load, type Library, type Window } from './library-page';
import { insert, openIn, openTab as openTabAt, role, tags } from './tabs-page';
import { newProfile } from '../support/browsers.mjs';
import { chromiumOptions, processesOf } from '../support/chromium.mjs';
import { serveDist } from '../support/serve-dist.mjs';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());
const openTab = (context: BrowserContext, name: string): Promise<Page> => openTabAt(context, server.address, name);

/** A context in a browser of its own, whose processes belong to this test alone. */
async function withChromium(options: object, body: (context: BrowserContext) => Promise<void>): Promise<void> {
  const profile = newProfile();
  const context = await chromium.launchPersistentContext(profile.folder, { ...chromiumOptions, ...options });
  try {
    await body(context);
  } finally {
    await context.close();
    profile.remove();
  }
}

test('eight tabs that count to five hundred each come to four thousand', async ({ context }) => {
  test.setTimeout(300_000);
  const pages: Page[] = [];
  for (let i = 0; i < 8; i++) pages.push(await openTab(context, 'counted'));
  const id = await insert(pages[0] as Page, '0');
  await Promise.all(
    pages.map((page) =>
      page.evaluate(async (row) => {
        const { workspace } = globalThis as unknown as Window;
        for (let i = 0; i < 250; i++) {
          await workspace.cache.increment('counter', 1, { ttlSeconds: 86_400 });
          // What is read must still be so when it is written.
          await workspace.transaction(async (tx) => {
            const tag = await tx.table('tags').get(row);
            await tx.table('tags').update(row, { name: String(Number(tag?.name) + 1) });
          });
        }
      }, id),
    ),
  );
  const [first] = pages as [Page];
  const counted = await first.evaluate(() => (globalThis as unknown as Window).workspace.cache.get('counter'));
  expect([Number(counted), Number((await tags(first))[0])]).toEqual([2000, 2000]);
});

test('a duplicated tab is a tab of its own', async ({ context }) => {
  const first = await openTab(context, 'twin');
  await first.evaluate(() => sessionStorage.setItem('kept', 'by the first'));
  // As "Duplicate tab" does, window.open copies what the session holds.
  const [second] = await Promise.all([
    context.waitForEvent('page'),
    first.evaluate(() => void window.open(location.href)),
  ]);
  await load(second, server.address);
  expect(await second.evaluate(() => sessionStorage.getItem('kept'))).toBe('by the first');
  await openIn(second, 'twin');
  const third = await openTab(context, 'twin');
  for (const [at, page] of [first, second, third].entries()) await insert(page, `tab ${at}`);
  const ids = await first.evaluate(async () =>
    ((await navigator.locks.query()).held ?? []).flatMap(({ name = '' }) =>
      name.startsWith('archivolt:tab:') ? [name] : [],
    ),
  );
  expect(new Set(ids).size).toBe(2);
  await first.close();
  for (const page of [second, third]) expect(await tags(page)).toEqual(['tab 0', 'tab 1', 'tab 2']);
});

test('a frozen page neither stops the others nor misses what they did', async ({ context }) => {
  const [first, second] = [await openTab(context, 'frozen'), await openTab(context, 'frozen')];
  for (const [frozen, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const session = await context.newCDPSession(frozen);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    const name = `while ${frozen === first ? 'the leader' : 'a follower'} is frozen`;
    await insert(other, name);
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    expect(await tags(frozen)).toContain(name);
    await insert(frozen, `after ${name}`);
    expect(await tags(other)).toContain(`after ${name}`);
  }
  expect([await role(first), await role(second)]).toEqual(['leader', 'follower']);
});

test('a page that was left and fetched back works, and so does who took over', async () => {
  test.setTimeout(120_000);
  // Playwright switches the cache of whole pages off unless it is told not to.
  await withChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] }, async (context) => {
    const first = await openTab(context, 'left');
    await insert(first, 'before');
    const second = await openTab(context, 'left');
    for (let round = 0; round < 3; round++) {
      await first.goto(`${server.address}?other`);
      await insert(second, `while away ${round}`);
      await first.goBack({ waitUntil: 'commit' }); // A page that comes back does not load.
      // The page is as it was left, but for the worker, which would have kept the others waiting.
      const code = await first.evaluate(() =>
        (globalThis as unknown as Window).workspace
          .table('tags')
          .count()
          .then(String, (error: { code: string }) => error.code),
      );
      expect(code).toBe('WORKER_LOST');
      await openIn(first, 'left');
      await insert(first, `back ${round}`);
      expect(await tags(second)).toHaveLength(3 + 2 * round);
      expect([await role(first), await role(second)].sort()).toEqual(['follower', 'leader']);
    }
  });
});

test('a machine that sleeps in the middle of writes loses and doubles nothing', async () => {
  test.setTimeout(120_000);
  await withChromium({}, async (context) => {
    const pages = [await openTab(context, 'asleep'), await openTab(context, 'asleep')];
    for (const page of pages) {
      await page.evaluate(() => {
        const window = globalThis as unknown as Window & { go: boolean; told: string[]; writing: Promise<void> };
        Object.assign(window, { go: true, told: [] });
        const write = async (name: string): Promise<void> => {
          try {
            await window.workspace.transaction(async (tx) => {
              const { id } = await tx.table('tags').insert({ name: `${name} draft` });
              await tx.table('tags').update(id, { name });
            });
            window.told.push(name);
          } catch (error) {
            // A transaction that slept for too long is rolled back.
            if ((error as { code: string }).code !== 'TIMEOUT') throw error;
          }
        };
        window.writing = (async () => {
          while (window.go) await write(`${Math.random()}`);
        })();
      });
    }
    const [browser] = await processesOf(context, 'browser');
    for (const page of pages) {
      const before = await page.evaluate(() => (globalThis as unknown as { told: string[] }).told.length);
      await page.waitForFunction((n) => (globalThis as unknown as { told: string[] }).told.length > n + 3, before);
    }
    process.kill(-browser, 'SIGSTOP');
    // Longer than a transaction may be idle.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    process.kill(-browser, 'SIGCONT');
    const told: string[] = [];
    for (const page of pages) {
      told.push(
        ...(await page.evaluate(async () => {
          const window = globalThis as unknown as { go: boolean; told: string[]; writing: Promise<void> };
          window.go = false;
          await window.writing;
          return window.told;
        })),
      );
    }
    const stored = await tags(pages[1] as Page);
    expect([...stored].sort()).toEqual([...told].sort());
  });
});

test('a tab that is reloaded twenty times in a row does not disturb one that writes', async ({ context }) => {
  test.setTimeout(180_000);
  const restless = await openTab(context, 'restless');
  const writer = await openTab(context, 'restless');
  await writer.evaluate(() => {
    const window = globalThis as unknown as Window & { go: boolean; told: string[]; writing: Promise<void> };
    Object.assign(window, { go: true, told: [] });
    window.writing = (async () => {
      for (let i = 0; window.go; i++) {
        await window.workspace.table('tags').insert({ name: `${i}` });
        window.told.push(`${i}`);
      }
    })();
  });
  for (let i = 0; i < 20; i++) {
    await restless.reload();
    // Every other time it is gone again while it opens.
    const opening = restless.evaluate(async () => {
      const { openWorkspace } = (await import('/index.js' as string)) as Library;
      await openWorkspace({ name: 'restless', embedder: null });
    });
    if (i % 2 === 0) await opening;
    else opening.catch(() => undefined);
  }
  await load(restless, server.address);
  await openIn(restless, 'restless');
  const told = await writer.evaluate(async () => {
    const window = globalThis as unknown as { go: boolean; told: string[]; writing: Promise<void> };
    window.go = false;
    await window.writing; // Rejects with the first write that failed.
    return window.told;
  });
  expect((await tags(restless)).sort()).toEqual(told.sort());
});

test.describe('a tab that gets no files', () => {
  /** The next tab's worker is refused every file for as long as the test says so. Answers how to say it. */
  async function withRefusals(
    context: BrowserContext,
    name: string,
  ): Promise<(page: Page, refused: boolean) => Promise<void>> {
    await context.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      const refusing = `
        let refused = false;
        const told = new BroadcastChannel('test:${name}');
        told.onmessage = ({ data }) => {
          if (typeof data !== 'boolean') return;
          refused = data;
          told.postMessage('heard');
        };
        const { createSyncAccessHandle } = FileSystemFileHandle.prototype;
        FileSystemFileHandle.prototype.createSyncAccessHandle = function (...given) {
          if (refused) return Promise.reject(new DOMException('refused by the test', 'UnknownError'));
          return createSyncAccessHandle.apply(this, given);
        };`;
      await route.fulfill({ response, body: `${refusing}\n${await response.text()}` });
    });
    return (page, refused) =>
      page.evaluate(
        ([channel, value]) =>
          new Promise<void>((heard) => {
            const told = new BroadcastChannel(`test:${channel}`);
            told.onmessage = () => heard();
            told.postMessage(value);
          }),
        [name, refused] as const,
      );
  }

  test('lets the next one lead and follows it', async ({ context }) => {
    const first = await openTab(context, 'refused');
    const refuse = await withRefusals(context, 'refused');
    const second = await openTab(context, 'refused');
    await context.unroute('**/worker.js');
    const third = await openTab(context, 'refused');
    await insert(second, 'one');
    await refuse(second, true);
    await first.close();
    await Promise.all([insert(second, 'two'), insert(third, 'three')]);
    expect([await role(second), await role(third)]).toEqual(['follower', 'leader']);
    await refuse(second, false);
    await third.close();
    await insert(second, 'four');
    expect(await role(second)).toBe('leader');
    expect(await tags(second)).toEqual(['four', 'one', 'three', 'two']);
    // It leads as any other does.
    const fourth = await openTab(context, 'refused');
    await insert(fourth, 'five');
    expect(await tags(second)).toHaveLength(5);
  });

  test('says why when it is alone, and goes on when it gets them, without a reload', async ({ context }) => {
    const first = await openTab(context, 'alone');
    const refuse = await withRefusals(context, 'alone');
    const second = await openTab(context, 'alone');
    await insert(second, 'one');
    await refuse(second, true);
    await first.close();
    const count = (): Promise<string> =>
      second.evaluate(() =>
        (globalThis as unknown as Window).workspace
          .table('tags')
          .count()
          .then(String, (error: { code: string }) => error.code),
      );
    expect(await count()).toBe('IO_ERROR');
    expect(await count()).toBe('IO_ERROR');
    await refuse(second, false);
    expect(await count()).toBe('1');
    expect(await role(second)).toBe('leader');
  });
});
