// Archivolt's vectors beside other engines that run in browsers, in one Chromium, and beside hnswlib itself, compiled for this machine.
//
// node tests/bench/vectors.mjs [--sets clustered,glove] [--vectors 20000] [--words 20000] [--engines core,archivolt,…] [--rounds 3]
//   [--seconds 45] [--growth 1000,5000,20000] [--growth-engines core]
//
// Each engine has a page of its own and builds for at most `--seconds`; those that do not get through are measured over what they have,
// and the table says so. Then its `ef` is raised until recall@10 reaches 0.95, and all search by turns, 500 queries a round after 50 to
// warm up. `core` and `core-int8` are Archivolt's index in the same place as the peers (in a worker, no message, no database; codes
// are put in order by vectors that lie beside them): the ratio to native is theirs. `archivolt` is the public API with the way to its
// worker and back, payloads and rows. Installs the peers at pinned versions into
// .cache/bench-vectors. Writes bench-results/vectors.json and plots of growth beside it.
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../tools/process.mjs';
import { quantile, report } from '../support/report.mjs';
import { dataSet, recall, truth } from './vectors/data.mjs';
import { startNative } from './vectors/native.mjs';
import { startBrowser } from './vectors/pages.mjs';
import { buildCore, buildNative, cache, installPeers, versions } from './vectors/peers.mjs';
import { plot } from './vectors/plot.mjs';

const { values: flags } = parseArgs({
  options: {
    sets: { type: 'string', default: 'clustered,glove' },
    vectors: { type: 'string', default: '20000' },
    words: { type: 'string', default: '20000' },
    engines: {
      type: 'string',
      default: 'native,core,core-int8,archivolt,archivolt-int8,hnswlib-wasm,edgevec,pglite,sqlite-vec',
    },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '45' },
    growth: { type: 'string', default: '1000,5000,20000' },
    'growth-engines': { type: 'string', default: 'core' },
  },
});
const list = (text) => text.split(',').filter((part) => part !== '');
const seconds = Number(flags.seconds);
const PASS_SECONDS = 8;
const EFS = [10, 16, 24, 32, 48, 64, 80, 96, 128, 160, 200, 256, 400];
const RECALL = 0.95;
/** Of a vector: its links in the lowest layer with their number and its label, and what a code has beside its values. */
const LINK_BYTES = (2 * 16 + 3) * 4;
const CODE_EXTRA = 12;

const engines = {
  native: { title: 'native hnswlib, one thread' },
  core: { title: 'Archivolt, core', module: 'core' },
  'core-int8': { title: 'Archivolt, core, int8 and rerank', module: 'core', quantization: 'int8' },
  archivolt: { title: 'Archivolt, API', module: 'archivolt', inPage: true },
  'archivolt-int8': { title: 'Archivolt, API, int8', module: 'archivolt', inPage: true, quantization: 'int8' },
  'hnswlib-wasm': { title: `hnswlib-wasm ${versions['hnswlib-wasm']}`, module: 'hnswlib-wasm' },
  edgevec: { title: `edgevec ${versions.edgevec}, L2`, module: 'edgevec' },
  pglite: { title: `PGlite ${versions['@electric-sql/pglite']}, pgvector`, module: 'pglite' },
  'sqlite-vec': { title: `sqlite-vec ${versions['sqlite-vec-wasm-demo']}, scan`, module: 'sqlite-vec' },
};

const peers = installPeers();
const native = buildNative();
buildCore();
const browser = await startBrowser({
  dist: path.join(root, 'dist'),
  bench: path.join(root, 'tests/bench/vectors'),
  core: cache,
  peers,
});

/** Starts one, has it build, and finds the `ef` that it needs; undefined, and the reason told, when it fails. */
async function prepared(name, set) {
  const { title, module, inPage, quantization } = engines[name];
  let engine;
  try {
    engine = name === 'native' ? await startNative(native, set, cache) : await browser.engine({ inPage }, set);
    const { fixedEf } = await engine.call('start', { name: module, set, quantization }, 60);
    const { built, ms, bytes, memory } = await engine.call('build', seconds, seconds + 120);
    const wanted = truth(set, built, cache);
    const share = async (ef) => {
      const { found } = await engine.call('pass', { ef, seconds: PASS_SECONDS }, PASS_SECONDS + 60);
      return recall(found, wanted.subarray(0, found.length));
    };
    let reached = 0;
    let ef = fixedEf;
    for (const next of fixedEf === undefined ? EFS : [fixedEf]) {
      ef = next;
      reached = await share(ef);
      if (reached >= RECALL) break;
    }
    const row = { engine: title, vectors: built, of: set.count, rate: built / (ms / 1000), ef, recall: reached };
    console.log(
      `  ${title}: ${built} vectors in ${(ms / 1000).toFixed(1)} s, recall ${reached.toFixed(3)} at ef ${ef}`,
    );
    return { name, engine, ef, row: { ...row, bytes, memory }, times: [], medians: [] };
  } catch (error) {
    console.log(`  ${title} failed: ${error.message.split('\n')[0]}`);
    await engine?.close().catch(() => undefined);
    return { name, row: { engine: title, failed: error.message.split('\n')[0] } };
  }
}

async function finish(one) {
  const { engine, row, times, medians } = one;
  row.p50 = quantile(times, 0.5);
  row.p95 = quantile(times, 0.95);
  row.queries = times.length;
  row.medians = medians;
  try {
    row.reopen = await engine.call('reopen', undefined, 60);
  } catch (error) {
    row.reopenFailed = error.message.split('\n')[0];
  }
  await engine.close();
}

