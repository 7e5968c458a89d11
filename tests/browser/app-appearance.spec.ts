// How the page looks and is used: light, dark, phone, keyboard, contrast and motion. Writes the pictures to test-results/.
import { expect, test, type Page } from '@playwright/test';
import { hits, importFolder, KNOWN, makeFolder, openApp, searchBox, type Folder } from './app-page';

const PHONE = { width: 390, height: 844 };
const WIDE = { width: 1360, height: 860 };

let folder: Folder;
test.beforeAll(() => {
  folder = makeFolder(16);
});
test.afterAll(() => folder.remove());

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test-results/app-${name}.png` });
}

async function fitsWidth(page: Page): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
}

for (const scheme of ['light', 'dark'] as const) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme, viewport: WIDE });
    test(`wide window, ${scheme}`, async ({ page }) => {
      await openApp(page);
      await picture(page, `empty-${scheme}`);
      await importFolder(page, folder);
      await page.getByRole('button', { name: 'Close' }).click();
      await searchBox(page).fill(KNOWN.words);
      await hits(page).first().waitFor();
      await picture(page, `results-${scheme}`);
      await hits(page).first().getByRole('link').click();
      await page.locator('.in-passage').first().waitFor();
      await picture(page, `reader-${scheme}`);
      await fitsWidth(page);
      const [ground, ink] = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        return [style.backgroundColor, style.color];
      });
      expect(contrast(ground ?? '', ink ?? '')).toBeGreaterThan(10);
    });
  });
}

test.describe('phone', () => {
  test.use({ viewport: PHONE, hasTouch: true, isMobile: true });
  test('single column, fingers, no sideways scrolling', async ({ page }) => {
    await openApp(page);
    await fitsWidth(page);
    await picture(page, 'empty-phone');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add a folder' }).tap();
    await (await chooser).setFiles(folder.path);
    await searchBox(page).waitFor();
    await searchBox(page).fill(KNOWN.words);
    await hits(page).first().waitFor();
    await fitsWidth(page);
    await picture(page, 'results-phone');
    await hits(page).first().getByRole('link').tap();
    await expect(page.locator('.in-passage').first()).toBeInViewport();
    await fitsWidth(page);
    await picture(page, 'reader-phone');
    await page.getByRole('link', { name: 'Results', exact: true }).tap();
    await page.getByRole('link', { name: 'Documents', exact: true }).tap();
    await expect(page.getByRole('heading', { name: /^Documents/ })).toBeVisible();
    await fitsWidth(page);
    await picture(page, 'library-phone');
    // All at one moment: an import that ends takes its button away.
    const controls = await page.getByRole('button').evaluateAll((buttons) =>
      buttons.map((button) => {
        const { width, height } = button.getBoundingClientRect();
        return { width, height, label: button.getAttribute('aria-label') ?? button.textContent };
      }),
    );
    expect(controls.length).toBeGreaterThan(3);
    for (const { width, height, label } of controls) {
      if (width > 0) expect(Math.min(width, height), label ?? '').toBeGreaterThanOrEqual(32);
    }
  });
});

test('the chosen colours outlive a reload and do not flash', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await openApp(page);
  await page.getByRole('button', { name: /^Colours follow the system/ }).click();
  await page.getByRole('button', { name: /^Light colours/ }).click();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await ground();
  expect(luminance(dark)).toBeLessThan(0.05);
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction(() => document.body !== null);
  expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  await page.getByRole('button', { name: /^Dark colours/ }).click();
  expect(luminance(await ground())).toBeGreaterThan(0.8);
});

test('focus is visible on everything the Tab key reaches', async ({ page }) => {
  await openApp(page);
  await importFolder(page, folder);
  await searchBox(page).fill(KNOWN.words);
  await hits(page).first().waitFor();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let step = 0; step < 30; step++) {
    await page.keyboard.press('Tab');
    const invisible = await page.evaluate(() => {
      const shows = (element: Element | null): boolean => {
        if (!element) return false;
        const style = getComputedStyle(element);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      };
      const active = document.activeElement;
      if (!active || active === document.body) return null;
      // The ring may be on the card around a link or on the label's text beside an invisible radio button; the search box has a line.
      const around = [active, active.nextElementSibling, active.closest('.hit'), active.closest('.row')];
      return around.some(shows) || active.closest('search') || active.matches('.skip')
        ? null
        : active.outerHTML.slice(0, 200);
    });
    expect(invisible).toBeNull();
  }
});

test('reduced motion leaves no animation running', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openApp(page);
  await page.waitForTimeout(200);
  const running = await page.evaluate(
    () => document.getAnimations().filter((animation) => animation.playState === 'running').length,
  );
  expect(running).toBe(0);
});

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The ratio of WCAG 2. */
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}
