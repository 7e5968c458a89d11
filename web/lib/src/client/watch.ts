/**
 * Queries that are asked again after every commit that changed their table.
 *
 * At most one query of a watch runs at a time; changes that come meanwhile lead to one more afterwards. The listener hears the
 * first answer and every later one that differs from the one before, in order, and none after the watch was ended.
 */
import { sameValue } from './same-value.js';

export interface Watch {
  changed(tables: readonly string[]): void;
  /** Ends with an error that no query of its own brought. */
  fail(error: unknown): void;
  end(): void;
}

export function startWatch<R>(
  table: string,
  query: () => Promise<R>,
  listener: (rows: R) => void,
  onError: (error: unknown) => void,
): Watch {
  let ended = false;
  let running = false;
  let again = false;
  let told: { rows: R } | undefined;

  async function run(): Promise<void> {
    running = true;
    do {
      again = false;
      try {
        const rows = await query();
        if (ended || (told !== undefined && sameValue(told.rows, rows))) continue;
        // A copy: what the listener does with its rows must not change what the next answer is compared with.
        told = { rows: structuredClone(rows) };
        listener(rows);
      } catch (error) {
        fail(error);
      }
    } while (again && !ended);
    running = false;
  }

  function fail(error: unknown): void {
    if (ended) return;
    ended = true;
    onError(error);
  }

  void run();
  return {
    fail,
    changed(tables) {
      if (ended || !tables.includes(table)) return;
      if (running) again = true;
      else void run();
    },
    end() {
      ended = true;
    },
  };
}
