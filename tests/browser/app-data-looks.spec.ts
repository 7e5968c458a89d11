// How the data page looks and is used: both schemes, wide and a small phone; names, headings, contrast, focus. Writes pictures to
// test-results/.
import { expect, test, type Page } from '@playwright/test';
import { openApp } from './app-page';

const SECTIONS = ['import', 'export', 'backup', 'quality', 'storage'] as const;
const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };

/** What is wrong with the page as it stands, in the manner of a checker of accessibility. */
function problems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const shown = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true });
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
      found.push('wider than the window');

    for (const control of document.querySelectorAll<HTMLElement>('a[href], button, input, select, meter, progress')) {
      if (!shown(control)) continue;
      const labelled = (control.getAttribute('aria-labelledby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join('');
      const labels = 'labels' in control ? [...((control as HTMLInputElement).labels ?? [])] : [];
      const name = [
        control.getAttribute('aria-label'),
        labelled,
        control.textContent,
        ...labels.map((l) => l.textContent),
      ];
      if (!name.some((text) => text?.trim())) found.push(`no name: ${control.outerHTML.slice(0, 120)}`);
    }

    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    found.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `twice: #${id}`));
    for (const element of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
      const named = `${element.getAttribute('aria-labelledby') ?? ''} ${element.getAttribute('aria-describedby') ?? ''}`;
      found.push(
        ...named
          .trim()
          .split(/\s+/)
          .filter((id) => !ids.includes(id))
          .map((id) => `refers to nothing: #${id}`),
      );
    }

    const levels = [...document.querySelectorAll('main :is(h1, h2, h3, h4)')]
      .filter(shown)
      .map((h) => Number(h.tagName[1]));
    if (levels.filter((level) => level === 1).length !== 1) found.push(`headings of level 1: ${levels.join()}`);
    levels.forEach((level, at) => {
      if (at > 0 && level > (levels[at - 1] ?? 0) + 1) found.push(`a level is skipped: ${levels.join()}`);
    });

    const parts = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
      const linear = [r, g, b].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
    };
    const groundOf = (element: Element | null): number[] => {
      for (let at = element; at; at = at.parentElement) {
        const color = parts(getComputedStyle(at).backgroundColor);
        if ((color[3] ?? 1) === 1 && color.length >= 3) return color;
      }
      return [255, 255, 255];
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement;
      if (!element || !text.textContent?.trim() || !shown(element)) continue;
      if (element.closest('.visually-hidden, :disabled, script, noscript, .skip, option')) continue;
      const [a, b] = [luminance(parts(getComputedStyle(element).color)), luminance(groundOf(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)}: ${text.textContent.trim().slice(0, 60)}`);
    }
    return found;
  });
}

for (const scheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test.describe(`${scheme}, ${size}`, () => {
      test.use({ colorScheme: scheme, viewport, hasTouch: size === 'phone', isMobile: size === 'phone' });
      test('every section fits, is named, ordered and legible', async ({ page }) => {
        await openApp(page, '#/data/import');
        for (const section of SECTIONS) {
          await page.goto(`/#/data/${section}`);
          const current = page.getByRole('navigation', { name: 'Data' }).locator('[aria-current=page]');
          await expect(current).toHaveAttribute('href', `#/data/${section}`);
          await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
          if (section === 'backup') await page.getByRole('checkbox').check();
          await page.screenshot({ path: `test-results/app-data-${section}-${size}-${scheme}.png` });
          expect(await problems(page), section).toEqual([]);
        }
      });
    });
  }
}

test.describe('fingers', () => {
  test.use({ viewport: SIZES.phone, hasTouch: true, isMobile: true });
  test('what is touched is large enough', async ({ page }) => {
    await openApp(page, '#/data/import');
    for (const section of SECTIONS) {
      await page.goto(`/#/data/${section}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
      const touched = page
        .locator('main :is(button, label.system, label.check, select), nav a')
        .filter({ visible: true });
      for (const control of await touched.all()) {
        const box = await control.boundingBox();
        expect(Math.min(box?.width ?? 0, box?.height ?? 0), (await control.textContent()) ?? '').toBeGreaterThanOrEqual(
          32,
        );
      }
    }
  });
});

test('the focus is seen wherever the Tab key goes', async ({ page }) => {
  await openApp(page, '#/data/import');
  await page.getByRole('heading', { level: 1 }).waitFor();
  for (const section of SECTIONS) {
    await page.goto(`/#/data/${section}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press('Tab');
      const unseen = await page.evaluate(() => {
        const active = document.activeElement;
        if (!active || active === document.body || active.matches('.skip')) return null;
        // The ring is on the control, on the cell around it, or on the words beside an invisible radio button.
        const around = [active, active.nextElementSibling, active.closest('.system')];
        const seen = around.some((element) => {
          if (!element) return false;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        });
        return seen ? null : active.outerHTML.slice(0, 200);
      });
      expect(unseen).toBeNull();
    }
  }
});
