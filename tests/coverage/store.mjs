// Rows of a source system into a workspace and back, by its map and through the package alone.
import { toSource, toTarget } from './transforms.mjs';

const PROVIDER_KEY = { kind: 'provider', cipher: 'pgp' };

/** One system's rows in one workspace. */
export class SystemStore {
  #workspace;
  #map;
  #schema;
  #ids = new Map();
  #made = 0;

  constructor(workspace, map, schema) {
    this.#workspace = workspace;
    this.#map = map;
    this.#schema = new Map(schema.tables.map((table) => [table.name, table]));
  }

  get #context() {
    return {
      form: this.#map.timestamps.form,
      idOf: (table, origin) => this.#ids.get(table)?.get(origin) ?? null,
      originOf: (table, id) => [...(this.#ids.get(table) ?? [])].find(([, known]) => known === id)?.[0] ?? null,
    };
  }

  /** The source's value for a reference to that table, or null while it has no row. */
  reference(table, column) {
    // Two answers to one question are two messages.
    const origin = [...(this.#ids.get(table)?.keys() ?? [])].at(column.name === 'response_b_mid' ? -1 : 0);
    if (origin === undefined) return null;
    return /^(SERIAL|INTEGER|BIGINT)/.test(column.type) ? Number(origin) : origin;
  }

  #remember(table, origin, id) {
    if (!this.#ids.has(table)) this.#ids.set(table, new Map());
    this.#ids.get(table).set(origin, id);
  }

  /** A row that a reference names and no table of the source holds. */
  async #ensure(column, value) {
    const { table } = column.arguments;
    if (value === null || value === undefined || this.#ids.get(table)?.has(String(value))) return;
    const row = { origin: this.#map.system, origin_id: String(value) };
    const { id } = await this.#workspace.table(table).insert(row);
    this.#remember(table, String(value), id);
  }

  /** The rows of the targets that a source row becomes, by table. */
  rowsOf(table, source) {
    const rows = { [table.target]: { ...table.constants } };
    const place = (column, value) => {
      const target = column.table ?? table.target;
      const key = column.transform === 'byok' ? `${target} ${column.arguments.provider}` : target;
      rows[key] ??= {};
      rows[key][column.to] = value;
    };
    for (const column of table.columns) {
      if (column.to === null) continue;
      const given = Object.hasOwn(source, column.name);
      if (!given && column.whenAbsent === undefined) continue;
      let value = given ? source[column.name] : column.whenAbsent.import;
      if (value === '$now') value = '2026-02-01 00:00:00';
      if (value === '$id') value = `made-${(this.#made += 1)}`;
      place(column, toTarget(value, column, this.#context));
    }
    for (const derived of table.derived ?? []) place(derived, toTarget(source[derived.from], derived, this.#context));
    return rows;
  }

  /** Writes a source row; answers what reads it back. */
  async insert(table, source) {
    for (const column of table.columns.filter(({ transform }) => transform === 'ensure'))
      await this.#ensure(column, source[column.name]);
    const rows = this.rowsOf(table, source);
    const { [table.target]: main, ...others } = rows;
    const stored = await this.#workspace.table(table.target).insert(main);
    const origin = main.origin_id ?? stored.id;
    if (stored.id !== undefined) this.#remember(table.target, origin, stored.id);
    for (const [key, row] of Object.entries(others)) await this.#insertBeside(key, row, table, source, stored);
    return { table, key: this.#keyOf(table.target, stored), id: stored.id };
  }

  async #insertBeside(key, row, table, source, stored) {
    const [target, provider] = key.split(' ');
    if (target === 'vector_points') {
      const name = `${this.#map.system}:${table.target}`;
      const known = await this.#workspace.collections.list();
      if (!known.some((collection) => collection.name === name))
        await this.#workspace.collections.create({ name, dimensions: row.vector.length, metric: 'cosine' });
      await this.#workspace.collections.upsert(name, [{ id: stored.id, vector: row.vector, payload: {} }]);
    } else if (provider !== undefined) {
      if (row.ciphertext === null) return;
      await this.#workspace.table(target).insert({ ...PROVIDER_KEY, ...row, provider, user_id: stored.id });
    } else {
      const filled = target === 'user_preferences' ? { ...row, user_id: stored.id } : row;
      await this.#workspace.table(target).insert(filled);
    }
  }

  #keyOf(target, row) {
    const { key } = this.#schema.get(target);
    return key.length === 1 ? row[key[0]] : Object.fromEntries(key.map((column) => [column, row[column]]));
  }

  /** The row as the source had it. */
  async read({ table, key, id }) {
    const main = await this.#workspace.table(table.target).get(key);
    const source = {};
    for (const column of table.columns) {
      const value = column.to === null ? null : await this.#value(column, table, main, id);
      source[column.name] = toSource(value, column, this.#context);
    }
    return source;
  }

  async #value(column, table, main, id) {
    const target = column.table ?? table.target;
    if (target === table.target) return main[column.to];
    if (target === 'vector_points') {
      const name = `${this.#map.system}:${table.target}`;
      const known = await this.#workspace.collections.list();
      if (!known.some((collection) => collection.name === name)) return null;
      return (await this.#workspace.collections.get(name, id))?.vector ?? null;
    }
    if (column.transform === 'byok') {
      const where = { user_id: id, provider: column.arguments.provider };
      return (await this.#workspace.table(target).find({ where }))[0]?.[column.to] ?? null;
    }
    return (await this.#workspace.table(target).get(id))?.[column.to] ?? null;
  }
}

/** The tables in an order in which every reference has its row first. */
export function inOrder(map) {
  const left = [...map.tables];
  const placed = [];
  const has = (target) =>
    placed.some((table) => table.target === target) || !map.tables.some((table) => table.target === target);
  while (left.length > 0) {
    const next = left.findIndex((table) =>
      table.columns
        .filter(({ transform, to }) => transform === 'fk' && to !== null)
        .every((column) => column.arguments.table === table.target || has(column.arguments.table)),
    );
    if (next < 0) throw new Error(`no order for ${left.map(({ name }) => name).join(', ')}`);
    placed.push(...left.splice(next, 1));
  }
  return placed;
}
