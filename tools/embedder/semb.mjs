// Packs a table into the SEMB file that src/text/semb_table.h reads (assets/embedder/README.md has the format).

const BITS = 4;
const MIDDLE = 7.5;
/** Shares of a row's largest value that its scale is tried with: cutting off a peak makes the rest finer. */
const CUTS = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6];

const bits = new DataView(new ArrayBuffer(4));

/** The nearest float16 of a positive number in its range, as its bits. */
export function halfOf(value) {
  bits.setFloat32(0, value);
  const float = bits.getUint32(0);
  const exponent = (float >>> 23) - 127 + 15;
  if (exponent >= 31) throw new Error(`${value} is beyond float16`);
  if (exponent <= 0) return Math.round(value * 2 ** 24);
  // Ties to even; a carry into the exponent is right as it is.
  const short = (exponent << 10) | ((float >>> 13) & 1023);
  const rest = float & 0x1fff;
  return short + (rest > 0x1000 || (rest === 0x1000 && (short & 1) === 1) ? 1 : 0);
}

export function valueOfHalf(half) {
  const exponent = half >>> 10;
  return exponent === 0 ? half * 2 ** -24 : (1024 + (half & 1023)) * 2 ** (exponent - 25);
}

/** @param {Float32Array} row @param {number} scale @returns the nibbles' values of the row, and their squared error */
function nibblesOf(row, scale) {
  let error = 0;
  const nibbles = row.map((value) => {
    const nibble = Math.min(15, Math.max(0, Math.floor(value / scale) + 8));
    error += (value - (nibble - MIDDLE) * scale) ** 2;
    return nibble;
  });
  return { nibbles, error };
}

/** @param {Float32Array} row @returns {{ half: number, nibbles: Float32Array }} of the scale with the least error */
export function quantizeRow(row) {
  const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let best;
  for (const cut of CUTS) {
    // A scale of its own even for a row of zeros, which then has values next to nothing.
    const half = Math.max(1, halfOf((largest * cut) / MIDDLE));
    const tried = nibblesOf(row, valueOfHalf(half));
    if (best === undefined || tried.error < best.error) best = { half, ...tried };
  }
  return best;
}

/** Scales, then rows. @param {Float32Array[]} rows */
function packRows(rows) {
  const quantized = rows.map(quantizeRow);
  const scales = Buffer.alloc(2 * rows.length);
  for (const [at, { half }] of quantized.entries()) scales.writeUInt16LE(half, 2 * at);
  const bytes = quantized.map(({ nibbles }) => {
    const packed = Buffer.alloc(nibbles.length / 2);
    for (let at = 0; at < packed.length; at++) packed[at] = nibbles[2 * at] | (nibbles[2 * at + 1] << 4);
    return packed;
  });
  return Buffer.concat([scales, ...bytes]);
}

function packWords(sorted) {
  const parts = [];
  let before = Buffer.alloc(0);
  for (const word of sorted) {
    let shared = 0;
    while (shared < Math.min(word.length, before.length, 255) && word[shared] === before[shared]) shared++;
    parts.push(Buffer.from([shared, word.length - shared]), word.subarray(shared));
    before = word;
  }
  return Buffer.concat(parts);
}

const u32 = (...values) => {
  const out = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) out.writeUInt32LE(value, 4 * at);
  return out;
};

/**
 * @param {string[]} words unique
 * @param {Float32Array[]} rows one a word, of an even length
 * @param {Float32Array[]} [grams] rows of the buckets of n-grams (grams.mjs), a power of two of them
 * @returns {Buffer}
 */
export function packTable(words, rows, grams = []) {
  const dimensions = rows[0].length;
  const sorted = words.map((word, at) => ({ bytes: Buffer.from(word), row: rows[at] }));
  sorted.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const vocabulary = packWords(sorted.map(({ bytes }) => bytes));
  return Buffer.concat([
    Buffer.from('SEMB'),
    u32(words.length, dimensions, BITS, vocabulary.length),
    vocabulary,
    packRows(sorted.map(({ row }) => row)),
    ...(grams.length === 0 ? [] : [Buffer.from('GRAM'), u32(grams.length), packRows(grams)]),
  ]);
}
