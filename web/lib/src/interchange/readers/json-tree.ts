/** One pass over a JSON file: where the arrays of its outer objects lie. What is inside the arrays is only counted. */
import { invalidArgument } from '../../errors.js';
import type { ByteSource } from './bytes.js';

export interface JsonNode {
  kind: 'object' | 'array' | 'value';
  start: number;
  /** After its last byte, or where the file ends. */
  end: number;
  members: Map<string, JsonNode>;
  /** Of an array: its items, and the first byte of the first one. */
  count: number;
  first: number;
}

export interface JsonTree {
  root: JsonNode;
  /** The file ends before the value does. */
  isCut: boolean;
  /** Where something follows the value, or null. */
  trailing: number | null;
}

const MOST_LEVELS = 4;
const MOST_MEMBERS = 20_000;
const MOST_KEY = 64 * 1024;

export async function indexJson(source: ByteSource, signal?: AbortSignal): Promise<JsonTree> {
  const scanner = new TreeScanner();
  for await (const chunk of source.chunks(0, Infinity, signal)) {
    scanner.feed(chunk);
    if (scanner.trailing !== null) break;
  }
  return scanner.finish();
}

interface Frame {
  node: JsonNode;
  /** The name of the member that is being read. */
  key: string | null;
  expects: 'key' | 'value';
}

class TreeScanner {
  trailing: number | null = null;
  #root: JsonNode | undefined;
  #base = 0;
  readonly #frames: Frame[] = [];
  /** Levels within a value of which only the end matters. */
  #inner = 0;
  #inString = false;
  #slash = false;
  #scalar = false;
  #isKey = false;
  #key: number[] = [];
  #members = 0;

  feed(chunk: Uint8Array): void {
    let at = 0;
    if (this.#base === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) at = 3;
    while (at < chunk.length && this.trailing === null) {
      if (this.#inString) at = this.#string(chunk, at);
      else if (this.#inner > 0) at = this.#skim(chunk, at);
      else this.#sign(chunk[at] ?? 0, this.#base + at++);
    }
    this.#base += chunk.length;
  }

  #string(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#slash) this.#slash = false;
      else if (byte === 92) this.#slash = true;
      else if (byte === 34) {
        this.#inString = false;
        if (this.#isKey) this.#endKey();
        else if (this.#inner === 0) this.#endValue(this.#base + at + 1);
        return at + 1;
      }
      if (this.#isKey && this.#key.push(byte) > MOST_KEY) throw malformed(this.#base + at, 'a name is too long');
    }
    return chunk.length;
  }

  /** Inside a value: only strings and levels. */
  #skim(chunk: Uint8Array, from: number): number {
    let inner = this.#inner;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === 34) {
        this.#inner = inner;
        this.#inString = true;
        return at + 1;
      }
      if (byte === 91 || byte === 123) inner++;
      else if ((byte === 93 || byte === 125) && --inner === 0) {
        this.#inner = 0;
        this.#endValue(this.#base + at + 1);
        return at + 1;
      }
    }
    this.#inner = inner;
    return chunk.length;
  }

  #endKey(): void {
    const frame = this.#frames.at(-1);
    const text = new TextDecoder('utf-8').decode(Uint8Array.from(this.#key));
    this.#isKey = false;
    this.#key = [];
    if (frame === undefined) return;
    try {
      frame.key = JSON.parse(`"${text}"`) as string;
    } catch {
      throw malformed(this.#base, 'a name is not valid');
    }
  }

  #sign(byte: number, position: number): void {
    if (byte === 32 || byte === 10 || byte === 13 || byte === 9) {
      this.#endScalar(position);
      return;
    }
    const frame = this.#frames.at(-1);
    if (frame === undefined && this.#root !== undefined) {
      this.trailing = position;
      return;
    }
    if (byte === 93 || byte === 125) this.#close(byte, position);
    else if (byte === 44) {
      this.#endScalar(position);
      if (frame === undefined) throw malformed(position);
      if (frame.node.kind === 'array') frame.node.count++;
      frame.expects = frame.node.kind === 'array' ? 'value' : 'key';
    } else if (byte === 58) {
      if (frame?.key == null || frame.node.kind !== 'object') throw malformed(position);
      frame.expects = 'value';
    } else if (byte === 34 && frame?.expects === 'key') {
      this.#inString = this.#isKey = true;
    } else this.#begin(byte, position, frame);
  }

  /** A value begins here, or a number or word goes on. */
  #begin(byte: number, position: number, frame: Frame | undefined): void {
    if (this.#scalar) return;
    const isArray = byte === 91;
    const opens = isArray || byte === 123;
    if (frame === undefined && !opens) throw malformed(position);
    if (frame?.expects === 'key') throw malformed(position);
    if (frame?.node.kind === 'array') {
      if (frame.node.count === 0) {
        frame.node.count = 1;
        frame.node.first = byte;
      }
    } else {
      // An object too far inside is a value of which only the end matters.
      const kind = isArray ? 'array' : opens && this.#frames.length < MOST_LEVELS ? 'object' : 'value';
      const node: JsonNode = { kind, start: position, end: position, members: new Map(), count: 0, first: 0 };
      if (frame === undefined) this.#root = node;
      else frame.node.members.set(frame.key ?? '', node);
      if (++this.#members > MOST_MEMBERS) throw invalidArgument('The JSON file has too many members to be tables.');
      if (kind !== 'value') {
        this.#frames.push({ node, key: null, expects: isArray ? 'value' : 'key' });
        return;
      }
    }
    if (opens) this.#inner = 1;
    else if (byte === 34) this.#inString = true;
    else this.#scalar = true;
  }

  #endScalar(position: number): void {
    if (this.#scalar) this.#endValue(position);
  }

  #endValue(position: number): void {
    this.#scalar = false;
    const frame = this.#frames.at(-1);
    const node = frame?.node.kind === 'object' ? frame.node.members.get(frame.key ?? '') : undefined;
    if (node !== undefined) node.end = position;
  }

  #close(byte: number, position: number): void {
    this.#endScalar(position);
    const frame = this.#frames.pop();
    if (frame === undefined || (frame.node.kind === 'array') !== (byte === 93)) throw malformed(position);
    frame.node.end = position + 1;
  }

  finish(): JsonTree {
    const root = this.#root;
    if (root === undefined) throw invalidArgument('The file holds no JSON.');
    const isCut = this.#frames.length > 0;
    for (const { node, key } of this.#frames) {
      node.end = this.#base;
      const inside = key === null ? undefined : node.members.get(key);
      if (inside?.kind === 'value') inside.end = this.#base;
    }
    return { root, isCut, trailing: this.trailing };
  }
}

function malformed(position: number, what = 'a sign stands where none can'): Error {
  return invalidArgument(`The file is not valid JSON at byte ${position}: ${what}.`, { position });
}
