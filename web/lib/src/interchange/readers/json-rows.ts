/** JSON objects to rows: columns are the members of all the objects of a batch. */
import type { RowBatch, SourceValue } from '../source.js';
import { isObject, pointRows, type JsonObject } from './vector-shapes.js';

/** Names of the one column that PostgreSQL's functions give a whole row in. */
const WRAPPED = ['row_to_json', 'to_json', 'to_jsonb', 'json_build_object', 'jsonb_build_object'];
const AGGREGATED = ['json_agg', 'jsonb_agg', 'array_to_json'];

/** The rows that an item stands for, or why it stands for none. */
export function rowsOfItem(item: SourceValue): JsonObject[] | string {
  if (!isObject(item)) return 'The row is no JSON object.';
  const [name, second] = Object.keys(item);
  if (name === undefined || second !== undefined) return [item];
  const value = item[name];
  if (WRAPPED.includes(name) && isObject(value)) return [value];
  if (AGGREGATED.includes(name) && Array.isArray(value) && value.every((row) => isObject(row))) return value;
  return [item];
}

/** What an item is to be read as: rows, and what of it cannot be read. */
export type ItemReader = (item: SourceValue) => { rows: JsonObject[]; problem: string };

export const readRows: ItemReader = (item) => {
  const rows = rowsOfItem(item);
  return typeof rows === 'string' ? { rows: [], problem: rows } : { rows, problem: '' };
};

export const readPoints: ItemReader = (item) =>
  isObject(item) && 'id' in item ? pointRows(item) : { rows: [], problem: 'The point has no id.' };

export class RowBuilder {
  readonly #maxColumns: number;
  #columns = new Map<string, number>();
  #rows: (SourceValue | undefined)[][] = [];

  constructor(maxColumns: number) {
    this.#maxColumns = maxColumns;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Whether the row fits into this batch; one that fits into none is to be told before. */
  fits(row: JsonObject): boolean {
    const names = Object.keys(row);
    if (this.#columns.size + names.length <= this.#maxColumns) return true;
    return this.#columns.size + names.filter((name) => !this.#columns.has(name)).length <= this.#maxColumns;
  }

  add(row: JsonObject): void {
    const values: (SourceValue | undefined)[] = [];
    for (const name of Object.keys(row)) {
      let index = this.#columns.get(name);
      if (index === undefined) {
        index = this.#columns.size;
        this.#columns.set(name, index);
      }
      values[index] = row[name];
    }
    this.#rows.push(values);
  }

  take(cursor: string): RowBatch {
    const columns = [...this.#columns.keys()];
    let lacks = false;
    const absent: (number[] | null)[] = [];
    const rows = this.#rows.map((row) => {
      const missing: number[] = [];
      const values = columns.map((_, index) => {
        const value = row[index];
        if (value === undefined) missing.push(index);
        return value ?? null;
      });
      absent.push(missing.length > 0 ? missing : null);
      lacks ||= missing.length > 0;
      return values;
    });
    this.#columns = new Map();
    this.#rows = [];
    return lacks ? { columns, rows, absent, cursor } : { columns, rows, cursor };
  }
}
