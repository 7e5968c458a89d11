// Search quality in the app: right answers marked in the results, queries from a file, asking them all, and kept searches run again.
import { expect, test, type Locator, type Page } from '@playwright/test';
import {
  hits,
  importFolder,
  KNOWN,
  makeFolder,
  openApp,
  results,
  searchBox,
  watchConduct,
  type Folder,
} from './app-page';

let folder: Folder;
test.beforeAll(() => {
  folder = makeFolder(4);
});
test.afterAll(() => folder.remove());

const step = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });
const questions = (page: Page): Locator => step(page, 'Questions with known answers');
const kept = (page: Page): Locator => step(page, 'Kept searches');

async function search(page: Page, words: string): Promise<void> {
  await searchBox(page).fill(words);
  await expect(hits(page).first()).toBeVisible();
  await expect(results(page)).toHaveAttribute('aria-busy', 'false');
}

const QUERIES = JSON.stringify([
  { question: KNOWN.words, sources: [`library/${KNOWN.file}`], answer: 'Eleven centimetres.' },
  { question: 'copper nails 漢字 <b>slates</b>', sources: ['nowhere.md'], answer: null },
]);
const bringIn = (page: Page, text: string): Promise<void> =>
  questions(page)
    .locator('input[type=file]')
    .setInputFiles({ name: 'queries.json', mimeType: 'application/json', buffer: Buffer.from(text) });

test('a right answer is marked in the results, taken back, and is a question of the quality page', async ({ page }) => {
  await openApp(page);
  await importFolder(page, folder);
  await search(page, KNOWN.words);
  const right = hits(page).first().getByRole('button', { name: 'Right answer' });
  await expect(right).toHaveAttribute('aria-pressed', 'false');
  await right.click();
  await expect(right).toHaveAttribute('aria-pressed', 'true');
  await right.click();
  await expect(right).toHaveAttribute('aria-pressed', 'false');
  await right.click();
  await expect(right).toHaveAttribute('aria-pressed', 'true');
  await page.reload();
  await expect(right).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('link', { name: 'Data', exact: true }).first().click();
  await page.getByRole('link', { name: /^Search quality/ }).click();
  const list = questions(page).getByRole('list', { name: 'Questions' });
  await expect(list).toContainText(KNOWN.words);
  await expect(list).toContainText(KNOWN.file);
});

test('queries come in from a file, are asked, kept, edited and removed', async ({ page }, info) => {
  const conduct = watchConduct(page);
  await openApp(page);
  await importFolder(page, folder);
  await page.goto('/#/data/quality');
  await expect(questions(page)).toContainText('There are none yet');
  await info.attach('empty', { body: await page.screenshot({ fullPage: true }), contentType: 'image/png' });

  await bringIn(page, '[{"question": "q"}]');
  await expect(questions(page).getByRole('alert')).toContainText('queries[0].sources');
  await bringIn(page, QUERIES);
  await expect(questions(page).getByRole('status').last()).toContainText('2 questions added');
  await bringIn(page, QUERIES);
  await expect(questions(page)).toContainText('0 questions added, 0 changed, 2 as they were.');

  await questions(page).getByRole('button', { name: 'Ask them all' }).click();
  const table = questions(page).getByRole('table');
  await expect(table.getByRole('row')).toHaveCount(4);
  await expect(table.getByRole('row', { name: /^Words/ })).toContainText('0.50');
  await expect(questions(page)).toContainText('found at 1');
  await expect(questions(page)).toContainText('not found');
  await questions(page).getByRole('button', { name: 'Keep this result' }).click();
  await expect(questions(page).getByRole('button', { name: 'Kept', exact: true })).toBeDisabled();
  await questions(page).getByRole('button', { name: 'Ask them all' }).click();
  await expect(questions(page)).toContainText('no clear change');
  await expect(questions(page)).toContainText('Settings, models and data are as they were.');

  const hostile = questions(page).getByRole('listitem').filter({ hasText: '<b>slates</b>' }).first();
  await hostile.getByRole('button', { name: /^Edit/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Question', { exact: true }).fill(KNOWN.words);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Another judged query asks the same question.')).toBeVisible();
  await dialog.getByLabel('Question', { exact: true }).fill('copper nails on the roof');
  await dialog.getByLabel(/^Right answers/).fill('library/notes/roof.html\n\n  nowhere.md ');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(questions(page)).toContainText('copper nails on the roof');
  await questions(page).getByRole('button', { name: 'Remove “copper nails on the roof”' }).click();
  await expect(questions(page)).not.toContainText('copper nails');

  const download = page.waitForEvent('download');
  await questions(page).getByRole('button', { name: 'Save as a file' }).click();
  expect((await download).suggestedFilename()).toMatch(/^queries-.*\.json$/);
  expect(conduct).toEqual({ breaches: [], errors: [], foreign: [] });
});

test('a kept search is run again, tells what changed, and the graph is compared', async ({ page }) => {
  const conduct = watchConduct(page);
  await openApp(page);
  await importFolder(page, folder);
  await search(page, KNOWN.words);
  await results(page).getByRole('button', { name: 'Keep this search' }).click();
  await expect(page.getByText('Kept. Run it again under Data, Search quality.')).toBeVisible();
  await page.goto('/#/data/quality');
  await kept(page).getByRole('button', { name: /^Run/ }).click();
  await expect(kept(page)).toContainText('Everything is found as it was.');

  await page.evaluate(() => (location.hash = '#/'));
  const file = `# Pumps\n\n${KNOWN.passage} ${KNOWN.passage}\n`;
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'pumps.md', mimeType: 'text/markdown', buffer: Buffer.from(file) });
  await search(page, KNOWN.words);
  await expect(hits(page).filter({ hasText: 'pumps.md' }).first()).toBeVisible();
  await page.evaluate(() => (location.hash = '#/data/quality'));
  await kept(page).getByRole('button', { name: /^Run/ }).click();
  await expect(kept(page).getByRole('list', { name: 'Came' })).toContainText('Pumps');
  await expect(kept(page)).toContainText(/Documents: \d+, now \d+/);
  await kept(page).getByRole('button', { name: 'Keep the new result' }).click();
  await kept(page).getByRole('button', { name: /^Run/ }).click();
  await expect(kept(page)).toContainText('Everything is found as it was.');
  await kept(page)
    .getByRole('button', { name: /^Remove/ })
    .click();
  await expect(kept(page)).toContainText('There are none yet');

  const graph = step(page, 'Shortcut by meaning');
  await graph.getByRole('button', { name: 'Compare' }).click();
  await expect(graph).toContainText('100.0 % of the nearest passages are found.');
  expect(conduct).toEqual({ breaches: [], errors: [], foreign: [] });
});
