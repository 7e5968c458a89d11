/**
 * Measures of ranked retrieval, over judged queries whose relevant items are known and count alike.
 *
 * A query counts as answered at the rank of the first relevant item (recall and reciprocal rank); nDCG counts all of them
 * (Järvelin and Kekäläinen 2002, binary gains, logarithm to base 2). Every measure lies between 0 and 1.
 */
export const MEASURES = ['recall1', 'recall5', 'recall10', 'mrr10', 'ndcg10'] as const;
export type Measure = (typeof MEASURES)[number];
export type Scores = Record<Measure, number>;

/** The cut-off of the measures that have one. */
const DEPTH = 10;

/** Of one query; `ranked` is best first, each item once. A query without relevant items scores 0 everywhere. */
export function scoreRanking(relevant: ReadonlySet<string>, ranked: readonly string[]): Scores {
  const ranks = ranked.slice(0, DEPTH).flatMap((item, index) => (relevant.has(item) ? [index + 1] : []));
  const first = ranks[0] ?? Infinity;
  const gain = (rank: number) => 1 / Math.log2(rank + 1);
  let ideal = 0;
  for (let rank = 1; rank <= Math.min(DEPTH, relevant.size); rank++) ideal += gain(rank);
  return {
    recall1: Number(first <= 1),
    recall5: Number(first <= 5),
    recall10: Number(first <= DEPTH),
    mrr10: 1 / first,
    ndcg10: ideal === 0 ? 0 : ranks.reduce((sum, rank) => sum + gain(rank), 0) / ideal,
  };
}

/** A mean with the interval that holds it in 95 of 100 samples of as many queries. */
export interface Estimate {
  mean: number;
  low: number;
  high: number;
}

/** `p`: how often a sample of the queries shows no gain, one-sided. */
export interface Difference extends Estimate {
  p: number;
}

const SAMPLES = 10_000;

/** Percentile bootstrap over queries (Efron 1979), the same for the same values. `values` is not empty. */
export function estimate(values: readonly number[]): Estimate {
  const means = resample(values);
  return { mean: meanOf(values), low: at(means, 0.025), high: at(means, 0.975) };
}

/** Of `values` less `base`, query by query: a paired bootstrap test (Sakai 2006). Both have one value a query, in the same order. */
export function compare(values: readonly number[], base: readonly number[]): Difference {
  const differences = values.map((value, index) => value - (base[index] ?? 0));
  const means = resample(differences);
  const notBetter = means.filter((mean) => mean <= 0).length;
  return { ...estimate(differences), p: notBetter / means.length };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Means of samples with replacement, in ascending order. */
function resample(values: readonly number[]): number[] {
  const random = generator();
  const means = new Float64Array(SAMPLES);
  for (let sample = 0; sample < SAMPLES; sample++) {
    let sum = 0;
    for (let n = 0; n < values.length; n++) sum += values[random(values.length)] ?? 0;
    means[sample] = sum / values.length;
  }
  return [...means.sort()];
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Whole numbers below a bound, always the same row of them: xorshift32 (Marsaglia 2003). */
function generator(): (bound: number) => number {
  let state = 0x9e3779b9;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
