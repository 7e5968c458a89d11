/**
 * The transforms of the maps, from a source's value to ours; the way back is in restore.ts. schema/systems/README.md says what
 * each one means. A null stays null everywhere; a value that does not fit throws Unfit.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MapColumn } from './maps.js';
import { parseArray, parseBytea, parseInterval, parseVector } from './readers/pg-text.js';
import type { SourceValue } from './source.js';
import type { Clockwork } from './times.js';
import { Unfit } from './unfit.js';

/** What of the import a value may depend on. */
export interface TransformContext {
  clock: Clockwork;
  /** The id here of the row of `table` that the source calls `origin`. */
  idOf(table: string, origin: string): string;
  /** As idOf, by another of the source's columns; null when no row has this value. */
  lookUp(table: string, by: string, value: string): string | null;
  /** Whether JSON comes as text (dumps, CSV, SQLite) or as values (JSON files). */
  jsonIsText: boolean;
}

export type Transform = (value: SourceValue) => unknown;

const INTEGER = /^[+-]?\d{1,19}$/;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;
const TRUE = new Set(['t', 'true', '1', 'yes', 'on', 'y']);
const FALSE = new Set(['f', 'false', '0', 'no', 'off', 'n']);

/** Characters; what is longer is refused before it is computed, which takes a time that grows faster than the text. */
const LONGEST_NUMBER = 1000;

export function textOf(value: SourceValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
    } catch {
      throw new Unfit('holds bytes that are no text');
    }
  }
  return typeof value === 'object' ? jsonText(value) : String(value);
}

