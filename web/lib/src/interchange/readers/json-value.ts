/** JSON to values, exactly: integers beyond 2^53 are bigint, numbers that a double cannot give back are their text. */
import type { SourceValue } from '../source.js';
import { isDeeper, stringEnd } from './json-detect.js';
import type { JsonObject } from './vector-shapes.js';

/** What stands for a value that cannot be read. */
export class Unreadable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const LOOKS_LONG = /\d[\d.]{15}|\d[eE][-+]?\d{3}/;

/** `loose`: members whose arrays hold plain doubles. */
export function parseJson(text: string, maxDepth: number, loose?: ReadonlySet<string>): SourceValue | Unreadable {
  if (isDeeper(text, maxDepth)) return new Unreadable(`The JSON has more than ${maxDepth} levels.`);
  try {
    if (!LOOKS_LONG.test(text)) return JSON.parse(text) as SourceValue;
    return new ExactReader(text, loose).whole();
  } catch (error) {
    if (error instanceof SyntaxError) return new Unreadable(`Not valid JSON: ${error.message}`);
    throw error;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;

class ExactReader {
  readonly #text: string;
  readonly #loose: ReadonlySet<string> | undefined;
  #at = 0;

  constructor(text: string, loose: ReadonlySet<string> | undefined) {
    this.#text = text;
    this.#loose = loose;
  }

  whole(): SourceValue {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#error();
    return value;
  }

  #error(): SyntaxError {
    return new SyntaxError(`unexpected text at character ${this.#at}`);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  #sign(sign: string): boolean {
    this.#space();
    if (this.#text.charAt(this.#at) !== sign) return false;
    this.#at++;
    return true;
  }

  #value(): SourceValue {
    this.#space();
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error();
    this.#at += word.length;
    return value;
  }

  #string(): string {
    const end = stringEnd(this.#text, this.#at);
    if (end < 0) throw this.#error();
    const value = JSON.parse(this.#text.slice(this.#at, end)) as string;
    this.#at = end;
    return value;
  }

  #number(): SourceValue {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw this.#error();
    this.#at += text.length;
    return exactNumber(text);
  }

  #array(): SourceValue[] {
    this.#at++;
    const items: SourceValue[] = [];
    if (this.#sign(']')) return items;
    for (;;) {
      items.push(this.#value());
      if (this.#sign(']')) return items;
      if (!this.#sign(',')) throw this.#error();
    }
  }

  #object(): JsonObject {
    this.#at++;
    const object: JsonObject = {};
    if (this.#sign('}')) return object;
    for (;;) {
      this.#space();
      if (this.#text.charAt(this.#at) !== '"') throw this.#error();
      const name = this.#string();
      if (!this.#sign(':')) throw this.#error();
      this.#space();
      const value = (this.#loose?.has(name) === true ? this.#numbers() : undefined) ?? this.#value();
      // An ordinary name, whatever it means to JavaScript.
      if (name === '__proto__') {
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      } else object[name] = value;
      if (this.#sign('}')) return object;
      if (!this.#sign(',')) throw this.#error();
    }
  }

  /** A flat array of numbers, read at once; undefined when it is anything else. */
  #numbers(): SourceValue[] | undefined {
    if (this.#text.charAt(this.#at) !== '[') return undefined;
    const end = this.#text.indexOf(']', this.#at) + 1;
    const text = this.#text.slice(this.#at, end);
    if (end === 0 || /["[{]/.test(text.slice(1))) return undefined;
    this.#at = end;
    return JSON.parse(text) as SourceValue[];
  }
}

/** Longer ones stay text: the time that exact arithmetic takes grows faster than their digits. A double has 767 at most. */
const MOST_DIGITS = 1000;

/** A number as the double that gives it back, else bigint for an integer, else its text. */
export function exactNumber(text: string): number | bigint | string {
  if (text.length > MOST_DIGITS) return text;
  const value = Number(text);
  if (text.length <= 15 && !/[eE]/.test(text)) return value;
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : BigInt(text);
  return String(value) === text || canonical(String(value)) === canonical(text) ? value : text;
}

/** Digits without zeros around them, and the power of ten of the last one: the same for all ways to write a number. */
function canonical(text: string): string {
  const match = /^(-?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${sign}${digits}e${Number(exponent) - fraction.length + (all.length - digits.length)}`;
}
