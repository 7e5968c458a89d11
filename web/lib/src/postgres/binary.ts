/**
 * The binary form of PostgreSQL's COPY: values without texts between, so that no setting of a server changes them.
 *
 * A tuple is the number of its fields (int16) and each field's length (int32, -1: NULL) and bytes. Numbers are big-endian.
 */
import { ArchivoltError } from '../errors.js';
import type { ServerKind } from './tables.gen.js';

/** What a column's bytes are: `array` is a vector on a server without pgvector. */
export type WireKind = ServerKind | 'array' | 'digest' | 'uuid';
/** A value as the workspace's SQL gives it. */
export type LocalValue = string | number | bigint | Uint8Array | null;

export const COPY_HEAD = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
export const COPY_END = Buffer.from([0xff, 0xff]);

/** Microseconds from 1970 to 2000, where PostgreSQL's times begin, and days. */
const EPOCH_MICROS = 946_684_800_000_000n;
const EPOCH_DAYS = 10_957;
/** 4713 before Christ: the first time that PostgreSQL has. */
const LEAST_MICROS = -210_866_803_200_000_000n;
const DAY = 86_400_000;
const FLOAT4 = 700;
const SIGN_MINUS = 0x4000;

/** Why a value has no place on the server; whoever knows the row says which one. */
export class Unfitting extends Error {}

/** One tuple. */
export function encodeTuple(kinds: readonly WireKind[], values: readonly LocalValue[]): Buffer {
  const fields: Buffer[] = [];
  const count = Buffer.alloc(2);
  count.writeInt16BE(kinds.length);
  fields.push(count);
  kinds.forEach((kind, at) => {
    const value = values[at] ?? null;
    const bytes = value === null ? null : encode(kind, value);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes === null ? -1 : bytes.length);
    fields.push(length);
    if (bytes !== null) fields.push(bytes);
  });
  return Buffer.concat(fields);
}

/** The fields of a tuple as they are; null for NULL. */
export function fieldsOf(tuple: Buffer): (Buffer | null)[] {
  const fields: (Buffer | null)[] = [];
  let at = 2;
  for (let left = tuple.readInt16BE(0); left > 0; left--) {
    const length = tuple.readInt32BE(at);
    at += 4;
    fields.push(length < 0 ? null : tuple.subarray(at, at + length));
    at += Math.max(length, 0);
  }
  return fields;
}

function encode(kind: WireKind, value: Exclude<LocalValue, null>): Buffer {
  switch (kind) {
    case 'text':
      return Buffer.from(escapeText(value as string));
    case 'json':
      if ((value as string).includes('\0')) throw new Unfitting('is JSON with a NUL character behind it');
      return Buffer.from(value as string);
    case 'integer':
      return int64(BigInt(value as number | bigint));
    case 'hundredths':
      return numeric(BigInt(value as number | bigint));
    case 'real':
      return written(8, (bytes) => bytes.writeDoubleBE(Number(value)));
    case 'boolean':
      return Buffer.from([Number(value) === 0 ? 0 : 1]);
    case 'timestamp': {
      const micros = BigInt(value as number | bigint);
      if (micros < LEAST_MICROS) throw new Unfitting('is a time before the year 4713 BC');
      return int64(micros - EPOCH_MICROS);
    }
    case 'date':
      return date(value as string);
    case 'vector':
      return vector(value as Uint8Array);
    case 'array':
      return array(value as Uint8Array);
    case 'uuid':
      return Buffer.from((value as string).replaceAll('-', ''), 'hex');
    case 'blob':
    case 'digest': {
      const { buffer, byteOffset, byteLength } = value as Uint8Array;
      return Buffer.from(buffer, byteOffset, byteLength);
    }
  }
}

/** A value as the workspace's SQL would give it. */
export function decode(kind: WireKind, bytes: Buffer | null): LocalValue {
  if (bytes === null) return null;
  switch (kind) {
    case 'text':
      return unescapeText(bytes.toString());
    case 'json':
      return bytes.toString();
    case 'integer':
      return small(bytes.readBigInt64BE());
    case 'hundredths':
      return small(fromNumeric(bytes));
    case 'real':
      return bytes.readDoubleBE();
    case 'boolean':
      return bytes[0] ?? 0;
    case 'timestamp':
      return small(bytes.readBigInt64BE() + EPOCH_MICROS);
    case 'date':
      return new Date((bytes.readInt32BE() + EPOCH_DAYS) * DAY).toISOString().slice(0, 10);
    case 'vector':
      return Buffer.from(bytes.subarray(4)).swap32();
    case 'array':
      return fromArray(bytes);
    case 'uuid':
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'blob':
    case 'digest':
      return bytes;
  }
}

const MARK = '\x01';
const MARKED = new RegExp(`${MARK}(.)`, 'gs');

/** PostgreSQL's texts hold no NUL. Two characters stand for it, and two for the first of them; the order stays what it was. */
function escapeText(text: string): string {
  return text.replaceAll(MARK, `${MARK}\x02`).replaceAll('\0', MARK + MARK);
}

