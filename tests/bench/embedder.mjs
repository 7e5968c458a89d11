// The built-in embedder in real Chromium on one core: passages of 900 characters a second, and how long its table takes to load.
// The rate that counts is by the processor time of the page's process, so that other work on the machine matters less; the rate by
// the clock is told beside it.
//
// node tests/bench/embedder.mjs [--rounds 9]   medians over the rounds
//
// Passages are cut from real documents (tests/support/corpus.mjs). Each round embeds all of them by the core's own call, 1,000 at a
// time: encoding as UTF-8, crossing into the module and copying the vectors out included.
import { build } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { root } from '../../tools/process.mjs';
import { chromiumOptions, processesOf } from '../support/chromium.mjs';
import { realDocuments } from '../support/corpus.mjs';
import { quantile, report } from '../support/report.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } });
const rounds = Number(flags.rounds);
const LENGTH = 900;
const engineFolder = path.join(root, 'build/wasm-release');

/** The core as the worker has it, as a module for the page. */
async function bundleCore(outfile) {
  const glue = {
    name: 'engine-glue',
    setup(builder) {
      builder.onResolve({ filter: /^archivolt-engine(-relaxed)?$/ }, ({ path: name }) => ({
        path: `/${name.replace('archivolt-', '')}.mjs`,
        external: true,
      }));
    },
  };
  const modules = ['worker/engine', 'loader/load-engine', 'loader/fetch-assets', 'storage/memory'];
  const contents = modules.map((name) => `export * from './web/lib/src/${name}.ts';`).join('\n');
  await build({ stdin: { contents, resolveDir: root }, outfile, bundle: true, format: 'esm', plugins: [glue] });
}

// Runs in the page.
async function prepare({ address, text, length, rounds }) {
  const { Engine, loadEngine, compileFetched, MemoryFiles } = await import('/core.js');
  const module = await loadEngine(address, new MemoryFiles(), compileFetched);
  const core = new Engine(module, () => undefined);
  core.open({ path: 'archivolt.db', readOnly: false, fullSync: false });
  const table = new Uint8Array(await (await fetch('/embedder.semb')).arrayBuffer());
  const timed = (run) => {
    const begin = performance.now();
    run();
    return performance.now() - begin;
  };
  const passages = [];
  for (let at = 0; at + length <= text.length; at += length) passages.push(text.slice(at, at + length));
  globalThis.round = () =>
    timed(() => {
      for (let at = 0; at < passages.length; at += 1000) {
        core.call('embedder.embed', { texts: passages.slice(at, at + 1000) });
      }
    });
  const load = Array.from({ length: rounds + 1 }, () => timed(() => core.call('embedder.load', { table })));
  // The first of each warms up.
  globalThis.round();
  return { passages: passages.length, load: load.slice(1) };
}

/** Seconds of processor time that these processes have taken: user and system, of ten milliseconds each (proc(5)). */
function processorTime(pids) {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, own) => sum + own, 0) / 100;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-embedder-'));
let browser;
let server;
try {
  await bundleCore(path.join(folder, 'core.js'));
  const files = { '/core.js': path.join(folder, 'core.js') };
  for (const name of ['engine.mjs', 'engine-relaxed.mjs']) files[`/${name}`] = path.join(engineFolder, name);
  server = await serveDist({ files });
  browser = await chromium.launch(chromiumOptions);
  const page = await browser.newPage();
  await page.goto(server.address);
  const text = realDocuments({ bytes: 6_000_000, kinds: ['markdown'] })
    .map((document) => document.read().toString('utf8'))
    .join('\n');
  const { passages, load } = await page.evaluate(prepare, {
    address: server.address,
    text,
    length: LENGTH,
    rounds,
  });
  // Those that hold no page do next to nothing.
  const pids = await processesOf(page.context(), 'renderer');
  const before = processorTime(pids);
  const times = [];
  for (let round = 0; round < rounds; round++) times.push(await page.evaluate(() => globalThis.round()));
  const seconds = processorTime(pids) - before;
  const byClock = (passages * 1000) / quantile(times, 0.5);
  console.log(`by the clock, median: ${byClock.toFixed(0)} passages a second`);
  report(
    'embedder',
    `${passages} passages of ${LENGTH} characters, ${rounds} rounds, load average ${os.loadavg()[0].toFixed(1)}`,
    [
      { measure: 'passages, one core', value: (passages * rounds) / seconds, unit: 'a second', atLeast: 15_000 },
      { measure: "the table's load, median", value: quantile(load, 0.5), unit: 'ms', below: 500 },
    ],
    { passages, seconds, times, load, loadAverage: os.loadavg() },
  );
} finally {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true });
}
