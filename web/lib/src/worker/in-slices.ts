/**
 * Many rows or points in one transaction, some at a time: between the slices the worker looks at its messages, tells how far it is and can
 * be ended, so that neither a reload nor a hand-over waits for the rest. Nobody else has the database meanwhile.
 */
import { ArchivoltError, cancelled } from '../errors.js';
import type { Once, Params, ResultOf } from '../protocol/messages.js';
import type { Progress } from '../types.js';
import type { Engine } from './engine.js';
import type { Marks } from './marks.js';
import { yieldToEvents } from './yield.js';

/** A slice grows while it takes less than this, and shrinks when it takes more. */
const SLICE_MS = 20;
const FIRST_ROWS = 64;

/** What such a call needs of the session. REQUIRES: the caller holds the lane, and no transaction is open. */
export interface SliceContext {
  engine: Engine;
  marks: Marks;
  actor: string;
  signal: AbortSignal;
  once: Once | undefined;
  report: (progress: Progress) => void;
}

export function insertMany(
  { table, rows }: Params<'records.insertMany'>,
  context: SliceContext,
): Promise<ResultOf<'records.insertMany'>> {
  const ids: string[] = [];
  return inSlices(context, 'inserting', rows.length, (from, to) => {
    const slice = { table, rows: rows.slice(from, to) };
    for (const id of inPlace(from, () => context.engine.call('records.insertMany', slice, context.actor).ids))
      ids.push(id);
    return { ids };
  });
}

/** One entry of the audit trail for all slices: the last one brings the number of those before. */
export function upsertPoints(
  { name, points }: Params<'collections.upsert'>,
  context: SliceContext,
): Promise<ResultOf<'collections.upsert'>> {
  let earlier = 0;
  return inSlices(context, 'writing points', points.length, (from, to) => {
    const slice = { name, points: points.slice(from, to), earlier, ...(to < points.length && { more: true as const }) };
    return (earlier += context.engine.call('collections.upsert', slice, context.actor));
  });
}

/** Does the work from 0 to `total` in one transaction; the result is that of the last slice. */
async function inSlices<R>(
  { engine, marks, signal, once, report }: SliceContext,
  phase: string,
  total: number,
  work: (from: number, to: number) => R,
): Promise<R> {
  const found = once?.again === true ? marks.find(once) : undefined;
  if (found !== undefined) return found.value as R;
  engine.call('tx.begin', {});
  try {
    let result: R | undefined;
    for (let at = 0, size = FIRST_ROWS; at < total;) {
      if (signal.aborted) throw cancelled();
      const started = performance.now();
      const next = Math.min(total, at + size);
      result = work(at, next);
      at = next;
      size = performance.now() - started < SLICE_MS ? size * 2 : Math.max(1, size >> 1);
      report({ phase, done: at, total });
      await yieldToEvents();
    }
    if (once !== undefined) marks.add(once, result);
    engine.call('tx.commit', {});
    return result as R;
  } catch (error) {
    try {
      engine.call('tx.rollback', {});
    } catch {
      // SQLite had rolled back by itself; the error that led to it is the one to report.
    }
    throw error;
  }
}

/** Errors name the row by its place in all of them. */
function inPlace<T>(first: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ArchivoltError) || typeof error.detail.row !== 'number') throw error;
    const row = error.detail.row + first;
    throw new ArchivoltError(error.code, error.message.replace(/^Row \d+/, `Row ${row}`), { ...error.detail, row });
  }
}
