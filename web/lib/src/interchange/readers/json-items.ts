/** Items of a JSON array, one after the other, parsed. */
import type { SourceValue } from '../source.js';
import type { ByteSource } from './bytes.js';
import type { JsonNode } from './json-tree.js';
import { parseJson, Unreadable } from './json-value.js';
import type { ReadOptions } from './opened.js';
import { NOT_UTF8, recordsOf, spans, TOO_LONG, type Span, type Splitter } from './spans.js';
import { VECTOR_MEMBERS } from './vector-shapes.js';

/** Ends of an array's items: the comma or the bracket after them. Begins after the array's own bracket. */
export class ItemSplitter implements Splitter {
  readonly kind = 0;
  /** Whether the array's own bracket has come. */
  closed = false;
  #depth = 0;
  #inString = false;
  #slash = false;

  next(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#inString) {
        at = this.#string(bytes, at);
        continue;
      }
      const byte = bytes[at++];
      if (byte === 34) this.#inString = true;
      else if (byte === 44) {
        if (this.#depth === 0) return at;
      } else if (byte === 91 || byte === 123) this.#depth++;
      else if (byte === 93 || byte === 125) {
        if (this.#depth === 0) {
          this.closed = true;
          return at;
        }
        this.#depth--;
      }
    }
    return -1;
  }

  #string(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (this.#slash) this.#slash = false;
      else if (byte === 92) this.#slash = true;
      else if (byte === 34) {
        this.#inString = false;
        return at + 1;
      }
    }
    return bytes.length;
  }
}

export interface JsonItem {
  value: SourceValue | Unreadable;
  raw: () => string;
  at: number;
  /** Where the next item begins. */
  end: number;
}

/** The items from a place on, as many at a time as lie together. */
export async function* itemsOf(
  bytes: ByteSource,
  node: Pick<JsonNode, 'end'>,
  from: number,
  { limits }: Pick<ReadOptions, 'limits'>,
  signal?: AbortSignal,
  splitter = new ItemSplitter(),
): AsyncGenerator<JsonItem[]> {
  for await (const span of spans(bytes, from, node.end, splitter, limits, signal)) {
    const items: JsonItem[] = [];
    for (const { text, raw, index, at } of recordsOf(span)) {
      const body = span.rest ? text : text === null ? null : text.slice(0, -1);
      const end = span.base + (span.ends[index] ?? 0);
      // Nothing before a closing bracket: the array is empty, or it ends with a comma.
      if (body !== null && body.trim() === '') continue;
      items.push({ value: valueOf(body, span, limits.maxDepth), raw, at, end });
    }
    if (items.length > 0) yield items;
  }
}

function valueOf(text: string | null, span: Span, maxDepth: number): SourceValue | Unreadable {
  if (span.oversized) return new Unreadable(TOO_LONG);
  if (span.rest) return new Unreadable('The row ends with the file, in the middle.');
  return text === null ? new Unreadable(NOT_UTF8) : parseJson(text, maxDepth, VECTOR_MEMBERS);
}

/** The first item, undefined when there is none that can be read. */
export async function firstItem(
  bytes: ByteSource,
  node: JsonNode,
  options: ReadOptions,
): Promise<SourceValue | undefined> {
  for await (const [item] of itemsOf(bytes, node, node.start + 1, options, options.signal)) {
    return item === undefined || item.value instanceof Unreadable ? undefined : item.value;
  }
  return undefined;
}
