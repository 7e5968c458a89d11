/** An embedder of the caller: what it must have, and what the worker knows of it. */
import type { ExternalEmbedder } from '../protocol/messages.js';
import type { Embedder } from '../types.js';
import { among, filled, fn, object, positive } from './check.js';

export function checkEmbedder(argument: string, value: unknown): void {
  const { model, dimensions, metric, fingerprint, embedDocuments, embedQueries } = object(argument, value);
  filled(`${argument}.model`, model);
  positive(`${argument}.dimensions`, dimensions);
  if (metric !== undefined) among('cosine', 'ip', 'l2')(`${argument}.metric`, metric);
  if (fingerprint !== undefined) filled(`${argument}.fingerprint`, fingerprint);
  fn(`${argument}.embedDocuments`, embedDocuments);
  if (embedQueries !== undefined) fn(`${argument}.embedQueries`, embedQueries);
}

export function identityOf(embedder: Embedder): ExternalEmbedder {
  return {
    kind: 'external',
    model: embedder.model,
    dimensions: embedder.dimensions,
    metric: embedder.metric ?? 'cosine',
    ...(embedder.fingerprint && { fingerprint: embedder.fingerprint }),
  };
}
