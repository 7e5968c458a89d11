// Data of another system into the app and out of it: a check before the import, what does not fit, cancelling, the files that go out.
import { readFileSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect as expectSoon, test, type Download, type Locator, type Page } from '@playwright/test';
import { readMaps } from '../../tools/check-maps.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { drop, hits, openApp, searchBox, watchConduct } from './app-page';

const ROWS = 12;
const KNOWN = 'The osprey nests on the old lighthouse.';
const MANY = 14_000;

interface SourceTable {
  name: string;
}
type Rows = Map<SourceTable, Record<string, unknown>[]>;

// Imports, exports and restores take their time where much else runs.
const expect = expectSoon.configure({ timeout: 30_000 });
test.describe.configure({ timeout: 180_000 });

let folder: string;
test.beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'archivolt-data-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A dump of Archi's, as pg_dump writes one. `change` works on the rows of its messages. */
function dump(name: string, change: (messages: Record<string, unknown>[]) => void = () => undefined): string {
  const rows = sampleRows(readMaps().get('archi'), ROWS) as Rows;
  for (const [table, list] of rows) if (table.name === 'conversations') change(list);
  const file = path.join(folder, name);
  writeFileSync(file, dumpOf(rows));
  return file;
}

const knownMessage = ([first]: Record<string, unknown>[]): void => {
  if (first) first['content'] = KNOWN;
};

const main = (page: Page): Locator => page.getByRole('main');
const button = (page: Page, name: string): Locator => main(page).getByRole('button', { name, exact: true });
const result = (page: Page, name: string | RegExp): Locator => main(page).getByRole('region', { name });

/** A count of a report, by its name. */
const figure = (page: Page, name: string): Locator => main(page).locator('.figure', { hasText: name }).locator('dd');

async function choose(page: Page, file: string): Promise<void> {
  await openApp(page, '#/data/import');
  await page.getByRole('radio', { name: /^Archi PostgreSQL/ }).check();
  const chooser = page.waitForEvent('filechooser');
  await button(page, 'Choose files').click();
  await (await chooser).setFiles(file);
  await expect(page.getByRole('list', { name: 'Chosen files' })).toContainText(path.basename(file));
}

async function importFile(page: Page, file: string): Promise<void> {
  await choose(page, file);
  await button(page, 'Import').click();
  await expect(result(page, 'The import is done.')).toBeVisible();
}

test('a dump is checked, then imported, then found; again it changes nothing', async ({ page }) => {
  const conduct = watchConduct(page);
  const file = dump('archi.sql', knownMessage);
  await choose(page, file);
  await button(page, 'Check').click();
  await expect(result(page, 'This is what an import would do.')).toBeVisible();
  await expect(figure(page, 'Do not fit')).toHaveText('0');
  const added = await figure(page, 'Added').textContent();
  expect(Number(added)).toBeGreaterThan(ROWS * 10);
  // Nothing is here yet.
  await expect(page.getByText('0 documents, 0 passages')).toBeVisible();

  await button(page, 'Import').click();
  const report = result(page, 'The import is done.');
  await expect(report).toBeVisible();
  await expect(figure(page, 'Added')).toHaveText(added ?? '');
  await report.getByText('By table').click();
  await expect(report.getByRole('row', { name: /^conversations 12 12 0 0 0$/ })).toBeVisible();

  await button(page, 'Import').click();
  await expect(result(page, 'Everything in these files is already here.')).toBeVisible();
  await expect(figure(page, 'Unchanged')).not.toHaveText('0');

  await searchBox(page).fill('osprey lighthouse');
  await expect(hits(page).first()).toContainText('osprey');
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Bring data in' })).toBeVisible();
  expect(conduct).toEqual({ breaches: [], errors: [], foreign: [] });
});

test('rows that do not fit are shown with their reason, after a check and after the import', async ({ page }) => {
  const file = dump('broken.sql', (messages) => {
    const [, second] = messages;
    if (second) second['conversation_id'] = 999_999;
  });
  await choose(page, file);
  for (const [start, title] of [
    ['Check', 'This is what an import would do.'],
    ['Import', 'The import is done.'],
  ] as const) {
    await button(page, start).click();
    const report = result(page, title);
    await expect(report).toBeVisible();
    await expect(figure(page, 'Do not fit')).not.toHaveText('0');
    const reject = report.getByRole('list', { name: /do not fit|does not fit/ }).getByRole('listitem');
    await expect(reject.filter({ hasText: 'conversations' }).first()).toContainText(/999999|conversation/);
  }
  await expect(result(page, 'The import is done.')).toContainText('import_rejects');
});

test('what is missing is said, and files of nobody known are refused in words', async ({ page }) => {
  await openApp(page, '#/data/import');
  await button(page, 'Check').click();
  await expect(main(page).getByRole('alert')).toHaveText('Say first whose files these are.');
  await page.getByRole('radio', { name: /^Archi PostgreSQL/ }).check();
  await button(page, 'Import').click();
  await expect(main(page).getByRole('alert')).toHaveText('Choose the files first.');

  const letter = path.join(folder, 'letter.json');
  writeFileSync(letter, '{"dear": "sir"}');
  await drop(page, [letter]);
  await expect(page.getByRole('list', { name: 'Chosen files' })).toContainText('letter.json');
  await page.getByRole('combobox').selectOption('Asia/Tokyo');
  await button(page, 'Import').click();
  await expect(main(page).getByRole('alert')).not.toHaveText('');
  await expect(main(page)).toContainText('Choose the system that wrote these files, or other files.');
  await expect(page.getByText('0 documents, 0 passages')).toBeVisible();
});

