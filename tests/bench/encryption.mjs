// What encryption costs: the same work on a plain and on an encrypted workspace in a directory, in one process, by turns; medians of
// the rounds' ratios, by the clock and by the processor time of the whole process, which says the same on a busy machine. The
// database is larger than the page cache, so that reads decrypt as well.
//
// node tests/bench/encryption.mjs [--rounds 7] [--rows 20000]
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openWorkspace } from '../../dist/node.js';
import { quantile, report } from '../support/report.mjs';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, rows: { type: 'string', default: '20000' } },
});
const rounds = Number(flags.rounds);
const rows = Number(flags.rows);
const WORDS = 'circuit breaker cache queue shard index vector ledger event stream gateway token schema replica'.split(
  ' ',
);

// The same numbers for both.
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

const sentence = (next, words) =>
  Array.from({ length: words }, () => `${WORDS[next(WORDS.length)]}${next(500)}`).join(' ');
const project = (next, i) => ({ name: `p ${i}`, description: sentence(next, 120) });

/** What one round does, each with the time that it took for it alone. */
const WORK = {
  'inserts, 500 in one call': (workspace, next) =>
    workspace.table('projects').insertMany(Array.from({ length: 500 }, (_, i) => project(next, i))),
  'inserts, 40 one by one': async (workspace, next) => {
    for (let i = 0; i < 40; i++) await workspace.table('projects').insert(project(next, i));
  },
  'look-ups, 400 by id': async (workspace, next, ids) => {
    for (let i = 0; i < 400; i++) await workspace.table('projects').get(ids[next(ids.length)]);
  },
  'searches, 20': async (workspace, next) => {
    for (let i = 0; i < 20; i++) await workspace.search(sentence(next, 2), { mode: 'keyword' });
  },
};

const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const directory = mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-'));
try {
  const sides = [];
  for (const [name, passphrase] of [
    ['plain', undefined],
    ['encrypted', 'a passphrase'],
  ]) {
    const workspace = await openWorkspace({
      name,
      storage: { directory },
      embedder: null,
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    const next = numbers(1);
    const ids = [];
    for (let i = 0; i < rows; i += 1000) {
      const batch = Array.from({ length: 1000 }, (_, n) => project(next, i + n));
      ids.push(...(await workspace.table('projects').insertMany(batch)).ids);
    }
    for (let i = 0; i < 200; i++)
      await workspace.documents.ingest({
        filename: `${i}.md`,
        content: `# ${sentence(next, 4)}\n\n${sentence(next, 400)}`,
      });
    sides.push({ name, workspace, ids, times: {} });
  }
  for (let round = 0; round < rounds; round++) {
    for (const [what, work] of Object.entries(WORK)) {
      for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
        const [started, spent] = [performance.now(), processorMs()];
        await work(side.workspace, numbers(round + 2), side.ids);
        (side.times[what] ??= []).push(performance.now() - started);
        (side.times[`${what}, processor time`] ??= []).push(processorMs() - spent);
      }
    }
  }
  for (const { workspace } of sides) await workspace.close();
  const [plain, encrypted] = sides;
  const measured = Object.keys(plain.times).map((what) => ({
    measure: what,
    value:
      100 *
      quantile(
        encrypted.times[what].map((time, i) => time / plain.times[what][i]),
        0.5,
      ),
    unit: '% of plain',
    below: 135,
  }));
  const load = os.loadavg().map((value) => value.toFixed(1));
  report('encryption', `${rows} rows, ${rounds} rounds, load ${load.join(' ')}`, measured, {
    load,
    plain: plain.times,
    encrypted: encrypted.times,
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
