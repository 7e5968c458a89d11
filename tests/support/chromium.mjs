// How tests and benches start Chromium: Debian's, headless, without its background traffic.
import { chromium } from '@playwright/test';

/** Launch options for Playwright; ARCHIVOLT_CHROMIUM names another executable. */
export const chromiumOptions = {
  executablePath: process.env.ARCHIVOLT_CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** The ids of a browser's processes of one kind: `browser`, `renderer` and so on. */
export async function processesOf(context, type) {
  const session = await context.browser().newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter((one) => one.type === type).map(({ id }) => id);
}

/**
 * @param {string} profile a folder, which later starts may use again
 * @returns {Promise<import('./browsers.mjs').TestBrowser>}
 */
export async function startChromium(profile) {
  const context = await chromium.launchPersistentContext(profile, chromiumOptions);
  const [pid] = await processesOf(context, 'browser');
  const closed = new Promise((resolve) => context.once('close', resolve));
  return {
    newTab: () => context.newPage(),
    async kill() {
      process.kill(-pid, 'SIGKILL'); // Playwright gives it a group of its own.
      await closed;
    },
    close: () => context.close(),
  };
}
