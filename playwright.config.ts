import { defineConfig } from '@playwright/test';

// Browser tests run against the built app at the root, the package under /lib and the test pages under /pages, with the same
// headers as `npm start`. The browser is the system's: Playwright's own download is not needed.
const port = Number(process.env.ARCHIVOLT_TEST_PORT ?? 4174);

export default defineConfig({
  testDir: 'tests/browser',
  testMatch: '**/*.spec.ts',
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: false,
  workers: 1,
  retries: 0,
  timeout: 60_000,
  reporter: process.env.CI ? [['list']] : [['list'], ['html', { open: 'never' }]],
  outputDir: 'test-results',
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.ARCHIVOLT_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A name of this machine that, unlike localhost, makes no secure context.
        '--host-resolver-rules=MAP archivolt.test 127.0.0.1',
      ],
    },
  },
  projects: [{ name: 'chromium', use: { browserName: 'chromium' } }],
  webServer: {
    command: `node tools/serve.mjs --port ${port} --mount /lib=dist --mount /pages=tests/browser/pages`,
    url: `http://127.0.0.1:${port}/lib/index.js`,
    reuseExistingServer: !process.env.CI,
    stdout: 'ignore',
  },
});
