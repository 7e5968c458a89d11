// Documents made to do harm, and the app as a whole under its Content-Security-Policy with Trusted Types.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, expect as expectSoon, test, type Page } from '@playwright/test';
import { readMaps } from '../../tools/check-maps.mjs';
import { serve } from '../../tools/serve.mjs';
import { chromiumOptions } from '../support/chromium.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { DOCUMENT, VECTORS } from '../support/xss.mjs';
import {
  documentsPanel,
  hits,
  importFolder,
  KNOWN,
  makeFolder,
  openApp,
  searchBox,
  watchConduct,
  type Folder,
} from './app-page';

const expect = expectSoon.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 240_000 });

const ALLOWED =
  'a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q s samp small ' +
  'span strong sub summary sup table tbody td tfoot th thead tr u ul var';

let folder: string;
test.beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'archivolt-hostile-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function addFile(page: Page, name: string, text: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add files' }).click();
  await (await chooser).setFiles([{ name, mimeType: 'text/markdown', buffer: Buffer.from(text) }]);
}

/** What the page reports as forbidden by its policy, from its first script on. */
async function watchPolicy(page: Page): Promise<string[]> {
  const violations: string[] = [];
  await page.exposeFunction('policyViolated', (what: string) => violations.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const told = globalThis as unknown as { policyViolated: (what: string) => void };
      told.policyViolated(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  return violations;
}

test('a document of every known way to run script shows as text: nothing runs, nothing is loaded', async ({ page }) => {
  expect(VECTORS.length).toBeGreaterThan(100);
  const conduct = watchConduct(page);
  const requests: string[] = [];
  await openApp(page);
  page.on('request', (request) => requests.push(request.url()));
  await addFile(page, 'vectors.md', DOCUMENT);
  await searchBox(page).fill('quillwort');
  await hits(page).first().getByRole('link').click();
  const prose = page.locator('.prose');
  await expect(prose).toContainText('the end');

  const found = await prose.evaluate((root) => {
    const elements = [...root.querySelectorAll('*')];
    return {
      tags: [...new Set(elements.map((element) => element.localName))],
      foreign: elements.filter((element) => element.namespaceURI !== 'http://www.w3.org/1999/xhtml').length,
      attributes: [...new Set(elements.flatMap((element) => element.getAttributeNames()))],
      links: elements.flatMap((element) => element.getAttribute('href') ?? []),
      classes: [...new Set(elements.flatMap((element) => [...element.classList]))],
    };
  });
  expect(found.tags.filter((tag) => !ALLOWED.split(' ').includes(tag))).toEqual([]);
  expect(found.foreign).toBe(0);
  const attributes = ['href', 'title', 'start', 'colspan', 'rowspan', 'align', 'target', 'rel', 'class'];
  const allowed = [...attributes, 'data-passage', 'data-image'];
  expect(found.attributes.filter((name) => !allowed.includes(name))).toEqual([]);
  expect(found.classes.filter((name) => name !== 'in-passage')).toEqual([]);
  expect(found.links.length).toBeGreaterThan(0);
  expect(found.links.filter((href) => !/^(https?|mailto):/i.test(href))).toEqual([]);

  // What acts only when it is pointed at, clicked or opened.
  for (const link of await prose.locator('summary, [title], td').all())
    await link.hover({ force: true, timeout: 5000 });
  await prose.evaluate((root) => {
    for (const element of root.querySelectorAll<HTMLElement>('*')) {
      if (element.localName !== 'a') element.click();
      element.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
    }
  });
  expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
  expect(await page.evaluate(() => document.getElementById('app')?.contains(document.querySelector('.prose')))).toBe(
    true,
  );
  expect(conduct.foreign).toEqual([]);
  expect(requests.filter((url) => !/^(https?:\/\/127\.0\.0\.1|blob:)/.test(url))).toEqual([]);
  expect(page.url()).toContain('127.0.0.1');
});

test('the whole app works under its policy with Trusted Types, and the policy is in force', async ({ page }) => {
  const violations = await watchPolicy(page);
  const conduct = watchConduct(page);
  const files: Folder = makeFolder(6);
  try {
    const response = await page.goto('/');
    expect(response?.headers()['content-security-policy']).toContain("require-trusted-types-for 'script'");
    await openApp(page);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await importFolder(page, files);
    // HTML has a reader of its own, loaded when it is met; so has each of the pages of the data.
    for (const mode of ['Words', 'Meaning', 'Both']) {
      await page.getByRole('radio', { name: mode }).check();
      await searchBox(page).fill(KNOWN.words);
      await expect(hits(page).first()).toContainText('water.md');
    }
    await hits(page).first().getByRole('link').click();
    await expect(page.locator('.in-passage').first()).toBeVisible();
    await page.getByRole('radio', { name: 'Source' }).check();
    await expect(page.locator('.in-passage, mark').first()).toBeVisible();
    await page.getByRole('button', { name: /^Colours follow the system/ }).click();
    await page.goto('/#/library');
    await documentsPanel(page).getByRole('searchbox', { name: 'Filter by name' }).fill('plain.txt');
    await documentsPanel(page)
      .getByRole('button', { name: /^Remove .*plain\.txt$/ })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);

    const main = page.getByRole('main');
    await page.goto('/#/data/import');
    const dump = path.join(folder, 'archi.sql');
    writeFileSync(dump, dumpOf(sampleRows(readMaps().get('archi'), 3)));
    await page.getByRole('radio', { name: /^Archi PostgreSQL/ }).check();
    const chooser = page.waitForEvent('filechooser');
    await main.getByRole('button', { name: 'Choose files', exact: true }).click();
    await (await chooser).setFiles(dump);
    await main.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(main.getByRole('region', { name: 'The import is done.' })).toBeVisible();
    await page.goto('/#/data/export');
    const exported = page.waitForEvent('download');
    await main.getByRole('button', { name: 'Export', exact: true }).click();
    await exported;
    await page.goto('/#/data/backup');
    const saved = page.waitForEvent('download');
    await main.getByRole('button', { name: 'Make a backup' }).click();
    const backup = path.join(folder, 'backup.db');
    await (await saved).saveAs(backup);
    const again = page.waitForEvent('filechooser');
    await main.getByRole('button', { name: /^Choose (a backup|another)$/ }).click();
    await (await again).setFiles(backup);
    await main.getByRole('button', { name: 'Restore…', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replace everything' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.goto('/#/data/storage');
    await expect(main).toContainText(/health|storage/i);
    await page.reload();
    await page.getByText(/\d documents?, /).waitFor();
    expect({ violations, conduct }).toEqual({ violations: [], conduct: { breaches: [], errors: [], foreign: [] } });

    // The same listener hears what the policy is there for.
    const refused = await page.evaluate(() => {
      const attempts: Record<string, () => unknown> = {
        html: () => (document.createElement('div').innerHTML = '<b>x</b>'),
        worker: () => new Worker('/other.js'),
        foreignWorker: () => new Worker('https://attacker.example/assets/worker-12345678.js'),
        policy: () =>
          (
            globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }
          ).trustedTypes //
            .createPolicy('mine', {}),
        evaluation: () => (0, eval)('1'),
      };
      return Object.entries(attempts).flatMap(([name, attempt]) => {
        try {
          attempt();
          return [];
        } catch {
          return [name];
        }
      });
    });
    expect(refused).toEqual(['html', 'worker', 'foreignWorker', 'policy', 'evaluation']);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.setAttribute('src', 'data:text/javascript,window.ran=1');
      document.head.append(script);
    });
    await expect.poll(() => violations.join('\n')).toMatch(/require-trusted-types-for/);
    await expect.poll(() => violations.join('\n')).toMatch(/script-src/);
    await expect.poll(() => violations.join('\n')).toMatch(/trusted-types/);
    expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
  } finally {
    files.remove();
  }
});

