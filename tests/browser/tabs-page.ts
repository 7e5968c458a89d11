// Tabs of one workspace, as the tests of several tabs use them.
import type { BrowserContext, Page } from '@playwright/test';
import { load, type Window } from './library-page';

/** A tab with the workspace open. */
export async function openTab(context: BrowserContext, address: string, name: string): Promise<Page> {
  const page = await context.newPage();
  await load(page, address);
  await openIn(page, name);
  return page;
}

/** Opens the workspace in a page that has the package loaded. */
export const openIn = (page: Page, name: string): Promise<void> =>
  page.evaluate(async (workspace) => {
    const window = globalThis as unknown as Window;
    window.workspace = await window.archivolt.openWorkspace({ name: workspace, embedder: null });
  }, name);

export const role = (page: Page): Promise<string> =>
  page.evaluate(async () => (await (globalThis as unknown as Window).workspace.status()).role);
export const tags = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const rows = await (globalThis as unknown as Window).workspace.table('tags').find({ orderBy: 'name' });
    return rows.map(({ name }) => name);
  });
export const insert = (page: Page, name: string): Promise<string> =>
  page.evaluate(
    async (tag) => (await (globalThis as unknown as Window).workspace.table('tags').insert({ name: tag })).id,
    name,
  );

/** The tab's process ends as if the system had killed it. */
export async function crash(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  const gone = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => undefined);
  await gone;
}
