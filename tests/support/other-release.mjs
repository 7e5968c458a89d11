// The package as a release that speaks another version of the protocol between page, worker and tabs.
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildBrowserBundles } from '../../tools/build-library.mjs';
import { root } from '../../tools/process.mjs';

const VERSION = /export const PROTOCOL_VERSION = (\d+);/;

/** Builds it into a folder of its own. `remove` deletes that. */
export async function buildOtherRelease() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-release-'));
  await buildBrowserBundles(folder, [
    {
      name: 'another-protocol',
      setup(builder) {
        builder.onLoad({ filter: /protocol[\\/]messages\.ts$/ }, ({ path: file }) => {
          const text = readFileSync(file, 'utf8');
          if (!VERSION.test(text)) throw new Error(`${file} names no version of the protocol`);
          return {
            contents: text.replace(VERSION, (_, n) => `export const PROTOCOL_VERSION = ${Number(n) + 1};`),
            loader: 'ts',
          };
        });
      },
    },
  ]);
  for (const name of ['engine.wasm', 'engine-relaxed.wasm', 'embedder.semb'])
    symlinkSync(path.join(root, 'dist', name), path.join(folder, name));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