function unescapeText(text: string): string {
  return text.includes(MARK) ? text.replace(MARKED, (_, two) => (two === MARK ? '\0' : MARK)) : text;
}

function written(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  write(bytes);
  return bytes;
}

const int64 = (value: bigint): Buffer => written(8, (bytes) => bytes.writeBigInt64BE(value));

/** A bigint where a number would lose digits, as the workspace gives integers. */
function small(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Hundredths as a numeric with two digits behind the point: groups of four digits, the first of weight `weight`. */
function numeric(hundredths: bigint): Buffer {
  const size = hundredths < 0n ? -hundredths : hundredths;
  const groups: number[] = [];
  for (let whole = size / 100n; whole > 0n; whole /= 10_000n) groups.unshift(Number(whole % 10_000n));
  const weight = groups.length - 1;
  if (size % 100n !== 0n || groups.length > 0) groups.push(Number(size % 100n) * 100);
  const bytes = Buffer.alloc(8 + groups.length * 2);
  bytes.writeInt16BE(groups.length, 0);
  bytes.writeInt16BE(size === 0n ? 0 : weight, 2);
  bytes.writeUInt16BE(hundredths < 0n ? SIGN_MINUS : 0, 4);
  bytes.writeInt16BE(2, 6);
  groups.forEach((group, at) => bytes.writeInt16BE(group, 8 + at * 2));
  return bytes;
}

function fromNumeric(bytes: Buffer): bigint {
  const count = bytes.readInt16BE(0);
  const weight = bytes.readInt16BE(2);
  let hundredths = 0n;
  for (let at = 0; at < count; at++) {
    const group = BigInt(bytes.readInt16BE(8 + at * 2));
    const power = weight - at;
    hundredths += power >= 0 ? group * 10_000n ** BigInt(power) * 100n : power === -1 ? group / 100n : 0n;
  }
  return bytes.readUInt16BE(4) === SIGN_MINUS ? -hundredths : hundredths;
}

function date(text: string): Buffer {
  const milliseconds = Date.parse(`${text}T00:00:00Z`);
  if (!Number.isFinite(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== text)
    throw new Unfitting('is no day of the calendar');
  return written(4, (bytes) => bytes.writeInt32BE(milliseconds / DAY - EPOCH_DAYS));
}

/** Here a vector is float32 in little-endian order. */
function bigEndian(vector: Uint8Array): Buffer {
  return Buffer.from(vector).swap32();
}

function vector(value: Uint8Array): Buffer {
  const dimensions = value.length / 4;
  if (dimensions > 16_000) throw new Unfitting('has more than the 16,000 dimensions that pgvector takes');
  const head = written(4, (bytes) => bytes.writeInt32BE(dimensions * 0x10000));
  return Buffer.concat([head, bigEndian(value)]);
}

function array(value: Uint8Array): Buffer {
  const dimensions = value.length / 4;
  const floats = bigEndian(value);
  const bytes = Buffer.alloc(20 + dimensions * 8);
  [1, 0, FLOAT4, dimensions, 1].forEach((number, at) => bytes.writeInt32BE(number, at * 4));
  for (let at = 0; at < dimensions; at++) {
    bytes.writeInt32BE(4, 20 + at * 8);
    floats.copy(bytes, 24 + at * 8, at * 4, at * 4 + 4);
  }
  return bytes;
}

function fromArray(bytes: Buffer): Buffer {
  const dimensions = bytes.readInt32BE(12);
  const floats = Buffer.alloc(dimensions * 4);
  for (let at = 0; at < dimensions; at++) bytes.copy(floats, at * 4, 24 + at * 8, 28 + at * 8);
  return floats.swap32();
}

/** Cuts the tuples out of what COPY … TO STDOUT sends. */
export class TupleReader {
  #parts: Buffer[] = [];
  #size = 0;
  /** Bytes that must be there before it goes on. */
  #need = COPY_HEAD.length;
  #begun = false;
  #ended = false;

  /** The tuples that are whole by now. */
  *add(chunk: Buffer): Generator<Buffer> {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#need || this.#ended) return;
    let rest = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    if (!this.#begun) {
      rest = rest.subarray(COPY_HEAD.length);
      this.#begun = true;
    }
    for (;;) {
      const length = this.#length(rest);
      if (length === 0) break;
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
    this.#parts = [rest];
    this.#size = rest.length;
  }

  /** IO_ERROR: the answer was cut short. */
  end(): void {
    if (!this.#ended) throw new ArchivoltError('IO_ERROR', 'The answer of the server was cut short. Try again.');
  }

  /** Of the next tuple; 0 when it is not whole or there is none any more. */
  #length(bytes: Buffer): number {
    const needs = (count: number): boolean => {
      this.#need = count;
      return bytes.length < count;
    };
    if (needs(2)) return 0;
    const fields = bytes.readInt16BE(0);
    if (fields < 0) {
      this.#ended = true;
      return 0;
    }
    let at = 2;
    for (let field = 0; field < fields; field++) {
      if (needs(at + 4)) return 0;
      at += 4 + Math.max(bytes.readInt32BE(at), 0);
    }
    return needs(at) ? 0 : at;
  }
}
