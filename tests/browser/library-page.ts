// The blank page of serve-dist.mjs with the package loaded into it.
import type { Page } from '@playwright/test';

export type Library = typeof import('../../dist/index.js');
/** What tests put on the page's global object. */
export interface Window {
  archivolt: Library;
  workspace: Awaited<ReturnType<Library['openWorkspace']>>;
}

/** Opens the blank page with the package loaded; every violation of the policy fails the test. */
export async function load(page: Page, address: string): Promise<string[]> {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon')) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(address);
  await page.evaluate(async () => {
    (globalThis as unknown as Window).archivolt = (await import('/index.js' as string)) as Library;
  });
  return problems;
}
