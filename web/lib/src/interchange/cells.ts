/** Values that go out, and how each format writes them. */
import { formatArray, formatBytea, formatVector, type TextArray } from './readers/pg-text.js';
import { jsonText } from './transforms.js';

/**
 * json: the text of a JSON value. array: JSON text of an array, for a column of arrays. member: JSON text of a value whose kind
 * no column tells, a text or whatever else it was. vector: float32 in little-endian order.
 */
export type CellKind = 'text' | 'integer' | 'real' | 'boolean' | 'json' | 'array' | 'member' | 'vector' | 'bytes';

/** Booleans are 0 and 1. A column of whole numbers may hold text: an id that is none. */
export type Cell = string | number | bigint | Uint8Array | null;

export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

/** As PostgreSQL writes it, for COPY. */
export function postgresText(kind: CellKind, cell: Cell): string | null {
  if (cell === null) return null;
  switch (kind) {
    case 'boolean':
      return Number(cell) === 0 ? 'f' : 't';
    case 'array':
      return formatArray(textArray(String(cell)));
    case 'vector':
      return formatVector(floatsOf(cell as Uint8Array));
    case 'bytes':
      return formatBytea(cell as Uint8Array);
    case 'member':
      return plainMember(String(cell));
    default:
      return String(cell);
  }
}

/** As SQLite takes it for a parameter. */
export function sqliteValue(kind: CellKind, cell: Cell): Cell {
  if (kind !== 'member' || cell === null) return cell;
  const text = String(cell);
  const number = /^-?\d/.test(text) ? Number(text) : NaN;
  // A number that is written otherwise than the database would is kept as its text.
  return String(number) === text ? number : plainMember(text);
}

/** As a value of JSON. */
export function jsonOf(kind: CellKind, cell: Cell): string {
  if (cell === null) return 'null';
  switch (kind) {
    case 'boolean':
      return Number(cell) === 0 ? 'false' : 'true';
    case 'json':
    case 'array':
    case 'member':
      return oneLine(String(cell));
    case 'vector':
      return formatVector(floatsOf(cell as Uint8Array));
    case 'bytes':
      return JSON.stringify(formatBytea(cell as Uint8Array));
    default:
      return jsonText(cell);
  }
}

/** JSON on one line: a line end in it stands between its parts, never in a text. */
function oneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]+/g, ' ') : json;
}

function plainMember(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

/** A list of lists only where PostgreSQL has an array of as many dimensions; whatever else is no text is its JSON. */
export function textArray(json: string): TextArray {
  const items = JSON.parse(json) as unknown[];
  const [first] = items;
  const isMatrix =
    Array.isArray(first) &&
    first.length > 0 &&
    items.every((item) => Array.isArray(item) && item.length === first.length && item.every(isLeaf));
  return items.map((item) => (isMatrix ? (item as unknown[]).map(leaf) : leaf(item)));
}

const isLeaf = (item: unknown): boolean => item === null || typeof item === 'string';

function leaf(item: unknown): string | null {
  return item === null || typeof item === 'string' ? item : jsonText(item);
}

const CARRIAGE = /\r(?=\n)/g;

/** A literal of SQLite's SQL. */
export function sqliteLiteral(kind: CellKind, cell: Cell): string {
  const value = sqliteValue(kind, cell);
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `X'${formatBytea(value).slice(2)}'`;
  if (typeof value !== 'string') return kind === 'real' ? realLiteral(Number(value)) : String(value);
  const quoted = `'${value.replaceAll("'", "''")}'`;
  // SQLite's own program takes the \r before a \n away when it reads a script.
  return quoted.replace(CARRIAGE, "' || char(13) || '");
}

function realLiteral(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
