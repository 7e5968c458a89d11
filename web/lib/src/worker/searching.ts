/**
 * A search: the query is embedded where that is not the core's work, the core ranks, and what is asked for beyond that is done by
 * ranking.ts, which is loaded when it is first needed.
 */
import { cannotLoad } from '../errors.js';
import type { Params } from '../protocol/messages.js';
import type { SearchResult } from '../types.js';
import type { Calls } from './calls.js';
import type { Embedding } from './embedding.js';
import { Limit } from './limit.js';
import type { SearchHost } from './ranking.js';

export async function search(
  calls: Calls,
  embedding: Embedding,
  params: Params<'search'>,
  signal: AbortSignal,
  stop: SharedArrayBuffer | undefined,
): Promise<SearchResult> {
  const limit = new Limit(stop, Infinity);
  const run: SearchHost['run'] = (work) => calls.run(limit, work, signal);
  const find: SearchHost['find'] = (asked, work) => findEmbedded(embedding, asked, work, run, signal);
  const { collapse, diversity, expand } = params;
  const isPlain = !(collapse || diversity || expand);
  const plain = isPlain ? await find(params, (engine, given) => engine.call('search', given)) : undefined;
  if (plain && params.correct === false) return plain;
  // What words could be is not worth an answer less.
  const ranking = await import('./ranking.js').catch(plain ? () => undefined : cannotLoad);
  if (ranking === undefined) return plain!;
  return ranking.rank({ find, run }, params, plain).catch((error: unknown) => {
    if (plain !== undefined && !signal.aborted) return plain;
    throw error;
  });
}

async function findEmbedded(
  embedding: Embedding,
  params: Params<'search'>,
  work: Parameters<SearchHost['find']>[1],
  run: SearchHost['run'],
  signal: AbortSignal,
): Promise<SearchResult> {
  const isByWords = params.mode === 'keyword' || params.vector !== undefined;
  for (;;) {
    const { choice } = embedding;
    const embed = isByWords ? 'none' : choice.kind;
    const started = performance.now();
    if (embed === 'builtin') await embedding.ready(signal);
    const [vector] = embed === 'external' ? await embedding.embed('queries', [params.query], signal) : [];
    const embedMs = embed === 'external' ? performance.now() - started : 0;
    const given = { ...params, ...(vector && { vector }), embed };
    // Vectors of two embedders must not meet: it is not wanted any more when its turn comes and another one embeds.
    const result = await run((engine) => (isByWords || embedding.choice === choice ? work(engine, given) : undefined));
    if (result === undefined) continue;
    const { took } = result;
    return { ...result, took: { ...took, embed: took.embed + embedMs, total: took.total + embedMs } };
  }
}
