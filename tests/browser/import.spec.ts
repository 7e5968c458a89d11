// Files of other systems chosen in a page: read by the worker from disk, under the strict policy, and still there after a reload.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { readMaps } from '../../tools/check-maps.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { serveDist } from '../support/serve-dist.mjs';
import { load, type Window } from './library-page';

let server: Awaited<ReturnType<typeof serveDist>>;
test.beforeAll(async () => {
  server = await serveDist();
});
test.afterAll(() => server.close());

test('a dump that is chosen comes in, in the order of its references, and stays', async ({ page }) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-import-'));
  try {
    const file = path.join(folder, 'archi.sql');
    writeFileSync(file, dumpOf(sampleRows(readMaps().get('archi'), 20)));
    const problems = await load(page, server.address);
    await page.evaluate(() => {
      const input = document.createElement('input');
      input.type = 'file';
      document.body.append(input);
    });
    await page.setInputFiles('input', file);
    const imported = await page.evaluate(async () => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace({ name: 'imported', embedder: null });
      const [chosen] = document.querySelector('input')?.files ?? [];
      if (chosen === undefined) throw new Error('no file');
      const phases = new Set<string>();
      const report = await workspace.import(chosen, { system: 'archi', onProgress: ({ phase }) => phases.add(phase) });
      const path = await workspace
        .import('/etc/passwd', { system: 'archi' })
        .catch((error: { code: string }) => error.code);
      await workspace.close();
      return { report, phases: [...phases], path };
    });
    expect(imported.report.rejects).toEqual([]);
    expect(imported.path).toBe('UNSUPPORTED');
    expect(imported.phases.indexOf('users')).toBeLessThan(imported.phases.indexOf('conversations'));
    await load(page, server.address);
    const kept = await page.evaluate(async () => {
      const { archivolt } = globalThis as unknown as Window;
      const workspace = await archivolt.openWorkspace({ name: 'imported', embedder: null });
      const messages = await workspace.table('messages').count();
      const vector = new Float32Array(384).map((_, i) => Math.fround(Math.sin(i + 7)));
      const [hit] = await workspace.collections.query('archi:document_chunks', vector, { limit: 1 });
      const { ok } = await workspace.health({ full: true });
      await workspace.close();
      return { messages, score: hit?.score ?? 0, ok };
    });
    expect(kept.messages).toBe(20);
    expect(kept.score).toBeGreaterThan(0.999);
    expect(kept.ok).toBe(true);
    expect(problems).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a large dump is read by a worker of its own, and comes in as a small one', async ({ page }) => {
  const rows = 6000;
  const text = ' and written down by the crew that was there'.repeat(8);
  const lines = Array.from(
    { length: rows },
    (_, at) => `Chatbot\t1\tUser\tBeam ${at + 1} was checked${text}\t\t\t2026-01-30 10:00:00\t${at + 1}\n`,
  );
  // One that the core refuses, in the middle.
  lines[3000] = `Chatbot\t99\tUser\tof no conversation\t\t\t2026-01-30 10:00:00\t3001\n`;
  const dump = [
    'COPY public.conversation_metadata (conversation_id, title, created_at, last_message_at) FROM stdin;\n',
    '1\tRuns\t2026-01-30 10:00:00\t2026-01-30 11:00:00\n\\.\n\n',
    'COPY public.conversations (archi_service, conversation_id, sender, content, link, context, ts, message_id) FROM stdin;\n',
    ...lines,
    '\\.\n',
  ].join('');
  const problems = await load(page, server.address);
  const requested: string[] = [];
  page.context().on('request', (request) => requested.push(new URL(request.url()).pathname));
  const imported = await page.evaluate(async (file) => {
    const { archivolt } = globalThis as unknown as Window;
    const workspace = await archivolt.openWorkspace({ name: 'ahead', embedder: null });
    const blob = new Blob([file]);
    const first = await workspace.import(blob, { system: 'archi' });
    const again = await workspace.import(blob, { system: 'archi' });
    const { hits } = await workspace.search('"Beam 4002"', { kinds: ['messages'], mode: 'keyword' });
    const { ok } = await workspace.health({ full: true });
    await workspace.close();
    return {
      first: first.tables['conversations'],
      rejects: first.rejects,
      again: again.tables['conversations'],
      hit: hits[0]?.text,
      ok,
    };
  }, dump);
  expect(requested.filter((name) => name === '/import-reader.js').length).toBeGreaterThan(0);
  expect(imported.first).toEqual({ read: rows, added: rows - 1, updated: 0, unchanged: 0, rejected: 1 });
  expect(imported.again).toMatchObject({ added: 0, unchanged: rows - 1, rejected: 1 });
  expect(imported.rejects[0]?.sourceId).toBe('3001');
  expect(imported.hit).toContain('Beam 4002');
  expect(imported.ok).toBe(true);
  expect(problems).toEqual([]);
});
