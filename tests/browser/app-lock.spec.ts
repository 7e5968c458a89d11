// A passphrase over everything: set, asked for, changed, forgotten, removed; the page locks when asked to and when nobody is there.
import { expect as expectSoon, test, type Locator, type Page } from '@playwright/test';
import { hits, openApp, searchBox, watchConduct } from './app-page';

const FIRST = 'violet anchor Größe tambourine';
const SECOND = 'copper nails on the north side';

// Deriving a key and writing everything anew take their time where much else runs.
const expect = expectSoon.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 180_000 });

const main = (page: Page): Locator => page.getByRole('main');
const dialog = (page: Page): Locator => page.getByRole('dialog');
const field = (within: Page | Locator, name: string): Locator => within.getByLabel(name, { exact: true });
const locked = (page: Page): Locator => page.getByRole('heading', { name: 'Your documents are locked.' });

async function addNote(page: Page): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add files' }).click();
  await (
    await chooser
  ).setFiles([
    {
      name: 'kept.md',
      mimeType: 'text/markdown',
      buffer: Buffer.from('# Kept\n\nThe weathercock is painted yellow.\n'),
    },
  ]);
  await expect(page.getByText(/^1 document, /)).toBeVisible();
}

async function fillNew(page: Page, passphrase: string, label = 'Passphrase'): Promise<void> {
  await field(dialog(page), label).fill(passphrase);
  await field(dialog(page), 'The same again').fill(passphrase);
}

async function encrypt(page: Page): Promise<void> {
  await page.goto('/#/data/storage');
  await main(page).getByRole('button', { name: 'Encrypt…' }).click();
  await fillNew(page, FIRST);
  await dialog(page).getByRole('button', { name: 'Encrypt', exact: true }).click();
  await expect(main(page)).toContainText('Everything is encrypted now.');
}

async function unlock(page: Page, passphrase: string): Promise<void> {
  await field(page, 'Passphrase').fill(passphrase);
  await page.getByRole('button', { name: 'Unlock' }).click();
}

/** The names of the files of every workspace, and whether the text stands in one of them. */
function plainlyStored(page: Page, text: string): Promise<boolean> {
  return page.evaluate(async (wanted) => {
    const holds = async (directory: FileSystemDirectoryHandle): Promise<boolean> => {
      for await (const [, handle] of directory as unknown as AsyncIterable<[string, FileSystemHandle]>) {
        if (handle.kind === 'directory') {
          if (await holds(handle as FileSystemDirectoryHandle)) return true;
        } else {
          const bytes = await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer();
          if (new TextDecoder('latin1').decode(bytes).includes(wanted)) return true;
        }
      }
      return false;
    };
    return holds(await navigator.storage.getDirectory());
  }, text);
}

test('documents are encrypted, locked, and open with the passphrase only', async ({ page }) => {
  const conduct = watchConduct(page);
  await openApp(page);
  await addNote(page);
  expect(await plainlyStored(page, 'weathercock')).toBe(true);
  await page.goto('/#/data/storage');
  await expect(main(page)).toContainText('What is stored here is not encrypted');
  await main(page).getByRole('button', { name: 'Encrypt…' }).click();
  await dialog(page).getByRole('button', { name: 'Encrypt', exact: true }).click();
  await expect(dialog(page)).toContainText('Enter a new passphrase.');
  await field(dialog(page), 'Passphrase').fill(FIRST);
  await field(dialog(page), 'The same again').fill(SECOND);
  await dialog(page).getByRole('button', { name: 'Encrypt', exact: true }).click();
  await expect(dialog(page)).toContainText('The two are not the same.');
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await encrypt(page);
  expect(await plainlyStored(page, 'weathercock')).toBe(false);

  await page.goto('/#/?q=weathercock');
  await expect(hits(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(locked(page)).toBeVisible();
  expect(new URL(page.url()).hash).toBe('#/');
  await expect(page.locator('body')).not.toContainText('weathercock');
  await expect(field(page, 'Passphrase')).toBeFocused();

  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByText('Enter the passphrase.', { exact: true })).toBeVisible();
  await unlock(page, SECOND);
  await expect(page.getByText('This passphrase does not open them.')).toBeVisible();
  await unlock(page, FIRST);
  await searchBox(page).fill('weathercock');
  await expect(hits(page)).toHaveCount(1);
  expect(conduct.errors).toEqual([]);
  expect(conduct.breaches).toEqual([]);
});

test('a passphrase is changed and removed by who knows the present one', async ({ page }) => {
  await openApp(page);
  await addNote(page);
  await encrypt(page);
  await main(page).getByRole('button', { name: 'Change the passphrase…' }).click();
  await field(dialog(page), 'Present passphrase').fill('something else');
  await fillNew(page, SECOND, 'New passphrase');
  await dialog(page).getByRole('button', { name: 'Change it' }).click();
  await expect(dialog(page)).toContainText('This is not the present passphrase.');
  await field(dialog(page), 'Present passphrase').fill(FIRST);
  await fillNew(page, SECOND, 'New passphrase');
  await dialog(page).getByRole('button', { name: 'Change it' }).click();
  await expect(main(page)).toContainText('The passphrase was changed.');

  await page.reload();
  await expect(locked(page)).toBeVisible();
  await unlock(page, FIRST);
  await expect(page.getByText('This passphrase does not open them.')).toBeVisible();
  await unlock(page, SECOND);
  await expect(page.getByText(/^1 document, /)).toBeVisible();

  await page.goto('/#/data/storage');
  await main(page).getByRole('button', { name: 'Remove it…' }).click();
  await field(dialog(page), 'Present passphrase').fill(SECOND);
  await dialog(page).getByRole('button', { name: 'Remove the passphrase' }).click();
  await expect(main(page)).toContainText('The passphrase was removed.');
  await page.reload();
  await expect(page.getByText(/^1 document, /)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Lock', exact: true })).toHaveCount(0);
});

test('the page locks itself when nothing was done for the chosen time, and not before', async ({ page }) => {
  await page.clock.install();
  await openApp(page);
  await addNote(page);
  await encrypt(page);
  await main(page).getByLabel('Lock by itself').selectOption('5');
  await page.clock.runFor(4 * 60_000);
  await page.mouse.move(200, 200);
  await page.clock.runFor(4 * 60_000);
  await expect(main(page)).toContainText('Everything stored here is encrypted.');
  await page.clock.runFor(2 * 60_000);
  await expect(locked(page)).toBeVisible();
  await expect(page.getByText('nothing was done here for a while')).toBeVisible();
});

test('a forgotten passphrase leaves one way: to begin anew, after a typed word', async ({ page }) => {
  await openApp(page);
  await addNote(page);
  await encrypt(page);
  await page.reload();
  await expect(locked(page)).toBeVisible();
  await page.getByText('The passphrase is forgotten').click();
  await page.getByRole('button', { name: 'Delete everything and begin anew…' }).click();
  const sure = dialog(page).getByRole('button', { name: 'Delete everything' });
  await expect(sure).toBeDisabled();
  await dialog(page).getByRole('textbox').fill('delete');
  await sure.click();
  await expect(page.getByText(/^0 documents, /)).toBeVisible();
});
