// Builds everything that is out of date: the WebAssembly modules, the package in dist/, the app in web/app/dist.
// node tools/build.mjs. Also the function for the tools that need a build first.
import { pathToFileURL } from 'node:url';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildLibrary } from './build-library.mjs';
import { buildPreset } from './build-core.mjs';
import { root, run } from './process.mjs';
import { whenChanged } from './stamp.mjs';

async function buildApp() {
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json', 'tsconfig.json'];
  const inputs = [...sources.map((name) => `web/app/${name}`), 'dist', 'package-lock.json'];
  await whenChanged('app', inputs, ['web/app/dist/index.html'], () => {
    run(process.execPath, [path.join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
      cwd: path.join(root, 'web/app'),
    });
  });
}

export async function buildAll() {
  const started = performance.now();
  await buildPreset('wasm-release');
  await buildLibrary();
  if (existsSync(path.join(root, 'web/app/index.html'))) {
    await buildApp();
  }
  console.log(`build: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildAll();
}
