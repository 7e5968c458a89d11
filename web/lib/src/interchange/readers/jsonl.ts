/** JSON lines: one row a line, of the table that it names or of the one that the file is called by. */
import { invalidArgument } from '../../errors.js';
import type { RowBatch, SourceTable, SourceValue } from '../source.js';
import { headOf, type NamedBytes } from './bytes.js';
import { LineSplitter } from './copy.js';
import { badCursor, cursorNumbers, cursorText } from './cursor.js';
import { memberTexts } from './json-detect.js';
import { readPoints, readRows, RowBuilder, type ItemReader } from './json-rows.js';
import { parseJson, Unreadable } from './json-value.js';
import { tableName } from './names.js';
import type { OpenedFile, ReadOptions } from './opened.js';
import { NOT_UTF8, recordsOf, spans, TOO_LONG, type Span } from './spans.js';
import { isObject, isPoint, VECTOR_MEMBERS, type JsonObject } from './vector-shapes.js';

interface Range {
  start: number;
  end: number;
}

interface LineTable {
  ranges: Range[];
  count: number;
  read: ItemReader;
}

const MOST_RUNS = { blob: 512, stream: 1 };
const MOST_TABLES = 10_000;

export async function openLines(file: NamedBytes, options: ReadOptions): Promise<OpenedFile> {
  const mark = await headOf(file.bytes, 3);
  const start = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0;
  const own = tableName(file.name);
  const tables = new Map<string, LineTable>();
  const mostRuns = file.bytes.size === null ? MOST_RUNS.stream : MOST_RUNS.blob;
  let last: LineTable | undefined;
  let readable = 0;
  for await (const span of lines(file, start, Infinity, options)) {
    for (const { text, raw, index, at } of recordsOf(span)) {
      if (text?.trim() === '') continue;
      const value = lineValue(text, span, options);
      if (value instanceof Unreadable) {
        options.problems.add(file.name, { table: null, reason: value.reason, raw: raw(), position: at });
        continue;
      }
      readable++;
      const named = tableOf(value);
      const name = named?.table ?? own;
      let table = tables.get(name);
      if (table === undefined) {
        if (tables.size === MOST_TABLES) throw invalidArgument('The JSON lines name too many tables.');
        const points = isObject(value) && named === undefined && isPoint(Object.keys(value), true);
        table = { ranges: [], count: 0, read: points ? readPoints : readRows };
        tables.set(name, table);
      }
      const end = span.base + (span.ends[index] ?? 0);
      const run = table.ranges.at(-1);
      if (run !== undefined && (last === table || table.ranges.length >= mostRuns)) run.end = end;
      else table.ranges.push({ start: at, end });
      table.count++;
      last = table;
    }
  }
  if (readable === 0) throw invalidArgument('The file holds no line of JSON.');
  if (file.bytes.damage !== '') {
    const reason = `The packed file is damaged: ${file.bytes.damage}.`;
    options.problems.add(`${file.name} damage`, { table: null, reason, raw: '', position: null });
  }
  const isPoints = tables.size === 1 && tables.get(own)?.read === readPoints;
  return {
    format: isPoints ? 'qdrant' : 'jsonl',
    tables: [...tables].map(([name, table]): SourceTable => {
      const about = { name, schema: null, database: null, file: file.name, columns: null, types: null };
      const count = table.read === readPoints ? null : table.count;
      const points = table.read === readPoints ? { points: { metric: null } } : {};
      return { ...about, ...points, count, rows: (given = {}) => rows(file, name, own, table, options, given) };
    }),
  };
}

function lines(file: NamedBytes, from: number, to: number, options: ReadOptions, signal = options.signal) {
  return spans(file.bytes, from, to, new LineSplitter({ escapes: false }), options.limits, signal);
}

function lineValue(text: string | null, span: Span, { limits }: ReadOptions): SourceValue | Unreadable {
  if (span.oversized) return new Unreadable(TOO_LONG);
  return text === null ? new Unreadable(NOT_UTF8) : parseJson(text, limits.maxDepth, VECTOR_MEMBERS);
}

/** Table and row of a line that names its table: {table, row}, {table, data}, or the row's members beside `table`. */
function tableOf(value: SourceValue): { table: string; row: JsonObject; inside: string | null } | undefined {
  if (!isObject(value) || typeof value['table'] !== 'string') return undefined;
  const { table, ...rest } = value;
  if (typeof table !== 'string') return undefined;
  const names = Object.keys(rest);
  const inside = names.length === 1 ? (['row', 'data'].find((name) => isObject(rest[name])) ?? null) : null;
  const inner = inside === null ? undefined : rest[inside];
  return { table, row: isObject(inner) ? inner : rest, inside };
}

/** As readRows, each member the text of its JSON. */
function readTexts(text: string, value: SourceValue): ReturnType<ItemReader> {
  if (!isObject(value)) return readRows(value);
  const members = memberTexts(text);
  const named = tableOf(value);
  if (named === undefined) return { rows: [Object.fromEntries(members)], problem: '' };
  members.delete('table');
  const inner = named.inside === null ? members : memberTexts(members.get(named.inside) ?? '');
  return { rows: [Object.fromEntries(inner)], problem: '' };
}

/** Lines that cannot be read were told when the file was looked over. */
async function* rows(
  file: NamedBytes,
  name: string,
  own: string,
  { ranges, read }: LineTable,
  options: ReadOptions,
  { cursor, signal = options.signal }: { cursor?: string; signal?: AbortSignal },
): AsyncGenerator<RowBatch> {
  const [first = 0, from] = cursor === undefined ? [] : cursorNumbers(cursor, 'l', 2);
  const begun = ranges[first];
  if (cursor !== undefined) {
    if (begun === undefined || from === undefined || from <= begun.start || from > begun.end) throw badCursor();
    if (from < begun.end && (await headOf(file.bytes, 1, from - 1))[0] !== 10) throw badCursor();
  }
  const builder = new RowBuilder(options.limits.maxColumns);
  for (const [index, range] of ranges.entries()) {
    if (index < first) continue;
    let end = index === first ? (from ?? range.start) : range.start;
    for await (const span of lines(file, end, range.end, options, signal)) {
      for (const { text, raw, index: line, at } of recordsOf(span)) {
        const value = text?.trim() === '' ? new Unreadable('') : lineValue(text, span, options);
        if (value instanceof Unreadable) continue;
        const named = tableOf(value);
        if ((named?.table ?? own) !== name) continue;
        const { rows: found, problem } =
          options.memberTexts === true ? readTexts(text ?? '', value) : read(named?.row ?? value);
        const tell = (reason: string) =>
          options.problems.add(`${file.name} ${name}`, { table: name, reason, raw: raw(), position: at });
        if (problem !== '') tell(problem);
        for (const row of found) {
          if (!builder.fits(row) && builder.size > 0) yield builder.take(cursorText('l', index, end));
          if (builder.fits(row)) builder.add(row);
          else tell(`The row has more than ${options.limits.maxColumns} columns.`);
        }
        end = span.base + (span.ends[line] ?? 0);
      }
      if (builder.size > 0) yield builder.take(cursorText('l', index, end));
    }
  }
}
