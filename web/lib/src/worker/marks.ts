/**
 * Marks of writes that another tab asked for: made in the transaction of the write, so that who leads next can tell whether a write
 * that was not answered was done, and what its answer was. They are rows of migration_state, and go when the answer has arrived.
 */
import { fromHex, toHex } from '../protocol/hex.js';
import type { Once } from '../protocol/messages.js';
import { pack, unpack } from '../protocol/packed.js';
import type { Engine } from './engine.js';

const PREFIX = 'call:';

export class Marks {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Does a write and marks it, in one transaction; one that was done already only answers again. REQUIRES: the caller holds the lane. */
  run<T>(once: Once, work: () => T): T {
    const found = once.again ? this.find(once) : undefined;
    if (found !== undefined) return found.value as T;
    this.#engine.call('tx.begin', {});
    try {
      const value = work();
      this.add(once, value);
      this.#engine.call('tx.commit', {});
      return value;
    } catch (error) {
      try {
        this.#engine.call('tx.rollback', {});
      } catch {
        // SQLite had rolled back by itself; the error that led to it is the one to report.
      }
      throw error;
    }
  }

  /** REQUIRES: a transaction is open. */
  add({ id, done }: Once, value: unknown): void {
    this.forget(done);
    const { json, bytes } = pack(value ?? null);
    const answer = JSON.stringify(bytes === null ? { json } : { json, hex: toHex(bytes) });
    this.#engine.call('sql.execute', {
      sql: "INSERT INTO migration_state(id, migration_name, started_at, status, last_checkpoint) VALUES (?1, ?1, ?2, 'completed', ?3)",
      params: [id, Date.now() * 1000, answer],
    });
  }

  find({ id }: Once): { value: unknown } | undefined {
    const sql = 'SELECT last_checkpoint FROM migration_state WHERE id = ?';
    const [row] = this.#engine.call('sql.query', { sql, params: [id] }).rows;
    if (row === undefined) return undefined;
    const { json, hex } = (typeof row[0] === 'string' ? JSON.parse(row[0]) : row[0]) as { json: string; hex?: string };
    return { value: unpack(json, hex === undefined ? null : (fromHex(hex) ?? new Uint8Array())) };
  }

  forget(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const sql = 'DELETE FROM migration_state WHERE id IN (SELECT value FROM json_each(?)) AND id GLOB ?';
    this.#engine.call('sql.execute', { sql, params: [JSON.stringify(ids), `${PREFIX}*`] });
  }

  /** Forgets what tabs that are gone have left. */
  keepOnly(tabs: readonly string[]): void {
    const sql =
      'DELETE FROM migration_state WHERE id GLOB ? AND substr(id, ?, 32) NOT IN (SELECT value FROM json_each(?))';
    this.#engine.call('sql.execute', { sql, params: [`${PREFIX}*`, PREFIX.length + 1, JSON.stringify(tabs)] });
  }
}

/** What changed for the eyes of the application: marks are not its business. */
export function withoutMarks(changes: Record<string, string[] | null>): Record<string, string[] | null> {
  const { migration_state: keys, ...others } = changes;
  if (keys === undefined || keys === null) return changes;
  const rest = keys.filter((key) => !key.startsWith(PREFIX));
  return rest.length > 0 ? { ...others, migration_state: rest } : others;
}
