// Finds or makes the WebAssembly compiler. Emscripten 3.1.69 is the oldest that serves.
//
// In this order: an emcc on PATH that is new enough; the folder that an earlier run made; on Debian 13 and newer the package
// `emscripten`; on Debian 12 a private assembly in .cache/emscripten: the next suite's emscripten and binaryen unpacked there
// (their libc beside them), driven by Debian 12's own clang-19. The host's packages stay as they are.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { installPackages, osRelease } from './debian.mjs';
import { fail, output, root, run, which } from './process.mjs';

const cache = path.join(root, '.cache');
/** Holds the path of the folder of emcc; wasm/toolchain.cmake reads it. */
export const locationFile = path.join(cache, 'emscripten.path');
const minimum = [3, 1, 69];

function versionOf(emcc) {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(output(emcc, ['--version']) ?? '');
  return found?.slice(1).map(Number);
}

function isNewEnough(version) {
  if (!version) {
    return false;
  }
  const different = minimum.findIndex((part, index) => part !== version[index]);
  return different === -1 || version[different] > minimum[different];
}

/** The folder that an earlier run found or made, undefined when it is gone. */
export function knownLocation() {
  if (!existsSync(locationFile)) {
    return undefined;
  }
  const folder = readFileSync(locationFile, 'utf8').trim();
  return existsSync(path.join(folder, 'emcc')) ? folder : undefined;
}

/** Makes sure that there is a compiler that works, and returns the folder of its emcc. */
export function ensureEmscripten() {
  const onPath = which('emcc');
  const known = knownLocation();
  if (known && (!onPath || known === emccFolder(onPath) || !isNewEnough(versionOf(onPath)))) {
    return known;
  }
  const folder = onPath && isNewEnough(versionOf(onPath)) ? emccFolder(onPath) : install();
  verify(folder);
  mkdirSync(cache, { recursive: true });
  writeFileSync(locationFile, `${folder}\n`);
  console.log(`setup: Emscripten ${versionOf(path.join(folder, 'emcc')).join('.')} in ${folder}`);
  return folder;
}

// The emcc on PATH may be a wrapper (Debian) beside which there is no cmake/Modules; em-config knows the real folder.
function emccFolder(emcc) {
  const beside = path.dirname(emcc);
  if (existsSync(path.join(beside, 'cmake/Modules/Platform/Emscripten.cmake'))) {
    return beside;
  }
  const told = output(path.join(beside, 'em-config'), ['EMSCRIPTEN_ROOT'])?.trim();
  return told && existsSync(told) ? told : '/usr/share/emscripten';
}

function install() {
  if (process.env.ARCHIVOLT_NO_APT) {
    fail(`no emcc ${minimum.join('.')} or newer on PATH`);
  }
  const release = osRelease();
  if (release.ID !== 'debian') {
    fail(`no emcc ${minimum.join('.')} or newer on PATH: install the Emscripten SDK and activate it`);
  }
  if (Number(release.VERSION_ID ?? 99) >= 13) {
    installPackages(['emscripten']);
    return '/usr/share/emscripten';
  }
  installPackages(['clang-19', 'lld-19', 'llvm-19', 'python3', 'debian-archive-keyring']);
  return assemble(path.join(cache, 'emscripten'), release.VERSION_CODENAME);
}

