/**
 * Records of a byte stream, many at a time: what lines of COPY, records of CSV, tuples of INSERT and items of a JSON array have in
 * common. A splitter finds the ends; the bytes are decoded once for many records.
 */
import type { SourceLimits } from '../source.js';
import { joined, type ByteSource } from './bytes.js';
import { rawText } from './problems.js';

/** Finds where records end. Keeps its state between calls, so that a record may come in pieces. */
export interface Splitter {
  /** End (exclusive) of the record that goes on at `from`, or -1 when these bytes end before it does. */
  next(bytes: Uint8Array, from: number): number;
  /** What the record just ended is; splitters with one kind of record have 0. */
  readonly kind: number;
}

/** Records that follow each other: record i is `bytes` from `ends[i-1]` (or 0) to `ends[i]`, terminator included. */
export interface Span {
  bytes: Uint8Array;
  ends: number[];
  kinds: number[];
  /** Position of the first byte in the source. */
  base: number;
  /** It is what was left at the end, without a terminator. */
  rest: boolean;
  /** The one record was longer than `maxRowBytes`; the bytes are its beginning. */
  oversized: boolean;
}

const MOST_ROWS = 4000;
const RAW = 4100;

export async function* spans(
  source: ByteSource,
  from: number,
  to: number,
  splitter: Splitter,
  limits: SourceLimits,
  signal?: AbortSignal,
): AsyncGenerator<Span> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let base = from;
  // The record is too long: only its beginning is held.
  let skipping = false;
  for await (const chunk of source.chunks(from, to, signal)) {
    let bytes = chunk;
    let ends: number[] = [];
    let kinds: number[] = [];
    let start = 0;
    let end = splitter.next(chunk, 0);
    if (end >= 0 && held > 0 && !skipping) {
      // The record that came in pieces ends here; all goes on in one array.
      bytes = joined([...parts, chunk]);
      end += held;
      parts = [];
      held = 0;
    } else if (end >= 0 && skipping) {
      yield oversized(parts, base, splitter.kind);
      parts = [];
      base += held + end;
      held = 0;
      skipping = false;
      bytes = chunk.subarray(end);
      end = splitter.next(bytes, 0);
    }
    while (end >= 0) {
      ends.push(end - start);
      kinds.push(splitter.kind);
      if (ends.length === MOST_ROWS) {
        yield { bytes: bytes.subarray(start, end), ends, kinds, base: base + start, rest: false, oversized: false };
        ends = [];
        kinds = [];
        start = end;
      }
      end = splitter.next(bytes, end);
    }
    const last = ends.at(-1);
    if (last !== undefined) {
      const stop = start + last;
      yield { bytes: bytes.subarray(start, stop), ends, kinds, base: base + start, rest: false, oversized: false };
      start = stop;
    }
    if (start > 0) {
      base += start;
      bytes = bytes.subarray(start);
    }
    held += bytes.length;
    if (!skipping) parts.push(bytes);
    if (!skipping && held > limits.maxRowBytes) {
      skipping = true;
      parts = [joined(parts).slice(0, RAW)];
    }
  }
  if (skipping) yield oversized(parts, base, splitter.kind);
  else if (held > 0) {
    const bytes = joined(parts);
    yield { bytes, ends: [bytes.length], kinds: [splitter.kind], base, rest: true, oversized: false };
  }
}

function oversized(parts: Uint8Array[], base: number, kind: number): Span {
  const bytes = joined(parts);
  return { bytes, ends: [bytes.length], kinds: [kind], base, rest: false, oversized: true };
}

export const TOO_LONG = 'The row is longer than the limit of one row.';
export const NOT_UTF8 = 'The row is not valid UTF-8.';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text, or null when the bytes are no UTF-8. */
export function decoded(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Text and place of every record of a span; text is null where the bytes are no UTF-8. Decodes all at once where that works. */
export function* recordsOf(
  span: Span,
): Generator<{ text: string | null; raw: () => string; index: number; at: number }> {
  const { bytes, ends } = span;
  const text = decoded(bytes);
  const ascii = text !== null && text.length === bytes.length;
  let start = 0;
  for (let index = 0; index < ends.length; index++) {
    const from = start;
    const end = ends[index] ?? from;
    start = end;
    yield {
      text: ascii ? text.slice(from, end) : decoded(bytes.subarray(from, end)),
      raw: () => rawText(bytes.subarray(from, end)),
      index,
      at: span.base + from,
    };
  }
}
