// How tests and benches start Chromium: Debian's, headless, without its background traffic.

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
