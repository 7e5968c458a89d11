// What every browser must do with a workspace in private files, in each that can be tried: Chromium and Firefox.
import { expect, test } from '@playwright/test';
import { newProfile, startBrowser, type Tab, type TestBrowser } from '../support/browsers.mjs';
import { startFirefox } from '../support/firefox.mjs';
import { serveDist } from '../support/serve-dist.mjs';
import type { Library, Window } from './library-page';

type Writing = Window & { go: boolean; acknowledged: string[]; failed: string[] };

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

/** A tab with the workspace open. Its worker is the page's own, so that a test can end it. */
async function openTab(browser: TestBrowser, name: string): Promise<Tab> {
  const tab = await browser.newTab();
  await tab.goto(server.address);
  await openIn(tab, name);
  return tab;
}

const openIn = (tab: Tab, name: string): Promise<null> =>
  tab.evaluate(async (workspace) => {
    const window = globalThis as unknown as Window & { worker: Worker };
    window.archivolt = (await import('/index.js' as string)) as Library;
    window.worker = new Worker('/worker.js', { type: 'module' });
    window.workspace = await window.archivolt.openWorkspace({ name: workspace, embedder: null, worker: window.worker });
    return null;
  }, name);

const role = (tab: Tab): Promise<string> =>
  tab.evaluate(async () => (await (globalThis as unknown as Window).workspace.status()).role);

const names = (tab: Tab): Promise<string[]> =>
  tab.evaluate(async () =>
    (await (globalThis as unknown as Window).workspace.table('tags').find({ orderBy: 'name' })).map(({ name }) => name),
  );

/** Writes rows without end and keeps the names of those that were acknowledged. */
const startWriting = (tab: Tab): Promise<null> =>
  tab.evaluate(() => {
    const window = globalThis as unknown as Writing;
    Object.assign(window, { go: true, acknowledged: [], failed: [] });
    void (async () => {
      while (window.go) {
        const name = `${Math.random()}`;
        await window.workspace
          .table('tags')
          .insert({ name })
          .then(
            () => window.acknowledged.push(name),
            (error: Error) => window.failed.push(String(error)),
          );
      }
    })();
    return null;
  });

const acknowledged = (tab: Tab): Promise<string[]> =>
  tab.evaluate(() => (globalThis as unknown as Writing).acknowledged.slice());

/** More than there are now. */
async function someMore(tab: Tab): Promise<void> {
  const before = (await acknowledged(tab)).length;
  await expect.poll(async () => (await acknowledged(tab)).length).toBeGreaterThan(before + 5);
}

/** Stops it and answers what was acknowledged; nothing may have failed. */
async function stopWriting(tab: Tab): Promise<string[]> {
  const failed = await tab.evaluate(async () => {
    const window = globalThis as unknown as Writing;
    window.go = false;
    await window.workspace.table('tags').count(); // Asked after the last write, answered after it.
    return window.failed;
  });
  expect(failed).toEqual([]);
  return acknowledged(tab);
}

