// The browser's processes are killed in the middle of writes: rows, many rows at once, transactions, documents. At reopen all that was
// reported as done is there and whole, and nothing unfinished is visible.
import { expect, test } from '@playwright/test';
import { killRounds } from '../support/kills.mjs';

const kills = 20; // tests/bench/kills.mjs does more.

for (const browser of ['chromium', 'firefox'] as const) {
  test(`${browser}: ${kills} kills in the middle of writes lose nothing and damage nothing`, async () => {
    test.setTimeout(900_000);
    const { acknowledged, lost, unsound } = await killRounds(browser, kills);
    expect(lost).toEqual([]);
    expect(unsound).toEqual([]);
    expect(acknowledged).toBeGreaterThan(kills * 10);
  });
}
