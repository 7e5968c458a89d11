/**
 * Rows on their way to the core, in the packed form that it reads (src/interchange/import_rows.h): cell after cell, each ended by a
 * NUL character. A hundred thousand rows as JSON would take longer to cross than to be stored.
 */
import { bytesToHex } from '@noble/hashes/utils.js';

/** Rows of one table, all with the same columns. */
export interface Slot {
  table: string;
  columns: string[];
  /** What only a new row gets. */
  defaults: Record<string, unknown>;
}

/** Rows of one table for the core. */
export interface WriteBatch {
  table: string;
  columns: string[];
  rows: Uint8Array;
  /** Columns that only a new row gets, and one row of their values. */
  moreColumns: string[];
  defaults: Uint8Array;
}

const utf8 = new TextEncoder();

/** Whether no surrogate lacks its partner. */
export const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

/** Rows as the core takes them; null when a text holds what it cannot store. */
export function packedBatch(slot: Slot, rows: readonly unknown[][]): WriteBatch | null {
  const packed = packedRows(rows);
  return packed === null ? null : batchOf(slot, packed);
}

export function batchOf({ table, columns, defaults }: Slot, packed: string): WriteBatch {
  return {
    table,
    columns,
    rows: utf8.encode(packed),
    moreColumns: Object.keys(defaults),
    defaults: utf8.encode(packedRows([Object.values(defaults)]) ?? ''),
  };
}

/** Null when a text holds what the core cannot store. */
export function packedRows(rows: readonly unknown[][]): string | null {
  let packed = '';
  for (const row of rows) {
    for (const value of row) {
      if (typeof value === 'string') {
        if (value.includes('\0')) return null;
        packed += 't' + value + '\0';
      } else packed += cell(value);
    }
  }
  return isWellFormed(packed) ? packed : null;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '\0';
  if (value instanceof Uint8Array) return `x${bytesToHex(value)}\0`;
  return `j${typeof value === 'bigint' ? String(value) : JSON.stringify(value)}\0`;
}
