/**
 * The sums of SQLite's write-ahead log and of its page checksums: two 32-bit words over pairs of words, `s1 += x + s2; s2 += y + s1`.
 *
 * They are linear: what one flipped bit changes in them depends on its place alone, so that damage of one bit can be told from bytes
 * that were never written.
 */
export interface Sums {
  s1: number;
  s2: number;
}

/** Over a multiple of 8 bytes. */
export function sumOf(bytes: Uint8Array, { s1, s2 }: Sums, littleEndian: boolean): Sums {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 8) {
    s1 = (s1 + view.getUint32(at, littleEndian) + s2) | 0;
    s2 = (s2 + view.getUint32(at + 4, littleEndian) + s1) | 0;
  }
  return { s1: s1 >>> 0, s2: s2 >>> 0 };
}

/** Whether flipping one bit, of `bytes` or of the stored sums, makes the two agree. */
export function isOneBitOff(bytes: Uint8Array, start: Sums, stored: Sums, littleEndian: boolean): boolean {
  const found = sumOf(bytes, start, littleEndian);
  if (isBit(stored.s1 ^ found.s1) && stored.s2 === found.s2) return true;
  if (isBit(stored.s2 ^ found.s2) && stored.s1 === found.s1) return true;
  const d1 = (stored.s1 - found.s1) | 0;
  const d2 = (stored.s2 - found.s2) | 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // What one more in a word adds to both sums: in the second word of the last pair, in the first one, and so on towards the front.
  let [c1, c2] = [0, 1];
  for (let at = bytes.length - 4; at >= 0; at -= 4) {
    const word = view.getUint32(at, littleEndian);
    for (let bit = 0; bit < 32; bit++) {
      const change = (word >>> bit) & 1 ? -(1 << bit) | 0 : 1 << bit;
      if (Math.imul(change, c1) === d1 && Math.imul(change, c2) === d2) return true;
    }
    [c1, c2] = [c2, (c1 + c2) | 0];
  }
  return false;
}

function isBit(difference: number): boolean {
  return difference !== 0 && (difference & (difference - 1)) === 0;
}
