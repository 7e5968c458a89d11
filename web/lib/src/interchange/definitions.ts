/** What a table's definition is made of, for both engines: names, keys and checks that its rows fit. */
import type { ExportColumn } from './export-query.js';
import type { ExportTable } from './export-table.js';
import type { MapIndex } from './maps.js';
import type { Survey } from './survey.js';

/** Longer texts do not fit into PostgreSQL's indexes. */
const MOST_INDEXED = 600;

const RESERVED = new Set(
  (
    'abort add all alter analyse analyze and any array as asc asymmetric authorization begin between binary both by case cast check ' +
    'collate collation column commit concurrently conflict constraint create cross current current_catalog current_date current_role ' +
    'current_schema current_time current_timestamp current_user default deferrable deferred delete desc distinct do drop else end ' +
    'escape except exists explain false fetch filter for foreign freeze from full glob grant group groups having if ilike in index ' +
    'initially inner insert instead intersect into is isnull join lateral leading left like limit localtime localtimestamp match ' +
    'materialized natural no not nothing notnull null nulls of offset on only or order outer over overlaps partition placing plan ' +
    'pragma primary query raise range recursive references regexp reindex release rename replace returning right rollback row rows ' +
    'savepoint select session_user set similar some symmetric system_user table tablesample temp temporary then ties to trailing ' +
    'transaction trigger true unbounded union unique update user using vacuum values variadic verbose view virtual when where ' +
    'window with without'
  ).split(' '),
);

/** Quoted only where it must be. */
export function nameOf(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export const namesOf = (names: readonly string[]): string => names.map(nameOf).join(', ');

export function textLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** The columns of an index with their order: `created_at DESC`. */
export function indexedColumns(columns: readonly string[]): string {
  return columns
    .map((column) => {
      const [, name = column, order = ''] = /^(\S+)( (?:ASC|DESC))?$/i.exec(column) ?? [];
      return nameOf(name) + order;
    })
    .join(', ');
}

/** A table with what the document demands of it and its rows keep. */
export class Definition {
  readonly survey: Survey;
  readonly table: ExportTable;
  readonly #documentedKey: readonly string[];
  readonly #repeats = new Map<string, boolean>();

  /** Asks the database what stands twice. */
  constructor(survey: Survey) {
    this.survey = survey;
    this.table = survey.table;
    const { unique = [], key } = this.table.table;
    // Of a table that the document only names the column of its ids is the key.
    this.#documentedKey =
      key ?? this.table.columns.filter(({ map }) => map?.transform === 'id').map(({ name }) => name);
    for (const columns of [this.#documentedKey, ...unique])
      this.#repeats.set(columns.join(), columns.length > 0 && this.table.repeats(columns));
  }

  #has(columns: readonly string[]): boolean {
    return columns.every((name) => this.table.columns.some((column) => column.name === name));
  }

  #indexable(columns: readonly string[]): boolean {
    return this.#has(columns) && columns.every((name) => this.survey.of(name).longest <= MOST_INDEXED);
  }

  #isUnique(columns: readonly string[]): boolean {
    return columns.length > 0 && this.#indexable(columns) && this.#repeats.get(columns.join()) === false;
  }

  get key(): readonly string[] {
    const key = this.#documentedKey;
    return this.#isUnique(key) && !key.some((name) => this.survey.of(name).nulls) ? key : [];
  }

  get unique(): readonly string[][] {
    const { unique = [] } = this.table.table;
    return unique.filter((columns) => this.#isUnique(columns));
  }

  isNotNull({ name, map }: ExportColumn): boolean {
    return map !== null && !map.nullable && !this.survey.of(name).nulls;
  }

  /** Foreign keys whose every value has its row. `all`: every exported table. */
  foreignKeys(all: readonly Definition[]): { column: string; table: string; key: string; onDelete: string }[] {
    return (this.table.table.foreignKeys ?? []).flatMap(({ columns, table, onDelete }) => {
      const [column = ''] = columns;
      const key = all.find((one) => one.table.table.name === table)?.key ?? [];
      if (columns.length !== 1 || key.length !== 1 || !this.#has(columns) || this.survey.of(column).orphans) return [];
      return [{ column, table, key: key[0] ?? '', onDelete }];
    });
  }

  /** The condition that the document enforces, unless a value breaks it. */
  check({ name, map, kind }: ExportColumn): string | null {
    if (map === null || this.survey.of(name).breaksCheck) return null;
    if (map.check !== undefined) return map.check;
    if (map.values === undefined || map.documentedOnly === true || kind !== 'text') return null;
    const values = Object.keys(map.values).map(textLiteral).join(', ');
    return `${nameOf(name)} IN (${values})`;
  }

  indexes(kinds: readonly string[], taken: Set<string>): MapIndex[] {
    return (this.table.table.indexes ?? []).flatMap((index) => {
      const columns = index.columns.map((column) => column.split(' ')[0] ?? '');
      if (!kinds.includes(index.kind) || !this.#indexable(columns)) return [];
      // Two tables of a document may have an index of one name, which no database takes.
      const name = taken.has(index.name) ? `${index.name}_${this.table.table.name}` : index.name;
      if (taken.has(name)) return [];
      taken.add(name);
      return [{ ...index, name }];
    });
  }
}
