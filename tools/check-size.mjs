// Checks the size budget of dist/ and prints it: what a page downloads, gzip, in KB of 1000 bytes.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { lazyFiles } from './build-library.mjs';
import { fail, root } from './process.mjs';

const size = (file) => gzipSync(readFileSync(path.join(root, 'dist', file)), { level: 9 }).length;
const sizes = Object.fromEntries(
  ['index.js', 'worker.js', 'engine.wasm', 'engine-relaxed.wasm'].map((file) => [file, size(file)]),
);
const page = sizes['index.js'] + sizes['worker.js'] + Math.max(sizes['engine.wasm'], sizes['engine-relaxed.wasm']);

const budgets = [
  { what: 'page and worker code with the larger module', bytes: page, limit: 700 },
  { what: 'client alone (index.js)', bytes: sizes['index.js'], limit: 15 },
];
const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
console.log(
  Object.entries(sizes)
    .map(([file, bytes]) => `${file} ${kilobytes(bytes)} KB`)
    .join(', '),
);
const lazy = lazyFiles.map((file) => `${file} ${kilobytes(size(file))} KB`);
console.log(`beside it, when they are needed: ${lazy.join(', ')}`);
for (const { what, bytes, limit } of budgets) {
  console.log(`${what}: ${kilobytes(bytes)} of ${limit} KB`);
}
const over = budgets.filter(({ bytes, limit }) => bytes > limit * 1000);
if (over.length > 0) {
  fail(`over the size budget: ${over.map(({ what }) => what).join(', ')}`);
}
