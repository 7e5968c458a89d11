/** What the adapters share: texts in batches, and vectors that are what they were said to be. */
import { ArchivoltError, cancelled } from '../errors.js';
import type { Embedder, Metric } from '../types.js';

export interface Batching {
  /** Texts of one batch at most, 1 or more. */
  batchSize: number;
  /** UTF-16 units of one batch at most; a longer text is a batch of its own. */
  batchCharacters: number;
}

/** Vectors of one batch, in the order of its texts. */
export type EmbedBatch = (texts: string[], signal: AbortSignal | undefined) => Promise<Float32Array[]>;

/** Put before each text; some models ask for it, such as E5 with `passage: ` and `query: `. */
export interface Prefixes {
  documentPrefix?: string;
  queryPrefix?: string;
}

export interface Identity {
  model: string;
  dimensions: number;
  metric: Metric;
  fingerprint?: string;
}

/** An embedder that sends its texts through `embed` batch by batch and checks what comes back. */
export function batched(identity: Identity, prefixes: Prefixes, batching: Batching, embed: EmbedBatch): Embedder {
  const { model, dimensions, metric, fingerprint } = identity;
  const checked: EmbedBatch = async (texts, signal) => {
    const vectors = await embed(texts, signal);
    checkVectors(vectors, texts.length, dimensions, model);
    return vectors;
  };
  const withPrefix = (prefix = ''): Embedder['embedDocuments'] => {
    return (texts, signal) =>
      inBatches(prefix === '' ? texts : texts.map((text) => prefix + text), batching, checked, signal);
  };
  return {
    model,
    dimensions,
    metric,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    embedDocuments: withPrefix(prefixes.documentPrefix),
    embedQueries: withPrefix(prefixes.queryPrefix),
  };
}

/**
 * One batch after another, long texts with long ones: a model pads every text of a batch to the longest. The vectors are in the
 * order of the texts. Rejects with CANCELLED when the signal is aborted; batches under way are told.
 */
export async function inBatches(
  texts: readonly string[],
  { batchSize, batchCharacters }: Batching,
  embed: EmbedBatch,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const order = texts.map((text, at) => ({ text, at })).sort((a, b) => a.text.length - b.text.length);
  const vectors: Float32Array[] = new Array<Float32Array>(texts.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    let characters = 0;
    while (to < order.length && to - from < batchSize) {
      characters += order[to]?.text.length ?? 0;
      if (to > from && characters > batchCharacters) break;
      to++;
    }
    const batch = order.slice(from, to);
    if (signal?.aborted) throw cancelled();
    const made = await embed(
      batch.map(({ text }) => text),
      signal,
    );
    batch.forEach(({ at }, i) => {
      const vector = made[i];
      if (vector !== undefined) vectors[at] = vector;
    });
    from = to;
  }
  return vectors;
}

/** FAILED_PRECONDITION unless there are `count` vectors of `dimensions` finite numbers each. */
export function checkVectors(vectors: readonly Float32Array[], count: number, dimensions: number, model: string): void {
  if (vectors.length !== count) {
    throw new ArchivoltError(
      'FAILED_PRECONDITION',
      `The model ${model} answered with ${vectors.length} vectors to ${count} texts.`,
      { model, asked: count, answered: vectors.length },
    );
  }
  for (const vector of vectors) {
    if (vector.length !== dimensions) {
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        `The model ${model} makes vectors of ${vector.length} numbers now, not of ${dimensions}: it is another model. Vectors of two models cannot be compared; give the workspace the former one, or embed its documents again.`,
        { model, expected: dimensions, got: vector.length },
      );
    }
    if (!vector.every(Number.isFinite)) {
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        `The model ${model} answered with a vector that holds no numbers.`,
        {
          model,
        },
      );
    }
  }
}
