// Everything out of the app as one file and in again; what a restore refuses; health, and the end of everything.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect as expectSoon, test, type Locator, type Page } from '@playwright/test';
import { hits, openApp, searchBox, watchConduct } from './app-page';

const PASSPHRASE = 'violet anchor Größe tambourine';

// Imports, exports and restores take their time where much else runs.
const expect = expectSoon.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 180_000 });

let folder: string;
test.beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'archivolt-backups-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const main = (page: Page): Locator => page.getByRole('main');
const button = (page: Page, name: string): Locator => main(page).getByRole('button', { name, exact: true });

async function addFile(page: Page, name: string, text: string): Promise<void> {
  await page.goto('/#/');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add files' }).click();
  await (await chooser).setFiles([{ name, mimeType: 'text/markdown', buffer: Buffer.from(text) }]);
}

const counted = (page: Page, documents: string): Locator => page.getByText(new RegExp(`^${documents}, `));

/** Makes a backup and answers where it lies. */
async function backUp(page: Page): Promise<string> {
  const download = page.waitForEvent('download');
  await button(page, 'Make a backup').click();
  const file = path.join(folder, (await download).suggestedFilename());
  await (await download).saveAs(file);
  return file;
}

async function chooseBackup(page: Page, file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await main(page)
    .getByRole('button', { name: /^Choose (a backup|another)$/ })
    .click();
  await (await chooser).setFiles(file);
  await expect(main(page)).toContainText(path.basename(file));
}

async function restore(page: Page): Promise<void> {
  await button(page, 'Restore…').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replace everything' }).click();
}

test('a backup brings back what was, and files that are none are refused and change nothing', async ({ page }) => {
  const conduct = watchConduct(page);
  await openApp(page);
  await addFile(page, 'kept.md', '# Kept\n\nThe weathercock is painted yellow.\n');
  await expect(counted(page, '1 document')).toBeVisible();
  await page.goto('/#/data/backup');
  await expect(main(page)).toContainText('No backup has been made of these data yet.');
  const file = await backUp(page);
  expect(path.basename(file)).toMatch(/^archivolt-backup-\d{4}-\d\d-\d\d-\d{4}\.db$/);
  expect(readFileSync(file).subarray(0, 15).toString()).toBe('SQLite format 3');
  await expect(main(page)).toContainText(/The last backup is of .*B\)/);

  await addFile(page, 'later.md', '# Later\n\nThe doorbell is solar powered.\n');
  await expect(counted(page, '2 documents')).toBeVisible();
  await page.goto('/#/data/backup');

  // What is no backup, and one that was cut short.
  const foreign = path.join(folder, 'foreign.db');
  writeFileSync(foreign, 'The quick brown fox jumps over the lazy dog, and is no database at all.');
  const cut = path.join(folder, 'cut.db');
  writeFileSync(cut, readFileSync(file).subarray(0, -5000));
  for (const [name, words] of [
    [foreign, 'This is no backup of Archivolt.'],
    [cut, 'The file is damaged, or was cut short.'],
  ] as const) {
    await chooseBackup(page, name);
    await restore(page);
    await expect(main(page).getByRole('alert')).toHaveText(words);
    await expect(main(page)).toContainText('What is here was not touched.');
    await expect(counted(page, '2 documents')).toBeVisible();
  }

  // Not confirmed is not done.
  await chooseBackup(page, file);
  await button(page, 'Restore…').click();
  await expect(page.getByRole('dialog')).toContainText('2 documents');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(button(page, 'Restore…')).toBeFocused();
  await expect(counted(page, '2 documents')).toBeVisible();

  // A backup of what would go is one step away.
  await button(page, 'Restore…').click();
  const first = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'Make a backup first' }).click();
  expect((await first).suggestedFilename()).toMatch(/^archivolt-backup-/);
  await expect(main(page).getByRole('region', { name: /^archivolt-backup-/ })).toBeVisible();

  await restore(page);
  await expect(main(page).getByRole('region', { name: 'Everything is as it was in the backup.' })).toBeVisible();
  await expect(counted(page, '1 document')).toBeVisible();
  await searchBox(page).fill('weathercock');
  await expect(hits(page).first()).toContainText('kept.md');
  await page.reload();
  await expect(counted(page, '1 document')).toBeVisible();
  expect(conduct).toEqual({ breaches: [], errors: [], foreign: [] });
});