for (const name of ['chromium', 'firefox'] as const) {
  test.describe(name, () => {
    test.describe.configure({ timeout: 120_000 });
    const profile = newProfile();
    let browser: TestBrowser;
    test.beforeAll(async () => {
      browser = await startBrowser[name](profile.folder);
    });
    test.afterAll(async () => {
      await browser.close();
      profile.remove();
    });

    test('rows survive closing, reloading and closing the tab', async () => {
      const tab = await openTab(browser, 'kept');
      await tab.evaluate(async () => {
        const { workspace } = globalThis as unknown as Window;
        await workspace.table('tags').insert({ name: 'closed' });
        await workspace.close();
      });
      await openIn(tab, 'kept');
      expect(await names(tab)).toEqual(['closed']);
      await tab.evaluate(() => (globalThis as unknown as Window).workspace.table('tags').insert({ name: 'reloaded' }));
      await tab.reload();
      await openIn(tab, 'kept');
      const found = await tab.evaluate(async () => {
        const { workspace } = globalThis as unknown as Window;
        const content = 'A **keystone** locks the arch.';
        const report = await workspace.documents.ingest({ filename: 'arch.md', content });
        const { hits } = await workspace.search('what locks the arch', { mode: 'keyword' });
        return [report.documents[0]?.status, hits[0]?.title, (await workspace.health({ full: true })).ok];
      });
      expect(found).toEqual(['indexed', expect.stringContaining('arch'), true]);
      await tab.close();
      const other = await openTab(browser, 'kept');
      expect(await names(other)).toEqual(['closed', 'reloaded']);
      expect(await other.evaluate(() => (globalThis as unknown as Window).workspace.table('documents').count())).toBe(
        1,
      );
      await other.close();
    });

    test('two tabs see one workspace', async () => {
      const [first, second] = [await openTab(browser, 'shared'), await openTab(browser, 'shared')];
      expect([await role(first), await role(second)]).toEqual(['leader', 'follower']);
      await first.evaluate(() => {
        const window = globalThis as unknown as Window & { heard: string[] };
        window.heard = [];
        window.workspace.on('change', ({ tables }) => window.heard.push(...tables));
        return null;
      });
      await second.evaluate(() => (globalThis as unknown as Window).workspace.table('tags').insert({ name: 'second' }));
      expect(await names(first)).toEqual(['second']);
      await expect
        .poll(() => first.evaluate(() => (globalThis as unknown as { heard: string[] }).heard))
        .toContain('tags');
      await first.close();
      await second.close();
    });

    test('leaders that close, are closed or end take nothing with them', async () => {
      const tabs = [await openTab(browser, 'led'), await openTab(browser, 'led')];
      const all: string[] = [];
      const ends: ((leader: Tab) => Promise<unknown>)[] = [
        (leader) => leader.close(),
        (leader) => leader.evaluate(() => (globalThis as unknown as { worker: Worker }).worker.terminate()),
        (leader) => leader.evaluate(() => (globalThis as unknown as Window).workspace.close()),
        (leader) => leader.reload(),
      ];
      for (const end of ends) {
        const [leader, writer] = tabs as [Tab, Tab];
        expect(await role(leader)).toBe('leader');
        await startWriting(writer);
        await someMore(writer);
        await end(leader);
        await someMore(writer);
        all.push(...(await stopWriting(writer)));
        expect(await role(writer)).toBe('leader');
        if (end !== ends[0]) await leader.close();
        tabs.shift();
        tabs.push(await openTab(browser, 'led'));
      }
      const stored = await names(tabs[0] as Tab);
      expect(new Set(stored).size).toBe(stored.length);
      expect(all.filter((one) => !stored.includes(one))).toEqual([]);
      for (const tab of tabs) await tab.close();
    });

    test('a reload in the middle of writes loses nothing that was acknowledged', async () => {
      const tab = await openTab(browser, 'reloading');
      const all: string[] = [];
      for (let round = 0; round < 5; round++) {
        await startWriting(tab);
        await someMore(tab);
        all.push(...(await acknowledged(tab)));
        await tab.reload();
        await openIn(tab, 'reloading');
      }
      const stored = await names(tab);
      expect(all.filter((one) => !stored.includes(one))).toEqual([]);
      expect(await tab.evaluate(async () => (await (globalThis as unknown as Window).workspace.health()).ok)).toBe(
        true,
      );
      await tab.close();
    });
  });
}

/** A Firefox of its own with these preferences, for one test. */
async function withFirefox(preferences: Record<string, unknown>, body: (tab: Tab) => Promise<void>): Promise<void> {
  const profile = newProfile();
  const browser = await startFirefox(profile.folder, preferences);
  try {
    const tab = await browser.newTab();
    await tab.goto(server.address);
    await body(tab);
  } finally {
    await browser.close();
    profile.remove();
  }
}

test('firefox: a private window keeps nothing, and the reason is named', async () => {
  await withFirefox({ 'browser.privatebrowsing.autostart': true }, async (tab) => {
    const told = await tab.evaluate(async () => {
      const { openWorkspace } = (await import('/index.js' as string)) as Library;
      const refused = await openWorkspace('private').then(
        () => ({ code: 'opened', message: '' }),
        ({ code, message }: { code: string; message: string }) => ({ code, message }),
      );
      const workspace = await openWorkspace({ name: 'private', storage: 'memory', embedder: null });
      await workspace.table('tags').insert({ name: 'for now' });
      return { ...refused, inMemory: await workspace.table('tags').count() };
    });
    expect(told).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringMatching(/private/), inMemory: 1 });
  });
});

test('firefox: a full origin is told apart, reading goes on, and the file stays sound', async () => {
  const kilobytes = 20_000;
  await withFirefox({ 'dom.quotaManager.temporaryStorage.fixedLimit': kilobytes }, async (tab) => {
    await openIn(tab, 'full');
    const outcome = await tab.evaluate(async () => {
      const { workspace } = globalThis as unknown as Window;
      const written: string[] = [];
      let code = 'none';
      for (let i = 0; i < 500 && code === 'none'; i++)
        await workspace
          .table('projects')
          .insert({ name: `p${i}`, description: 'x'.repeat(200_000) })
          .then(
            ({ name }) => void written.push(name),
            (error: { code: string }) => void (code = error.code),
          );
      const stored = await workspace.table('projects').find({ limit: 1000 });
      const { ok } = await workspace.health();
      return { code, same: stored.length === written.length, some: stored.length > 0, ok };
    });
    expect(outcome).toEqual({ code: 'QUOTA_EXCEEDED', same: true, some: true, ok: true });
  });
});
