/**
 * Text forms of PostgreSQL's values, in both directions: arrays, intervals, bytea, vectors of pgvector, fields of COPY.
 *
 * Every parser throws INVALID_ARGUMENT for what is not of its form, and every writer's text is what its parser reads back.
 */
import { invalidArgument, type ArchivoltError } from '../../errors.js';

/** An array as text: elements are text, NULL or arrays. */
export type TextArray = (string | null | TextArray)[];

function notA(what: string, text: string): ArchivoltError {
  return invalidArgument(`Not ${what}: ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`);
}

const MOST_DEPTH = 64;

/** `{a,"b c",NULL,{d}}`; bounds before it, as in `[0:1]={a,b}`, are left out. */
export function parseArray(text: string): TextArray {
  const bounds = /^\s*(?:\[[-+\d:\][]+=)?\s*/.exec(text)?.[0].length ?? 0;
  const reader = new ArrayReader(text, bounds);
  const array = reader.array(0);
  if (array === undefined || !reader.atEnd()) throw notA('an array', text);
  return array;
}

class ArrayReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at === this.#text.length;
  }

  /** The array that begins here, undefined when none does. */
  array(depth: number): TextArray | undefined {
    if (depth >= MOST_DEPTH || !this.#sign('{')) return undefined;
    const items: TextArray = [];
    if (this.#sign('}')) return items;
    for (;;) {
      this.#space();
      const nested = this.#text.charAt(this.#at) === '{';
      const item = nested ? this.array(depth + 1) : this.#text.charAt(this.#at) === '"' ? this.#quoted() : this.#bare();
      if (item === undefined) return undefined;
      items.push(item);
      if (this.#sign('}')) return items;
      if (!this.#sign(',')) return undefined;
    }
  }

  #space(): void {
    while (/^\s$/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #sign(sign: string): boolean {
    this.#space();
    if (this.#text.charAt(this.#at) !== sign) return false;
    this.#at++;
    return true;
  }

  #quoted(): string | undefined {
    const start = this.#at + 1;
    let at = start;
    for (; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 92) at++;
      else if (code === 34) break;
    }
    if (at >= this.#text.length) return undefined;
    this.#at = at + 1;
    return unescaped(this.#text.slice(start, at));
  }

  #bare(): string | null | undefined {
    const start = this.#at;
    let at = start;
    let end = start;
    for (; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 92) end = ++at + 1;
      else if (code === 44 || code === 125) break;
      else if (code === 34 || code === 123) return undefined;
      else if (code > 32) end = at + 1;
    }
    this.#at = at;
    const item = this.#text.slice(start, end);
    if (item === '') return undefined;
    return /^null$/i.test(item) ? null : unescaped(item);
  }
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\([^])/g, '$1') : text;
}

/** As PostgreSQL writes it. */
export function formatArray(array: TextArray): string {
  const items = array.map((item) => {
    if (item === null) return 'NULL';
    if (typeof item !== 'string') return formatArray(item);
    if (item !== '' && !/^null$/i.test(item) && !/[{},"\\\s]/.test(item)) return item;
    return `"${item.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}

const MICROSECONDS = {
  day: 86_400_000_000n,
  hour: 3_600_000_000n,
  minute: 60_000_000n,
  second: 1_000_000n,
  millisecond: 1000n,
  microsecond: 1n,
};
const UNITS: [pattern: RegExp, microseconds: bigint][] = [
  [/^(microseconds?|us(ecs?)?)$/, MICROSECONDS.microsecond],
  [/^(milliseconds?|ms(ecs?)?)$/, MICROSECONDS.millisecond],
  [/^(seconds?|secs?|s)$/, MICROSECONDS.second],
  [/^(minutes?|mins?|m)$/, MICROSECONDS.minute],
  [/^(hours?|hrs?|h)$/, MICROSECONDS.hour],
  [/^(days?|d)$/, MICROSECONDS.day],
  [/^(weeks?|w)$/, 7n * MICROSECONDS.day],
  // As PostgreSQL's own extract(epoch): 30 days a month, 365.25 days a year.
  [/^(months?|mons?)$/, 30n * MICROSECONDS.day],
  [/^(years?|yrs?|y)$/, (1461n * MICROSECONDS.day) / 4n],
];

/** Microseconds of any of the forms that PostgreSQL writes: `1 day 02:03:04`, `-00:00:01.5`, `PT1.25S`, `@ 1 min ago`. */
export function parseInterval(text: string): bigint {
  const trimmed = text.trim().toLowerCase();
  const total = /^[-+]?p/.test(trimmed) ? isoInterval(trimmed) : wordyInterval(trimmed);
  if (total === undefined) throw notA('an interval', text);
  return total;
}

function isoInterval(text: string): bigint | undefined {
  const match = /^([-+]?)p((?:[-+]?\d+(?:\.\d*)?[ymwd])*)(?:t((?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)[hms])+))?$/.exec(text);
  if (match === null || (match[2] === '' && match[3] === undefined)) return undefined;
  const days = sumOf(match[2] ?? '', { y: 'year', m: 'month', w: 'week', d: 'day' });
  const times = sumOf(match[3] ?? '', { h: 'hour', m: 'minute', s: 'second' });
  return match[1] === '-' ? -(days + times) : days + times;
}

function sumOf(text: string, units: Record<string, string>): bigint {
  let sum = 0n;
  for (const [, amount = '', unit = ''] of text.matchAll(/([-+]?[\d.]+)([a-z])/g)) {
    sum += scaled(amount, unitOf(units[unit] ?? '') ?? 0n);
  }
  return sum;
}

function unitOf(word: string): bigint | undefined {
  return UNITS.find(([pattern]) => pattern.test(word))?.[1];
}

function wordyInterval(text: string): bigint | undefined {
  const ago = /\sago$/.test(text);
  const words = text.replace(/^@\s*/, '').replace(/\s+ago$/, '');
  const part =
    /\s*(?:([-+]?)(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?|([-+]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]+)?)(?=\s|$)/y;
  let sum = 0n;
  if (words === '') return undefined;
  while (part.lastIndex < words.length) {
    const match = part.exec(words);
    if (match === null) return undefined;
    const [, sign, hours, minutes = '0', seconds = '0', amount = '0', unit] = match;
    if (hours !== undefined) {
      const time =
        BigInt(hours) * MICROSECONDS.hour +
        BigInt(minutes) * MICROSECONDS.minute +
        scaled(seconds, MICROSECONDS.second);
      sum += sign === '-' ? -time : time;
    } else {
      // A number alone is seconds.
      const microseconds = unit === undefined ? MICROSECONDS.second : unitOf(unit);
      if (microseconds === undefined) return undefined;
      sum += scaled(amount, microseconds);
    }
  }
  return ago ? -sum : sum;
}

/** A decimal times a whole number, rounded half away from zero; never through floating point. */
function scaled(decimal: string, by: bigint): bigint {
  const negative = decimal.startsWith('-');
  const [whole = '', fraction = ''] = decimal.replace(/^[-+]/, '').split('.');
  const scale = 10n ** BigInt(fraction.length);
  const value = (BigInt(whole === '' ? 0 : whole) * scale + BigInt(fraction === '' ? 0 : fraction)) * by;
  const rounded = (value * 2n + scale) / (scale * 2n);
  return negative ? -rounded : rounded;
}

/** `00:00:01.25`; hours may be more than 24, which PostgreSQL reads. */
export function formatInterval(microseconds: bigint): string {
  const size = microseconds < 0n ? -microseconds : microseconds;
  const two = (value: bigint) => value.toString().padStart(2, '0');
  const fraction = size % MICROSECONDS.second;
  const digits = fraction === 0n ? '' : `.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`;
  const hours = two(size / MICROSECONDS.hour);
  const minutes = two((size / MICROSECONDS.minute) % 60n);
  return `${microseconds < 0n ? '-' : ''}${hours}:${minutes}:${two((size / MICROSECONDS.second) % 60n)}${digits}`;
}

/** `\x00ff`, or the escape format of old versions: octal escapes for bytes that do not print. */
export function parseBytea(text: string): Uint8Array {
  if (text.startsWith('\\x')) {
    const digits = text.slice(2).replace(/\s+/g, '');
    if (digits.length % 2 !== 0 || /[^0-9A-Fa-f]/.test(digits)) throw notA('bytea', text);
    const bytes = new Uint8Array(digits.length / 2);
    for (let at = 0; at < bytes.length; at++) bytes[at] = parseInt(digits.slice(at * 2, at * 2 + 2), 16);
    return bytes;
  }
  const bytes: number[] = [];
  for (const [all, octal] of text.matchAll(/\\([0-3][0-7]{2})|\\\\|[^]/g)) {
    const code = octal === undefined ? all.charCodeAt(0) : parseInt(octal, 8);
    if (code > 0xff || all === '\\') throw notA('bytea', text);
    bytes.push(code);
  }
  return Uint8Array.from(bytes);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function formatBytea(bytes: Uint8Array): string {
  const parts = new Array<string>(bytes.length);
  for (let at = 0; at < bytes.length; at++) parts[at] = HEX[bytes[at] ?? 0] ?? '';
  return `\\x${parts.join('')}`;
}

/** `[0.1,-2e-3]` of pgvector, halfvec's too. */
export function parseVector(text: string): Float32Array {
  const body = /^\s*\[([^[\]]+)\]\s*$/.exec(text)?.[1];
  if (body === undefined) throw notA('a vector', text);
  const values = body.split(',');
  const vector = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const item = values[at]?.trim() ?? '';
    // More than a float32 holds is infinite there, and no number of a vector.
    vector[at] = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(item) ? Number(item) : NaN;
    if (!Number.isFinite(vector[at])) throw notA('a vector', text);
  }
  return vector;
}

/** With as few digits as tell each float32 from its neighbours. */
export function formatVector(vector: Float32Array): string {
  if (vector.length === 0) throw invalidArgument('A vector must have a dimension.');
  const parts = new Array<string>(vector.length);
  for (let at = 0; at < vector.length; at++) parts[at] = shortest(vector[at] ?? NaN);
  return `[${parts.join(',')}]`;
}

function shortest(value: number): string {
  if (!Number.isFinite(value)) throw invalidArgument('A vector holds a value that is no number.');
  if (Object.is(value, -0)) return '-0';
  // Six digits always come back, and zeros at the end go; below the normal numbers fewer may do.
  for (let digits = Math.abs(value) < 1.2e-38 ? 1 : 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

const COPY_ESCAPES: Record<string, string> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** A field of COPY in text format. */
export function formatCopyField(value: string | null): string {
  return value === null ? '\\N' : value.replace(/[\b\f\n\r\t\v\\]/g, (found) => COPY_ESCAPES[found] ?? found);
}
