// Builds dist/, the published package: bundles, declarations, the modules and the embedder's table.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { fail, root, run } from './process.mjs';
import { copyChanged, whenChanged } from './stamp.mjs';

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

async function bundle({ entry, output, platform }, folder = 'dist', plugins = []) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [`web/lib/src/${entry}`],
    outfile: path.join(folder, output),
    bundle: true,
    format: 'esm',
    platform,
    target: platform === 'node' ? 'node20' : ['chrome123', 'firefox128', 'safari17.5'],
    minify: true,
    sourcemap: 'linked',
    legalComments: 'eof',
    write: false,
    logLevel: 'warning',
    external: ['@huggingface/transformers'], // the application's own
    plugins: [enginePlugin(platform), lazyPlugin, ...plugins],
  });
  mkdirSync(path.dirname(path.resolve(root, folder, output)), { recursive: true });
  for (const file of result.outputFiles) {
    if (!existsSync(file.path) || !readFileSync(file.path).equals(file.contents)) {
      writeFileSync(file.path, file.contents);
    }
  }
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
  await Promise.all(bundles.map((one) => bundle(one)));
  const inputs = ['web/lib/src', 'web/lib/tsconfig.json', 'tsconfig.base.json', 'package-lock.json'];
  await whenChanged('declarations', inputs, ['dist/index.d.ts', 'dist/node.d.ts', 'dist/postgres.d.ts'], () => {
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'web/lib/tsconfig.json']);
  });
}
