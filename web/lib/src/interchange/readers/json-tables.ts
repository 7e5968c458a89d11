/** Tables of a JSON file: arrays of rows, arrays of points, columns side by side as Chroma has them, single objects. */
import { checkSignal, headOf, type NamedBytes } from './bytes.js';
import type { RowBatch, SourceTable, SourceValue } from '../source.js';
import { badCursor, cursorNumbers, cursorText } from './cursor.js';
import { itemsOf, type JsonItem } from './json-items.js';
import { readPoints, RowBuilder, type ItemReader } from './json-rows.js';
import type { JsonNode } from './json-tree.js';
import { parseJson, Unreadable } from './json-value.js';
import type { ReadOptions } from './opened.js';
import { decoded, NOT_UTF8, TOO_LONG } from './spans.js';
import { isObject, toVector, type JsonObject } from './vector-shapes.js';

type RowsOptions = Parameters<SourceTable['rows']>[0];

export interface TablePlan {
  file: NamedBytes;
  name: string;
  options: ReadOptions;
}

function tableOf(
  { file, name }: TablePlan,
  count: number | null,
  columns: readonly string[] | null,
  rows: SourceTable['rows'],
): SourceTable {
  return { name, schema: null, database: null, file: file.name, columns, types: null, count, rows };
}

function report(
  { file, name, options }: TablePlan,
  node: JsonNode,
  reason: string,
  raw: string,
  position: number,
): void {
  options.problems.add(`${file.name} ${node.start}`, { table: name, reason, raw, position });
}

/** An array whose items are rows or points. */
export function arrayTable(plan: TablePlan, node: JsonNode, read: ItemReader, count: number | null): SourceTable {
  const { file, options } = plan;
  async function* rows({ cursor, signal = options.signal }: RowsOptions = {}): AsyncGenerator<RowBatch> {
    const [from = node.start + 1] = cursor === undefined ? [] : cursorNumbers(cursor, 'a', 1);
    if (cursor !== undefined && !(await endsItem(file, node, from))) throw badCursor();
    const builder = new RowBuilder(options.limits.maxColumns);
    let end = from;
    for await (const items of itemsOf(file.bytes, node, from, options, signal)) {
      for (const item of items) {
        const result = item.value instanceof Unreadable ? item.value.reason : read(item.value);
        const problem = typeof result === 'string' ? result : result.problem;
        if (problem !== '') report(plan, node, problem, item.raw(), item.at);
        for (const row of typeof result === 'string' ? [] : result.rows) {
          if (!builder.fits(row)) {
            // A batch holds whole items only, so that its cursor lies between two.
            if (builder.size > 0 && result !== problem) yield builder.take(cursorText('a', end));
            if (!builder.fits(row)) {
              report(plan, node, `The row has more than ${options.limits.maxColumns} columns.`, item.raw(), item.at);
              continue;
            }
          }
          builder.add(row);
        }
        end = item.end;
      }
      if (builder.size > 0) yield builder.take(cursorText('a', end));
    }
  }
  const table = tableOf(plan, count, null, rows);
  return read === readPoints ? { ...table, points: { metric: null } } : table;
}

/** Whether an item may end here: after a comma or a bracket. */
async function endsItem(file: NamedBytes, node: JsonNode, position: number): Promise<boolean> {
  if (position <= node.start || position > node.end) return false;
  const byte = (await headOf(file.bytes, 1, position - 1))[0];
  return byte === 44 || byte === 93 || position === node.start + 1;
}

/** One object, which is one row. */
export function objectTable(plan: TablePlan, node: JsonNode): SourceTable {
  const { file, options } = plan;
  async function* rows({ cursor, signal = options.signal }: RowsOptions = {}): AsyncGenerator<RowBatch> {
    const [from = node.start] = cursor === undefined ? [] : cursorNumbers(cursor, 'o', 1);
    if (from === node.end && cursor !== undefined) return;
    if (from !== node.start) throw badCursor();
    checkSignal(signal);
    const isLong = node.end - node.start > options.limits.maxRowBytes;
    const text = isLong ? null : decoded(await headOf(file.bytes, node.end - node.start, node.start));
    const reason = isLong ? TOO_LONG : NOT_UTF8;
    const value = text === null ? new Unreadable(reason) : parseJson(text, options.limits.maxDepth);
    const builder = new RowBuilder(options.limits.maxColumns);
    const row = isObject(value as SourceValue) && !(value instanceof Unreadable) ? (value as JsonObject) : undefined;
    if (row === undefined || !builder.fits(row)) {
      const why = value instanceof Unreadable ? value.reason : 'The row has too many columns.';
      report(plan, node, why, (text ?? '').slice(0, 4096), node.start);
      return;
    }
    builder.add(row);
    yield builder.take(cursorText('o', node.end));
  }
  return tableOf(plan, 1, null, rows);
}