test('an import that is stopped keeps what it had, and the same file goes on from there', async ({ page }) => {
  const file = dump('long.sql', (messages) => {
    const [first] = messages;
    while (messages.length < MANY) messages.push({ ...first, message_id: messages.length + 1 });
  });
  await choose(page, file);
  // Cancelled by the page itself as soon as rows are counted, so that no machine is too quick for it.
  await page.evaluate(() => {
    const cancel = (): void => {
      const line = document.querySelector('.job-running .job-line')?.textContent ?? '';
      if (!/^conversations: [1-9]/.test(line)) return;
      observer.disconnect();
      document.querySelector<HTMLButtonElement>('.job-running button')?.click();
    };
    const observer = new MutationObserver(cancel);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await button(page, 'Import').click();
  const stopped = result(page, 'The import was stopped.');
  await expect(stopped).toContainText(/rows had been read; what they brought is kept/);
  await button(page, 'Go on').click();
  await expect(result(page, 'The import is done.')).toBeVisible({ timeout: 120_000 });
  const report = result(page, 'The import is done.');
  await report.getByText('By table').click();
  await expect(report.getByRole('row', { name: /^conversations 14,000 14,000 0 0 0$/ })).toBeVisible();
});

/** Lines of an export by table. */
async function linesOf(download: Download): Promise<Map<string, Record<string, unknown>[]>> {
  const lines = new Map<string, Record<string, unknown>[]>();
  for (const line of readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n')) {
    const { table, row } = JSON.parse(line) as { table: string; row: Record<string, unknown> };
    lines.set(table, [...(lines.get(table) ?? []), row]);
  }
  return lines;
}

test('an export is a file with a name and a date that holds the rows, secrets only when they are asked for', async ({
  page,
}) => {
  await importFile(page, dump('archi.sql', knownMessage));
  await page.getByRole('link', { name: /^Export/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Take data out' })).toBeFocused();
  await page.getByRole('radio', { name: 'Archi Has data here' }).check();
  await expect(page.getByRole('radio', { name: 'SQLite file' })).toHaveCount(0);
  await page.getByRole('radio', { name: 'JSON lines' }).check();

  const plain = page.waitForEvent('download');
  await button(page, 'Export').click();
  expect((await plain).suggestedFilename()).toMatch(/^archi-\d{4}-\d\d-\d\d\.jsonl$/);
  const rows = await linesOf(await plain);
  expect(rows.get('conversations')?.length).toBe(ROWS);
  expect(rows.get('conversations')?.some((row) => row['content'] === KNOWN)).toBe(true);
  expect(JSON.stringify(rows.get('users'))).not.toContain('pbkdf2');
  await expect(result(page, /^archi-/)).toContainText('among your downloads');

  await page.getByRole('checkbox', { name: 'With secrets' }).check();
  await button(page, 'Export').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(button(page, 'Export')).toBeFocused();
  await button(page, 'Export').click();
  const secret = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'With secrets' }).click();
  expect((await secret).suggestedFilename()).toMatch(/^archi-with-secrets-/);
  expect(JSON.stringify((await linesOf(await secret)).get('users'))).toContain('pbkdf2');

  await page.getByRole('radio', { name: /^AutoDevHub/ }).check();
  await expect(main(page)).toContainText('There is nothing of it here');
  await page.getByRole('radio', { name: 'SQLite file' }).check();
  const database = page.waitForEvent('download');
  await page.getByRole('checkbox', { name: 'With secrets' }).uncheck();
  await button(page, 'Export').click();
  const bytes = readFileSync(await (await database).path());
  expect(bytes.subarray(0, 15).toString()).toBe('SQLite format 3');
});

test('each section has an address of its own, and back goes back', async ({ page }) => {
  await openApp(page);
  await page.getByRole('link', { name: 'Data', exact: true }).click();
  for (const [name, section, title] of [
    ['Export', 'export', 'Take data out'],
    ['Backup', 'backup', 'Keep a copy'],
    ['Storage', 'storage', 'What is stored here'],
    ['Import', 'import', 'Bring data in'],
  ] as const) {
    await page
      .getByRole('navigation', { name: 'Data' })
      .getByRole('link', { name: new RegExp(`^${name}`) })
      .click();
    await expect(page).toHaveURL(new RegExp(`#/data/${section}$`));
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeFocused();
    await expect(page).toHaveTitle(`${name} · Archivolt`);
  }
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'What is stored here' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'What is stored here' })).toBeVisible();
  await page.getByRole('link', { name: 'Archivolt, to the search' }).click();
  await expect(page.getByRole('heading', { name: 'Bring your documents in.' })).toBeVisible();
});
