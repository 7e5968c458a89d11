/** The query that reads one table of another system's shape, made of one expression a column, and what its values become. */
import type { Cell, CellKind } from './cells.js';
import type { MapColumn, MapTable, SystemMap } from './maps.js';
import { memberCell, restorerOf, verbatimOf } from './restore.js';
import { VERBATIM } from './rows.js';
import type { SourceValue } from './source.js';
import { TARGETS } from './targets.gen.js';

export type Ask = (sql: string, params?: unknown[]) => unknown[][];

export interface ExportColumn {
  name: string;
  kind: CellKind;
  /** Null for a member of `extra` that no column is for. */
  map: MapColumn | null;
}

/** Values that open something, by target column; what no one can use stands for them. */
const SECRETS = new Set([
  'users.password_hash',
  'auth_sessions.origin_id',
  'auth_sessions.token_hash',
  'auth_sessions.data',
  'api_keys.ciphertext',
]);
/** Constants that tell the rows of one source table from others in the target. */
const MARKS = ['origin', 'origin_table', 'kind', 'entity_type'];

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** How one column is read: where its value stands in the row of the query, and what it becomes. */
export interface Picked {
  column: ExportColumn;
  /** Its value as the database holds it; null for a member of `extra`. */
  sql: string | null;
  cell(row: readonly unknown[], extra: Extra): Cell;
}

/** Members of `extra`. */
export type Extra = Record<string, SourceValue>;

export class ExportQuery {
  readonly flags = new Map<number, string>();
  readonly hasExtra: boolean;
  readonly key: readonly string[];
  extraAt = -1;
  readonly #map: SystemMap;
  readonly #table: MapTable;
  readonly #secrets: boolean;
  readonly #references: ReadonlySet<string>;
  readonly #selected: string[] = [];
  readonly #joins = new Map<string, string>();
  #names: string[] | undefined;

  constructor(map: SystemMap, table: MapTable, secrets: boolean, references: ReadonlySet<string>) {
    this.#map = map;
    this.#table = table;
    this.#secrets = secrets;
    this.#references = references;
    const target = TARGETS[table.target];
    this.key = target?.key ?? [];
    this.hasExtra = target?.columns['extra'] !== undefined;
    for (const name of this.key) this.#select(`t.${name}`);
    if (this.hasExtra) this.extraAt = this.#select('t.extra');
    // The joins of the filter come first.
    void this.from;
  }

  get sql(): string {
    return `SELECT ${this.#selected.join(', ')} ${this.from}`;
  }

  /** FROM and WHERE: the rows of this source table. */
  get from(): string {
    const { target, constants = {} } = this.#table;
    const columns = TARGETS[target]?.columns ?? {};
    const conditions = MARKS.filter((name) => constants[name] !== undefined && name in columns).map(
      (name) => `t.${name} = ${text(constants[name] ?? '')}`,
    );
    if (constants['origin'] === undefined) conditions.push(this.#ownedBySystem(columns));
    const joins = [...this.#joins].map(([alias, rest]) => ` LEFT JOIN ${rest.replaceAll('$', alias)}`).join('');
    return `FROM ${target} t${joins} WHERE ${conditions.join(' AND ')}`;
  }

  /** A table whose rows do not say where they came from: as the rows that they belong to. */
  #ownedBySystem(columns: Readonly<Record<string, unknown>>): string {
    const owner = this.#table.columns.find(({ transform }) => transform === 'fk');
    const own = `t.origin = ${text(this.#map.system)}`;
    if (owner === undefined) return own;
    const parents = `${this.#parent(owner)}.origin = ${text(this.#map.system)}`;
    return 'origin' in columns ? `(${own} OR t.origin = 'local') AND ${parents}` : parents;
  }

  #select(expression: string): number {
    return this.#selected.push(expression) - 1;
  }

