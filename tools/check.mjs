// npm run check: everything that can be said about the code without running its tests. Every check runs even after another
// failed. node tools/check.mjs [name]... runs only those named.
import { fail, tryRun } from './process.mjs';
import { setup } from './setup.mjs';

const node =
  (...args) =>
  () =>
    tryRun(process.execPath, args);
const tsc = (...args) => node('node_modules/typescript/bin/tsc', '--noEmit', ...args);

const checks = {
  layers: node('tools/check-layers.mjs'),
  tests: node('tools/test-files.mjs'),
  errors: node('tools/gen-errors.mjs', '--check'),
  schema: node('tools/gen-schema.mjs', '--check'),
  migrations: node('tools/migrations-lock.mjs'),
  maps: node('tools/check-maps.mjs'),
  format: node('tools/format.mjs', '--check'),
  async size() {
    const { buildAll } = await import('./build.mjs');
    await buildAll();
    return tryRun(process.execPath, ['tools/check-size.mjs']);
  },
  // After the build: the app's and the tests' types come from dist/.
  'types of the package': tsc('-p', 'web/lib/tsconfig.json', '--emitDeclarationOnly', 'false'),
  'types of the worker': tsc('-p', 'web/lib/tsconfig.worker.json'),
  'types of the app': tsc('-p', 'web/app/tsconfig.json'),
  'types of the browser tests': tsc('-p', 'tsconfig.json'),
  eslint: node('node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'),
};

setup('check');
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !checks[name]);
if (unknown.length > 0) {
  fail(`no such check: ${unknown.join(', ')}; there are: ${Object.keys(checks).join(', ')}`);
}
const failed = [];
for (const [name, check] of Object.entries(checks)) {
  if (chosen.length > 0 && !chosen.includes(name)) {
    continue;
  }
  const started = performance.now();
  const status = await check();
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) {
    failed.push(name);
  }
}
if (failed.length > 0) {
  fail(`checks failed: ${failed.join(', ')}`);
}
