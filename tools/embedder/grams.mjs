// Rows for words that the table lacks: of the characters n-grams that a word is made of, hashed into buckets (after Bojanowski et
// al., "Enriching Word Vectors with Subword Information", 2017), fitted to the rows of the words that it has.

/** The shortest and longest n-gram, in characters of "<word>". src/text/word_grams.h has the same. */
const SHORTEST = 3;
const LONGEST = 5;

/** The bucket of each n-gram of a word, as src/text/word_grams.h has them: FNV-1a over the n-gram's UTF-8. */
export function bucketsOf(word, buckets) {
  const characters = [...`<${word}>`].map((character) => Buffer.from(character));
  const found = [];
  for (let first = 0; first + SHORTEST <= characters.length; first++) {
    let hash = 0x811c9dc5;
    for (let length = 1; length <= LONGEST && first + length <= characters.length; length++) {
      for (const byte of characters[first + length - 1]) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
      if (length >= SHORTEST) found.push((hash ^ (hash >>> 15)) & (buckets - 1));
    }
  }
  return found;
}

/** A word's row from those of its n-grams: their mean. */
export function rowOfGrams(word, grams) {
  const sum = new Float32Array(grams[0].length);
  const found = bucketsOf(word, grams.length);
  for (const bucket of found) for (let at = 0; at < sum.length; at++) sum[at] += grams[bucket][at] / found.length;
  return sum;
}

/**
 * Ridge regression by conjugate gradients, all dimensions at once: the buckets' rows whose means come nearest to the words' rows.
 * @param {string[]} words
 * @param {Float32Array[]} rows
 * @param {{ buckets: number, ridge: number, steps: number }} options ridge: the penalty on the buckets' squared lengths
 * @returns {Float32Array[]}
 */
export function fitGrams(words, rows, { buckets, ridge, steps }) {
  const dimensions = rows[0].length;
  const found = words.map((word) => Uint32Array.from(bucketsOf(word, buckets)));
  /** Of rows of buckets, the sum over all words of what each bucket is part of: G'G x. */
  const normal = (x) => {
    const out = new Float32Array(x.length);
    const mean = new Float32Array(dimensions);
    for (const own of found) {
      mean.fill(0);
      for (const bucket of own) for (let at = 0; at < dimensions; at++) mean[at] += x[bucket * dimensions + at];
      spread(own, mean, out, 1 / own.length ** 2);
    }
    for (let at = 0; at < out.length; at++) out[at] += ridge * x[at];
    return out;
  };
  const spread = (own, row, out, factor) => {
    for (const bucket of own) for (let at = 0; at < dimensions; at++) out[bucket * dimensions + at] += row[at] * factor;
  };
  const solution = new Float32Array(buckets * dimensions);
  const residual = new Float32Array(buckets * dimensions);
  for (const [at, own] of found.entries()) if (own.length > 0) spread(own, rows[at], residual, 1 / own.length);
  let direction = residual.slice();
  const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);
  let size = dot(residual, residual);
  for (let step = 0; step < steps; step++) {
    const applied = normal(direction);
    const length = size / dot(direction, applied);
    for (let at = 0; at < solution.length; at++) {
      solution[at] += length * direction[at];
      residual[at] -= length * applied[at];
    }
    const next = dot(residual, residual);
    direction = direction.map((value, at) => residual[at] + (next / size) * value);
    size = next;
  }
  return Array.from({ length: buckets }, (_, at) => solution.slice(at * dimensions, (at + 1) * dimensions));
}
