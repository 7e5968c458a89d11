/**
 * Packed values: how JavaScript values cross into the module and back.
 *
 * JSON text `{"v": value, "x": [[path, kind, a, b], ...]}` and one byte buffer. `path` is the list of keys and indexes into
 * v, where null holds the place. Kinds: "u8" bytes at offset a of length b; "f32" a Float32Array at byte offset a (a
 * multiple of 4) of b floats; "i64" the integer whose decimal text is a, b being 0. `x` is left out when empty.
 * The list is out of band, so no user value can be mistaken for a marker.
 */
import { invalidArgument } from '../errors.js';

export interface Packed {
  json: string;
  /** null when the value holds no bytes. */
  bytes: Uint8Array | null;
}

type Path = (string | number)[];
type Extra =
  [path: Path, kind: 'u8' | 'f32', offset: number, length: number] | [path: Path, kind: 'i64', digits: string, none: 0];

/** Deeper values are refused: the core's own limit for JSON is the same. */
export const MAX_DEPTH = 64;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Packs null, booleans, finite numbers, bigints of 64 bits, strings, Dates (as ISO text), Uint8Array, ArrayBuffer,
 * Float32Array, arrays and plain objects. Undefined members are dropped, undefined items become null.
 * Throws INVALID_ARGUMENT with the path for anything else, cycles and depth beyond MAX_DEPTH included.
 */
export function pack(value: unknown): Packed {
  return new Packer().pack(value);
}

class Packer {
  readonly #path: Path = [];
  readonly #open = new Set<object>();
  readonly #extras: Extra[] = [];
  readonly #parts: { at: number; bytes: Uint8Array }[] = [];
  #length = 0;

  pack(value: unknown): Packed {
    const v = this.#visit(value) ?? null;
    const json = JSON.stringify(this.#extras.length === 0 ? { v } : { v, x: this.#extras });
    if (this.#parts.length === 0) return { json, bytes: null };
    const bytes = new Uint8Array(this.#length);
    for (const part of this.#parts) bytes.set(part.bytes, part.at);
    return { json, bytes };
  }

  #visit(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        if (!Number.isFinite(value)) throw this.#refuse('a number that is not finite');
        return value;
      case 'boolean':
        return value;
      case 'undefined':
        return undefined;
      case 'bigint':
        return this.#integer(value);
      case 'object':
        return value === null ? null : this.#object(value);
      default:
        throw this.#refuse(`a ${typeof value}`);
    }
  }

  #text(text: string): string {
    if (!isWellFormed(text)) throw this.#refuse('text with a lone surrogate');
    return text;
  }

  #integer(value: bigint): number | null {
    if (value < INT64_MIN || value > INT64_MAX) throw this.#refuse('an integer beyond 64 bits');
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    this.#extras.push([[...this.#path], 'i64', value.toString(), 0]);
    return null;
  }

  #object(value: object): unknown {
    if (value instanceof Float32Array) {
      return this.#binary('f32', new Uint8Array(value.buffer, value.byteOffset, value.byteLength), value.length);
    }
    if (value instanceof Uint8Array) return this.#binary('u8', value, value.length);
    if (value instanceof ArrayBuffer) return this.#binary('u8', new Uint8Array(value), value.byteLength);
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw this.#refuse('an invalid Date');
      return value.toISOString();
    }
    if (this.#open.has(value)) throw this.#refuse('a cycle');
    if (this.#open.size >= MAX_DEPTH) throw this.#refuse(`a value nested deeper than ${MAX_DEPTH} levels`);
    this.#open.add(value);
    const copy = Array.isArray(value) ? this.#array(value) : this.#members(value);
    this.#open.delete(value);
    return copy;
  }

  #array(items: unknown[]): unknown[] {
    const depth = this.#path.length;
    const copy = new Array<unknown>(items.length);
    for (let i = 0; i < items.length; i++) {
      this.#path[depth] = i;
      copy[i] = this.#visit(items[i]) ?? null;
    }
    this.#path.length = depth;
    return copy;
  }

  #members(value: object): Record<string, unknown> {
    const prototype: unknown = Object.getPrototypeOf(value);
    // A prototype without a prototype is some realm's Object.prototype.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw this.#refuse(`a ${value.constructor.name || 'class instance'}`);
    }
    const depth = this.#path.length;
    // Without a prototype, so that a member called __proto__ stays a member.
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [key, member] of Object.entries(value)) {
      this.#path[depth] = key;
      const visited = this.#visit(member);
      if (visited === undefined) continue;
      copy[this.#text(key)] = visited;
    }
    this.#path.length = depth;
    return copy;
  }

  #binary(kind: 'u8' | 'f32', bytes: Uint8Array, length: number): null {
    const at = kind === 'f32' ? Math.ceil(this.#length / 4) * 4 : this.#length;
    this.#extras.push([[...this.#path], kind, at, length]);
    this.#parts.push({ at, bytes });
    this.#length = at + bytes.length;
    return null;
  }

  #refuse(what: string): Error {
    const path = this.#path.map(String).join('.') || 'value';
    return invalidArgument(`${path}: ${what} cannot be stored.`, { path });
  }
}

/** The value of a packed result. Bytes are copied out of the buffer, so that it can be dropped. */
export function unpack(json: string, bytes: Uint8Array | null): unknown {
  const root = JSON.parse(json) as { v: unknown; x?: Extra[] };
  for (const extra of root.x ?? []) {
    let holder: Record<string | number, unknown> = root as never;
    let key: string | number = 'v';
    for (const step of extra[0]) {
      holder = holder[key] as Record<string | number, unknown>;
      key = step;
    }
    holder[key] = extra[1] === 'i64' ? BigInt(extra[2]) : binary(extra, bytes);
  }
  return root.v;
}

function binary(extra: Extra & { 1: 'u8' | 'f32' }, bytes: Uint8Array | null): Uint8Array | Float32Array {
  const offset = Number(extra[2]);
  const length = Number(extra[3]);
  const end = offset + length * (extra[1] === 'f32' ? 4 : 1);
  // Without a buffer there are none, which is what an empty value has.
  const buffer = bytes ?? new Uint8Array();
  if (end > buffer.length) throw new Error('a packed value refers to bytes beyond its buffer');
  const copy = buffer.slice(offset, end);
  return extra[1] === 'f32' ? new Float32Array(copy.buffer, copy.byteOffset, length) : copy;
}

/** True when the text has no surrogate without its partner. */
export function isWellFormed(text: string): boolean {
  const native = (text as { isWellFormed?: () => boolean }).isWellFormed;
  if (native !== undefined) return native.call(text);
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
