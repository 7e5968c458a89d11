// Documents whose vectors are another embedder's: found by words, and read again when the person asks for it.
import { expect, test, type Page } from '@playwright/test';
import { hits, openApp, searchBox } from './app-page';

/** What an earlier release left: documents with vectors of a table that is not there any more. */
async function leaveEarlierVectors(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByText(/\d documents?, /).waitFor();
  await page.goto('/lib/index.js');
  await page.evaluate(async () => {
    const { openWorkspace, deleteWorkspace } = (await import(
      '/lib/index.js' as string
    )) as typeof import('../../dist/index.js');
    await deleteWorkspace('archivolt');
    const vector = (text: string): Float32Array =>
      Float32Array.from({ length: 8 }, (_, i) => 1 + (text.charCodeAt(i % text.length) % 7));
    const earlier = {
      model: 'of an earlier release',
      dimensions: 8,
      embedDocuments: (texts: string[]) => Promise.resolve(texts.map(vector)),
    };
    const workspace = await openWorkspace({ name: 'archivolt', embedder: earlier });
    await workspace.documents.ingest(
      Array.from({ length: 60 }, (_, i) => ({
        filename: `house/room-${i}.md`,
        content: `# Room ${i}\n\nThe sump pump of room ${i} switches itself on when the water stands high.`,
      })),
    );
    await workspace.close();
  });
}

test('documents of an earlier release are found by words, and by meaning after they were read again', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await leaveEarlierVectors(page);
  await openApp(page, '#/');
  await searchBox(page).fill('sump pump');
  await expect(hits(page).first()).toBeVisible({ timeout: 30_000 });
  const bar = page.getByRole('region', { name: 'Meaning index' });
  await expect(bar).toContainText('an earlier version’s');
  for (const [name, scheme, width, height] of [
    ['wide', 'light', 1280, 800],
    ['wide', 'dark', 1280, 800],
    ['phone', 'light', 390, 844],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `test-results/app-reembed-${name}-${scheme}.png` });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await bar.getByRole('button', { name: 'Read again' }).click();
  await expect(page.getByText('Documents are found by meaning again.')).toBeVisible({ timeout: 60_000 });
  await expect(bar).toBeHidden();
  await page.getByRole('radio', { name: 'Meaning' }).check();
  await expect(hits(page).first()).toContainText('meaning #1', { timeout: 30_000 });
});
