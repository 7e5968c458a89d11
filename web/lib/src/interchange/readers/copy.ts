/** Rows of `COPY … FROM stdin` in text format: fields parted by tabs, `\N` for NULL, escapes with a backslash. */
import type { SourceValue } from '../source.js';
import type { Span, Splitter } from './spans.js';
import { decoded } from './spans.js';

const NEWLINE = 10;
const BACKSLASH = 92;

/** Ends of lines. A newline after a backslash belongs to the value, as PostgreSQL reads it too. */
export class LineSplitter implements Splitter {
  readonly kind = 0;
  readonly #escapes: boolean;
  /** Backslashes at the end of the bytes before. */
  #trailing = 0;

  constructor(options: { escapes: boolean }) {
    this.#escapes = options.escapes;
  }

  next(bytes: Uint8Array, from: number): number {
    let at = from;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, at);
      const stop = end < 0 ? bytes.length : end;
      if (!this.#escapes) return end < 0 ? -1 : end + 1;
      let slashes = 0;
      while (stop - slashes > from && bytes[stop - slashes - 1] === BACKSLASH) slashes++;
      if (stop - slashes === from) slashes += this.#trailing;
      this.#trailing = end < 0 ? slashes : 0;
      if (end < 0) return -1;
      if (slashes % 2 === 0) return end + 1;
      at = end + 1;
    }
  }
}

/** The lines of a span without their ends; null for one that is no UTF-8. */
export function linesOf(span: Span): (string | null)[] {
  const text = decoded(span.bytes);
  if (text !== null) {
    const lines = text.split('\n');
    if (!span.rest) lines.pop();
    // Fewer records than newlines: some newline is part of a value, so that records are cut out one by one.
    if (lines.length === span.ends.length) {
      for (let index = 0; index < lines.length; index++) {
        const line = lines[index];
        if (line?.endsWith('\r') === true) lines[index] = line.slice(0, -1);
      }
      return lines;
    }
  }
  return span.ends.map((end, index) => {
    const line = decoded(span.bytes.subarray(span.ends[index - 1] ?? 0, end));
    return line === null ? null : line.replace(/\r?\n$/, '');
  });
}

/** The fields of a line; there are as many as there are, not as many as there should be. */
export function copyFields(line: string): SourceValue[] {
  if (!line.includes('\\')) return line.split('\t');
  const fields: SourceValue[] = line.includes('\\\t') ? splitEscaped(line) : line.split('\t');
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index] as string;
    if (field === '\\N') fields[index] = null;
    else if (field.includes('\\')) fields[index] = unescapeCopy(field);
  }
  return fields;
}

/** As split, where a tab after a backslash belongs to the value. */
function splitEscaped(line: string): string[] {
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === 9) {
      fields.push(line.slice(start, at));
      start = at + 1;
    }
  }
  fields.push(line.slice(start));
  return fields;
}

const LETTERS: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** A field with its escapes resolved. Octal and hexadecimal escapes are bytes, which together must be UTF-8, else U+FFFD. */
export function unescapeCopy(field: string): string {
  return field.replace(
    /((?:\\[0-7]{1,3}|\\x[0-9A-Fa-f]{1,2})+)|\\([^])/g,
    (_all: string, codes: string | undefined, letter: string | undefined) =>
      codes === undefined ? (LETTERS[letter ?? ''] ?? letter ?? '') : bytesOfEscapes(codes),
  );
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function bytesOfEscapes(codes: string): string {
  const values = codes
    .slice(1)
    .split('\\')
    .map((code) => (code.startsWith('x') ? parseInt(code.slice(1), 16) : parseInt(code, 8) & 0xff));
  return utf8.decode(Uint8Array.from(values));
}
