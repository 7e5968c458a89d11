// npm run fuzz: the C++ fuzz targets (tests/cpp/fuzz) under libFuzzer with sanitizers, two at a time.
//
// node tools/fuzz.mjs [name...] [--seconds 60] [--seed n]   Only these targets; how long each looks for new inputs; with a seed the
// same ones in the same order each time, so that what a run of CI finds is of the change that it runs on. A finding ends its target, and the input is left in build/fuzz/: copy it to tests/cpp/fuzz/corpus/<name>/ and mend the code. New inputs that reach more
// code stay in build/fuzz/<name>/; `--keep` merges those into the kept corpus, which every build runs as a test.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildPreset } from './build-core.mjs';
import { fail, root } from './process.mjs';
import { setup } from './setup.mjs';

const AT_ONCE = 2;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '0' },
    keep: { type: 'boolean', default: false },
  },
});
const all = readdirSync(path.join(root, 'tests/cpp/fuzz'))
  .filter((name) => name.endsWith('_fuzz.cc'))
  .map((name) => name.slice(0, -'_fuzz.cc'.length));
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0 || !(Number(values.seconds) > 0) || !/^\d{1,9}$/.test(values.seed)) {
  fail(`usage: fuzz.mjs [--seconds n] [--seed n] [--keep] [${all.join('] [')}]`);
}

setup('fuzz');
await buildPreset('native-fuzz');

function start(name) {
  const corpus = path.join(root, 'tests/cpp/fuzz/corpus', name);
  const found = path.join(root, 'build/fuzz', name);
  mkdirSync(found, { recursive: true });
  const dictionary = path.join(root, 'tests/cpp/fuzz', `${name}.dict`);
  const folders = values.keep ? [corpus, found] : [found, corpus];
  const options = [
    ...(values.keep ? ['-merge=1'] : [`-max_total_time=${values.seconds}`]),
    `-seed=${values.seed}`, // 0: another one each time
    '-max_len=4096',
    '-timeout=120', // seconds of one input, also on a machine that does other things
    '-rss_limit_mb=3000',
    '-print_final_stats=1',
    '-verbosity=0',
    `-artifact_prefix=${path.join(root, 'build/fuzz', name)}-`,
    ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
  ];
  const program = path.join(root, 'build/native-fuzz', `${name}_fuzz`);
  return new Promise((resolve) => {
    let said = '';
    const child = spawn(program, [...options, ...folders], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (text) => (said = `${said}${text}`.slice(-20_000)));
    child.on('close', (code) => resolve({ name, code, said }));
  });
}

const waiting = [...(positionals.length > 0 ? positionals : all)];
const failed = [];
async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { code, said } = await start(name);
    const runs = /stat::number_of_executed_units: (\d+)/.exec(said)?.[1] ?? '?';
    console.log(`fuzz ${name}: ${runs} inputs, ${code === 0 ? 'nothing found' : 'FOUND SOMETHING'}`);
    if (code !== 0) {
      console.log(said);
      failed.push(name);
    }
  }
}
rmSync(path.join(root, 'build/fuzz'), { recursive: true, force: true });
await Promise.all(Array.from({ length: AT_ONCE }, work));
if (failed.length > 0) {
  fail(`fuzzing found something in: ${failed.join(', ')}; the inputs are in build/fuzz/`);
}
