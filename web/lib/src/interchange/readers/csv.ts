/**
 * CSV: a header and records, as RFC 4180 has them and PostgreSQL writes them. A field without quotes and without text is NULL, one
 * of two quotes is ''.
 */
import { invalidArgument } from '../../errors.js';
import type { RowBatch, SourceLimits, SourceTable, SourceValue } from '../source.js';
import { headOf, type ByteSource, type NamedBytes } from './bytes.js';
import { badCursor, cursorNumbers, cursorText } from './cursor.js';
import { schemaAndTable } from './names.js';
import type { OpenedFile, ReadOptions } from './opened.js';
import { NOT_UTF8, recordsOf, spans, TOO_LONG, type Splitter } from './spans.js';

const QUOTE = 34;
const SEPARATORS = [',', ';', '\t'];
const MOST_HEADER = 4 * 1024 * 1024;

export async function openCsv(file: NamedBytes, options: ReadOptions): Promise<OpenedFile> {
  const { limits, signal } = options;
  const header = await headerOf(file.bytes, limits, signal);
  const table: SourceTable = {
    ...{ ...schemaAndTable(file.name), database: null, file: file.name },
    ...{ columns: header.columns, types: null, count: null },
    rows: (given = {}) => rows(file, header, options, given),
  };
  return { format: 'csv', tables: [table] };
}

interface Header {
  columns: string[];
  separator: string;
  /** Where the rows begin. */
  end: number;
}

async function headerOf(bytes: ByteSource, limits: SourceLimits, signal?: AbortSignal): Promise<Header> {
  const mark = await headOf(bytes, 3);
  const start = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0;
  if ((mark[0] === 0xff && mark[1] === 0xfe) || (mark[0] === 0xfe && mark[1] === 0xff)) {
    throw invalidArgument('The CSV file is UTF-16: save it as UTF-8.');
  }
  const most = { ...limits, maxRowBytes: Math.min(limits.maxRowBytes, MOST_HEADER) };
  // Quotes come after any separator here; the next step tells which one it is.
  const splitter = new CsvSplitter(SEPARATORS);
  for await (const span of spans(bytes, start, start + most.maxRowBytes + 1, splitter, most, signal)) {
    const [record] = recordsOf(span);
    const text = record?.text;
    const isCut = span.oversized || (span.rest && span.base + span.bytes.length > start + most.maxRowBytes);
    if (isCut) throw invalidArgument('The first line of the CSV file is too long for a line of column names.');
    if (text == null) throw invalidArgument('The CSV file is not valid UTF-8: save it as UTF-8.');
    const separator = separatorOf(text);
    const names = fieldsOf(text, separator);
    if (names === null || text.trim() === '') break;
    if (names.length > limits.maxColumns) {
      throw invalidArgument(`The CSV file has ${names.length} columns; at most ${limits.maxColumns} can be read.`);
    }
    return { columns: unique(names), separator, end: span.base + (span.ends[0] ?? 0) };
  }
  throw invalidArgument('The CSV file has no line of column names at its beginning.');
}

