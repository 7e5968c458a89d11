/**
 * A table whose rows lie inside the items of JSON files: messages in conversations. One item is in memory at a time, and a batch
 * may end within one.
 */
import { cursorNumbers, cursorText } from '../readers/cursor.js';
import { headOf, type NamedBytes } from '../readers/bytes.js';
import { firstMembers } from '../readers/json-detect.js';
import { ItemSplitter, itemsOf } from '../readers/json-items.js';
import { indexJson } from '../readers/json-tree.js';
import { parseJson, Unreadable } from '../readers/json-value.js';
import type { ReadOptions } from '../readers/opened.js';
import { decoded, NOT_UTF8, TOO_LONG } from '../readers/spans.js';
import { isObject, type JsonObject } from '../readers/vector-shapes.js';
import type { RowBatch, SourceTable, SourceValue } from '../source.js';
import { WRAPPERS } from './kinds.js';
import { storable } from './values.js';

/** The rows of an item, or why it cannot be read. */
export type Flatten = (item: JsonObject) => JsonObject[] | string;

interface FileItem {
  value: SourceValue | Unreadable;
  raw: () => string;
  at: number;
  end: number;
}

const MOST_ROWS = 500;
const MOST_BYTES = 1 << 20;

export interface FlatTable {
  name: string;
  columns: readonly string[];
  files: readonly NamedBytes[];
  flatten: Flatten;
  options: ReadOptions;
  /** Whether what is wrong with the files is told by this table: another one may read the same. */
  tells: boolean;
}

export function flatTable({ name, columns, files, flatten, options, tells }: FlatTable): SourceTable {
  async function* rows({ cursor, signal = options.signal }: { cursor?: string; signal?: AbortSignal } = {}) {
    let [file = 0, from = 0, skip = 0] = cursor === undefined ? [] : cursorNumbers(cursor, 'f', 3);
    let batch: SourceValue[][] = [];
    let bytes = 0;
    const take = (...place: number[]): RowBatch => {
      const taken = { columns, rows: batch, cursor: cursorText('f', ...place) };
      batch = [];
      bytes = 0;
      return taken;
    };
    for (; file < files.length; file++, from = 0) {
      const source = files[file];
      if (source === undefined) return;
      for await (const item of fileItems(source, from, { ...options, signal })) {
        if (typeof item === 'string') {
          if (tells) tell(source, options, item);
          continue;
        }
        const found = item.value instanceof Unreadable ? item.value.reason : rowsOf(item.value, flatten);
        if (typeof found === 'string') {
          const problem = { table: name, reason: found, raw: item.raw(), position: item.at };
          if (tells) options.problems.add(`items ${file} ${source.name}`, problem);
          continue;
        }
        const size = (item.end - item.at) / Math.max(1, found.length);
        for (let at = skip; at < found.length; at++) {
          batch.push(columns.map((column) => storable(found[at]?.[column] ?? null)));
          bytes += size;
          if (batch.length === MOST_ROWS || bytes > MOST_BYTES) yield take(file, item.at, at + 1);
        }
        skip = 0;
      }
      skip = 0;
    }
    if (batch.length > 0) yield take(files.length, 0, 0);
  }
  const [first] = files;
  return { name, schema: null, database: null, file: first?.name ?? '', columns, types: null, count: null, rows };
}

function rowsOf(value: SourceValue, flatten: Flatten): JsonObject[] | string {
  return isObject(value) ? flatten(value) : 'What stands here is no JSON object.';
}

/**
 * The items of a file from a place on: of its array, of an array that it is wrapped around, or the one object that it is. At the
 * end a text where the file ended too early.
 */
async function* fileItems(file: NamedBytes, from: number, options: ReadOptions): AsyncGenerator<FileItem | string> {
  const { bytes } = file;
  const start = await beginning(file);
  const head = (await headOf(bytes, 1, start))[0];
  let end = Number.MAX_SAFE_INTEGER;
  let first = start + 1;
  if (head === 0x7b) {
    const wrapped = await wrappedArray(file, options);
    if (wrapped === null) {
      if (from <= start) yield await single(file, start, options);
      return;
    }
    [first, end] = wrapped;
  }
  const splitter = new ItemSplitter();
  let isCut = false;
  for await (const items of itemsOf(bytes, { end }, Math.max(first, from), options, options.signal, splitter)) {
    for (const item of items) {
      isCut ||= item.value instanceof Unreadable && !splitter.closed;
      yield item;
    }
  }
  if (bytes.damage !== '') yield `The packed file is damaged: ${bytes.damage}.`;
  else if (!splitter.closed && !isCut) yield 'The file ends in the middle of its JSON.';
}

function tell({ name }: NamedBytes, { problems }: ReadOptions, reason: string): void {
  problems.add(`${name} end`, { table: null, reason, raw: name.slice(0, 1024), position: null });
}

/** Where the JSON begins, after a mark of the order of bytes and blanks. */
async function beginning({ bytes }: NamedBytes): Promise<number> {
  const head = await headOf(bytes, 4096);
  const from = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const found = head.subarray(from).findIndex((byte) => byte > 32);
  return from + Math.max(0, found);
}

async function wrappedArray({ bytes }: NamedBytes, { signal }: ReadOptions): Promise<[number, number] | null> {
  const head = new TextDecoder().decode(await headOf(bytes, 64 * 1024));
  // A conversation by itself may have more members than are indexed.
  const [members = []] = firstMembers(head, []);
  if (!WRAPPERS.some((name) => members.includes(name))) return null;
  const { root } = await indexJson(bytes, signal);
  for (const name of WRAPPERS) {
    const node = root.members.get(name);
    if (node?.kind === 'array') return [node.start + 1, node.end];
  }
  return null;
}

async function single({ bytes }: NamedBytes, start: number, { limits }: ReadOptions): Promise<FileItem> {
  const all = await headOf(bytes, limits.maxRowBytes + 1);
  const text = all.length > limits.maxRowBytes ? null : decoded(all.subarray(start));
  const reason = all.length > limits.maxRowBytes ? TOO_LONG : NOT_UTF8;
  const value = text === null ? new Unreadable(reason) : parseJson(text, limits.maxDepth);
  return { value, raw: () => (text ?? '').slice(0, 4096), at: start, end: all.length };
}
