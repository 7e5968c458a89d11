/** The values of one row of INSERT: literals of every form that pg_dump and people write. Values stay text, as in COPY. */
import type { SourceValue } from '../source.js';
import { formatArray, type TextArray } from './pg-text.js';

/** Why a row cannot be read. */
export class UnreadableRow extends Error {}

export interface Tuple {
  values: SourceValue[];
  /** Indexes of the columns given as DEFAULT. */
  absent: number[] | null;
}

const NUMBER = /[-+]?(?:0[xX][\dA-Fa-f_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][-+]?\d+)?)/y;
const WORD = /[\p{L}_\u0080-\u{10ffff}][\p{L}\p{N}_$\u0080-\u{10ffff}]*/uy;
const SPACE = /(?:\s+|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/y;
const DOLLAR = /\$(?:[\p{L}_\u0080-\u{10ffff}][\p{L}\p{N}_\u0080-\u{10ffff}]*)?\$/uy;
/** What follows `::`, with schema, sizes and brackets. */
const TYPE =
  /\s*(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)(?:\.(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*))*(?:\s+(?:varying|precision|with(?:out)?\s+time\s+zone|to|year|month|day|hour|minute|second)\b)*(?:\s*\([\d\s,]*\))?(?:\s+with(?:out)?\s+time\s+zone\b)?(?:\s*\[\d*\])*/iuy;

const MOST_DEPTH = 64;

/** Throws UnreadableRow. `text` is what stands in the row's parens, `)` included; what precedes `(` was cut off. */
export function parseTuple(text: string, backslashes = false): Tuple {
  return new TupleReader(text, backslashes).tuple();
}

/** Where a row's text begins after the comma and the paren before it. */
export function tupleText(text: string): string {
  SPACE.lastIndex = 0;
  SPACE.exec(text);
  let at = SPACE.lastIndex;
  if (text.charCodeAt(at) === 44) {
    SPACE.lastIndex = at + 1;
    SPACE.exec(text);
    at = SPACE.lastIndex;
  }
  return text.slice(at + 1);
}

/** A value, or what stands for one that is not given. */
type Parsed = string | null | undefined | TextArray;

class TupleReader {
  readonly #text: string;
  readonly #backslashes: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, backslashes: boolean) {
    this.#text = text;
    this.#backslashes = backslashes;
  }

  tuple(): Tuple {
    const values: SourceValue[] = [];
    let absent: number[] | null = null;
    this.#space();
    if (this.#sign(')')) return { values, absent };
    for (;;) {
      const value = this.#expression();
      if (value === undefined) (absent ??= []).push(values.length);
      values.push(Array.isArray(value) ? formatArray(value) : (value ?? null));
      if (this.#sign(')')) return { values, absent };
      if (!this.#sign(',')) throw this.#unreadable();
    }
  }

  #unreadable(): UnreadableRow {
    const near = this.#text.slice(this.#at, this.#at + 40);
    return new UnreadableRow(`Not a literal that can be read: ${near === '' ? 'the row ends too early' : near}`);
  }

  #space(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code > 32 && code !== 45 && code !== 47) return;
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #sign(sign: string): boolean {
    this.#space();
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #expression(): Parsed {
    if (++this.#depth > MOST_DEPTH) throw new UnreadableRow('The value is nested too deeply.');
    let value = this.#primary();
    // As scripts of SQLite write line ends that its program would change: 'a' || char(13) || 'b'.
    while (typeof value === 'string' && this.#sign('||')) {
      const next = this.#primary();
      if (typeof next !== 'string') throw this.#unreadable();
      value += next;
    }
    while (this.#sign('::')) if (this.#match(TYPE) === undefined) throw this.#unreadable();
    this.#depth--;
    return value;
  }

  #primary(): Parsed {
    this.#space();
    const text = this.#text;
    const code = text.charCodeAt(this.#at);
    if (code === 39) return this.#string(this.#backslashes);
    if (code === 40) {
      this.#at++;
      const value = this.#expression();
      if (!this.#sign(')')) throw this.#unreadable();
      return value;
    }
    if (code === 36) return this.#dollar();
    // A number may have its sign apart, as in `- 5`; pg_dump writes none so.
    const number = code < 65 ? this.#match(NUMBER) : undefined;
    if (number !== undefined) return number;
    const next = text.charCodeAt(this.#at + 1);
    if (next === 39 && /[eE]/.test(text.charAt(this.#at))) {
      this.#at++;
      return this.#string(true);
    }
    if (next === 39 && /[bBxXnN]/.test(text.charAt(this.#at))) {
      this.#at++;
      return this.#string(false);
    }
    if (/^[uU]&'/.test(text.slice(this.#at, this.#at + 3))) {
      this.#at += 2;
      return unicodeEscapes(this.#string(false));
    }
    return this.#word();
  }

  #word(): Parsed {
    const word = this.#match(WORD)?.toLowerCase();
    if (word === undefined) throw this.#unreadable();
    if (word === 'null') return null;
    if (word === 'default') return undefined;
    // As COPY writes them, so that a dump of either form reads the same.
    if (word === 'true') return 't';
    if (word === 'false') return 'f';
    if (word === 'array' && this.#sign('[')) return this.#array();
    if (word === 'char') {
      const code = this.#match(/\(\d{1,7}\)/y);
      if (code !== undefined) return character(Number(code.slice(1, -1)).toString(16));
    }
    // A literal with its type before it: timestamp with time zone '2026-01-30 10:00+00'.
    const before = this.#at;
    this.#space();
    while (this.#match(WORD) !== undefined || this.#match(/\(\d+\)/y) !== undefined) this.#space();
    if (this.#text.charCodeAt(this.#at) === 39) return this.#string(this.#backslashes);
    this.#at = before - word.length;
    throw this.#unreadable();
  }

  #array(): TextArray {
    const items: TextArray = [];
    if (this.#sign(']')) return items;
    for (;;) {
      this.#space();
      const nested = this.#text.charCodeAt(this.#at) === 91;
      if (nested) {
        this.#at++;
        if (++this.#depth > MOST_DEPTH) throw new UnreadableRow('The array is nested too deeply.');
      }
      const item = nested ? this.#array() : this.#expression();
      if (nested) this.#depth--;
      if (item === undefined) throw this.#unreadable();
      items.push(item);
      if (this.#sign(']')) return items;
      if (!this.#sign(',')) throw this.#unreadable();
    }
  }

  /** A string from its quote on; strings with only a line end between them are one. */
  #string(escaped: boolean): string {
    const text = this.#text;
    let value = '';
    for (;;) {
      const body = escaped ? this.#escapedBody() : this.#plainBody();
      value += body;
      const rest = /\s*\n\s*'/y;
      rest.lastIndex = this.#at;
      if (text.charCodeAt(this.#at) > 32 || !rest.test(text)) return value;
      this.#at = rest.lastIndex - 1;
    }
  }

  #plainBody(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let end = text.indexOf("'", start);
    let doubled = false;
    while (end >= 0 && text.charCodeAt(end + 1) === 39) {
      doubled = true;
      end = text.indexOf("'", end + 2);
    }
    if (end < 0) throw new UnreadableRow('A string has no end.');
    this.#at = end + 1;
    const body = text.slice(start, end);
    return doubled ? body.replaceAll("''", "'") : body;
  }

  #escapedBody(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 92) at++;
      else if (code === 39) {
        if (text.charCodeAt(at + 1) !== 39) break;
        at++;
      }
    }
    if (at >= text.length) throw new UnreadableRow('A string has no end.');
    this.#at = at + 1;
    return escapes(text.slice(start, at));
  }

  #dollar(): string {
    const tag = this.#match(DOLLAR);
    if (tag === undefined) throw this.#unreadable();
    const end = this.#text.indexOf(tag, this.#at);
    if (end < 0) throw new UnreadableRow('A string has no end.');
    const value = this.#text.slice(this.#at, end);
    this.#at = end + tag.length;
    return value;
  }
}

const LETTERS: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The escapes of E'…'. Octal and hexadecimal ones are bytes of UTF-8. */
function escapes(body: string): string {
  return body.replace(
    /''|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|((?:\\[0-7]{1,3}|\\x[0-9A-Fa-f]{1,2})+)|\\([^])/g,
    (all: string, short?: string, long?: string, codes?: string, letter?: string) => {
      if (codes !== undefined) {
        const values = codes.slice(1).split('\\');
        const bytes = values.map((code) => (code.startsWith('x') ? parseInt(code.slice(1), 16) : parseInt(code, 8)));
        return utf8.decode(Uint8Array.from(bytes));
      }
      if (letter !== undefined) return LETTERS[letter] ?? letter;
      return all === "''" ? "'" : character(short ?? long ?? '');
    },
  );
}

/** The escapes of U&'…'. */
function unicodeEscapes(body: string): string {
  return body.replace(/\\([0-9A-Fa-f]{4})|\\\+([0-9A-Fa-f]{6})|\\\\/g, (_all, short?: string, long?: string) =>
    short === undefined && long === undefined ? '\\' : character(short ?? long ?? ''),
  );
}

/** Halves of a pair come one after the other and make one character. */
function character(code: string): string {
  const point = parseInt(code, 16);
  if (point > 0x10ffff) throw new UnreadableRow(`There is no character U+${code}.`);
  return point > 0xffff ? String.fromCodePoint(point) : String.fromCharCode(point);
}