/** The members of Chroma's answer that become columns. */
const CHROMA_COLUMNS = [
  ['ids', 'id'],
  ['embeddings', 'vector'],
  ['documents', 'document'],
  ['metadatas', 'metadata'],
  ['uris', 'uri'],
] as const;

/** Arrays side by side: the item of each at one place is one row. */
export function chromaTable(plan: TablePlan, members: ReadonlyMap<string, JsonNode>): SourceTable {
  const { file, options } = plan;
  const found = CHROMA_COLUMNS.map(([member, column]) => ({ column, node: members.get(member) }));
  const nodes = found.flatMap(({ node }) => (node?.kind === 'array' ? [node] : []));
  const columns = found
    .filter(({ column, node }) => column !== 'uri' || node?.kind === 'array')
    .map(({ column }) => column);
  const [ids] = nodes;

  async function* rows({ cursor, signal = options.signal }: RowsOptions = {}): AsyncGenerator<RowBatch> {
    const places =
      cursor === undefined ? nodes.map((node) => node.start + 1) : cursorNumbers(cursor, 'h', nodes.length);
    for (const [index, node] of nodes.entries()) {
      if (!(await endsItem(file, node, places[index] ?? 0))) throw badCursor();
    }
    const lanes = nodes.map((node, index) => new Lane(itemsOf(file.bytes, node, places[index] ?? 0, options, signal)));
    try {
      for (;;) {
        const taken = await sideBySide(lanes);
        if (taken === null) break;
        const batch: SourceValue[][] = [];
        for (let at = 0; at < taken.count; at++) {
          const items = taken.lanes.map((lane) => lane[at]);
          const row = chromaRow(items);
          if (typeof row === 'string') report(plan, ids ?? nodeless, row, items[0]?.raw() ?? '', items[0]?.at ?? 0);
          else batch.push(columns.map((column) => valueOfColumn(column, row)));
        }
        const ends = taken.lanes.map((lane, index) => lane[taken.count - 1]?.end ?? places[index] ?? 0);
        ends.forEach((end, index) => (places[index] = end));
        if (batch.length > 0) yield { columns, rows: batch, cursor: cursorText('h', ...ends) };
      }
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
  }

  /** The items of one place by column; a text when the row cannot be read. */
  function chromaRow(items: (JsonItem | undefined)[]): Map<string, SourceValue> | string {
    const row = new Map<string, SourceValue>();
    let lane = 0;
    for (const { column, node } of found) {
      if (node?.kind !== 'array') continue;
      const item = items[lane++];
      if (item === undefined) return `The ${column} of the row is missing: the lists are of different lengths.`;
      if (item.value instanceof Unreadable) return `${column}: ${item.value.reason}`;
      row.set(column, item.value);
    }
    const vector = row.get('vector') ?? null;
    if (vector !== null) {
      const dense = toVector(vector);
      if (dense === undefined) return 'The vector is not a list of finite numbers.';
      row.set('vector', dense);
    }
    const id = row.get('id');
    return typeof id === 'string' || typeof id === 'number' ? row : 'The row has no id.';
  }
  return { ...tableOf(plan, ids?.count ?? 0, columns, rows), points: { metric: null } };
}

const nodeless: JsonNode = { kind: 'value', start: 0, end: 0, members: new Map(), count: 0, first: 0 };

function valueOfColumn(column: string, row: Map<string, SourceValue>): SourceValue {
  return row.get(column) ?? null;
}

/** One of the arrays, with the items that wait for the others. */
class Lane {
  waiting: JsonItem[] = [];
  readonly #source: AsyncGenerator<JsonItem[]>;

  constructor(source: AsyncGenerator<JsonItem[]>) {
    this.#source = source;
  }

  async fill(): Promise<void> {
    if (this.waiting.length > 0) return;
    const result = await this.#source.next();
    if (result.done !== true) this.waiting = result.value;
  }

  async close(): Promise<void> {
    await this.#source.return(undefined);
  }
}

/** As many rows as every array has items in hand; where one has ended, what the others still have. Null at the end of all. */
async function sideBySide(lanes: Lane[]): Promise<{ count: number; lanes: JsonItem[][] } | null> {
  for (const lane of lanes) await lane.fill();
  const lengths = lanes.map((lane) => lane.waiting.length).filter((length) => length > 0);
  if (lengths.length === 0) return null;
  const count = Math.min(...lengths);
  const taken = lanes.map((lane) => lane.waiting.slice(0, count));
  for (const lane of lanes) lane.waiting = lane.waiting.slice(count);
  return { count, lanes: taken };
}
