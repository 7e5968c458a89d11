/** The cache, as the page sees it: values become JSON text here, so that the worker only carries it. */
import { invalidArgument } from '../errors.js';
import type { Cache, CacheHit, CacheOptions, CacheStats } from '../types.js';
import { filled, options as checkOptions, positive, seconds } from './check.js';
import type { Call } from './call.js';

const OPTIONS = { ttlSeconds: seconds, namespace: filled };
const LIMIT = { limit: positive, windowSeconds: seconds };

export class CacheClient implements Cache {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async set(key: string, value: unknown, options: CacheOptions = {}): Promise<void> {
    filled('key', key);
    checkOptions('options', options, OPTIONS);
    await this.#call('cache.set', { key, json: jsonOf(value), ...options });
  }

  async get<V = unknown>(key: string): Promise<V | undefined> {
    const found = await this.#call('cache.get', { key: filled('key', key) });
    if (found === null) return undefined;
    return ('json' in found ? JSON.parse(found.json) : found.text) as V;
  }

  async delete(key: string): Promise<boolean> {
    return this.#call('cache.delete', { key: filled('key', key) });
  }

  async increment(key: string, by = 1, options: CacheOptions = {}): Promise<number> {
    filled('key', key);
    if (!Number.isSafeInteger(by)) throw invalidArgument('by: must be a whole number.', { argument: 'by' });
    checkOptions('options', options, OPTIONS);
    return this.#call('cache.increment', { key, by, ...options });
  }

  async hit(subject: string, endpoint: string, options: { limit: number; windowSeconds?: number }): Promise<CacheHit> {
    filled('subject', subject);
    filled('endpoint', endpoint);
    checkOptions('options', options, LIMIT);
    positive('options.limit', options.limit);
    return this.#call('cache.hit', { subject, endpoint, ...options });
  }

  async clear(namespace?: string): Promise<number> {
    return this.#call('cache.clear', namespace === undefined ? {} : { namespace: filled('namespace', namespace) });
  }

  async sweep(): Promise<number> {
    return this.#call('cache.sweep', {});
  }

  async stats(): Promise<CacheStats> {
    return this.#call('cache.stats', {});
  }
}

/** JSON.stringify would leave out or change some values without a word: those are refused. */
function jsonOf(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, member: unknown) => {
      if (
        typeof member === 'function' ||
        typeof member === 'symbol' ||
        (typeof member === 'number' && !Number.isFinite(member)) ||
        member instanceof Map ||
        member instanceof Set ||
        member instanceof ArrayBuffer ||
        ArrayBuffer.isView(member)
      )
        throw new TypeError(`${Object.prototype.toString.call(member)} is not JSON`);
      return member;
    }) as string | undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidArgument(`value: must be a JSON value: ${reason}.`, { argument: 'value' });
  }
  if (text === undefined) throw invalidArgument('value: undefined is no JSON value.', { argument: 'value' });
  return text;
}
