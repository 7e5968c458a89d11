// Builds dist/, the published package: bundles, declarations, the modules and the embedder's table.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { buildDeclarations, declaredEntries } from './declarations.mjs';
import { writeNotices } from './notices.mjs';
import { fail, root } from './process.mjs';
import { copyChanged, whenChanged, writeChanged } from './stamp.mjs';

const engineFolder = 'build/wasm-release';

/** What few workspaces need, loaded when it is met: one file each for both workers. */
const lazyEntries = [
  'worker/imported-hashes', // bcrypt and scrypt
  'extract/html-parser',
  'extract/front-matter',
  'extract/code-sections', // grammars of programming languages
  'worker/ingest', // documents to text, and text to the core; many rows at once
  'worker/accounts',
  'worker/backups',
  'worker/erasure', // what is held about a person
  'worker/safety', // storage that is full, gone or damaged
  'worker/salvage', // a damaged workspace that is opened to save what can be read
  'worker/encryption', // workspaces that have a passphrase
  'worker/sharing', // several tabs
  'worker/ranking', // near-duplicates, diversity, surroundings, misspelt words
  'worker/interchange', // readers, maps and transforms of other systems' files
];

/** Their names in dist/. */
export const lazyFiles = lazyEntries.map((entry) => `${path.basename(entry)}.js`);

/** One bundle an entry; what each host can load alone. */
const bundles = [
  { entry: 'index.ts', output: 'index.js', platform: 'browser' },
  { entry: 'node.ts', output: 'node.js', platform: 'node' },
  { entry: 'postgres.ts', output: 'postgres.js', platform: 'node' },
  { entry: 'evaluation/evaluation.ts', output: 'evaluation.js', platform: 'browser' },
  { entry: 'worker/entry-browser.ts', output: 'worker.js', platform: 'browser' },
  { entry: 'worker/import-reader.ts', output: 'import-reader.js', platform: 'browser' },
  { entry: 'worker/entry-node.ts', output: 'worker-node.js', platform: 'node' },
  ...['ollama', 'openai', 'transformers'].map((name) => ({
    entry: `embedders/${name}.ts`,
    output: `embedders/${name}.js`,
    platform: 'browser',
  })),
  ...lazyEntries.map((entry, at) => ({ entry: `${entry}.ts`, output: lazyFiles[at], platform: 'browser' })),
];

// Emscripten's glue of both variants. They are linked from the same bindings, so that their text is the same but for the file
// name, which the loader does not use: then the worker carries it once.
function engineGlue() {
  const [baseline, relaxed] = ['engine', 'engine-relaxed'].map((name) => ({
    name,
    text: readFileSync(path.join(root, engineFolder, `${name}.mjs`), 'utf8'),
  }));
  const same = baseline.text === relaxed.text.replaceAll('engine-relaxed.wasm', 'engine.wasm');
  return { 'archivolt-engine': baseline, 'archivolt-engine-relaxed': same ? baseline : relaxed };
}

// In a browser's bundle the glue's branch for Node would make other bundlers look for Node's modules: there the engine is in a
// dedicated worker and nowhere else.
function forBrowsers({ name, text }) {
  const there = { ENVIRONMENT_IS_NODE: 'false', ENVIRONMENT_IS_WEB: 'false', ENVIRONMENT_IS_WORKER: 'true' };
  let out = text;
  for (const [variable, value] of Object.entries(there)) {
    if (!new RegExp(`var ${variable}=[^;]+;`).test(out)) fail(`${name}.mjs does not say what ${variable} is`);
    out = out.replace(new RegExp(`var ${variable}=[^;]+;`), '').replaceAll(variable, value);
  }
  const stripped = out.replaceAll(/await import\("(node:)?module"\)/g, '{}');
  if (/\bimport\("(node:)?[a-z_]+"\)/.test(stripped)) {
    fail(`${name}.mjs imports a module of Node in a form that tools/build-library.mjs does not know`);
  }
  return stripped;
}

