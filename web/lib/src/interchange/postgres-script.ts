/**
 * A script that psql loads into an empty database: tables, rows in COPY, then keys and indexes, all in one transaction.
 *
 * Only names and conditions of the maps are SQL; every value of a row is a field of COPY.
 */
import { postgresText, type Cell } from './cells.js';
import { Definition, indexedColumns, nameOf, namesOf } from './definitions.js';
import type { ExportColumn } from './export-query.js';
import type { ExportTable } from './export-table.js';
import { formatCopyField } from './readers/pg-text.js';
import type { ColumnFacts, Survey } from './survey.js';

const HEAD = `SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET client_min_messages = warning;
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';

BEGIN;
`;
const MOST_INT = 2 ** 31 - 1;

/** The rows of one page as lines of COPY. */
export function copyLines({ columns }: ExportTable, rows: readonly Cell[][]): string {
  return rows
    .map((row) => `${columns.map(({ kind }, at) => formatCopyField(postgresText(kind, row[at] ?? null))).join('\t')}\n`)
    .join('');
}

export class PostgresScript {
  readonly #title: string;
  readonly #definitions: Definition[];
  /** Type by `table.column`. */
  readonly #types = new Map<string, string>();

  constructor(title: string, surveys: readonly Survey[]) {
    this.#title = title;
    this.#definitions = surveys.map((survey) => new Definition(survey));
    for (const { table, survey } of this.#definitions) {
      for (const column of table.columns)
        this.#types.set(`${table.table.name}.${column.name}`, typeOf(column, survey.of(column.name)));
    }
    this.#followParents();
  }

  /** A column that refers to one of text is of text. */
  #followParents(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const { table } of this.#definitions) {
        for (const { columns, table: parent } of table.table.foreignKeys ?? []) {
          const own = `${table.table.name}.${columns[0] ?? ''}`;
          const key = this.#definitions.find((one) => one.table.table.name === parent)?.key[0] ?? '';
          const type = this.#types.get(own);
          if (this.#types.get(`${parent}.${key}`) !== 'TEXT' || type === undefined || type === 'TEXT') continue;
          if (type.startsWith('VARCHAR')) continue;
          this.#types.set(own, 'TEXT');
          changed = true;
        }
      }
    }
  }

  #type(table: ExportTable, column: string): string {
    return this.#types.get(`${table.table.name}.${column}`) ?? 'TEXT';
  }

  head(): string {
    const vectors = [...this.#types.values()].some((type) => type.startsWith('vector'));
    const extension = vectors ? '\nCREATE EXTENSION IF NOT EXISTS vector;\n' : '';
    const tables = this.#definitions.map((definition) => this.#createTable(definition));
    return `-- ${this.#title}, written by Archivolt.\n\n${HEAD}${extension}${tables.join('')}`;
  }

  #createTable(definition: Definition): string {
    const { table } = definition;
    const lines = table.columns.map((column) => {
      const type = this.#type(table, column.name);
      const check = definition.check(column);
      const given = defaultOf(column, type);
      return [
        `  ${nameOf(column.name)} ${type}`,
        definition.isNotNull(column) ? 'NOT NULL' : '',
        given === null ? '' : `DEFAULT ${given}`,
        check === null ? '' : `CHECK (${check})`,
      ]
        .filter((part) => part !== '')
        .join(' ');
    });
    const { key } = definition;
    if (key.length > 0) lines.push(`  PRIMARY KEY (${namesOf(key)})`);
    return `\nCREATE TABLE ${nameOf(table.table.name)} (\n${lines.join(',\n')}\n);\n`;
  }

  /** What stands before and after the rows of a table. */
  copy(table: ExportTable): { head: string; end: string } {
    const columns = namesOf(table.columns.map(({ name }) => name));
    return { head: `\nCOPY ${nameOf(table.table.name)} (${columns}) FROM stdin;\n`, end: '\\.\n' };
  }

  tail(): string {
    const taken = new Set<string>();
    const lines: string[] = [];
    for (const definition of this.#definitions) {
      const name = nameOf(definition.table.table.name);
      for (const columns of definition.unique) lines.push(`ALTER TABLE ${name} ADD UNIQUE (${namesOf(columns)});`);
      for (const index of definition.indexes(['btree', 'gin'], taken)) {
        const using = index.kind === 'btree' ? '' : ` USING ${index.kind}`;
        const include = index.include === undefined ? '' : ` INCLUDE (${namesOf(index.include)})`;
        lines.push(
          `CREATE INDEX ${nameOf(index.name)} ON ${name}${using} (${indexedColumns(index.columns)})${include};`,
        );
      }
    }
    for (const definition of this.#definitions) lines.push(...this.#references(definition));
    for (const { table, survey } of this.#definitions) lines.push(...this.#sequences(table, survey));
    return `\n${lines.map((line) => `${line}\n`).join('')}\nCOMMIT;\n`;
  }

  #references(definition: Definition): string[] {
    const { table } = definition.table;
    return definition.foreignKeys(this.#definitions).flatMap(({ column, table: parent, key, onDelete }) => {
      const own = this.#type(definition.table, column).replace(/^VARCHAR.*/, 'TEXT');
      const other = this.#types.get(`${parent}.${key}`)?.replace(/^VARCHAR.*/, 'TEXT');
      const whole = /^(?:SERIAL|BIGSERIAL|INTEGER|BIGINT)$/;
      if (own !== other && !(whole.test(own) && whole.test(other ?? ''))) return [];
      const action = onDelete === 'NO ACTION' ? '' : ` ON DELETE ${onDelete}`;
      return [
        `ALTER TABLE ${nameOf(table.name)} ADD FOREIGN KEY (${nameOf(column)}) REFERENCES ${nameOf(parent)} (${nameOf(key)})${action};`,
      ];
    });
  }

  /** Numbers that are given next. */
  #sequences(table: ExportTable, survey: Survey): string[] {
    return table.columns
      .filter(({ name }) => survey.rows > 0 && survey.of(name).most > 0 && this.#type(table, name).endsWith('SERIAL'))
      .map(({ name }) => {
        const sequence = `pg_get_serial_sequence('${nameOf(table.table.name)}', '${name}')`;
        return `SELECT pg_catalog.setval(${sequence}, ${survey.of(name).most});`;
      });
  }
}

