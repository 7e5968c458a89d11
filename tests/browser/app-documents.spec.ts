// Documents in: a real folder dropped on the window, its progress, its failures, the list, removal, and thousands of documents.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import {
  documentRows,
  documentsPanel,
  drop,
  hits,
  importCard,
  importFolder,
  makeFolder,
  openApp,
  searchBox,
  UNREADABLE_FILES,
  watchConduct,
  type Folder,
} from './app-page';

let folder: Folder;
test.afterEach(() => folder?.remove());

test('a dropped folder is indexed with progress, and says what failed and why', async ({ page }) => {
  folder = makeFolder(40, { broken: true });
  const conduct = watchConduct(page);
  await openApp(page);
  await expect(page.getByRole('heading', { name: 'Bring your documents in.' })).toBeVisible();
  await expect(page.getByText('0 documents, 0 passages')).toBeVisible();

  await drop(page, [folder.path]);
  await expect(page.getByRole('progressbar', { name: 'Files indexed' })).toBeVisible();
  const card = importCard(page);
  await expect(card.getByText(`Added ${folder.readable} documents.`).first()).toBeVisible({ timeout: 60_000 });
  await expect(card.getByText(`${UNREADABLE_FILES} failed`)).toBeVisible();
  await expect(card.getByText('1 not text, left out')).toBeVisible();

  await card.getByText('What happened').click();
  const outcomes = card.getByRole('listitem');
  await expect(outcomes.filter({ hasText: 'broken/empty.md' })).toContainText(/empty|no text/i);
  await expect(outcomes.filter({ hasText: 'broken/junk.md' })).toContainText(/text|UTF-8|NUL/i);
  await expect(page.getByText('not ours')).toHaveCount(0);

  // A failed file is in the list with its reason, an indexed one with its passages.
  const panel = documentsPanel(page);
  const filter = panel.getByRole('searchbox', { name: 'Filter by name' });
  await filter.fill('water.md');
  await expect(documentRows(page)).toHaveCount(1);
  await expect(documentRows(page)).toContainText(/passage/);
  await filter.fill('junk.md');
  await expect(documentRows(page)).toContainText('Failed');
  await filter.fill('no such name');
  await expect(panel.getByText('No document has that in its name.')).toBeVisible();
  expect(conduct.errors).toEqual([]);
});

test('the same folder again adds nothing and says so', async ({ page }) => {
  folder = makeFolder(6);
  await openApp(page);
  await importFolder(page, folder);
  const passages = /\d+ passages/.exec((await importCard(page).textContent()) ?? '')?.[0] ?? '';
  const counted = page.getByText(`${folder.readable} documents, ${passages}`);
  await expect(counted).toBeVisible();

  await importFolder(page, folder);
  await expect(importCard(page).getByText('Nothing new to add.').first()).toBeVisible();
  await expect(importCard(page).getByText(`${folder.readable} already here`)).toBeVisible();
  await expect(counted).toBeVisible();
});

test('files and a folder can be picked as well as dropped', async ({ page }) => {
  folder = makeFolder(3);
  await openApp(page);
  const folderChooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add a folder' }).click();
  await (await folderChooser).setFiles(folder.path);
  await expect(importCard(page).getByText(`Added ${folder.readable} documents.`).first()).toBeVisible();

  const single = path.join(path.dirname(folder.path), 'letter.md');
  writeFileSync(single, '# Letter\n\nThe gutters are cleaned in November.\n');
  const fileChooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add files' }).click();
  await (await fileChooser).setFiles(single);
  await expect(importCard(page).getByText('Added 1 document.').first()).toBeVisible();
  await searchBox(page).fill('gutters');
  await expect(hits(page).first()).toContainText('gutters');
});

test('a cancelled import keeps what was finished', async ({ page }) => {
  folder = makeFolder(220);
  await openApp(page);
  await drop(page, [folder.path]);
  await page.getByText(/^[1-9]\d* documents?, /).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  const summary = importCard(page)
    .getByText(/^Stopped\./)
    .first();
  await expect(summary).toBeVisible();
  const kept = Number(/(\d+) documents? added/.exec((await summary.textContent()) ?? '')?.[1]);
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(folder.readable);
  await expect(page.getByText(new RegExp(`^${kept} documents?, `))).toBeVisible();
  await page.reload();
  await expect(page.getByText(new RegExp(`^${kept} documents?, `))).toBeVisible();
});

test('a document is removed after a question, and not without it', async ({ page }) => {
  folder = makeFolder(2);
  await openApp(page);
  await importFolder(page, folder);
  await searchBox(page).fill('brass stay');
  await expect(hits(page).filter({ hasText: 'plain.txt' })).not.toHaveCount(0);

  const panel = documentsPanel(page);
  await panel.getByRole('searchbox', { name: 'Filter by name' }).fill('plain.txt');
  const remove = panel.getByRole('button', { name: /^Remove .*plain\.txt$/ });
  await remove.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
  await expect(documentRows(page)).toHaveCount(1);
  await remove.click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(documentRows(page)).toHaveCount(1);

  await remove.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(panel.getByText('No document has that in its name.')).toBeVisible();
  await searchBox(page).fill('brass stay held');
  await expect(hits(page).filter({ hasText: 'plain.txt' })).toHaveCount(0);
});

test('twelve thousand documents scroll and filter without filling the page', async ({ page }) => {
  const many = 12_000;
  await page.goto('/theme.js');
  await page.evaluate(async (count) => {
    const { openWorkspace } = (await import('/lib/index.js' as string)) as typeof import('archivolt');
    const workspace = await openWorkspace('archivolt');
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    await workspace.table('documents').insertMany(
      numbers.map((n) => ({
        id: `many-${n}`,
        filename: `archive/${Math.floor(n / 100)}/note-${n}.md`,
        status: 'indexed',
        size_bytes: n,
        chunks_count: 1,
        content: `Note ${n}`,
      })),
    );
    await workspace.close();
  }, many);

  await openApp(page);
  const list = documentsPanel(page).getByRole('list');
  await expect(documentsPanel(page).getByText('12,000')).toBeVisible();
  await expect(list.getByRole('link', { name: 'Open archive/120/note-12000.md' })).toBeVisible();
  expect(await list.getByRole('listitem').count()).toBeLessThan(80);

  await page.locator('.list-scroller').evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
  await expect(list.getByRole('link', { name: 'Open archive/0/note-1.md' })).toBeVisible();
  expect(await list.getByRole('listitem').count()).toBeLessThan(80);

  await documentsPanel(page).getByRole('searchbox', { name: 'Filter by name' }).fill('note-777.md');
  await expect(documentsPanel(page).getByText('1 of 12,000')).toBeVisible();
  await list.getByRole('link', { name: 'Open archive/7/note-777.md' }).click();
  await expect(page.getByRole('heading', { name: 'note-777.md' })).toBeVisible();
});
