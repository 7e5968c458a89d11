/** The package's own forms of values in JSON lines, out and in again; and what is written of collections and points. */
import { TARGETS, type ColumnKind } from './targets.gen.js';
import { fromMicros } from './times.js';
import { jsonText } from './transforms.js';
import { Unfit } from './unfit.js';

export const COLLECTIONS = 'vector_collections';
export const POINTS = 'vector_points';

export type Columns = Readonly<Record<string, ColumnKind>>;

export const COLLECTION_COLUMNS: Columns = {
  id: 'text',
  origin: 'text',
  name: 'text',
  dims: 'integer',
  metric: 'text',
  quantization: 'text',
  model: 'text',
  fingerprint: 'text',
  hnsw_m: 'integer',
  ef_construction: 'integer',
  ef_search: 'integer',
  payload_schema: 'json',
  created_at: 'timestamp',
};
export const POINT_COLUMNS: Columns = {
  id: 'text',
  collection: 'text',
  point: 'text',
  chunk: 'text',
  code_symbol: 'text',
  vector: 'blob',
  payload: 'json',
  relevance_score: 'real',
  created_at: 'timestamp',
};

/** A table's columns in these files; undefined for a table that is not in them. */
export function columnsOf(table: string): Columns | undefined {
  if (table === COLLECTIONS) return COLLECTION_COLUMNS;
  return table === POINTS ? POINT_COLUMNS : TARGETS[table]?.columns;
}

/** A value of the database as the text of a JSON value on one line. */
export function ownForm(kind: ColumnKind, value: unknown): string {
  if (value === null) return 'null';
  switch (kind) {
    case 'boolean':
      return Number(value) === 0 ? 'false' : 'true';
    case 'timestamp':
      return JSON.stringify(fromMicros(Number(value), 'iso'));
    case 'json':
      return (value as string).replace(/[\r\n]+/g, ' ');
    case 'blob':
      return JSON.stringify(base64(value as Uint8Array));
    default:
      return jsonText(value);
  }
}

/** The way back: from the text of a JSON value to what the core takes. JSON stays its text. Throws Unfit. */
export function fromOwnForm(kind: ColumnKind, text: string): unknown {
  if (text === 'null') return null;
  switch (kind) {
    case 'json':
      return text;
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw new Unfit('is neither true nor false');
    case 'integer':
      return integer(text);
    case 'real':
      return real(text);
    case 'blob':
      return bytes(plain(text));
    default:
      return plain(text);
  }
}

function plain(text: string): string {
  if (!text.startsWith('"')) throw new Unfit('is no text');
  return JSON.parse(text) as string;
}

function integer(text: string): number | bigint {
  if (!/^-?\d{1,19}$/.test(text)) throw new Unfit('is no whole number');
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  const whole = BigInt(text);
  if (BigInt.asIntN(64, whole) !== whole) throw new Unfit('is too large a number');
  return whole;
}

function real(text: string): number {
  const number = /^[-\d]/.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(number)) throw new Unfit('is no number');
  return number;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function bytes(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw new Unfit('is no base64');
  const binary = atob(text);
  const found = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) found[at] = binary.charCodeAt(at);
  return found;
}
