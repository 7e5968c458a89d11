/**
 * Reads one table of another system's shape out of the tables here, by its map: pages of rows with cells in the order of its
 * columns. Knows nothing of the format that they are written in.
 */
import type { Cell } from './cells.js';
import { ExportQuery, type Ask, type ExportColumn, type Extra, type Picked } from './export-query.js';
import type { MapColumn, MapTable, SystemMap } from './maps.js';
import { parseJson } from './readers/json-value.js';

export interface ExportPage {
  rows: Cell[][];
  /** Columns in which some row refers to a row that is not among those of the table that they refer to. */
  orphans: ReadonlySet<string>;
  /** Where the next page begins; null after the last one. */
  next: unknown[] | null;
}

const ROWS = 500;
const MOST_DEPTH = 2000;
const NO_EXTRA: Extra = {};

export class ExportTable {
  readonly table: MapTable;
  readonly columns: readonly ExportColumn[];
  /** Rows that there were when it was opened. */
  readonly count: number;
  readonly #picks: Picked[];
  readonly #sql: string;
  readonly #key: readonly string[];
  /** Place of `extra` in the row of the query, or -1. */
  readonly #extra: number;
  /** By place in the row of the query: the column whose reference that flag is about. */
  readonly #flags: ReadonlyMap<number, string>;
  readonly #from: string;
  readonly #ask: Ask;

  /** `references`: names of source tables that are exported. Runs a few queries; whoever calls holds the database. */
  constructor(
    ask: Ask,
    map: SystemMap,
    table: MapTable,
    { secrets, references }: { secrets: boolean; references: ReadonlySet<string> },
  ) {
    this.#ask = ask;
    this.table = table;
    const query = new ExportQuery(map, table, secrets, references);
    const picks = table.columns.filter(isKept).map((column) => query.pick(column));
    for (const column of table.further ?? []) {
      if (isKept(column) && this.#has(query, column)) picks.push(query.pick(column));
    }
    if (query.hasExtra && table.target !== 'api_keys') {
      for (const name of this.#furtherMembers(query, picks)) picks.push(query.member(name));
    }
    this.#picks = picks;
    this.columns = picks.map(({ column }) => column);
    this.#key = query.key;
    this.#extra = query.extraAt;
    this.#flags = query.flags;
    this.#from = query.from;
    this.#sql = query.sql;
    this.count = Number(ask(`SELECT count(*) ${query.from}`)[0]?.[0] ?? 0);
  }

  page(after: unknown[] | null): ExportPage {
    const key = this.#key.map((name) => `t.${name}`).join(', ');
    const further = after === null ? '' : ` AND (${key}) > (${this.#key.map(() => '?').join(', ')})`;
    const found = this.#ask(`${this.#sql}${further} ORDER BY ${key} LIMIT ${ROWS}`, after ?? []);
    const orphans = new Set<string>();
    const rows = found.map((row) => {
      for (const [at, name] of this.#flags) if (row[at] === 0) orphans.add(name);
      const json = this.#extra < 0 ? null : row[this.#extra];
      const extra = typeof json === 'string' ? membersOf(json) : NO_EXTRA;
      return this.#picks.map((pick) => pick.cell(row, extra));
    });
    const last = found.length < ROWS ? undefined : found.at(-1);
    return { rows, orphans, next: last === undefined ? null : last.slice(0, this.#key.length) };
  }

  /** Whether two rows have the same values of these columns; NULL is like nothing. */
  repeats(columns: readonly string[]): boolean {
    const places = columns.map((name) => this.columns.findIndex((column) => column.name === name));
    if (places.includes(-1)) return true;
    const expressions = places.map((at) => this.#picks[at]?.sql ?? 'NULL');
    const names = expressions.map((_, at) => `c${at}`);
    const inner = `SELECT ${expressions.map((sql, at) => `${sql} AS c${at}`).join(', ')} ${this.#from}`;
    const known = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
    const list = names.join(', ');
    return this.#ask(`SELECT 1 FROM (${inner}) WHERE ${known} GROUP BY ${list} HAVING count(*) > 1 LIMIT 1`).length > 0;
  }

  /** Whether a column that only real exports have is worth writing: the rows say more than new ones would. */
  #has(query: ExportQuery, column: MapColumn): boolean {
    if (column.transform === 'extra') return query.memberNames(this.#ask).includes(column.name);
    const expression = query.expression(column);
    return this.#ask(`SELECT 1 ${query.from} AND ${expression} IS NOT NULL LIMIT 1`).length > 0;
  }

  #furtherMembers(query: ExportQuery, picks: readonly Picked[]): string[] {
    const taken = new Set(picks.map(({ column }) => column.name.toLowerCase()));
    const names: string[] = [];
    for (const name of query.memberNames(this.#ask)) {
      const folded = name.toLowerCase();
      // Of two names that a database takes for one the first has its column.
      if (name === '' || name.includes('\0') || taken.has(folded)) continue;
      taken.add(folded);
      names.push(name);
    }
    return names;
  }
}

/** A version of another schema and the items of arrays have nothing to be written from, nor has a key of which only a hash is known. */
function isKept({ to, transform }: MapColumn): boolean {
  if (transform === 'const') return true;
  return to !== null && !['version', 'fullText', 'items', 'members', 'key_hash'].includes(transform);
}

function membersOf(json: string): Extra {
  const value = parseJson(json, MOST_DEPTH);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Extra) : NO_EXTRA;
}
