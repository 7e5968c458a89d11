// npm test: sets the machine up, builds, and runs the C++ tests (sanitized), the Node tests and the browser tests.
//
// node tools/test.mjs [cpp] [node] [browser]   only these kinds. Every kind runs even after another failed, so that one run
// tells everything; the exit status is 1 when any failed. With CI in the environment, warnings of the C++ code are errors.
import path from 'node:path';
import { fail, root, tryRun } from './process.mjs';
import { setup } from './setup.mjs';
import { testFiles } from './test-files.mjs';

const kinds = ['cpp', 'node', 'browser'];
const chosen = process.argv.slice(2);
if (chosen.some((kind) => !kinds.includes(kind))) {
  fail(`usage: test.mjs [${kinds.join('] [')}]`);
}
const wanted = chosen.length > 0 ? chosen : kinds;

setup('test');
const { buildPreset } = await import('./build-core.mjs');
if (wanted.includes('node') || wanted.includes('browser')) {
  const { buildAll } = await import('./build.mjs');
  await buildAll();
}

const runners = {
  async cpp() {
    await buildPreset('native-debug', process.env.CI ? ['-DARCHIVOLT_WERROR=ON'] : []);
    return tryRun('ctest', ['--preset', 'native-debug']);
  },
  // One process at a time: some of the tests measure, and the machine may have two cores.
  node: () => tryRun(process.execPath, ['--test', '--test-concurrency=1', ...testFiles().node]),
  browser: () => tryRun(process.execPath, [path.join(root, 'node_modules/@playwright/test/cli.js'), 'test']),
};

const failed = [];
for (const kind of wanted) {
  console.log(`\n== ${kind} tests`);
  if ((await runners[kind]()) !== 0) {
    failed.push(kind);
  }
}
if (failed.length > 0) {
  fail(`tests failed: ${failed.join(', ')}`);
}
console.log(`\nall tests passed: ${wanted.join(', ')}`);
