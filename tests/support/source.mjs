// Modules of web/lib/src for tests of what the package does not export: bundled by esbuild into build/test-modules/ and imported.
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const engineFolder = path.join(root, 'build/wasm-release');

/** The glue of the modules stays a file beside its .wasm. */
const engineGlue = {
  name: 'engine-glue',
  setup(builder) {
    builder.onResolve({ filter: /^archivolt-engine(-relaxed)?$/ }, ({ path: name }) => ({
      path: pathToFileURL(path.join(engineFolder, `${name.replace('archivolt-', '')}.mjs`)).href,
      external: true,
    }));
  },
};

/** Imports `web/lib/src/<name>.ts`; modules imported together share their classes and are one object. */
export async function importSource(...names) {
  const outfile = path.join(root, 'build/test-modules', `${names[0].replaceAll('/', '-')}-${process.pid}.mjs`);
  await build({
    absWorkingDir: root,
    stdin: {
      contents: names.map((name) => `export * from './web/lib/src/${name}.ts';`).join('\n'),
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [engineGlue],
  });
  return import(pathToFileURL(outfile).href);
}
