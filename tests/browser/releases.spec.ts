// Page, worker and tabs of different releases: they say so, nothing is damaged, and a reload goes on.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, type BrowserContext, type Page } from '@playwright/test';

import { load, type Window } from './library-page';
import { insert, openIn, tags } from './tabs-page';
import { buildOtherRelease } from '../support/other-release.mjs';
import { serveDist } from '../support/serve-dist.mjs';

let server: Awaited<ReturnType<typeof serveDist>>;
let newer: Awaited<ReturnType<typeof buildOtherRelease>>;
test.beforeAll(async () => {
  newer = await buildOtherRelease();
  server = await serveDist();
});
test.afterAll(async () => {
  await server.close();
  newer.remove();
});

const ours = (file: string): string => path.basename(new URL(file).pathname);

/** From now on the server has the newer release, or only what `which` names of it. */
const deploy = (target: BrowserContext | Page, which = /\.js$/): Promise<unknown> =>
  target.route(
    (url) => url.origin === new URL(server.address).origin && which.test(url.pathname),
    (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: readFileSync(path.join(newer.folder, ours(route.request().url()))),
      }),
  );

async function loaded(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await load(page, server.address);
  return page;
}

/** How opening ends. */
const opening = (page: Page, name: string): Promise<string> =>
  openIn(page, name).then(
    () => 'opened',
    (error: Error) => error.message,
  );
const codeOf = (page: Page): Promise<string> =>
  page.evaluate(() =>
    (globalThis as unknown as Window).workspace
      .table('tags')
      .count()
      .then(String, (error: { code: string }) => error.code),
  );

test('a page that gets the worker of another release is told to reload, and a reload goes on', async ({ context }) => {
  const first = await loaded(context);
  await openIn(first, 'deployed');
  await insert(first, 'before');
  await first.close();
  const page = await loaded(context);
  await deploy(context, /worker\.js$/);
  expect(await opening(page, 'deployed')).toMatch(/different releases; the page is the older one\. Reload the page/);
  // The deploy is complete now: the whole page is of the newer release.
  await deploy(context);
  await load(page, server.address);
  await openIn(page, 'deployed');
  expect(await tags(page)).toEqual(['before']);
});

test('tabs of two releases do not share: the newcomer hears why, and nothing is damaged', async ({ context }) => {
  const old = await loaded(context);
  await openIn(old, 'two-releases');
  await insert(old, 'old');
  const follower = await loaded(context);
  await openIn(follower, 'two-releases');
  await deploy(context);
  const page = await loaded(context);
  expect(await opening(page, 'two-releases')).toMatch(/another release of this package\. Reload both pages/);
  // Those who were there go on.
  await insert(follower, 'still');
  expect(await tags(old)).toEqual(['old', 'still']);
  // The old leader reloads, and the old follower leads: the new pages wait until it has reloaded as well.
  await load(old, server.address);
  await expect.poll(() => codeOf(follower)).toBe('2');
  expect(await opening(old, 'two-releases')).toMatch(/Reload both pages/);
  await load(follower, server.address);
  await openIn(follower, 'two-releases');
  await openIn(old, 'two-releases');
  await openIn(page, 'two-releases');
  expect(await tags(page)).toEqual(['old', 'still']);
});

test('an old page that comes to a newer one hears why as well', async ({ context }) => {
  const old = await loaded(context);
  const page = await context.newPage();
  await deploy(page);
  await load(page, server.address);
  await openIn(page, 'newer');
  await insert(page, 'new');
  expect(await opening(old, 'newer')).toMatch(/another release of this package\. Reload both pages/);
  expect(await tags(page)).toEqual(['new']);
});

test('the app offers to reload when its worker is of another release, and a reload goes on', async ({ page }) => {
  await page.route(/worker-[\w-]+\.js$/, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: readFileSync(path.join(newer.folder, 'worker.js')) }),
  );
  await page.goto('/');
  const told = page.getByRole('heading', { name: 'Archivolt was updated.' });
  await expect(told).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('PROTOCOL_MISMATCH')).toHaveCount(1);
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await page.getByText(/\d documents?, /).waitFor({ timeout: 30_000 }); // Open, and empty.
  await expect(told).toHaveCount(0);
});
