// Answers out: search as one types, highlights, the reason of each rank, the passage in its document, links and the back button.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import {
  drop,
  hits,
  importCard,
  importFolder,
  KNOWN,
  makeFolder,
  openApp,
  results,
  searchBox,
  type Folder,
} from './app-page';

let folder: Folder;
test.beforeEach(async ({ page }) => {
  folder = makeFolder(24);
  await openApp(page);
  await importFolder(page, folder);
});
test.afterEach(() => folder.remove());

async function search(page: Page, words: string): Promise<void> {
  await searchBox(page).fill(words);
  await expect(results(page).getByRole('status')).toHaveText(/passages? in|Nothing found/);
}

test('words are highlighted and each hit says why it is there', async ({ page }) => {
  await search(page, KNOWN.words);
  const best = hits(page).first();
  await expect(best).toContainText('water.md');
  await expect(best.locator('mark').first()).toHaveText(/sump|pump|eleven|centimetres/i);
  await expect(best.getByText('words #1')).toBeVisible();
  await expect(best.getByText(/meaning #\d+/)).toBeVisible();
  await expect(results(page).getByText(/^words \d/)).toBeVisible();

  await page.getByRole('radio', { name: 'Words' }).check();
  await expect(hits(page).first().getByText('words #1')).toBeVisible();
  await expect(hits(page).getByText(/meaning #/)).toHaveCount(0);
  await expect(page).toHaveURL(/mode=keyword/);

  await page.getByRole('radio', { name: 'Meaning' }).check();
  await expect(hits(page).first().getByText('meaning #1')).toBeVisible();
  await expect(hits(page).getByText(/words #/)).toHaveCount(0);

  await page.getByRole('radio', { name: 'Both' }).check();
  await page.getByRole('checkbox', { name: 'Decisions' }).check();
  await expect(results(page).getByText('Nothing found.')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Everything' }).check();
  await expect(hits(page).first()).toContainText('water.md');
});

test('a hit opens its document at the passage, and back returns to the results', async ({ page }) => {
  await search(page, KNOWN.words);
  await hits(page).first().getByRole('link').click();
  await expect(page).toHaveURL(/#\/doc\/[^?]+\?start=\d+&end=\d+/);
  await expect(page.getByRole('heading', { name: 'water.md', level: 1 })).toBeVisible();
  const passage = page.locator('.in-passage').first();
  await expect(passage).toBeInViewport();
  await expect(passage).toContainText('eleven centimetres');
  await expect(page.getByRole('strong').filter({ hasText: 'September' })).toBeAttached();

  // The source view marks exactly what the search named.
  const [, start, end] = /start=(\d+)&end=(\d+)/.exec(page.url()) ?? [];
  await page.getByRole('radio', { name: 'Source' }).check();
  const exact = page.locator('mark.in-passage');
  await expect(exact).toBeInViewport();
  expect(((await exact.textContent()) ?? '').length).toBe(Number(end) - Number(start));
  await expect(exact).toContainText(KNOWN.passage);

  const address = page.url();
  await page.goBack();
  await expect(hits(page).first()).toContainText('water.md');
  await expect(searchBox(page)).toHaveValue(KNOWN.words);

  // The address alone is enough, in a page that was never on the results.
  await page.goto('about:blank');
  await page.goto(address);
  await expect(page.locator('.in-passage').first()).toBeInViewport();
  await page.getByRole('link', { name: 'Results', exact: true }).click();
  await expect(hits(page).first()).toContainText('water.md');
});

test('an HTML document is read as text and opens at its passage', async ({ page }) => {
  await search(page, 'slates copper nails');
  const best = hits(page).first();
  await expect(best).toContainText('roof.html');
  await best.getByRole('link').click();
  await expect(page.locator('.in-passage').first()).toContainText('copper nails');
  await expect(page.getByText('color:red')).toHaveCount(0);
});

test('the keyboard alone finds, walks and opens', async ({ page }) => {
  await page.getByRole('heading', { name: 'What do you want to know?' }).waitFor();
  await page.keyboard.press('/');
  await expect(searchBox(page)).toBeFocused();
  await page.keyboard.type(KNOWN.words);
  await expect(hits(page).first()).toContainText('water.md');
  await page.keyboard.press('ArrowDown');
  await expect(hits(page).first().getByRole('link')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(searchBox(page)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'water.md', level: 1 })).toBeVisible();

  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await expect(searchBox(page)).toHaveValue('');
  await expect(page.getByRole('heading', { name: 'What do you want to know?' })).toBeVisible();
});

test('a misspelt word is corrected and told; it can be searched for as it is typed', async ({ page }) => {
  await search(page, 'sump centimetrse high');
  await expect(results(page).getByText('Searched for centimetres instead of “centimetrse”.')).toBeVisible();
  await expect(hits(page).first()).toContainText('water.md');
  await expect(hits(page).first().locator('mark').filter({ hasText: 'centimetres' }).first()).toBeVisible();
  await hits(page).first().getByRole('link').click();
  await expect(page.locator('.in-passage').first()).toContainText('eleven centimetres');
  await page.goBack();

  await results(page).getByRole('button', { name: 'Search as typed' }).click();
  await expect(results(page).getByText('instead of')).toHaveCount(0);
  await expect(hits(page).locator('mark').filter({ hasText: 'centimetres' })).toHaveCount(0);
  await search(page, 'sump centimetrse');
  await expect(results(page).getByText('Searched for centimetres')).toBeVisible();
});

test('passages that say nearly the same are folded, and shown on request', async ({ page }) => {
  const edition = (year: number): string =>
    `# Ferry timetable ${year}\n\nThe ferry to the island leaves at seven and at noon, and on Sundays only once, after the church bells have rung.\n`;
  const files = [2021, 2022, 2023].map((year) => path.join(folder.path, `ferry-${year}.md`));
  for (const [at, file] of files.entries()) writeFileSync(file, edition(2021 + at));
  await drop(page, files);
  await expect(importCard(page).getByText('Added 3 documents').first()).toBeVisible();
  await search(page, 'ferry island noon');
  const ferries = hits(page).filter({ hasText: 'Ferry timetable' });
  await expect(ferries).toHaveCount(1);
  await expect(ferries.getByText('and 2 nearly the same')).toBeVisible();
  await expect(results(page).getByText(/passages that say nearly the same are folded/)).toBeVisible();

  await results(page).getByRole('button', { name: 'Show all' }).click();
  await expect(ferries).toHaveCount(3);
  await results(page).getByRole('button', { name: 'Fold them' }).click();
  await expect(ferries).toHaveCount(1);
});

test('a query of signs, quotes and operators is text like any other', async ({ page }) => {
  for (const words of ['"sump', 'pump AND (', 'NEAR/3 *', "'; DROP TABLE documents; --", '🙂', 'a']) {
    await searchBox(page).fill(words);
    await expect(results(page).getByRole('status')).toHaveText(/passages? in|Nothing found/);
  }
  await expect(page.getByRole('alert')).toHaveCount(0);
});