function enginePlugin(platform) {
  const glue = engineGlue();
  return {
    name: 'archivolt-engine',
    setup(builder) {
      builder.onResolve({ filter: /^archivolt-engine(-relaxed)?$/ }, ({ path: name }) => ({
        path: glue[name].name,
        namespace: 'engine',
      }));
      builder.onLoad({ filter: /.*/, namespace: 'engine' }, ({ path: name }) => {
        const source = Object.values(glue).find((candidate) => candidate.name === name);
        return { contents: platform === 'browser' ? forBrowsers(source) : source.text, loader: 'js' };
      });
    },
  };
}

/** Keeps the imports of the lazy files in the workers as they are: they lie beside them. */
const lazyPlugin = {
  name: 'archivolt-lazy',
  setup(builder) {
    // By the place that is meant: the client has modules of the same names.
    const places = new Set(lazyEntries.map((entry) => path.join(root, 'web/lib/src', `${entry}.js`)));
    builder.onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ path: name, resolveDir, kind }) =>
      kind === 'dynamic-import' && places.has(path.resolve(resolveDir, name))
        ? { path: name, external: true }
        : undefined,
    );
  },
};

/**
 * Without the way of zip.js to load codecs by an address, which nothing here uses: minified, its import() has no comment any more that
 * keeps webpack from looking for what it may mean.
 */
const zipPlugin = {
  name: 'archivolt-zip',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]zip\.js[\\/]lib[\\/]core[\\/]codec-registry\.js$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const loads = /await import\((?:\s*\/\*.*?\*\/)*\s*codecURI\s*\)/;
      if (!loads.test(text)) fail('zip.js does not load codecs as tools/build-library.mjs knows it');
      return { contents: text.replace(loads, '{}'), loader: 'js' };
    });
  },
};

/** Answers with the files that went into it. */
async function bundle({ entry, output, platform }, folder = 'dist', plugins = []) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [`web/lib/src/${entry}`],
    outfile: path.join(folder, output),
    bundle: true,
    format: 'esm',
    platform,
    target: platform === 'node' ? 'node20' : ['chrome123', 'firefox128', 'safari17.5'],
    minify: platform !== 'node', // Node shows the line of code that an uncaught error comes from.
    sourcemap: 'linked',
    legalComments: 'eof',
    write: false,
    metafile: true,
    logLevel: 'warning',
    external: ['@huggingface/transformers'], // the application's own
    plugins: [enginePlugin(platform), lazyPlugin, zipPlugin, ...plugins],
  });
  for (const file of result.outputFiles) writeChanged(file.path, file.contents);
  return Object.values(result.metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
}

function embedderTable() {
  const tables = readdirSync(path.join(root, 'assets/embedder')).filter((name) => name.endsWith('.semb'));
  if (tables.length !== 1) {
    fail(`assets/embedder must hold one .semb table, it holds ${tables.length}`);
  }
  return `assets/embedder/${tables[0]}`;
}

/** What browsers load, but for the modules, in a folder of its own and with more plugins of esbuild. */
export async function buildBrowserBundles(folder, plugins) {
  await Promise.all(
    bundles.filter(({ platform }) => platform === 'browser').map((one) => bundle(one, folder, plugins)),
  );
}

export async function buildLibrary() {
  for (const name of ['engine.wasm', 'engine-relaxed.wasm']) {
    copyChanged(`${engineFolder}/${name}`, `dist/${name}`);
  }
  copyChanged(embedderTable(), 'dist/embedder.semb');
  const inputs = await Promise.all(bundles.map((one) => bundle(one)));
  writeNotices(inputs.flat());
  const sources = ['web/lib/src', 'web/lib/tsconfig.json', 'tsconfig.base.json', 'package.json', 'package-lock.json'];
  const declared = declaredEntries().map((file) => `dist/${file}`);
  await whenChanged('declarations', [...sources, 'tools/declarations.mjs'], declared, buildDeclarations);
}