/** The sign that parts most names, outside of quotes. */
function separatorOf(header: string): string {
  const plain = header.replace(/"(?:[^"]|"")*"/g, '');
  const counts = SEPARATORS.map((separator) => plain.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Names, each once: a second `id` is `id_2`, one without text is `column3`. */
function unique(names: (string | null)[]): string[] {
  const taken = new Set<string>();
  return names.map((given, index) => {
    const name = given === null || given === '' ? `column${index + 1}` : given;
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
    taken.add(free);
    return free;
  });
}

async function* rows(
  file: NamedBytes,
  { columns, separator, end }: Header,
  { limits, problems, signal: outer }: ReadOptions,
  { cursor, signal = outer }: { cursor?: string; signal?: AbortSignal },
): AsyncGenerator<RowBatch> {
  const [from = end] = cursor === undefined ? [] : cursorNumbers(cursor, 'v', 1);
  if (cursor !== undefined && (from < end || (from > end && !(await endsRecord(file.bytes, from))))) throw badCursor();
  const table = schemaAndTable(file.name).name;
  for await (const span of spans(file.bytes, from, Infinity, new CsvSplitter([separator]), limits, signal)) {
    const batch: SourceValue[][] = [];
    for (const { text, raw, at } of recordsOf(span)) {
      const isBlank = text !== null && columns.length > 1 && /^\r?\n?$/.test(text);
      if (isBlank) continue;
      const fields = text === null || span.oversized ? null : fieldsOf(text, separator);
      if (fields !== null && fields.length === columns.length) {
        batch.push(fields);
        continue;
      }
      const count = fields?.length ?? 0;
      const reason = span.oversized
        ? TOO_LONG
        : text === null
          ? NOT_UTF8
          : fields === null
            ? 'The file ends inside quotes.'
            : `The row has ${count} fields, the header ${columns.length}.`;
      problems.add(file.name, { table, reason, raw: raw(), position: at });
    }
    if (batch.length > 0) {
      yield { columns, rows: batch, cursor: cursorText('v', span.base + (span.ends.at(-1) ?? 0)) };
    }
  }
  if (file.bytes.damage !== '') {
    const reason = `The packed file is damaged: ${file.bytes.damage}.`;
    problems.add(`${file.name} damage`, { table, reason, raw: '', position: null });
  }
}

/** Whether a record may end here: after a newline, or with the file. */
async function endsRecord(bytes: ByteSource, position: number): Promise<boolean> {
  const around = await headOf(bytes, 2, position - 1);
  return around.length > 0 && (around[0] === 10 || around.length === 1);
}

/** Where a record is: at the beginning of a field, in one without quotes, in one with, after a quote in one with. */
const enum Where {
  Start,
  Plain,
  Quoted,
  Quote,
}

/** Ends of records: newlines outside of quotes. A quote counts only at the beginning of a field. */
export class CsvSplitter implements Splitter {
  readonly kind = 0;
  readonly #separators = new Uint8Array(256);
  #where = Where.Start;

  constructor(separators: readonly string[]) {
    for (const separator of separators) this.#separators[separator.charCodeAt(0)] = 1;
  }

  next(bytes: Uint8Array, from: number): number {
    let where = this.#where;
    let at = from;
    const { length } = bytes;
    const separators = this.#separators;
    while (at < length) {
      if (where === Where.Quoted) {
        at = quoteAfter(bytes, at);
        if (at < 0) break;
        where = Where.Quote;
        at++;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (byte === 10) {
        this.#where = Where.Start;
        return at;
      }
      if (byte === QUOTE) {
        if (where !== Where.Plain) where = Where.Quoted;
      } else where = separators[byte] === 1 ? Where.Start : Where.Plain;
    }
    this.#where = where;
    return -1;
  }
}

const NEAR = 48;

/** Position of the next quote, or -1; most are near. */
function quoteAfter(bytes: Uint8Array, from: number): number {
  const near = Math.min(bytes.length, from + NEAR);
  for (let at = from; at < near; at++) if (bytes[at] === QUOTE) return at;
  return bytes.indexOf(QUOTE, near);
}

/** The fields of a record with or without its end; null when it ends inside quotes. */
export function fieldsOf(record: string, separator: string): (string | null)[] | null {
  const text = record.replace(/\r?\n$/, '');
  if (!text.includes('"')) {
    const plain: (string | null)[] = text.split(separator);
    for (let index = 0; index < plain.length; index++) if (plain[index] === '') plain[index] = null;
    return plain;
  }
  const fields: (string | null)[] = [];
  let at = 0;
  for (;;) {
    let value: string | null = null;
    if (text.charCodeAt(at) === QUOTE) {
      const parts: string[] = [];
      for (;;) {
        const end = text.indexOf('"', at + 1);
        if (end < 0) return null;
        parts.push(text.slice(at + 1, end));
        at = end + 1;
        if (text.charCodeAt(at) !== QUOTE) break;
      }
      value = parts.join('"');
    }
    // What follows a closing quote is kept as it is.
    const end = text.indexOf(separator, at);
    const rest = text.slice(at, end < 0 ? text.length : end);
    fields.push(value === null ? (rest === '' ? null : rest) : value + rest);
    if (end < 0) return fields;
    at = end + 1;
  }
}