/** JSON with whole numbers of any size as they are. */
export function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Float32Array) return `[${Array.from(value).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

function integer(value: SourceValue): number | bigint {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'string' || !INTEGER.test(value.trim())) throw new Unfit('is no whole number');
  if (value.length > LONGEST_NUMBER) throw new Unfit('is too large a number');
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value.trim());
}

function real(value: SourceValue): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'bigint') return Number(number);
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new Unfit('is no number');
  return number;
}

function boolean(value: SourceValue): boolean {
  if (typeof value === 'boolean') return value;
  const text = textOf(value).toLowerCase();
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new Unfit('is neither true nor false');
}

function date(value: SourceValue): string {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$/.exec(textOf(value).trim());
  if (found?.[1] === undefined) throw new Unfit('is no date such as 2026-01-30');
  return found[1];
}

/** Decimal text to hundredths, never through floating point (19.99 is 1999). */
function hundredths(value: SourceValue): number {
  const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(textOf(value).trim()) ?? [];
  if (whole === '' && fraction === '') throw new Unfit('is no decimal number');
  if (/[1-9]/.test(fraction.slice(2))) throw new Unfit('has more than two decimal places');
  const number = Number(`${whole}${fraction.slice(0, 2).padEnd(2, '0')}`);
  if (!Number.isSafeInteger(number)) throw new Unfit('is too large an amount');
  return sign === '-' ? -number : number;
}

function interval(value: SourceValue): number {
  // A number is seconds, as Python writes durations.
  if (typeof value === 'number') return Math.round(value * 1e6);
  const text = textOf(value);
  if (text.length > LONGEST_NUMBER) throw new Unfit('is too long an interval');
  let micros: bigint;
  try {
    micros = parseInterval(text);
  } catch {
    throw new Unfit('is no interval such as 00:00:01.25');
  }
  if (micros > BigInt(Number.MAX_SAFE_INTEGER)) throw new Unfit('is too long an interval');
  return Number(micros);
}

function json(value: SourceValue, isText: boolean): string {
  if (typeof value !== 'string') return value instanceof Uint8Array ? textOf(value) : jsonText(value);
  if (isText) return value;
  // A file of JSON may hold JSON as text, where its database had a column of text for it.
  return /^\s*[[{]/.test(value) && parses(value) ? value : JSON.stringify(value);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Bytes are text in JSON, in PostgreSQL's form. */
export function member(value: SourceValue): string {
  return jsonText(value instanceof Uint8Array ? `\\x${bytesToHex(value)}` : value);
}

function array(value: SourceValue): string {
  if (Array.isArray(value)) return jsonText(value);
  const text = textOf(value).trim();
  if (text.startsWith('[') && parses(text)) return text;
  try {
    return jsonText(parseArray(text));
  } catch {
    throw new Unfit('is no array');
  }
}

function vector(value: SourceValue): Float32Array {
  if (value instanceof Float32Array) return value;
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number'))
    return Float32Array.from(value);
  if (value instanceof Uint8Array && value.length > 0 && value.length % 4 === 0)
    return new Float32Array(value.slice().buffer);
  try {
    return parseVector(textOf(value));
  } catch {
    throw new Unfit('is no vector');
  }
}

function bytes(value: SourceValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  try {
    return parseBytea(textOf(value));
  } catch {
    return utf8ToBytes(textOf(value));
  }
}

function scheme(value: SourceValue): string {
  const hash = textOf(value);
  if (/^\$2[abxy]?\$/.test(hash)) return 'bcrypt';
  if (hash.startsWith('scrypt:')) return 'werkzeug-scrypt';
  return hash.startsWith('pbkdf2:') ? 'werkzeug-pbkdf2' : 'unknown';
}

/** The map's value for a source value, also for the booleans that PostgreSQL writes as t and f. */
function mapped(column: Pick<MapColumn, 'values' | 'alsoAccepted'> & { type?: string; otherwise?: string }): Transform {
  const values = { ...column.alsoAccepted, ...column.values };
  const truth = column.type === 'BOOLEAN';
  return (value) => {
    const text = truth ? String(boolean(value)) : textOf(value);
    return values[text] ?? column.otherwise ?? text;
  };
}

/** What a column's values become. */
export function transformOf(
  column: Pick<MapColumn, 'transform' | 'arguments' | 'values' | 'alsoAccepted'> & {
    type?: string;
    otherwise?: string;
  },
  context: TransformContext,
): Transform {
  const { table = '', by, characters = 200, days = 0, json: parsed } = column.arguments ?? {};
  const told = ((): Transform => {
    switch (column.transform) {
      case 'int':
        return integer;
      case 'real':
        return real;
      case 'bool':
        return boolean;
      case 'date':
        return date;
      case 'ts':
        return (value) => context.clock.toIso(value);
      case 'later':
        return (value) => {
          const at = Date.parse(context.clock.toIso(value));
          return new Date(at + days * 86_400_000).toISOString();
        };
      case 'json':
        return (value) => json(value, context.jsonIsText);
      case 'json_text':
        return (value) => json(value, context.jsonIsText);
      case 'arr':
        return array;
      case 'e2':
        return hundredths;
      case 'interval':
        return interval;
      case 'lower':
        return (value) => textOf(value).toLowerCase();
      case 'map':
        return mapped(column);
      case 'vec':
        return vector;
      case 'byok':
        return bytes;
      case 'key_hash':
        return (value) => bytesToHex(sha256(utf8ToBytes(textOf(value))));
      case 'password_scheme':
        return scheme;
      case 'first_line':
        return (value) =>
          [...(/\S[^\r\n]*/.exec(textOf(value))?.[0] ?? 'Untitled')].slice(0, characters).join('').trimEnd();
      case 'fk':
      case 'ensure':
        if (by === undefined) return (value) => context.idOf(table, textOf(value));
        return (value) => {
          const id = context.lookUp(table, by, textOf(value));
          if (id === null) throw new Unfit(`names no row of ${table} by its ${by}`);
          return id;
        };
      case 'extra':
      case 'member':
        // A member may name a row: by its id here.
        if (table !== '') return (value) => member(context.idOf(table, textOf(value)));
        // The text of a JSON value, for a member of a JSON column.
        return (value) => (parsed === true && typeof value === 'string' && parses(value) ? value : member(value));
      default:
        return textOf;
    }
  })();
  return (value) => (value === null ? null : told(value));
}
