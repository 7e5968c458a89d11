// What the app says and offers when storage is damaged, full or cleared, with the real damage: bits flipped in the private file system, a
// quota that is used up, and the site's data cleared under the open page. Writes pictures to test-results/.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, expect as expectSoon, test, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { hits, openApp, searchBox, watchConduct } from './app-page';
import type { Library } from './library-page';

// Opening, copying and checking take their time where much else runs.
const expect = expectSoon.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 180_000 });

const WORD = 'weathercock';
const main = (page: Page): Locator => page.getByRole('main');
const bar = (page: Page): Locator => page.getByRole('region', { name: 'Storage', exact: true });
const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });

async function addNotes(page: Page, count: number, from: number = 0): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await button(page, 'Add files').click();
  await (
    await chooser
  ).setFiles(
    Array.from({ length: count }, (_, i) => i + from).map((at) => ({
      name: `note ${at}.md`,
      mimeType: 'text/markdown',
      buffer: Buffer.from(
        `# Note ${at}\n\nThe ${WORD} of house ${at} is painted yellow.\n\n${`Line of note ${at}. `.repeat(400)}`,
      ),
    })),
  );
  await expectDocuments(page, from + count);
}

/** As the bar at the foot of the page counts them. */
const expectDocuments = (page: Page, count: number): Promise<void> =>
  expect(page.getByRole('contentinfo').getByText(`${count} documents, `)).toBeVisible();

/** The database as a clean close leaves it: one file, without a log. */
async function closeCleanly(page: Page): Promise<void> {
  await page.goto('/lib/index.js');
  await page.evaluate(async () => {
    const { openWorkspace } = (await import('/lib/index.js' as string)) as Library;
    await (await openWorkspace('archivolt')).close();
  });
}

/** Flips a bit in each page of the file that holds the text, or in the middle of the file where no text is given. The page is at a blank place. */
const flip = (page: Page, file: string, text: string | null): Promise<number> =>
  page.evaluate(
    async ([name, wanted]) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('archivolt');
      const handle = await (await root.getDirectoryHandle('archivolt')).getFileHandle(name);
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      const places: number[] = [];
      if (wanted === null) places.push(Math.floor(bytes.length / 2));
      else {
        const all = new TextDecoder('latin1').decode(bytes);
        for (let at = all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + 8192)) places.push(at);
      }
      const out = await handle.createWritable({ keepExistingData: true });
      for (const at of places)
        await out.write({ type: 'write', position: at, data: Uint8Array.of((bytes[at] ?? 0) ^ 4) });
      await out.close();
      return places.length;
    },
    [file, text] as const,
  );

const LOOKS = [
  { scheme: 'light', size: 'wide', viewport: { width: 1280, height: 800 } },
  { scheme: 'dark', size: 'wide', viewport: { width: 1280, height: 800 } },
  { scheme: 'light', size: 'phone', viewport: { width: 360, height: 740 } },
  { scheme: 'dark', size: 'phone', viewport: { width: 360, height: 740 } },
] as const;

/** Pictures of the page as it stands; in none of them is anything cut off at the side. */
async function picture(page: Page, name: string): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 1280, height: 720 };
  for (const { scheme, size, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `test-results/app-trouble-${name}-${size}-${scheme}.png` });
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    );
    expect(wider, `${name} ${size}`).toBe(false);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width, height });
}

async function withQuota(context: BrowserContext, page: Page, spare: number | null): Promise<void> {
  const session = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  const usage = async (): Promise<number> =>
    ((await session.send('Storage.getUsageAndQuota', { origin })) as { usage: number }).usage;
  await session.send('Storage.overrideQuotaForOrigin', {
    origin,
    ...(spare === null ? {} : { quotaSize: (await usage()) + spare }),
  });
}

test('documents whose log is damaged are saved, and the damaged file can be kept and removed', async ({ page }) => {
  const conduct = watchConduct(page);
  await openApp(page);
  await addNotes(page, 6);
  // From then on the six are in the database; what comes next is in its log.
  await closeCleanly(page);
  await openApp(page);
  await addNotes(page, 2, 6);
  await page.goto('/lib/index.js');
  expect(await flip(page, 'archivolt.db-wal', null)).toBe(1);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'The stored documents are damaged.' })).toBeVisible();
  await picture(page, 'refused');
  // Trying again changes nothing.
  await button(page, 'Try again').click();
  await expect(page.getByRole('heading', { name: 'The stored documents are damaged.' })).toBeVisible();
  await button(page, 'Save what can be read').click();
  const title = page.getByRole('heading', { name: 'What could be read was saved.' });
  await expect(title).toBeVisible();
  await expect(title).toBeFocused();
  await expect(main(page)).toContainText(/kept as damaged-\d{8}T\d{9}Z\.db/);
  await picture(page, 'saved');
  await button(page, 'Go on').click();
  await searchBox(page).fill('the weathercock of house 5');
  await expect(hits(page).first()).toContainText('note 5.md');

  await page.goto('/#/data/storage');
  const files = main(page).getByRole('region', { name: 'Damaged files' });
  await expect(files.getByRole('listitem')).not.toHaveCount(0);
  const count = await files.getByRole('listitem').count();
  await files.scrollIntoViewIfNeeded();
  await picture(page, 'set-aside');
  const download = page.waitForEvent('download');
  await files
    .getByRole('button', { name: /^Save…/ })
    .first()
    .click();
  const saved = await download;
  expect(saved.suggestedFilename()).toMatch(/^damaged-.*\.db$/);
  expect(
    readFileSync(await saved.path())
      .subarray(0, 15)
      .toString(),
  ).toBe('SQLite format 3');
  for (let left = count; left > 0; left--) {
    await expect(files.getByRole('listitem')).toHaveCount(left);
    await files
      .getByRole('button', { name: /^Remove…/ })
      .first()
      .click();
    await button(page.getByRole('dialog'), 'Remove it').click();
  }
  await expect(files).toHaveCount(0);
  await page.reload();
  await expect(main(page).getByRole('heading', { name: 'Health' })).toBeVisible();
  await expect(files).toHaveCount(0);
  expect(conduct.breaches).toEqual([]);
});

