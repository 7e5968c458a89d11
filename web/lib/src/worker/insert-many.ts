/**
 * Many rows in one transaction, some at a time: between the slices the worker looks at its messages and can be ended, so that neither
 * a reload nor a hand-over waits for the rest. Nobody else has the database meanwhile.
 */
import { ArchivoltError, cancelled } from '../errors.js';
import type { Once, Params, ResultOf } from '../protocol/messages.js';
import type { Engine } from './engine.js';
import type { Marks } from './marks.js';
import { yieldToEvents } from './yield.js';

/** A slice grows while it takes less than this, and shrinks when it takes more. */
const SLICE_MS = 20;
const FIRST_ROWS = 64;

/** REQUIRES: the caller holds the lane, and no transaction is open. */
export async function insertMany(
  engine: Engine,
  marks: Marks,
  { table, rows }: Params<'records.insertMany'>,
  actor: string,
  signal: AbortSignal,
  once: Once | undefined,
): Promise<ResultOf<'records.insertMany'>> {
  const found = once?.again === true ? marks.find(once) : undefined;
  if (found !== undefined) return found.value as ResultOf<'records.insertMany'>;
  engine.call('tx.begin', {});
  try {
    const ids: string[] = [];
    for (let at = 0, size = FIRST_ROWS; at < rows.length;) {
      if (signal.aborted) throw cancelled();
      const started = performance.now();
      const slice = { table, rows: rows.slice(at, at + size) };
      for (const id of inPlace(at, () => engine.call('records.insertMany', slice, actor).ids)) ids.push(id);
      at += size;
      size = performance.now() - started < SLICE_MS ? size * 2 : Math.max(1, size >> 1);
      await yieldToEvents();
    }
    if (once !== undefined) marks.add(once, { ids });
    engine.call('tx.commit', {});
    return { ids };
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
