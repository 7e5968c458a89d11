/**
 * Diversity: an order in which each next hit is good and unlike those before it.
 *
 * Maximal marginal relevance (Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
 * producing summaries", 1998), greedily, in time quadratic in the hits.
 */
import { wordsOf } from './words.js';

const COMPARED_WORDS = 2000;

/** What two hits are compared by: the vectors where both have comparable ones, else the words. */
export interface Compared {
  text: string;
  vector?: Float32Array | undefined;
}

/** Similarities of 0..1: the cosine, nothing below 0; of words Jaccard's share of common ones. */
export function similarities(items: readonly Compared[]): (a: number, b: number) => number {
  const units = items.map(({ vector }) => vector && unit(vector));
  const words: (Set<string> | undefined)[] = [];
  const wordSet = (index: number): Set<string> =>
    (words[index] ??= new Set(wordsOf(items[index]!.text).slice(0, COMPARED_WORDS)));
  return (a, b) => {
    const [first, second] = [units[a], units[b]];
    if (first === undefined || second === undefined || first.length !== second.length)
      return jaccard(wordSet(a), wordSet(b));
    let sum = 0;
    for (let i = 0; i < first.length; i++) sum += first[i]! * second[i]!;
    return Math.max(0, sum);
  };
}

/** undefined for a vector of zeros, which says nothing, and for what is none. */
function unit(vector: Float32Array): Float32Array | undefined {
  const length = Math.hypot(...vector);
  return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : undefined;
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size > b.size) return jaccard(b, a);
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  const all = a.size + b.size - common;
  return all === 0 ? 0 : common / all;
}

/**
 * The order as indexes of `scores`, which are best first. Each next one has the largest
 * (1 - diversity) * relevance - diversity * similarity to the nearest one taken, the earlier one of equals. Relevance is the score,
 * stretched so that the best has 1 and the last one 0, since scores have no scale in common.
 */
export function diversified(
  scores: readonly number[],
  similarity: (a: number, b: number) => number,
  diversity: number,
): number[] {
  const [best = 0, last = 0] = [scores[0], scores.at(-1)];
  const relevance = scores.map((score) => (best > last ? (score - last) / (best - last) : 1));
  const nearest = new Float64Array(scores.length);
  const left = scores.map((_, index) => index);
  const order: number[] = [];
  while (left.length > 0) {
    let at = 0;
    let most = -Infinity;
    for (const [place, index] of left.entries()) {
      const gain = (1 - diversity) * relevance[index]! - diversity * nearest[index]!;
      if (gain > most) [most, at] = [gain, place];
    }
    // Nothing is near to the first, which is the best one at any diversity.
    const [taken] = left.splice(at, 1) as [number];
    order.push(taken);
    for (const index of left) nearest[index] = Math.max(nearest[index]!, similarity(taken, index));
  }
  return order;
}
