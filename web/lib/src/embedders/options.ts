/** Options that the adapters of servers have in common. */
import { among, count, filled, fn, object, options, positive, text } from '../client/check.js';
import { invalidArgument } from '../errors.js';
import type { Metric } from '../types.js';
import type { Batching, Prefixes } from './batches.js';
import { serverUrl, type ServerAccess } from './server.js';

export interface ServerEmbedderOptions extends Prefixes {
  /** The model's name, as the server knows it. */
  model: string;
  /**
   * How many numbers a vector of the model has. When it is given, making the embedder asks the server nothing, so that a workspace opens
   * while the server is away; without it one short text is embedded to find out.
   */
  dimensions?: number;
  /** Default 'cosine'. */
  metric?: Metric;
  /** What tells this model from a later one of the same name, at most 200 bytes: vectors of two fingerprints are never compared. */
  fingerprint?: string;
  headers?: Record<string, string>;
  /** Texts of one request. Default 64. */
  batchSize?: number;
  /** UTF-16 units of one request; a longer text goes alone. Default 100,000. */
  batchCharacters?: number;
  /** Of one attempt. Default 120,000: a model that is not in memory is loaded first. */
  timeoutMs?: number;
  /** Default 4, with growing pauses, or the one that the server asks for. */
  retries?: number;
  fetch?: typeof fetch;
}

const COMMON = {
  model: filled,
  dimensions: positive,
  metric: among('cosine', 'ip', 'l2'),
  fingerprint: filled,
  headers: headersOption,
  batchSize: positive,
  batchCharacters: positive,
  timeoutMs: positive,
  retries: count,
  fetch: fn,
  documentPrefix: text,
  queryPrefix: text,
};

export type Checks = Parameters<typeof options>[2];

/** INVALID_ARGUMENT unless the options are ones of the adapter: the common ones and its `own`. */
export function checkOptions(given: ServerEmbedderOptions, own: Checks): void {
  options('options', given, { ...COMMON, ...own });
  filled('options.model', given.model);
}

export function access(
  given: ServerEmbedderOptions & { url: string },
  apiKey: ServerAccess['apiKey'] = undefined,
): ServerAccess {
  return {
    url: serverUrl('options.url', given.url, apiKey !== undefined),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(given.headers === undefined ? {} : { headers: given.headers }),
    timeoutMs: given.timeoutMs ?? 120_000,
    retries: given.retries ?? 4,
    ...(given.fetch === undefined ? {} : { fetch: given.fetch }),
  };
}

export function batching(given: Partial<Batching>): Batching {
  return { batchSize: given.batchSize ?? 64, batchCharacters: given.batchCharacters ?? 100_000 };
}

export function keyOption(argument: string, value: unknown): void {
  if (typeof value !== 'function') filled(argument, value);
}

function headersOption(argument: string, value: unknown): void {
  for (const [name, header] of Object.entries(object(argument, value))) {
    text(`${argument}.${name}`, header);
    try {
      new Headers({ [name]: header as string });
    } catch {
      throw invalidArgument(`${argument}.${name}: is no header.`, { argument });
    }
  }
}
