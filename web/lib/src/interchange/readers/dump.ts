/** Dumps of PostgreSQL in SQL, with COPY or with INSERT. */
import { invalidArgument } from '../../errors.js';
import type { RowBatch, SourceProblem, SourceTable, SourceValue } from '../source.js';
import { headOf, type ByteSource, type NamedBytes } from './bytes.js';
import { copyFields, LineSplitter, linesOf } from './copy.js';
import { badCursor, cursorNumbers, cursorText } from './cursor.js';
import { indexDump } from './dump-index.js';
import type { DumpIndex, DumpTable, Range } from './dump-tables.js';
import { INSERT, InsertSplitter } from './insert.js';
import type { OpenedFile, ReadOptions } from './opened.js';
import { rawText } from './problems.js';
import { decoded, NOT_UTF8, recordsOf, spans, TOO_LONG } from './spans.js';
import { insertHead } from './sql-heads.js';
import { parseTuple, tupleText, UnreadableRow, type Tuple } from './sql-values.js';

export async function openDump(file: NamedBytes, options: ReadOptions): Promise<OpenedFile> {
  const index = await indexDump(file.bytes, options.signal);
  for (const { key, problem } of index.problems) options.problems.add(`${file.name} ${key}`, problem);
  const tables = index.tables.map((table) => {
    const { name, schema, database, types } = table;
    const columns = table.columns ?? table.created;
    if ((columns?.length ?? 0) > options.limits.maxColumns) {
      throw invalidArgument(`The table ${name} has more than ${options.limits.maxColumns} columns.`);
    }
    const reader = new DumpReader(file, table, index, options);
    const isCopy = table.ranges.every((range) => range.kind === 'copy');
    const count = isCopy ? table.lines : null;
    return { ...{ name, schema, database, file: file.name, columns, types, count }, rows: reader.rows.bind(reader) };
  });
  return { format: 'pg_dump', tables };
}

type Options = Parameters<SourceTable['rows']>[0];

class DumpReader {
  readonly #file: NamedBytes;
  readonly #table: DumpTable;
  readonly #index: DumpIndex;
  readonly #options: ReadOptions;

  constructor(file: NamedBytes, table: DumpTable, index: DumpIndex, options: ReadOptions) {
    this.#file = file;
    this.#table = table;
    this.#index = index;
    this.#options = options;
  }

