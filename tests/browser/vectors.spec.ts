// Vectors in the private file system: a graph that was stored is there again after the browser was killed.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startChromium } from '../support/chromium.mjs';
import { serveDist } from '../support/serve-dist.mjs';
import type { Library, Window } from './library-page';
import type { Tab, TestBrowser } from '../support/browsers.mjs';

const COUNT = 2_100; // fewer have no graph

async function openTab(browser: TestBrowser, address: string): Promise<Tab> {
  const tab = await browser.newTab();
  await tab.goto(address);
  await tab.evaluate(async () => {
    (globalThis as unknown as Window).archivolt = (await import('/index.js' as string)) as Library;
  });
  return tab;
}

test('a stored graph is used after the browser was killed', async () => {
  test.setTimeout(180_000);
  const profile = mkdtempSync(path.join(os.tmpdir(), 'archivolt-vectors-'));
  const server = await serveDist();
  try {
    const first = await startChromium(profile);
    const page = await openTab(first, server.address);
    await page.evaluate(async (count) => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace({ name: 'g', embedder: null });
      const { collections } = workspace;
      await collections.create({ name: 'code', dimensions: 3, efConstruction: 24 });
      const vector = (i: number) =>
        new Float32Array([Math.cos(i * 12.9898), Math.cos(i * 78.233), Math.cos(i * 37.719)]);
      const points = Array.from({ length: count }, (_, i) => ({ id: `p${i}`, vector: vector(i) }));
      await collections.upsert('code', points);
      for (;;) {
        const [row] = await workspace.query<{ n: number }>('SELECT count(*) AS n FROM vector_graphs WHERE part = 0');
        if (row?.n === 1) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await collections.delete('code', ['p3']);
    }, COUNT);
    await first.kill();
    const second = await startChromium(profile);
    const again = await openTab(second, server.address);
    const { hit, told } = await again.evaluate(async () => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace({ name: 'g', embedder: null });
      const query = new Float32Array([17 * 12.9898, 17 * 78.233, 17 * 37.719].map(Math.cos));
      const [first] = await workspace.collections.query('code', query, { limit: 1 });
      const { vectors } = await workspace.status();
      return { hit: first?.id, told: vectors.find(({ collection }) => collection === 'code') };
    });
    expect(hit).toBe('p17');
    expect(told).toMatchObject({ count: COUNT - 1, restored: COUNT - 1, state: 'ready' });
    await second.close();
  } finally {
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
