/** Rows on their way to the core. */
import type { ImportHost, WriteResult } from './import-host.js';

/** Rows of one table, all with the same columns. */
export interface Slot {
  table: string;
  columns: string[];
  /** What only a new row gets. */
  defaults: Record<string, unknown>;
}

/** Writes rows as they are; `rejects` has those that do not fit, by their index. */
export function writeRows(host: ImportHost, { table, columns, defaults }: Slot, rows: unknown[][]): WriteResult {
  return host.call('interchange.write', { table, columns, rows, defaults });
}
