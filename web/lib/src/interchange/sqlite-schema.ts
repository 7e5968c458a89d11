/** The tables of a system as SQLite makes them, for a file and for a script. */
import { sqliteLiteral, type Cell, type CellKind } from './cells.js';
import { Definition, indexedColumns, nameOf, namesOf, textLiteral } from './definitions.js';
import type { ExportColumn } from './export-query.js';
import type { ExportTable } from './export-table.js';
import type { ColumnFacts, Survey } from './survey.js';

/** By what the values are, so that no affinity changes one: a column of type UUID would make numbers of some ids. */
const TYPES: Record<CellKind, string> = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'INTEGER',
  json: 'TEXT',
  array: 'TEXT',
  member: '',
  vector: 'BLOB',
  bytes: 'BLOB',
};

export class SqliteSchema {
  readonly #definitions: Definition[];

  constructor(surveys: readonly Survey[]) {
    this.#definitions = surveys.map((survey) => new Definition(survey));
  }

  /** What comes before the rows. */
  tables(): string[] {
    return this.#definitions.map((definition) => this.#createTable(definition));
  }

  #createTable(definition: Definition): string {
    const { table, survey, key } = definition;
    const [only] = key;
    const numbered = key.length === 1 && table.columns.find(({ name, map }) => name === only && map?.autoincrement);
    const isNumbered = numbered !== undefined && numbered !== false && survey.of(numbered.name).whole;
    const lines = table.columns.map((column) => {
      const check = definition.check(column);
      const given = defaultOf(column);
      const own = isNumbered && column === numbered;
      return [
        `  ${nameOf(column.name)} ${typeOf(column, survey.of(column.name))}`.trimEnd(),
        own ? 'PRIMARY KEY AUTOINCREMENT' : definition.isNotNull(column) ? 'NOT NULL' : '',
        given === null ? '' : `DEFAULT ${given}`,
        check === null ? '' : `CHECK (${check})`,
      ]
        .filter((part) => part !== '')
        .join(' ');
    });
    if (key.length > 0 && !isNumbered) lines.push(`  PRIMARY KEY (${namesOf(key)})`);
    for (const columns of definition.unique) lines.push(`  UNIQUE (${namesOf(columns)})`);
    for (const { column, table: parent, key: parentKey, onDelete } of definition.foreignKeys(this.#definitions)) {
      const action = onDelete === 'NO ACTION' ? '' : ` ON DELETE ${onDelete}`;
      lines.push(`  FOREIGN KEY (${nameOf(column)}) REFERENCES ${nameOf(parent)} (${nameOf(parentKey)})${action}`);
    }
    return `CREATE TABLE ${nameOf(table.table.name)} (\n${lines.join(',\n')}\n);`;
  }

  /** What comes after the rows: indexes, full text with its triggers, and what the document lets a database do by itself. */
  rest(): string[] {
    const taken = new Set<string>();
    const statements: string[] = [];
    for (const definition of this.#definitions) {
      const { name, fullText = [], triggers = [] } = definition.table.table;
      for (const index of definition.indexes(['btree'], taken))
        statements.push(`CREATE INDEX ${nameOf(index.name)} ON ${nameOf(name)} (${indexedColumns(index.columns)});`);
      for (const index of fullText) if (index.kind === 'fts5') statements.push(...fullTextOf(name, index));
      for (const trigger of triggers)
        statements.push(
          `CREATE TRIGGER ${nameOf(trigger.name)} ${trigger.event} ON ${nameOf(name)} BEGIN ${trigger.body} END;`,
        );
    }
    return statements;
  }
}

/** A full-text index that keeps no texts of its own, and the triggers that follow its table. */
function fullTextOf(table: string, { name, columns }: { name: string; columns: string[] }): string[] {
  const index = nameOf(name);
  const list = namesOf(columns);
  const added = columns.map((column) => `new.${nameOf(column)}`).join(', ');
  const gone = columns.map((column) => `old.${nameOf(column)}`).join(', ');
  const add = `INSERT INTO ${index}(rowid, ${list}) VALUES (new.rowid, ${added});`;
  const remove = `INSERT INTO ${index}(${index}, rowid, ${list}) VALUES ('delete', old.rowid, ${gone});`;
  const on = (suffix: string, event: string, body: string): string =>
    `CREATE TRIGGER ${nameOf(`${name}_${suffix}`)} AFTER ${event} ON ${nameOf(table)} BEGIN ${body} END;`;
  return [
    `CREATE VIRTUAL TABLE ${index} USING fts5(${list}, content=${textLiteral(table)}, content_rowid='rowid');`,
    on('insert', 'INSERT', add),
    on('delete', 'DELETE', remove),
    on('update', 'UPDATE', `${remove} ${add}`),
    `INSERT INTO ${index}(${index}) VALUES ('rebuild');`,
  ];
}

function typeOf({ kind }: ExportColumn, facts: ColumnFacts): string {
  // An id that is no number would stay text in a column of INTEGER, but not as a key that counts.
  return kind === 'integer' && !facts.whole ? 'TEXT' : TYPES[kind];
}

/** Defaults that SQLite runs. */
function defaultOf({ map }: ExportColumn): string | null {
  const given = map?.default;
  return given === undefined || /^(?:gen_|now\()/i.test(given) ? null : given;
}

export function insertInto({ table, columns }: ExportTable): string {
  const names = namesOf(columns.map(({ name }) => name));
  return `INSERT INTO ${nameOf(table.name)} (${names}) VALUES`;
}

/** The rows of one page as statements of a script. */
export function insertLines(table: ExportTable, rows: readonly Cell[][]): string {
  const head = insertInto(table);
  return rows
    .map((row) => {
      const values = table.columns.map(({ kind }, at) => sqliteLiteral(kind, row[at] ?? null));
      return `${head} (${values.join(', ')});\n`;
    })
    .join('');
}