test('a page that is met damaged is told of once, and what can be read is saved from there', async ({ page }) => {
  await openApp(page);
  await addNotes(page, 12);
  await closeCleanly(page);
  expect(await flip(page, 'archivolt.db', 'Line of note 7.')).toBeGreaterThan(0);
  await page.goto('/#/data/storage');
  await button(main(page), 'Full check').click();
  await expect(bar(page)).toContainText('A part of what is stored cannot be read.');
  await picture(page, 'damaged');
  await button(bar(page), 'Save what can be read').click();
  await expect(page.getByRole('heading', { name: 'What could be read was saved.' })).toBeVisible();
  await page.getByText('By table').click();
  await expect(main(page).getByRole('row', { name: /^documents/ })).toBeVisible();
  await picture(page, 'saved-tables');
  await button(page, 'Export…').click();
  await expect(page).toHaveURL(/#\/data\/export/);
  const download = page.waitForEvent('download');
  await button(main(page), 'Export').click();
  expect(readFileSync(await (await download).path(), 'utf8')).toContain(`The ${WORD} of house 2 is painted`);
  await expect(bar(page)).toHaveCount(0);
});

test('on a full origin the documents are there for reading, and a backup is had', async ({ page, context }) => {
  await openApp(page);
  await addNotes(page, 2);
  await closeCleanly(page);
  await withQuota(context, page, 0);
  await page.goto('/');
  await expect(bar(page)).toContainText('This device is full: open for reading only.');
  await expect(button(bar(page), 'Dismiss')).toHaveCount(0);
  await picture(page, 'read-only');
  await searchBox(page).fill(WORD);
  await expect(hits(page).first()).toBeVisible();
  const download = page.waitForEvent('download');
  await button(bar(page), 'Save a backup').click();
  expect((await download).suggestedFilename()).toMatch(/^archivolt-backup-.*\.db$/);
  await withQuota(context, page, null);
  await button(bar(page), 'Open again').click();
  await expectDocuments(page, 2);
  await expect(bar(page)).toHaveCount(0);
});

test('storage that fills is told of, and nothing but the last change is lost', async ({ page, context }) => {
  await openApp(page);
  await addNotes(page, 2);
  await withQuota(context, page, 1_500_000);
  const chooser = page.waitForEvent('filechooser');
  await button(page, 'Add files').click();
  await (
    await chooser
  ).setFiles(
    Array.from({ length: 30 }, (_, at) => ({
      name: `large ${at}.md`,
      mimeType: 'text/markdown',
      buffer: Buffer.from(
        `# Large ${at}\n\n${Array.from({ length: 20_000 }, (__, i) => `${at * i} stones`).join(' ')}\n`,
      ),
    })),
  );
  await expect(bar(page)).toContainText('There is no room left.');
  await picture(page, 'full');
  await searchBox(page).fill(WORD);
  await expect(hits(page).first()).toBeVisible();
  await button(bar(page), 'Dismiss').click();
  await expect(bar(page)).toHaveCount(0);
});

test('the data of the site are cleared under the open page: a backup saves them, and a reload begins anew', async ({
  baseURL,
}) => {
  // In a window without a profile Chromium takes the bytes away with the files.
  const profile = mkdtempSync(path.join(tmpdir(), 'archivolt-cleared-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...chromiumOptions,
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  try {
    const page = await context.newPage();
    await openApp(page);
    await addNotes(page, 2);
    // The watch begins a moment after opening.
    await page.waitForTimeout(2500);
    const session = await context.newCDPSession(page);
    await session.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'all' });
    await expect(bar(page)).toContainText('What was stored here has been cleared.');
    await picture(page, 'cleared');
    const download = page.waitForEvent('download');
    await button(bar(page), 'Save a backup').click();
    const saved = await download;
    const backup = readFileSync(await saved.path());
    expect(backup.subarray(0, 15).toString()).toBe('SQLite format 3');
    await button(bar(page), 'Begin anew').click();
    await expectDocuments(page, 0);
    await expect(bar(page)).toHaveCount(0);

    await page.goto('/#/data/backup');
    const chooser = page.waitForEvent('filechooser');
    await button(main(page), 'Choose a backup').click();
    await (
      await chooser
    ).setFiles([{ name: saved.suggestedFilename(), mimeType: 'application/vnd.sqlite3', buffer: backup }]);
    await button(main(page), 'Restore…').click();
    await button(page.getByRole('dialog'), 'Replace everything').click();
    await expectDocuments(page, 2);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