  get #bytes(): ByteSource {
    return this.#file.bytes;
  }

  /** Cursors: range and position, and for INSERT where the statement's head begins and ends. */
  async *rows(options: Options = {}): AsyncGenerator<RowBatch> {
    const { ranges } = this.#table;
    const { cursor, signal = this.#options.signal } = options;
    let first = 0;
    let place: number[] | undefined;
    if (cursor !== undefined) {
      place = cursor.startsWith('c') ? cursorNumbers(cursor, 'c', 2) : cursorNumbers(cursor, 'i', 4);
      const [index = 0, position = 0] = place;
      const range = ranges[index];
      if (range === undefined || position < range.start || position > range.end || range.kind[0] !== cursor[0]) {
        throw badCursor();
      }
      first = index;
    }
    for (let index = first; index < ranges.length; index++) {
      const range = ranges[index];
      if (range === undefined) continue;
      const from = index === first ? place : undefined;
      yield* range.kind === 'copy'
        ? this.#copy(range, index, from?.[1], signal)
        : this.#inserts(range, index, from, signal);
    }
  }

  async *#copy(range: Range, index: number, from: number | undefined, signal?: AbortSignal): AsyncGenerator<RowBatch> {
    if (from !== undefined && from > range.start && (await headOf(this.#bytes, 1, from - 1))[0] !== 10)
      throw badCursor();
    const lines = new LineSplitter({ escapes: true });
    let { columns } = range;
    const { limits } = this.#options;
    for await (const span of spans(this.#bytes, from ?? range.start, range.end, lines, limits, signal)) {
      const rows: SourceValue[][] = [];
      const problem = (at: number, reason: string) => {
        const start = span.ends[at - 1] ?? 0;
        this.#problem(reason, span.bytes.subarray(start, span.ends[at]), span.base + start);
      };
      if (span.oversized) problem(0, TOO_LONG);
      else if (span.rest) problem(0, 'The row ends with the file, in the middle.');
      else {
        const texts = linesOf(span);
        for (let at = 0; at < texts.length; at++) {
          const text = texts[at];
          if (text == null) {
            problem(at, NOT_UTF8);
            continue;
          }
          const fields = text === '' && columns?.length === 0 ? [] : copyFields(text);
          columns ??= this.#columns(fields.length);
          if (fields.length === columns.length) rows.push(fields);
          else problem(at, `The row has ${fields.length} fields, the table ${columns.length} columns.`);
        }
      }
      const end = span.base + (span.ends.at(-1) ?? 0);
      if (rows.length > 0 && columns !== null) yield { columns, rows, cursor: cursorText('c', index, end) };
    }
  }

  /** The columns where the statement names none: those of CREATE TABLE, else numbered ones, as VALUES has them. */
  #columns(count: number): string[] {
    if (this.#table.created !== null) return this.#table.created;
    this.#options.problems.add(`${this.#file.name} ${this.#table.key} columns`, {
      ...{ table: this.#table.name, raw: '', position: null },
      reason: 'The file does not say what the columns are called.',
    });
    return Array.from({ length: count }, (_, index) => `column${index + 1}`);
  }

  async *#inserts(
    range: Range,
    index: number,
    from: number[] | undefined,
    signal?: AbortSignal,
  ): AsyncGenerator<RowBatch> {
    const { backslashes } = this.#index;
    const splitter = new InsertSplitter(backslashes);
    const batch = new Batch(index);
    // Null while another table's statement passes.
    let columns: readonly string[] | null = null;
    let isOurs = false;
    let start = range.start;
    if (from !== undefined) {
      const [, position = 0, headStart = 0, headEnd = 0] = from;
      const head = await this.#headAt(range, headStart, headEnd, position);
      ({ columns } = head);
      isOurs = true;
      batch.head = { start: headStart, end: headEnd };
      splitter.resume();
      start = position;
    }
    let lastHead = '';
    for await (const span of spans(this.#bytes, start, range.end, splitter, this.#options.limits, signal)) {
      for (const { text, raw, index: at, at: position } of recordsOf(span)) {
        const kind = span.kinds[at];
        if (kind === INSERT.rest || span.rest) {
          // The rest of a file that was cut off: the index told it.
          continue;
        }
        if (kind === INSERT.head) {
          if (text !== lastHead) {
            const head = text === null || span.oversized ? undefined : insertHead(text);
            isOurs = head !== undefined && this.#names(head.table);
            if (batch.rows.length > 0) yield batch.take();
            columns = head?.columns ?? null;
            lastHead = text ?? '';
          }
          batch.head = { start: position, end: span.base + (span.ends[at] ?? 0) };
          continue;
        }
        if (!isOurs) continue;
        const tuple =
          text === null ? NOT_UTF8 : span.oversized ? TOO_LONG : tupleOf(text, kind === INSERT.first, backslashes);
        const count = typeof tuple === 'string' ? 0 : tuple.values.length;
        if (columns === null && typeof tuple !== 'string') columns = this.#columns(count);
        if (typeof tuple === 'string') this.#add(tuple, raw(), position);
        else if (columns === null || count !== columns.length) {
          this.#add(`The row has ${count} values, the table ${columns?.length ?? 0} columns.`, raw(), position);
        } else {
          if (batch.columns !== columns && batch.rows.length > 0) yield batch.take();
          batch.columns = columns;
          batch.add(tuple, span.base + (span.ends[at] ?? 0));
        }
      }
      if (batch.rows.length > 0) yield batch.take();
    }
  }

  #names({ schema, name }: { schema: string | null; name: string }): boolean {
    return (
      name === this.#table.name && (schema === null || this.#table.schema === null || schema === this.#table.schema)
    );
  }

  /** The head that a cursor names. */
  async #headAt(range: Range, start: number, end: number, position: number): Promise<{ columns: string[] | null }> {
    if (start < range.start || start >= end || end > position || end - start > this.#options.limits.maxRowBytes) {
      throw badCursor();
    }
    const text = decoded(await headOf(this.#bytes, end - start, start));
    const head = text === null || !/\bvalues\s*\($/i.test(text) ? undefined : insertHead(text);
    const before = (await headOf(this.#bytes, 1, position - 1))[0];
    if (head === undefined || !this.#names(head.table) || before !== 41) throw badCursor();
    return { columns: head.columns ?? this.#table.created };
  }

  #problem(reason: string, raw: Uint8Array, position: number): void {
    this.#add(reason, rawText(raw), position);
  }

  #add(reason: string, raw: string, position: number): void {
    const problem: SourceProblem = { table: this.#table.name, reason, raw, position };
    this.#options.problems.add(`${this.#file.name} ${this.#table.key}`, problem);
  }
}

function tupleOf(text: string, isFirst: boolean, backslashes: boolean): Tuple | string {
  try {
    return parseTuple(isFirst ? text : tupleText(text), backslashes);
  } catch (error) {
    if (error instanceof UnreadableRow) return error.message;
    throw error;
  }
}

/** Rows of INSERT on their way to a batch. */
class Batch {
  columns: readonly string[] = [];
  head = { start: 0, end: 0 };
  rows: SourceValue[][] = [];
  #absent: (readonly number[] | null)[] = [];
  #lacks = false;
  /** Where the last row ends, and the head that it belongs to. */
  #place: [end: number, headStart: number, headEnd: number] = [0, 0, 0];
  readonly #range: number;

  constructor(range: number) {
    this.#range = range;
  }

  add({ values, absent }: Tuple, end: number): void {
    this.rows.push(values);
    this.#absent.push(absent);
    this.#lacks ||= absent !== null;
    this.#place = [end, this.head.start, this.head.end];
  }

  take(): RowBatch {
    const batch: RowBatch = {
      columns: this.columns,
      rows: this.rows,
      cursor: cursorText('i', this.#range, ...this.#place),
    };
    if (this.#lacks) batch.absent = this.#absent;
    this.rows = [];
    this.#absent = [];
    this.#lacks = false;
    return batch;
  }
}
