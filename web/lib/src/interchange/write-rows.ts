/**
 * Rows on their way to the core, in the packed form that it reads (src/interchange/import_rows.h): cell after cell, each ended by a
 * NUL character. A hundred thousand rows as JSON would take longer to cross than to be stored.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ImportHost, WriteBatch, WriteResult } from './import-host.js';

/** Rows of one table, all with the same columns. */
export interface Slot {
  table: string;
  columns: string[];
  /** What only a new row gets. */
  defaults: Record<string, unknown>;
}

const utf8 = new TextEncoder();

/** Whether no surrogate lacks its partner. */
const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

/** Writes rows as they are; `rejects` has those that do not fit, by their index. */
export function writeRows(host: ImportHost, slot: Slot, rows: readonly unknown[][]): WriteResult {
  let packed = packedRows(rows);
  const refused: WriteResult['rejects'] = [];
  let places: number[] | null = null;
  if (packed === null) {
    places = [];
    const sound: unknown[][] = [];
    for (const [index, row] of rows.entries()) {
      const reason = unsound(slot, row);
      if (reason === null) {
        places.push(index);
        sound.push(row);
      } else refused.push([index, reason]);
    }
    packed = packedRows(sound) ?? '';
  }
  const written = host.call('interchange.write', batchOf(slot, packed));
  if (places === null) return written;
  const rejects = written.rejects.map<[number, string]>(([at, reason]) => [places[at] ?? at, reason]);
  return { ...written, rejects: [...refused, ...rejects] };
}

/** Rows as the core takes them; null when a text holds what it cannot store. */
export function packedBatch(slot: Slot, rows: readonly unknown[][]): WriteBatch | null {
  const packed = packedRows(rows);
  return packed === null ? null : batchOf(slot, packed);
}

function batchOf({ table, columns, defaults }: Slot, packed: string): WriteBatch {
  return {
    table,
    columns,
    rows: utf8.encode(packed),
    moreColumns: Object.keys(defaults),
    defaults: utf8.encode(packedRows([Object.values(defaults)]) ?? ''),
  };
}

/** Null when a text holds what the core cannot store. */
function packedRows(rows: readonly unknown[][]): string | null {
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

function unsound({ table, columns }: Slot, row: readonly unknown[]): string | null {
  for (const [at, value] of row.entries()) {
    if (typeof value !== 'string') continue;
    const column = `${table}.${columns[at] ?? ''}`;
    if (value.includes('\0')) return `${column} must not hold a NUL character.`;
    if (!isWellFormed(value)) return `${column} must be valid Unicode text, without lone surrogates or broken bytes.`;
  }
  return null;
}
