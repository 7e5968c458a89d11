// npm run bench: builds, then runs the benchmarks tests/bench/*.mjs one after the other, all or those named.
//
// node tools/bench.mjs [name]...   A benchmark prints its figures itself and may write bench-results/<name>.json. It ends with
// a status other than 0 when it misses a target that it states.
import path from 'node:path';
import { fail, root, tryRun } from './process.mjs';
import { setup } from './setup.mjs';
import { filesBelow } from './stamp.mjs';

const all = filesBelow('tests/bench').filter((file) => /^tests\/bench\/[\w-]+\.mjs$/.test(file));
const nameOf = (file) => path.basename(file, '.mjs');
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !all.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  fail(`no such benchmark: ${unknown.join(', ')}; there are: ${all.map(nameOf).join(', ')}`);
}

setup('test');
const { buildAll } = await import('./build.mjs');
await buildAll();
const missed = [];
for (const file of all.filter((candidate) => chosen.length === 0 || chosen.includes(nameOf(candidate)))) {
  console.log(`\n== ${nameOf(file)}`);
  if (tryRun(process.execPath, [path.join(root, file)]) !== 0) {
    missed.push(nameOf(file));
  }
}
if (missed.length > 0) {
  fail(`missed or failed: ${missed.join(', ')}`);
}
