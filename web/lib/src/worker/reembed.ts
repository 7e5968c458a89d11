/**
 * Embeds everything again, slice by slice: by the core's own table, or by an embedder of the page. What is done stands in the
 * database, so that whatever ends this is no loss.
 */
import { cancelled } from '../errors.js';
import type { ExternalEmbedder } from '../protocol/messages.js';
import type { Progress } from '../types.js';
import type { Core } from './core.js';
import type { Engine } from './engine.js';
import type { ReembedStep } from './reembed-calls.js';
import { yieldToEvents } from './yield.js';

const SLICE_MS = 40;
/** Texts that the page's embedder gets in one message. */
const BATCH = 64;

interface Counts {
  done: number;
  total: number;
}

/** `request`: of the page that has `embedder`. `onPresent` is told once that one is the present embedder. */
export async function reembed(
  { engine, lane, embedding }: Core,
  embedder: ExternalEmbedder | undefined,
  request: number,
  signal: AbortSignal,
  report: (progress: Progress) => void,
  onPresent: () => void,
): Promise<void> {
  const source = embedder === undefined ? embedding.source : { choice: embedder, request };
  if (embedder === undefined) await embedding.ready(signal);
  let vectors: (Float32Array | Uint8Array)[] | undefined;
  let counts: Counts | undefined;
  let swapped = false;
  const step = (begin: boolean): ReembedStep => {
    if (signal.aborted) throw cancelled();
    const answer = engine.call('embedding.reembed', {
      ...(embedder && { embedder }),
      ...(vectors && { vectors }),
      ...{ begin, limit: BATCH, budgetMs: SLICE_MS },
    });
    if (answer.present && !swapped) {
      swapped = true;
      if (embedder !== undefined) {
        embedding.use(source);
        onPresent();
      }
    }
    if (answer.phase === 'embed') counts ??= count(engine);
    return answer;
  };
  try {
    for (let begin = true; ; begin = false) {
      const { phase, texts } = await lane.run(() => step(begin), signal);
      if (counts !== undefined) counts.done += vectors?.length ?? 0;
      const { done, total } = counts ?? { done: 0, total: 0 };
      report({ phase, done, total: Math.max(done, total) });
      if (phase === 'done') return;
      if (texts === undefined) vectors = undefined;
      else if (source.choice.kind === 'external') vectors = await embedding.embed('documents', texts, signal, source);
      else ({ vectors } = await lane.run(() => engine.call('embedder.embed', { texts }), signal));
      await yieldToEvents();
    }
  } catch (error) {
    // Once the vectors are exchanged, the rest is done by whoever comes next.
    if (!swapped || !signal.aborted) throw error;
  }
}

/** Rows whose vectors are being made, and those that have one. */
function count(engine: Engine): Counts {
  const query = (sql: string): unknown[][] => engine.call('sql.query', { sql }).rows;
  const counts = { done: 0, total: 0 };
  const collections = query(
    `SELECT substr(name, 11, length(name) - 14), (SELECT count(*) FROM vector_points WHERE collection_id = c.id)
    FROM vector_collections c WHERE origin = 'local' AND name GLOB 'archivolt:*:new'`,
  );
  for (const [table, done] of collections) {
    counts.done += Number(done);
    counts.total += Number(query(`SELECT count(*) FROM "${String(table)}"`)[0]?.[0]);
  }
  return counts;
}