// Downloads and unpacks the next suite's packages. Only complete assemblies get the folder's name, so a broken download is
// started again at the next run.
function assemble(target, suite) {
  console.log('setup: assembling Emscripten in .cache/emscripten (about a minute, 1.7 GB)');
  rmSync(target, { recursive: true, force: true });
  const aptState = path.join(target, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial', 'preferences', 'packages']) {
    mkdirSync(path.join(aptState, folder), { recursive: true });
  }
  const sources =
    output('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages']) ?? '';
  const mirror = sources
    .split('\n')
    .map((line) => line.split(' '))
    .find((fields) => fields[1] === suite)?.[0];
  if (!mirror) {
    fail(`apt-get knows no package index of ${suite}: run apt-get update`);
  }
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(path.join(aptState, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} trixie main\n`);
  const apt = [
    ...['-q', '-o', 'APT::Sandbox::User=root', '-o', `Dir::Etc::sourcelist=${aptState}/sources.list`],
    ...[
      '-o',
      'Dir::Etc::sourceparts=-',
      '-o',
      `Dir::State::lists=${aptState}/lists`,
      '-o',
      `Dir::Cache=${aptState}/cache`,
    ],
    ...[
      '-o',
      'Acquire::Languages=none',
      '-o',
      `Dir::Etc::preferencesparts=${aptState}/preferences`,
      '-o',
      'Debug::NoLocking=true',
    ],
  ];
  const wanted = ['emscripten', 'node-acorn', 'binaryen', 'libc6', 'libstdc++6', 'libgcc-s1'];
  run('apt-get', [...apt, 'update']);
  run('apt-get', [...apt, 'download', ...wanted], { cwd: path.join(aptState, 'packages') });
  const toolRoot = path.join(target, 'tools');
  const binaryenRoot = path.join(target, 'binaryen');
  for (const file of readdirSync(path.join(aptState, 'packages'))) {
    const unpackTo = /^(emscripten|node-acorn)_/.test(file) ? toolRoot : binaryenRoot;
    mkdirSync(unpackTo, { recursive: true });
    run('dpkg', ['-x', path.join(aptState, 'packages', file), unpackTo]);
  }
  rmSync(aptState, { recursive: true });
  // Emscripten's own scripts are CommonJS; without this, Node would take the type from the package.json of this repository.
  writeFileSync(path.join(target, 'package.json'), '{ "type": "commonjs" }\n');

  const wrappers = wrapBinaryen(binaryenRoot, path.join(target, 'wrapped'));
  const emscripten = path.join(toolRoot, 'usr/share/emscripten');
  const configFile = path.join(emscripten, '.emscripten');
  const config = readFileSync(configFile, 'utf8').replace(/^BINARYEN_ROOT *=.*$/m, `BINARYEN_ROOT = '${wrappers}'`);
  writeFileSync(configFile, config);
  // An ES module does not look in NODE_PATH, so acorn has to be where import searches.
  const acorn = path.join(emscripten, 'node_modules/acorn');
  mkdirSync(path.dirname(acorn), { recursive: true });
  if (!existsSync(acorn)) {
    symlinkSync(path.join(toolRoot, 'usr/share/nodejs/acorn'), acorn);
  }
  return emscripten;
}

// Binaryen's programs want the newer libc: each gets a script that starts it with the loader and the libraries unpacked beside it.
function wrapBinaryen(unpacked, target) {
  const libraries = readdirSync(path.join(unpacked, 'usr/lib')).find((name) => name.endsWith('-linux-gnu'));
  const libraryPath = path.join(unpacked, 'usr/lib', libraries);
  const loader = readdirSync(libraryPath).find((name) => name.startsWith('ld-linux'));
  mkdirSync(path.join(target, 'bin'), { recursive: true });
  for (const program of readdirSync(path.join(unpacked, 'usr/bin'))) {
    const script = path.join(target, 'bin', program);
    const real = path.join(unpacked, 'usr/bin', program);
    writeFileSync(
      script,
      `#!/bin/sh\nexec "${libraryPath}/${loader}" --library-path "${libraryPath}" "${real}" "$@"\n`,
    );
    chmodSync(script, 0o755);
  }
  return target;
}

// Compiles and runs a small program with the features that the engine needs: Embind, exceptions, no run-time code generation.
function verify(folder) {
  const scratch = path.join(cache, 'emscripten-verify');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  writeFileSync(
    path.join(scratch, 'probe.cc'),
    `#include <emscripten/bind.h>
#include <stdexcept>
#include <string>
std::string Probe(std::string text) {
  try {
    throw std::runtime_error(text + " caught");
  } catch (const std::exception& error) {
    return error.what();
  }
}
EMSCRIPTEN_BINDINGS(probe) { emscripten::function("probe", &Probe); }
`,
  );
  const flags = [
    '-O1',
    '-msimd128',
    '-fwasm-exceptions',
    '-lembind',
    '-sMODULARIZE',
    '-sEXPORT_ES6',
    '-sDYNAMIC_EXECUTION=0',
  ];
  const environment = '-sENVIRONMENT=web,worker,node';
  run(path.join(folder, 'emcc'), ['probe.cc', '-o', 'probe.mjs', ...flags, environment], { cwd: scratch });
  writeFileSync(
    path.join(scratch, 'run.mjs'),
    "import make from './probe.mjs';\nconst engine = await make();\nif (engine.probe('thrown') !== 'thrown caught') process.exit(1);\n",
  );
  run(process.execPath, ['run.mjs'], { cwd: scratch });
  rmSync(scratch, { recursive: true });
}
