/** Which rows go to a server: their columns there, and the SQL that reads them here. */
import { COLLECTIONS, POINTS } from '../interchange/archive-forms.js';
import { SECRET_COLUMNS, SECRET_TABLES } from '../interchange/secrets.js';
import type { SqlValue } from '../types.js';
import { SERVER_TABLES, type ServerKind, type ServerTable } from './tables.gen.js';

export { COLLECTIONS, POINTS } from '../interchange/archive-forms.js';
export { SCHEMA_VERSION, type ServerKind, type ServerTable } from './tables.gen.js';

/** Collections and points have ids of their own in every workspace: their names are what is the same in all. */
const VECTOR_TABLES: Readonly<Record<string, ServerTable>> = {
  [COLLECTIONS]: {
    key: ['name'],
    columns: {
      name: 'text',
      origin: 'text',
      dims: 'integer',
      metric: 'text',
      quantization: 'text',
      model: 'text',
      fingerprint: 'text',
      payload_schema: 'json',
    },
    required: ['name', 'origin', 'dims', 'metric', 'quantization'],
    references: { origin: 'systems' },
    indexes: [],
  },
  [POINTS]: {
    key: ['collection', 'point'],
    columns: {
      collection: 'text',
      point: 'text',
      chunk_id: 'text',
      code_symbol_id: 'text',
      embedding: 'vector',
      payload: 'json',
      relevance_score: 'real',
      created_at: 'timestamp',
    },
    required: ['collection', 'point', 'embedding'],
    references: { collection: COLLECTIONS, chunk_id: 'document_chunks', code_symbol_id: 'code_symbols' },
    indexes: [
      { unique: false, columns: 'chunk_id', where: 'chunk_id IS NOT NULL' },
      { unique: false, columns: 'code_symbol_id', where: 'code_symbol_id IS NOT NULL' },
    ],
  },
};

/** A column here and there. */
export interface PushedColumn {
  /** In the workspace. */
  name: string;
  /** On the server: hundredths are whole units there. */
  serverName: string;
  kind: ServerKind;
  required: boolean;
}

export interface PushedTable extends Omit<ServerTable, 'columns'> {
  name: string;
  columns: readonly PushedColumn[];
}

export const TABLES: readonly PushedTable[] = Object.entries({ ...SERVER_TABLES, ...VECTOR_TABLES }).map(
  ([name, { columns, ...table }]) => ({
    ...table,
    name,
    columns: Object.entries(columns).map(([column, kind]) => ({
      name: column,
      serverName: kind === 'hundredths' ? column.replace(/_e2$/, '') : column,
      kind,
      required: table.required.includes(column),
    })),
  }),
);

/** Whether a collection's vectors are made of rows by the workspace's own embedder. */
export const followsRows = (collection: string): boolean =>
  collection === 'document_chunks' || collection.startsWith('archivolt:');

/** Whether rows of a table, or values of a column, go out only where secrets were asked for. */
export function isSecret(table: string, column?: string): boolean {
  return SECRET_TABLES.includes(table) || (column !== undefined && (SECRET_COLUMNS[table] ?? []).includes(column));
}

export type Ask = (sql: string, params?: SqlValue[]) => Promise<Record<string, unknown>[]>;

/** Of collections of one name, which the package never makes, the one that was first. */
const COLLECTIONS_HERE = `(SELECT * FROM ${COLLECTIONS} WHERE pk IN (SELECT min(pk) FROM ${COLLECTIONS} GROUP BY name))`;
const POINTS_HERE =
  'SELECT ? AS collection, point_uid AS point, chunk_id, code_symbol_id, vector AS embedding, payload, relevance_score, ' +
  `created_at FROM ${POINTS} WHERE collection_id = ?`;
const MOST_ROWS = 1000;
const MOST_BYTES = 4 << 20;

/** The rows of a table in the order of its key, a page at a time. */
export async function* pages(ask: Ask, table: PushedTable): AsyncGenerator<Record<string, unknown>[]> {
  const size = new PageSize();
  if (table.name === POINTS) {
    for (const { id, name } of await ask(`SELECT id, name FROM ${COLLECTIONS_HERE} ORDER BY name`)) {
      yield* readPages(table, size, (after, limit) => {
        const where = after === null ? '' : ' AND point_uid > ?';
        return ask(`${POINTS_HERE}${where} ORDER BY point_uid LIMIT ${limit}`, [
          name as string,
          id as string,
          ...(after?.slice(1) ?? []),
        ]);
      });
    }
    return;
  }
  const from = table.name === COLLECTIONS ? COLLECTIONS_HERE : `"${table.name}"`;
  const names = table.columns.map(({ name }) => `"${name}"`).join(', ');
  const keys = table.key.map((name) => `"${name}"`).join(', ');
  const places = table.key.map(() => '?').join(', ');
  yield* readPages(table, size, (after, limit) => {
    const where = after === null ? '' : ` WHERE (${keys}) > (${places})`;
    return ask(`SELECT ${names} FROM ${from}${where} ORDER BY ${keys} LIMIT ${limit}`, after ?? []);
  });
}

async function* readPages(
  table: PushedTable,
  size: PageSize,
  read: (after: string[] | null, limit: number) => Promise<Record<string, unknown>[]>,
): AsyncGenerator<Record<string, unknown>[]> {
  let after: string[] | null = null;
  for (;;) {
    const { limit } = size;
    const rows: Record<string, unknown>[] = await read(after, limit);
    const last = rows.at(-1);
    if (last === undefined) return;
    size.learn(rows);
    after = table.key.map((name) => last[name] as string);
    yield rows;
    if (rows.length < limit) return;
  }
}

/** How many rows are read at once: few of those that are long. */
class PageSize {
  limit = 50;

  learn(rows: readonly Record<string, unknown>[]): void {
    let bytes = 1;
    for (const row of rows) {
      for (const value of Object.values(row)) {
        if (typeof value === 'string' || value instanceof Uint8Array) bytes += value.length;
      }
    }
    const fitting = Math.floor((rows.length * MOST_BYTES) / bytes);
    this.limit = Math.min(Math.max(fitting, 1), this.limit * 2, MOST_ROWS);
  }
}