async function compare(set, names) {
  console.log(`\n${set.name}: ${set.count} x ${set.dims}, load average ${os.loadavg()[0].toFixed(1)}`);
  const all = [];
  for (const name of names) all.push(await prepared(name, set));
  const running = all.filter(({ engine }) => engine);
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const one of round % 2 === 0 ? running : running.toReversed()) {
      const { times } = await one.engine.call('pass', { ef: one.ef, seconds: PASS_SECONDS, warmUp: 50 }, 120);
      one.times.push(...times);
      one.medians.push(quantile(times, 0.5));
    }
  }
  for (const one of running) await finish(one);
  return all.map(({ row }) => row);
}

const megabytes = (bytes) => (bytes === undefined ? '-' : (bytes / 1e6).toFixed(0));

function table(rows) {
  const limit = rows.find(({ engine }) => engine === engines.native.title)?.p50;
  const lines = rows.map((row) => {
    if (row.failed) return `| ${row.engine} | failed: ${row.failed} |`;
    const built = row.vectors === row.of ? row.vectors : `**${row.vectors} of ${row.of}**`;
    const reopen = row.reopen
      ? `${row.reopen.open.toFixed(0)} + ${row.reopen.first.toFixed(1)}`
      : (row.reopenFailed ?? '-');
    const ratio = limit === undefined ? '-' : `${(row.p50 / limit).toFixed(1)} x`;
    return `| ${row.engine} | ${built} | ${row.rate.toFixed(0)} | ${row.ef} | ${row.recall.toFixed(3)} | ${row.p50.toFixed(3)} | ${row.p95.toFixed(3)} | ${ratio} | ${megabytes(row.bytes)} | ${megabytes(row.memory)} | ${reopen} |`;
  });
  return [
    '| engine | built | vectors/s | ef | recall@10 | p50 ms | p95 ms | to native | index MB | wasm MB | reopen ms: open + first |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

/** What is asked of the core in this set, beside native hnswlib and the best of the peers that have a graph. */
function bars(name, dims, rows) {
  const of = (engine) => rows.find((row) => row.engine === engines[engine].title && !row.failed);
  const peerRows = ['hnswlib-wasm', 'edgevec', 'pglite'].map(of).filter((row) => row?.recall >= RECALL);
  const best = (pick, figure) => (peerRows.length > 0 ? pick(...peerRows.map((row) => row[figure])) : NaN);
  const peer = { p50: best(Math.min, 'p50'), rate: best(Math.max, 'rate') };
  const limit = of('native');
  const out = [];
  const add = (measure, value, bar) => {
    if (Number.isFinite(value)) out.push({ measure: `${name}: ${measure}`, value, unit: 'times', ...bar });
  };
  const ours = { core: ['float32', 2.5], 'core-int8': ['int8 with rerank', 1.6] };
  for (const [engine, [form, below]] of Object.entries(ours)) {
    const row = of(engine);
    if (row === undefined) continue;
    add(`p50 of ${form} to native`, row.p50 / limit?.p50, { below });
    add(`p50 of ${form} to the best peer`, row.p50 / peer.p50, { below: 0.5 });
    add(`building ${form} to the best peer`, row.rate / peer.rate, { atLeast: 2 });
    if (engine === 'core-int8') add('building int8 to native', row.rate / limit?.rate, { atLeast: 0.5 });
    const values = engine === 'core' ? 4 * dims : dims + CODE_EXTRA;
    add(`bytes of ${form} to values and links`, row.bytes / row.vectors / (values + LINK_BYTES), { below: 1.1 });
  }
  return out;
}

/** What is asked of the API with a stored graph: milliseconds from opening the workspace to the first answer. */
function openingBars(size, rows) {
  if (size !== 100_000) return [];
  return rows
    .filter(({ reopen }) => reopen)
    .map(({ engine, reopen }) => ({
      measure: `opening ${size} to the first answer, ${engine}`,
      value: reopen.open + reopen.first,
      unit: 'ms',
      below: 1000,
    }));
}

const results = { load: os.loadavg(), sets: {}, growth: {} };
const folder = path.join(root, 'bench-results');
mkdirSync(folder, { recursive: true });
try {
  const sizes = { clustered: Number(flags.vectors), glove: Number(flags.words) };
  for (const name of list(flags.sets)) {
    const set = dataSet(name, sizes[name], cache, peers);
    results.sets[name] = await compare(set, list(flags.engines));
    console.log(`\n${table(results.sets[name])}`);
  }
  for (const size of list(flags.growth).map(Number)) {
    const set = dataSet('clustered', size, cache, peers);
    results.growth[size] = await compare(set, list(flags['growth-engines']));
  }
} finally {
  await browser.close();
}

const figures = { p50: 'ms a query (p50)', rate: 'vectors linked a second', bytes: 'bytes of the index' };
for (const [figure, unit] of Object.entries(figures)) {
  const lines = new Map();
  for (const [size, rows] of Object.entries(results.growth)) {
    for (const row of rows) {
      if (!(row[figure] > 0)) continue;
      lines.set(row.engine, [...(lines.get(row.engine) ?? []), [Number(size), row[figure]]]);
    }
  }
  const drawn = [...lines].map(([name, points]) => ({ name, points }));
  if (drawn.length === 0) continue;
  writeFileSync(path.join(folder, `vectors-${figure}.svg`), plot('Clustered vectors of 384 dimensions', unit, drawn));
}

const rows = [
  ...Object.entries(results.sets).flatMap(([name, measured]) => bars(name, name === 'glove' ? 100 : 384, measured)),
  ...Object.entries(results.growth).flatMap(([size, measured]) => openingBars(Number(size), measured)),
];
report('vectors', 'an index alone in a worker, recall@10 at least 0.95', rows, results);
