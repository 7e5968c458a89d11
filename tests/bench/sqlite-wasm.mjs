// Archivolt beside the official build of SQLite (@sqlite.org/sqlite-wasm, pool of sync access handles in the origin private file system): one page of real Chromium,
// the same schema, the same SQL, one message to a worker a call, each side by turns. Both flush each commit; the official build once
// with its default journal and once with a write-ahead log. Archivolt's rules and audit trail are in force.
//
// node tests/bench/sqlite-wasm.mjs [--rounds 7]
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { quantile, report } from '../support/report.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const rounds = Number(flags.rounds);

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const migrations = path.join(root, 'schema/migrations');
const schema = readdirSync(migrations)
  .filter((name) => name.endsWith('.up.sql'))
  .sort()
  .map((name) => readFileSync(path.join(migrations, name), 'utf8'))
  .join('\n');
const official = path.join(root, 'node_modules/@sqlite.org/sqlite-wasm/dist');
const files = {
  '/official-worker.mjs': path.join(root, 'tests/support/official-worker.mjs'),
  '/official/index.mjs': path.join(official, 'index.mjs'),
  '/official/sqlite3.wasm': path.join(official, 'sqlite3.wasm'),
};

/** Runs in the page: the sides, and what one round of a side takes, as operations a second. */
async function prepare(schemaText) {
  const { openWorkspace } = await import('/index.js');
  const workspace = await openWorkspace({ name: 'beside', embedder: null });

  const openOfficial = async (journal) => {
    const worker = new globalThis.Worker('/official-worker.mjs', { type: 'module' });
    const waiting = new Map();
    let last = 0;
    worker.onmessage = ({ data: [number, result, error] }) => {
      const { resolve, reject } = waiting.get(number);
      waiting.delete(number);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    const call = (...message) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        worker.postMessage([last, ...message]);
      });
    const mode = await call('open', schemaText, journal);
    if (mode !== journal) throw new Error(`the official build keeps its journal as ${mode}, not ${journal}`);
    const run = (sql, params) => call('run', sql, params);
    return { execute: run, query: run, batch: (statements) => call('batch', statements) };
  };

  const sides = { archivolt: workspace, delete: await openOfficial('delete'), wal: await openOfficial('wal') };
  const insert = 'INSERT INTO messages (id, conversation_id, role, content, created_at) VALUES (?, ?, ?, ?, ?)';
  for (const side of Object.values(sides))
    await side.execute('INSERT INTO conversations (id, title, created_at) VALUES (?, ?, ?)', ['talk', 'Talk', 1]);

  const rows = new Map(Object.keys(sides).map((side) => [side, 0]));
  const next = (name) => {
    const i = rows.get(name);
    rows.set(name, i + 1);
    const content = `The condition of beam ${i % 977} was checked by crew ${i % 31} before run ${i} of the detector`;
    return [`message-${i}`, 'talk', i % 2 === 1 ? 'user' : 'assistant', content, 1_000_000 + i];
  };
  const rate = async (times, work) => {
    const started = performance.now();
    for (let i = 0; i < times; i++) await work(i);
    return (times / (performance.now() - started)) * 1000;
  };
  globalThis.measures = {
    'single inserts': (name) => rate(200, () => sides[name].execute(insert, next(name))),
    'inserts in batches': async (name) => {
      const batches = Array.from({ length: 4 }, () =>
        Array.from({ length: 500 }, () => ({ sql: insert, params: next(name) })),
      );
      return 500 * (await rate(4, (i) => sides[name].batch(batches[i])));
    },
    'look-ups by key': (name) =>
      rate(500, async (i) => {
        const id = `message-${(i * 7919) % rows.get(name)}`;
        const found = await sides[name].query('SELECT * FROM messages WHERE id = ?', [id]);
        if (found.length !== 1 || found[0].id !== id) throw new Error(`${name} did not find ${id}`);
      }),
    'full-text matches': (name) =>
      rate(60, async (i) => {
        const found = await sides[name].query(
          'SELECT m.id, m.content FROM messages_fts f JOIN messages m ON m.pk = f.rowid WHERE messages_fts MATCH ? ORDER BY f.rank LIMIT 10',
          [`beam AND ${1 + (i % 900)}`],
        );
        if (found.length === 0) throw new Error(`${name} found nothing`);
      }),
  };
}

const profile = mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-'));
const server = await serveDist({ files });
const context = await chromium.launchPersistentContext(profile, chromiumOptions);
try {
  const page = await context.newPage();
  await page.goto(server.address);
  await page.evaluate(prepare, schema);
  const samples = {};
  const names = await page.evaluate(() => Object.keys(globalThis.measures));
  for (let round = 0; round < rounds + 1; round++) {
    for (const measure of names) {
      samples[measure] ??= { archivolt: [], delete: [], wal: [] };
      const order = Object.keys(samples[measure]);
      for (const side of round % 2 === 0 ? order : order.toReversed()) {
        const value = await page.evaluate(([what, who]) => globalThis.measures[what](who), [measure, side]);
        if (round > 0) samples[measure][side].push(value); // The first one warms up.
      }
    }
  }
  const rows = [];
  for (const [measure, sides] of Object.entries(samples)) {
    const [ours, byDelete, byWal] = Object.values(sides).map((values) => quantile(values, 0.5));
    const atLeast = measure.includes('inserts') ? 1.5 : 1;
    console.log(
      `${measure}: ${ours.toFixed(0)}/s, official ${byDelete.toFixed(0)}/s (delete), ${byWal.toFixed(0)}/s (wal)`,
    );
    rows.push(
      { measure: `${measure}, to the official build`, value: ours / byDelete, unit: 'times', atLeast },
      { measure: `${measure}, to the same with a write-ahead log`, value: ours / byWal, unit: 'times', atLeast: 0 },
    );
  }
  report('sqlite-wasm', `median of ${rounds} rounds by turns, every commit flushed`, rows, samples);
} finally {
  await context.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}