  #join(alias: string, rest: string): string {
    this.#joins.set(alias, rest);
    return alias;
  }

  #parent(column: MapColumn): string {
    const parent = column.arguments?.table ?? '';
    return this.#join(`p_${column.to ?? ''}`, `${parent} $ ON $.id = t.${column.to ?? ''}`);
  }

  /** The value of a column as the database holds it. */
  expression(column: MapColumn): string {
    const { target } = this.#table;
    const table = column.table ?? target;
    const to = column.to ?? '';
    const secret = SECRETS.has(`${table}.${to}`) && !this.#secrets;
    if (secret && column.nullable) return 'NULL';
    // What may not be NULL and is different in every row stays different.
    if (secret) return to === 'password_hash' ? "'!'" : "'!' || t.id";
    if (column.transform === 'const') {
      const value = column.arguments?.value;
      return typeof value === 'number' ? String(value) : text(String(value));
    }
    if (column.transform === 'fk' || column.transform === 'ensure') return this.#reference(column);
    if (column.transform === 'byok') {
      const provider = text(column.arguments?.provider ?? '');
      const rest = `api_keys $ ON $.user_id = t.id AND $.kind = 'provider' AND $.cipher = 'pgp' AND $.provider = ${provider}`;
      return `${this.#join(`k_${column.arguments?.provider ?? ''}`, rest)}.ciphertext`;
    }
    if (table === 'vector_points') return this.#vector();
    if (table !== target) return `${this.#join(`b_${table}`, `${table} $ ON $.user_id = t.id`)}.${to}`;
    if (column.transform !== 'id' || to !== 'origin_id') return `t.${to}`;
    // A row that was made here has no other id than ours.
    return `coalesce(t.origin_id, t.${this.key[0] ?? 'id'})`;
  }

  #reference(column: MapColumn): string {
    const { table = '', by } = column.arguments ?? {};
    const parent = this.#parent(column);
    const columns = TARGETS[table]?.columns ?? {};
    if (by !== undefined) return `${parent}.${by}`;
    if (!('origin_id' in columns)) return `t.${column.to ?? ''}`;
    // A row of another system may have the same id there as one of this.
    return `CASE WHEN ${parent}.origin = ${text(this.#map.system)} THEN coalesce(${parent}.origin_id, ${parent}.id) ELSE t.${column.to ?? ''} END`;
  }

  #vector(): string {
    const name = `${this.#map.system}:${this.#table.target}`;
    return (
      '(SELECT v.vector FROM vector_points v WHERE v.point_uid = t.id AND v.collection_id IN (SELECT c.id FROM ' +
      `vector_collections c WHERE c.name = ${text(name)} OR c.name GLOB ${text(`${name}:[0-9]*`)}) LIMIT 1)`
    );
  }

  pick(column: MapColumn): Picked {
    if (column.transform === 'extra' || (column.transform === 'member' && column.to === 'extra')) {
      const { kind } = restorerOf(column, this.#map.timestamps.form);
      return {
        column: { name: column.name, kind, map: column },
        sql: null,
        cell: (_, extra) => memberCell(own(extra, column.name)),
      };
    }
    const sql = this.expression(column);
    const at = this.#select(sql);
    this.#flag(column);
    const restorer = restorerOf(column, this.#map.timestamps.form);
    const verbatim = column.table === undefined ? verbatimOf(column) : undefined;
    // A row beside the main one that was never made: what the document says of it.
    const absent = column.table === undefined || column.nullable ? null : literal(column.default);
    return {
      column: { name: column.name, kind: restorer.kind, map: column },
      sql,
      cell: (row, extra) => {
        const value = row[at] ?? null;
        if (value === null) return absent;
        const kept = verbatim === undefined ? undefined : own(extra, VERBATIM);
        if (verbatim !== undefined && typeof kept === 'object' && kept !== null) {
          const given = verbatim(value, own(kept as Extra, column.name));
          if (given !== null) return given;
        }
        return restorer.restore(value);
      },
    };
  }

  /** A member of `extra` that no column is for. */
  member(name: string): Picked {
    return {
      column: { name, kind: 'member', map: null },
      sql: null,
      cell: (_, extra) => memberCell(own(extra, name)),
    };
  }

  /** Whether a foreign key of this column holds is seen row by row. */
  #flag(column: MapColumn): void {
    const key = this.#table.foreignKeys?.find(
      ({ columns, table }) => columns.length === 1 && columns[0] === column.name && this.#references.has(table),
    );
    if (key === undefined || (column.transform !== 'fk' && column.transform !== 'ensure')) return;
    const parent = column.arguments?.table ?? '';
    const mark = 'origin' in (TARGETS[parent]?.columns ?? {}) ? `${this.#parent(column)}.origin = ` : '';
    const holds = mark === '' ? '1' : `ifnull(${mark}${text(this.#map.system)}, 0)`;
    const at = this.#select(`CASE WHEN t.${column.to ?? ''} IS NULL THEN 1 ELSE ${holds} END`);
    this.flags.set(at, column.name);
  }

  /** Members of `extra` that hold anything. */
  memberNames(ask: Ask): string[] {
    return (this.#names ??= ask(
      `SELECT DISTINCT j.key FROM (SELECT t.extra AS extra ${this.from} AND t.extra IS NOT NULL) e, json_each(e.extra) j ` +
        `WHERE j.type <> 'null' AND j.key <> ${text(VERBATIM)} ORDER BY 1 LIMIT 1000`,
    ).map(([name]) => String(name)));
  }
}

function own(object: Extra, name: string): SourceValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A default of the document that is a text, a number or a truth value. */
function literal(documented: string | undefined): Cell {
  if (documented === undefined) return null;
  if (/^'.*'$/.test(documented)) return documented.slice(1, -1).replaceAll("''", "'");
  if (/^-?\d+(?:\.\d+)?$/.test(documented)) return Number(documented);
  if (/^(?:true|false)$/i.test(documented)) return /true/i.test(documented) ? 1 : 0;
  return null;
}
