// Checks that arrows point down: what each folder includes or imports.
//
// C++: the arrows are those of archivolt_library() in CMakeLists.txt; headers of third parties and of Emscripten only where the
// table below allows. TypeScript: the arrows between the folders of web/lib/src, no circle among its files, and web/app on the
// package's public name alone.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, root } from './process.mjs';
import { filesBelow } from './stamp.mjs';

/** Headers of third parties, and the files that may include them. */
const guarded = [
  { header: /^sqlite3(ext)?\.h$/, allowed: /^(src\/storage\/|tests\/cpp\/storage\/|wasm\/vfs)/ },
  { header: /^hnswlib\//, allowed: /^tests\/(cpp\/vector|bench)\// },
  { header: /^nlohmann\//, allowed: /^src\/codec\// },
  { header: /^emscripten/, allowed: /^wasm\// },
  { header: /^(iostream|fstream|sstream|format|regex|cstdio|stdio\.h)$/, allowed: /^(tests|wasm)\// },
];

/** Folders (or files) of web/lib/src -> what they may import; `errors` and `types` stand for the files of that name. */
const shared = ['errors', 'errors.gen', 'types', 'schema.gen'];
const libraryArrows = {
  errors: ['errors.gen'],
  'errors.gen': [],
  'schema.gen': [],
  types: shared,
  exports: ['errors', 'types'],
  protocol: ['protocol', ...shared],
  storage: ['storage', ...shared],
  extract: ['extract', 'protocol', ...shared],
  interchange: ['interchange', 'schema', ...shared],
  sharing: ['sharing', 'protocol', ...shared],
  ranking: ['ranking', ...shared],
  loader: ['loader', 'storage', 'protocol', ...shared],
  client: ['client', 'protocol', ...shared],
  worker: ['worker', 'protocol', 'loader', 'storage', 'extract', 'interchange', 'sharing', 'ranking', ...shared],
  index: ['client', 'protocol', 'storage', 'exports', ...shared],
  embedders: ['embedders', 'client', ...shared],
  evaluation: ['evaluation', 'client', ...shared],
  postgres: ['postgres', 'client', 'interchange', ...shared],
  node: ['client', 'protocol', 'storage', 'exports', ...shared],
};

/** Arrows of src/ as CMakeLists.txt states them: folder -> folders, its own included. */
export function cppArrows(cmake) {
  const arrows = {};
  for (const [, name, rest] of cmake.matchAll(/^archivolt_library\((\w+)([^)]*)\)/gm)) {
    const words = rest.trim().split(/\s+/);
    const from = words.indexOf('DEPS');
    const named = from < 0 ? [] : words.slice(from + 1);
    const end = named.findIndex((word) => word === word.toUpperCase());
    arrows[name] = [name, ...(end < 0 ? named : named.slice(0, end))];
  }
  return arrows;
}

/** What is wrong with the includes of one C++ file. */
export function cppProblems(file, text, arrows) {
  const problems = [];
  const folder = /^src\/(\w+)\//.exec(file)?.[1];
  for (const [, quote, header] of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]/gm)) {
    const rule = guarded.find((candidate) => candidate.header.test(header));
    if (rule && !rule.allowed.test(file)) {
      problems.push(`${file} includes <${header}>, which is not for this folder`);
    }
    const target = quote === '"' ? header.split('/')[0] : undefined;
    if (folder && target && header.includes('/') && !rule) {
      if (!arrows[folder]) {
        problems.push(`${file}: folder ${folder} is not in CMakeLists.txt`);
      } else if (!arrows[folder].includes(target)) {
        problems.push(`${file} includes "${header}": no arrow from ${folder} to ${target}`);
      }
    }
  }
  return problems;
}

const specifiers = (text) =>
  [
    ...text.matchAll(
      /(?:^|[\s;}])(?:import|export)\s*(?:[^'"();]*?\sfrom\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => match[1] ?? match[2]);

/** What is wrong with the imports of one file of web/lib/src. */
export function libraryProblems(file, text) {
  const inside = path.relative('web/lib/src', file);
  const layer = inside.includes(path.sep) ? inside.split(path.sep)[0] : inside.replace(/\.ts$/, '');
  const allowed = libraryArrows[layer];
  if (!allowed) {
    return [`${file}: ${layer} is not in tools/check-layers.mjs`];
  }
  return specifiers(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => path.normalize(path.join(path.dirname(inside), specifier)).replace(/\.(js|ts|json)$/, ''))
    .map((target) => (/^(?:\.\.\/){3}schema\/(?:systems|chats)\//.test(target) ? 'schema' : target))
    .map((target) => (target.startsWith('..') ? target : target.split(path.sep)[0]))
    .filter((target) => !allowed.includes(target))
    .map((target) => `${file} imports ${target}: no arrow from ${layer} to ${target}`);
}

/**
 * Circles of imports, those of types and those at run time included, each as its files in order. `texts`: file of web/lib/src -> its
 * text. By Tarjan's algorithm (Depth-first search and linear graph algorithms, 1972).
 */
export function circles(texts) {
  const found = [];
  const numbers = new Map(); // by file: when it was met, and the earliest of what it leads back to
  const open = [];
  const visit = (file) => {
    const own = { index: numbers.size, low: numbers.size, isOpen: true };
    numbers.set(file, own);
    open.push(file);
    for (const specifier of specifiers(texts.get(file)).filter((one) => one.startsWith('.'))) {
      const target = path.join(path.dirname(file), specifier).replace(/\.js$/, '.ts');
      if (!texts.has(target)) continue;
      if (!numbers.has(target)) own.low = Math.min(own.low, visit(target).low);
      else if (numbers.get(target).isOpen) own.low = Math.min(own.low, numbers.get(target).index);
    }
    if (own.low === own.index) {
      const files = open.splice(open.indexOf(file));
      for (const one of files) numbers.get(one).isOpen = false;
      if (files.length > 1) found.push(files.sort());
    }
    return own;
  };
  for (const file of texts.keys()) if (!numbers.has(file)) visit(file);
  return found;
}

/** What is wrong with the imports of one file of web/app: nothing of this repository but the package by its name. */
export function appProblems(file, text) {
  return specifiers(text)
    .filter((specifier) => {
      const leaves =
        specifier.startsWith('.') && path.join(path.dirname(file), specifier).startsWith('web/app/') === false;
      return (
        leaves ||
        (specifier.startsWith('archivolt/') && !/^archivolt\/(worker|engine|embedder|evaluation)/.test(specifier))
      );
    })
    .map((specifier) => `${file} imports ${specifier}: the app uses the package's public name only`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const read = (file) => readFileSync(path.join(root, file), 'utf8');
  const arrows = cppArrows(read('CMakeLists.txt'));
  const list = (folders, pattern) => folders.flatMap(filesBelow).filter((file) => pattern.test(file));
  const library = new Map(list(['web/lib/src'], /\.ts$/).map((file) => [file, read(file)]));
  const problems = [
    ...list(['src', 'wasm', 'tests/cpp'], /\.(cc|h|def)$/).flatMap((file) => cppProblems(file, read(file), arrows)),
    ...[...library].flatMap(([file, text]) => libraryProblems(file, text)),
    ...circles(library).map((files) => `a circle of imports: ${files.join(', ')}`),
    ...list(['web/app/src'], /\.tsx?$/).flatMap((file) => appProblems(file, read(file))),
  ];
  if (problems.length > 0) {
    fail(`${problems.length} arrows point the wrong way:\n${problems.join('\n')}`);
  }
}
