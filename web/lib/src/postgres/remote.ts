/** One workspace's rows on the server. */
import { encodeTuple, fieldsOf } from './binary.js';
import type { LocalRow } from './compare.js';
import { quoteName, quoteText, type Place } from './schema.js';
import type { Session } from './server.js';
import type { Spool } from './spool.js';
import type { PushedTable } from './tables.js';

/** What the server keeps of a workspace: which state it has, and whether secrets are in it. */
export interface RemoteState {
  revision: string;
  secrets: boolean;
  pushedAt: string;
}

const BATCH = 1000;
const MOST_SQL = 1 << 20;

export class Remote {
  readonly #session: Session;
  readonly #place: Place;
  readonly #workspace: string;
  readonly #at: string;

  constructor(session: Session, place: Place, workspace: string) {
    this.#session = session;
    this.#place = place;
    this.#workspace = workspace;
    this.#at = quoteName(place.schema);
  }

  /** Waits until no one else pushes the same workspace. */
  async lock(): Promise<void> {
    await this.#session.ask('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [
      `${this.#place.id} ${this.#workspace}`,
    ]);
  }

  async state(): Promise<RemoteState | null> {
    const [row] = await this.#session.ask(
      `SELECT revision::text AS revision, secrets, to_char(pushed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS pushed_at ` +
        `FROM ${this.#at}.workspaces WHERE workspace_id = $1::uuid`,
      [this.#workspace],
    );
    if (row === undefined) return null;
    return {
      revision: String(row['revision']),
      secrets: row['secrets'] === true,
      pushedAt: String(row['pushed_at']),
    };
  }

  async setState(name: string, revision: string, secrets: boolean): Promise<void> {
    await this.#session.ask(
      `INSERT INTO ${this.#at}.workspaces (workspace_id, name, revision, secrets, pushed_at) VALUES ($1::uuid, $2::text, $3::uuid, $4::boolean, now()) ` +
        'ON CONFLICT (workspace_id) DO UPDATE SET name = excluded.name, revision = excluded.revision, secrets = excluded.secrets, pushed_at = excluded.pushed_at',
      [this.#workspace, name, revision, secrets],
    );
  }

  #table({ name }: PushedTable): string {
    return `${this.#at}.${quoteName(name)}`;
  }

  get #own(): string {
    return `workspace_id = ${quoteText(this.#workspace)}::uuid`;
  }

  /** The tables that have rows of this workspace. */
  async filled(tables: readonly PushedTable[]): Promise<ReadonlySet<string>> {
    const sql = tables.map((table) => {
      const rows = `SELECT FROM ${this.#table(table)} WHERE ${this.#own}`;
      return `SELECT ${quoteText(table.name)} AS name WHERE EXISTS (${rows})`;
    });
    return new Set((await this.#session.ask(sql.join(' UNION ALL '))).map(({ name }) => String(name)));
  }

  /** Keys and digests, in the order of the keys. */
  async digests(table: PushedTable, spool: Spool): Promise<void> {
    const key = table.key.map(quoteName).join(', ');
    await this.#session.read(
      `COPY (SELECT ${key}, row_digest FROM ${this.#table(table)} WHERE ${this.#own} ORDER BY ${key}) TO STDOUT (FORMAT binary)`,
      (tuple) => spool.add(tuple),
    );
  }

  /** A row as COPY takes it: with the workspace before its columns and the digest behind them. */
  tuple(table: PushedTable, { values, tuple, digest }: LocalRow): Buffer {
    const isArray = this.#place.vectors === 'array' && table.columns.some(({ kind }) => kind === 'vector');
    const kinds = table.columns.map(({ kind }) => (kind === 'vector' ? 'array' : kind));
    const body = isArray ? encodeTuple(kinds, values) : tuple;
    const head = encodeTuple(['uuid'], [this.#workspace]);
    head.writeInt16BE(table.columns.length + 2);
    return Buffer.concat([head, body.subarray(2), encodeTuple(['digest'], [digest]).subarray(2)]);
  }

  async insert(table: PushedTable, rows: Spool): Promise<void> {
    if (rows.count === 0) return;
    const columns = ['workspace_id', ...table.columns.map(({ serverName }) => quoteName(serverName)), 'row_digest'];
    await this.#session.write(`COPY ${this.#table(table)} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`, rows);
  }

  /** Of rows by their keys. */
  async delete(table: PushedTable, keys: Spool): Promise<void> {
    const matches = table.key.map((name, at) => `t.${quoteName(name)} = (j.value ->> ${at})`).join(' AND ');
    for (const batch of batches(keys)) {
      const list = batch.map((key) => key.map(String));
      await this.#session.ask(
        `DELETE FROM ${this.#table(table)} t USING json_array_elements($1::text::json) AS j(value) WHERE t.${this.#own} AND ${matches}`,
        [JSON.stringify(list)],
      );
    }
  }

  /** Rows by their keys, whole: columns alone. */
  async rows(table: PushedTable, keys: Spool, row: (tuple: Buffer) => void): Promise<void> {
    const columns = table.columns.map(({ serverName }) => `t.${quoteName(serverName)}`).join(', ');
    const matches = table.key.map((name, at) => `t.${quoteName(name)} = (j.value ->> ${at})`).join(' AND ');
    for (const batch of batches(keys)) {
      const list = quoteText(JSON.stringify(batch.map((key) => key.map(String))));
      await this.#session.read(
        `COPY (SELECT ${columns} FROM json_array_elements(${list}::json) AS j(value) JOIN ${this.#table(table)} t ON ${matches} ` +
          `WHERE t.${this.#own}) TO STDOUT (FORMAT binary)`,
        row,
      );
    }
  }
}

/** A key as a tuple of a spool. */
export function keyTuple(key: readonly Buffer[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(key.length);
  const fields = key.flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(field.length);
    return [length, field];
  });
  return Buffer.concat([count, ...fields]);
}

function* batches(keys: Spool): Generator<Buffer[][]> {
  let batch: Buffer[][] = [];
  let bytes = 0;
  for (const tuple of keys.tuples()) {
    bytes += tuple.length;
    batch.push(fieldsOf(tuple) as Buffer[]);
    if (batch.length < BATCH && bytes < MOST_SQL) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
