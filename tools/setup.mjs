// Makes a machine ready: Debian packages, npm packages, the WebAssembly compiler. Does nothing, fast, when all is there.
//
// node tools/setup.mjs [build|test|check|fuzz]   how much is needed; everything unless told. ARCHIVOLT_NO_APT=1 leaves the operating
// system's packages alone, for machines whose owner installs them by other means.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages } from './debian.mjs';
import { ensureEmscripten } from './emscripten.mjs';
import { fail, root, run } from './process.mjs';

const forBuild = ['cmake', 'ninja-build', 'nlohmann-json3-dev', 'ccache', 'python3'];
const forTests = ['g++', 'libgtest-dev', 'chromium', 'firefox-esr', 'sqlite3', 'sqlite3-doc', 'postgresql'];
const forFuzzing = ['clang-19', 'libclang-rt-19-dev'];
const packages = {
  build: forBuild,
  check: [...forBuild, 'clang-format-19'],
  test: [...forBuild, ...forTests],
  fuzz: [...forBuild, ...forFuzzing],
  all: [...forBuild, ...forTests, 'clang-format-19'],
};

// npm ci takes half a minute and starts by deleting node_modules, so it runs only when what npm noted there
// (node_modules/.package-lock.json) is not what package-lock.json asks for.
function npmPackagesAreCurrent() {
  const noteFile = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(noteFile)) {
    return false;
  }
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(noteFile, 'utf8')).packages;
  return Object.entries(wanted).every(([place, { version, link, optional }]) => {
    if (!place.startsWith('node_modules/') || (optional && !present[place])) {
      return true; // a workspace's own entry, or a package for another platform
    }
    return link ? existsSync(path.join(root, place)) : present[place]?.version === version;
  });
}

function installNpmPackages() {
  if (!npmPackagesAreCurrent()) {
    console.log('setup: installing npm packages');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
}

/** @param {'build'|'check'|'test'|'fuzz'|'all'} purpose */
export function setup(purpose = 'all') {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    fail(`Node ${process.versions.node} is too old: 20 or newer is needed`);
  }
  installPackages(packages[purpose] ?? fail(`unknown purpose ${purpose}: build, check, test, fuzz or all`));
  installNpmPackages();
  ensureEmscripten();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  setup(process.argv[2]);
}