test('a cold start without a network asks for nothing', async () => {
  const app = path.resolve(import.meta.dirname, '../../web/app/dist');
  const server = await serve({ root: app });
  let context = await chromium.launchPersistentContext(path.join(folder, 'profile'), chromiumOptions);
  try {
    const first = context.pages()[0] ?? (await context.newPage());
    await openAt(first, server.url);
    await first.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await context.close();
    await server.close();

    context = await chromium.launchPersistentContext(path.join(folder, 'profile'), chromiumOptions);
    const page = context.pages()[0] ?? (await context.newPage());
    // Whatever reached for the network would fail now that nobody answers, and be told as a request that failed.
    const failed: string[] = [];
    context.on('requestfailed', (request) => failed.push(request.url()));
    const asked: string[] = [];
    context.on('response', (response) => {
      if (!response.fromServiceWorker()) asked.push(response.url());
    });
    const started = performance.now();
    await openAt(page, server.url);
    const took = Math.round(performance.now() - started);
    console.log(`cold start without a network: ${took} ms`);
    test.info().annotations.push({ type: 'measured', description: `${took} ms` });
    expect(failed).toEqual([]);
    expect(asked.filter((url) => url.startsWith('http'))).toEqual([]);
  } finally {
    await context.close();
    await server.close().catch(() => undefined);
  }
});

async function openAt(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByText(/\d documents?, /).waitFor();
}
