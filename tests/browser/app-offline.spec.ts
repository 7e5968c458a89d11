// Closing the browser, stopping the server, cutting the network: everything is still there and answers.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { serve } from '../../tools/serve.mjs';
import { hits, importFolder, KNOWN, makeFolder, searchBox, type Folder } from './app-page';

const app = path.resolve(import.meta.dirname, '../../web/app/dist');

// Browsers are started and ended, and everything is loaded without a network: it takes its time where much else runs.
test.describe.configure({ timeout: 180_000 });

let folder: Folder;
let profile: string;
let context: BrowserContext | undefined;
test.beforeEach(() => {
  folder = makeFolder(12);
  profile = mkdtempSync(path.join(tmpdir(), 'archivolt-profile-'));
});
test.afterEach(async () => {
  await context?.close();
  folder.remove();
  rmSync(profile, { recursive: true, force: true });
});

async function start(url: string): Promise<Page> {
  context = await chromium.launchPersistentContext(profile, chromiumOptions);
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(url);
  await page.getByText(/\d documents?, /).waitFor();
  return page;
}

async function answers(page: Page): Promise<void> {
  await searchBox(page).fill(KNOWN.words);
  await expect(hits(page).first()).toContainText('water.md', { timeout: 30_000 });
  await hits(page).first().getByRole('link').click();
  await expect(page.locator('.in-passage').first()).toContainText('eleven centimetres');
}

test('after the browser was closed and the server stopped, the page opens and answers', async () => {
  const server = await serve({ root: app });
  let page = await start(server.url);
  await importFolder(page, folder);
  await expect(page.getByText(new RegExp(`^${folder.readable} documents, `))).toBeVisible();
  // The service worker has everything on the device.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await context?.close();
  await server.close();

  page = await start(server.url);
  await expect(page.getByText(new RegExp(`^${folder.readable} documents, `))).toBeVisible();
  await answers(page);

  // What is added without a network is found without a network.
  await page.getByRole('link', { name: 'Archivolt, to the search' }).click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add files' }).click();
  await (
    await chooser
  ).setFiles([
    {
      name: 'added-offline.md',
      mimeType: 'text/markdown',
      buffer: Buffer.from('# Letter\n\nThe doorbell is solar powered.\n'),
    },
    {
      // Its parser is a file of its own.
      name: 'added-offline.html',
      mimeType: 'text/html',
      buffer: Buffer.from('<h1>Note</h1><p>The weathercock is painted yellow.</p>'),
    },
    {
      // So are the grammars of code that is longer than a passage.
      name: 'added-offline.ts',
      mimeType: 'video/mp2t',
      buffer: Buffer.from(
        `class Chimney {\n  smoke() {\n${'    this.fire.burn();\n'.repeat(30)}  }\n\n  sweep() {\n${'    this.broom.scrub();\n'.repeat(30)}  }\n}\n`,
      ),
    },
  ]);
  await searchBox(page).fill('doorbell');
  await expect(hits(page).first()).toContainText('added-offline.md');
  await searchBox(page).fill('weathercock');
  await expect(hits(page).first()).toContainText('added-offline.html');
  await searchBox(page).fill('broom scrub');
  await expect(hits(page).first()).toContainText('added-offline.ts');
  await expect(hits(page).first()).toContainText(/Chimney\W*sweep/);

  // So are the page of the data and what makes its files, which nobody has asked for until now.
  await page.goto(`${server.url}/#/data/export`);
  const exported = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  expect(readFileSync(await (await exported).path(), 'utf8')).toContain('The weathercock is painted yellow.');
  await page.goto(`${server.url}/#/data/backup`);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Make a backup' }).click();
  expect(
    readFileSync(await (await saved).path())
      .subarray(0, 15)
      .toString(),
  ).toBe('SQLite format 3');
});

test('every file of the app is on the device, also those that are loaded only when they are needed', async () => {
  const server = await serve({ root: app });
  try {
    const page = await start(server.url);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const files = readdirSync(path.join(app, 'assets'));
    for (const lazy of ['imported-hashes-', 'html-parser-', 'code-sections-', 'interchange-', 'backups-', 'page-'])
      expect(
        files.some((name) => name.startsWith(lazy)),
        lazy,
      ).toBe(true);
    const kept = await page.evaluate(async () => {
      const urls: string[] = [];
      for (const name of await caches.keys())
        for (const { url } of await (await caches.open(name)).keys()) urls.push(new URL(url).pathname);
      return urls;
    });
    expect(files.filter((name) => !kept.includes(`/assets/${name}`))).toEqual([]);
  } finally {
    await server.close();
  }
});

test('a network that is cut is said, and nothing else changes', async () => {
  const server = await serve({ root: app });
  try {
    const page = await start(server.url);
    await importFolder(page, folder);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await context?.setOffline(true);
    await expect(page.getByText('Offline', { exact: true })).toBeVisible();
    await page.reload();
    await page.getByText(new RegExp(`^${folder.readable} documents, `)).waitFor();
    await answers(page);
    await context?.setOffline(false);
    await expect(page.getByText('Offline', { exact: true })).toHaveCount(0);
  } finally {
    await server.close();
  }
});

test('a reload in the middle of an import keeps every finished document', async () => {
  const server = await serve({ root: app });
  const large = makeFolder(160);
  try {
    const page = await start(server.url);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add a folder' }).click();
    await (await chooser).setFiles(large.path);
    await page.getByText(/^[1-9]\d* documents?, /).waitFor();
    await page.reload();
    const counted = page.getByText(/^[1-9]\d* documents?, /);
    await counted.waitFor();
    const kept = Number(/^([\d,]+)/.exec((await counted.textContent()) ?? '')?.[1]?.replace(',', ''));
    expect(kept).toBeGreaterThan(0);
    // The rest is added by the same folder again; what was finished is not added twice.
    const again = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add a folder' }).click();
    await (await again).setFiles(large.path);
    await expect(page.getByText(new RegExp(`^${large.readable} documents, `))).toBeVisible({ timeout: 60_000 });
  } finally {
    large.remove();
    await server.close();
  }
});