/** The documented type, or a wider one that every value fits. */
function typeOf({ map }: ExportColumn, facts: ColumnFacts): string {
  if (map === null) return 'TEXT';
  const type = map.type.replace(/^string$/, 'TEXT').replace(/^timestamp$/, 'TIMESTAMP');
  const [, base = type, size = '', scale] = /^(\w+)\((\d+)(?:,\s*(\d+))?\)/.exec(type) ?? [];
  switch (base) {
    case 'UUID':
      return facts.uuids ? type : 'TEXT';
    case 'VARCHAR':
      if (facts.longest <= Number(size)) return type;
      return type.endsWith('[]') ? 'TEXT[]' : 'TEXT';
    case 'SERIAL':
    case 'INTEGER':
      if (!facts.whole) return 'TEXT';
      if (facts.least >= -MOST_INT && facts.most <= MOST_INT) return type;
      return base === 'SERIAL' ? 'BIGSERIAL' : 'BIGINT';
    case 'BIGINT':
      return facts.whole ? type : 'TEXT';
    case 'NUMERIC':
    case 'DECIMAL': {
      const fits = facts.decimals <= Number(scale) && facts.integerDigits <= Number(size) - Number(scale);
      return fits ? type : 'NUMERIC';
    }
    case 'FLOAT':
      return 'DOUBLE PRECISION';
    case 'JSONB':
      return facts.onlyJson ? 'JSON' : type;
    case 'vector':
      return [...facts.dimensions].every((dimensions) => dimensions === Number(size)) ? type : 'vector';
    default:
      return type;
  }
}

/** Defaults that any PostgreSQL runs. */
function defaultOf({ map }: ExportColumn, type: string): string | null {
  const given = map?.default;
  if (given === undefined || /^gen_uuid/.test(given)) return null;
  if (given === 'gen_random_uuid()' && type !== 'UUID') return 'gen_random_uuid()::text';
  return given;
}
