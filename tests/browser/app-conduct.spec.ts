// How the page behaves among others: its policy, hostile documents, a second tab, an update of the release.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { KNOWN, drop, hits, importCard, importFolder, makeFolder, openApp, searchBox, watchConduct } from './app-page';

const HOSTILE = [
  '# Harmless title',
  'A line with the word quillwort in it.',
  '<script>window.hacked = 1</script>',
  '<img src="x" onerror="window.hacked = 2"><svg onload="window.hacked = 3"><circle/></svg>',
  '<p style="position:fixed;inset:0" onclick="window.hacked = 4">styled</p>',
  '<form action="https://example.com/"><input name="q"><button>send</button></form>',
  '<iframe srcdoc="<script>parent.hacked = 5</script>"></iframe><math><mtext></mtext></math>',
  '[script](javascript:window.hacked=6) [data](data:text/html,x) [good](https://example.com/page) ![remote](https://example.com/x.png)',
  '<a href="https://example.com/two" target="_top">raw link</a> <base href="https://example.com/">',
  '<div id="app" class="notices">clobber</div>',
].join('\n\n');

test('nothing in the whole flow breaks the policy, fails or calls another host', async ({ page }) => {
  const folder = makeFolder(30);
  const conduct = watchConduct(page);
  try {
    await openApp(page);
    await importFolder(page, folder);
    for (const words of ['table of contents', 'install', 'license', 'sqlite index']) {
      await searchBox(page).fill(words);
      await hits(page).first().getByRole('link').click();
      await page.locator('.in-passage').first().waitFor();
      await page.goBack();
    }
  } finally {
    folder.remove();
  }
  expect(conduct).toEqual({ breaches: [], errors: [], foreign: [] });
});

test('a hostile document is shown as text and does nothing', async ({ page }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'archivolt-hostile-'));
  const conduct = watchConduct(page);
  try {
    mkdirSync(path.join(folder, 'in'));
    writeFileSync(path.join(folder, 'in', 'hostile.md'), HOSTILE);
    writeFileSync(
      path.join(folder, 'in', '<img src=x onerror=window.hacked=7>.txt'),
      'quillwort in a file with a name of tags',
    );
    await openApp(page);
    await drop(page, [path.join(folder, 'in')]);
    await expect(importCard(page).getByText('Added 2 documents.').first()).toBeVisible();
    await searchBox(page).fill('quillwort');
    await expect(hits(page)).not.toHaveCount(0);
    await hits(page).filter({ hasText: 'hostile.md' }).first().getByRole('link').click();
    const prose = page.locator('.prose');
    await expect(prose).toContainText('quillwort');
    await expect(
      prose.locator('script, img, svg, math, form, input, button, iframe, base, [style], [onclick], [id], .notices'),
    ).toHaveCount(0);
    await expect(prose.getByRole('link', { name: 'good' })).toHaveAttribute('rel', /noopener/);
    await expect(prose.getByRole('link', { name: 'raw link' })).toHaveAttribute('target', '_blank');
    await expect(prose.getByRole('link', { name: 'script' })).toHaveCount(0);
    await expect(prose).toContainText('image, not loaded: remote');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  expect(conduct).toEqual({ breaches: [], errors: [], foreign: [] });
});

test('the built page holds no inline script or style and its policy is in the page itself', async ({ request }) => {
  const page = await (await request.get('/index.html')).text();
  expect(page).toContain('http-equiv="Content-Security-Policy"');
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  expect(page).not.toMatch(/(?:src|href)="https?:/);
});

test('the app is installable and everything it needs is precached', async ({ page, request }) => {
  const manifest = (await (await request.get('/manifest.webmanifest')).json()) as {
    name: string;
    display: string;
    icons: { src: string; sizes: string; purpose?: string }[];
  };
  expect(manifest.name).toBe('Archivolt');
  expect(manifest.display).toBe('standalone');
  expect(manifest.icons.some((icon) => icon.purpose === 'maskable' && icon.sizes === '512x512')).toBe(true);
  for (const icon of manifest.icons) expect((await request.get(`/${icon.src}`)).status()).toBe(200);

  await openApp(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const cached = await page.evaluate(async () => {
    const urls: string[] = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url).pathname);
    }
    return urls;
  });
  for (const needed of [
    /\/index\.html$/,
    /\/theme\.js$/,
    /engine-?[\w-]*\.wasm$/,
    /engine-relaxed[\w-]*\.wasm$/,
    /embedder[\w-]*\.semb$/,
    /worker[\w-]*\.js$/,
  ]) {
    expect(
      cached.some((url) => needed.test(url)),
      String(needed),
    ).toBe(true);
  }
});

test('a second tab shows the same documents, and keeps them when the first is closed', async ({ page, context }) => {
  const folder = makeFolder(3);
  try {
    await openApp(page);
    const second = await context.newPage();
    await openApp(second);
    await importFolder(page, folder);
    const counted = second.getByText(new RegExp(`^${folder.readable} documents, `));
    await expect(counted).toBeVisible();
    await page.close();
    await searchBox(second).fill(KNOWN.words);
    // The second tab takes over and loads what a search needs, which takes its time where much else runs.
    await expect(hits(second).first()).toContainText('cellar', { timeout: 30_000 });
    await second.reload();
    await expect(counted).toBeVisible();
  } finally {
    folder.remove();
  }
});