test('a sealed backup opens with its passphrase alone', async ({ page }) => {
  await openApp(page);
  await addFile(page, 'secret.md', '# Secret\n\nThe weathercock is painted yellow.\n');
  await expect(counted(page, '1 document')).toBeVisible();
  await page.goto('/#/data/backup');
  await page.getByRole('checkbox', { name: 'Seal it with a passphrase' }).check();
  const [first, second] = [page.getByLabel('Passphrase', { exact: true }), page.getByLabel('The same again')];
  await button(page, 'Make a backup').click();
  await expect(main(page)).toContainText('Enter a passphrase, or take the seal off.');
  await first.fill('1234');
  await expect(main(page)).toContainText('Guessed quickly.');
  await first.fill(PASSPHRASE);
  await expect(main(page)).toContainText('Very hard to guess.');
  await second.fill(PASSPHRASE.toUpperCase());
  await button(page, 'Make a backup').click();
  await expect(main(page)).toContainText('The two are not the same.');
  await second.fill(PASSPHRASE);
  const file = await backUp(page);
  expect(path.extname(file)).toBe('.sealed');
  expect(readFileSync(file).subarray(0, 16).toString()).toBe('Archivolt sealed');
  await expect(main(page)).toContainText(/The last backup is of .*, sealed\)/);
  // It is kept nowhere: neither in the fields nor in what the page stores.
  await expect(first).toHaveValue('');
  await expect(second).toHaveValue('');
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('violet');

  await addFile(page, 'later.md', '# Later\n\nThe doorbell is solar powered.\n');
  await expect(counted(page, '2 documents')).toBeVisible();
  await page.goto('/#/data/backup');
  await chooseBackup(page, file);
  await button(page, 'Restore…').click();
  await expect(main(page)).toContainText('Enter the passphrase of the file.');
  const passphrase = main(page).getByLabel('Passphrase', { exact: true }).last();
  await passphrase.fill('violet anchor');
  await restore(page);
  await expect(main(page).getByRole('alert')).toHaveText('The passphrase does not open this file.');
  await expect(counted(page, '2 documents')).toBeVisible();
  await passphrase.fill(PASSPHRASE);
  await restore(page);
  await expect(main(page).getByRole('region', { name: 'Everything is as it was in the backup.' })).toBeVisible();
  await expect(counted(page, '1 document')).toBeVisible();
});

test('a file is written where the person says, and a closed dialog writes nothing', async ({ page }) => {
  await openApp(page);
  await page.goto('/#/data/backup');
  // The browser's own dialog cannot be worked from outside: its answer is a real file of the private file system.
  await page.evaluate(() => {
    let closed = false;
    Object.assign(window, {
      async showSaveFilePicker({ suggestedName }: { suggestedName: string }) {
        if (!closed) {
          closed = true;
          throw new DOMException('closed', 'AbortError');
        }
        return (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
      },
    });
  });
  const file = await backUp(page);
  const made = main(page).getByRole('region', { name: path.basename(file) });
  await made.getByRole('button', { name: 'Save again…' }).click();
  await expect(made).toContainText('among your downloads');
  await made.getByRole('button', { name: 'Save again…' }).click();
  await expect(made).toContainText('It is where you put it.');
  const size = await page.evaluate(async (name) => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle(name);
    return (await handle.getFile()).size;
  }, path.basename(file));
  expect(size).toBe(readFileSync(file).length);
  await made.getByRole('button', { name: 'Done' }).click();
  await expect(made).toHaveCount(0);
});

test('storage says what is used, checks the health and asks to keep the data', async ({ page }) => {
  await openApp(page);
  await addFile(page, 'note.md', '# Note\n\nThe doorbell is solar powered.\n');
  await expect(counted(page, '1 document')).toBeVisible();
  await page.goto('/#/data/storage');
  await expect(main(page).getByText(/ in use$/)).toBeVisible();
  for (const check of ['Quick check', 'Full check']) {
    await button(page, check).click();
    await expect(main(page).getByRole('region', { name: 'Nothing is wrong.' })).toContainText(/rows? in \d+ tables/);
    await main(page).getByRole('button', { name: 'Close' }).click();
    await expect(main(page).getByRole('region', { name: 'Nothing is wrong.' })).toHaveCount(0);
  }
  await button(page, 'Give back free space').click();
  await expect(main(page).getByRole('region', { name: /given back\.|no free space/ })).toBeVisible();
  await button(page, 'Ask to keep it').click();
  await expect(page.getByText(/now stay until you remove them|did not agree yet/)).toBeVisible();
});

test('everything is deleted only after the word was typed', async ({ page }) => {
  await openApp(page);
  await addFile(page, 'note.md', '# Note\n\nThe doorbell is solar powered.\n');
  await expect(counted(page, '1 document')).toBeVisible();
  await page.goto('/#/data/storage');
  await button(page, 'Delete everything…').click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Delete everything' });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox').fill('delet');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(counted(page, '1 document')).toBeVisible();
  await button(page, 'Delete everything…').click();
  await expect(dialog.getByRole('textbox')).toHaveValue('');
  await dialog.getByRole('textbox').fill('Delete');
  await confirm.click();
  await expect(page.getByText('Everything was deleted.')).toBeVisible();
  await expect(counted(page, '0 documents')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Bring your documents in.' })).toBeVisible();
  await page.reload();
  await expect(counted(page, '0 documents')).toBeVisible();
});
