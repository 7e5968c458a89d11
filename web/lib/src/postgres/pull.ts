/** The way of a server's rows to a workspace. */
import { ArchivoltError, isArchivoltError } from '../errors.js';
import type { Statement, Workspace } from '../types.js';
import { decode, fieldsOf } from './binary.js';
import { lineOf } from './lines.js';
import { checkPull, type PullOptions, type PullReport, type TableChanges } from './options.js';
import { keyTuple, Remote, type RemoteState } from './remote.js';
import { findTables, type Place } from './schema.js';
import { Server } from './server.js';
import { checkWorkspace, compareAll, DEFAULT_SCHEMA, readDigests, workspaceIdOf, type Digests } from './session.js';
import { Spools, Writing, type Spool } from './spool.js';
import { COLLECTIONS, followsRows, isSecret, POINTS, TABLES, type PushedTable } from './tables.js';
import { readTracked, writeTracked } from './tracking.js';

const BATCH = 500;
/** Their rows are added and never taken away. */
const ONLY_ADDED = ['audit_log', 'systems'];

/** Of one table: the keys of what comes, and of what is here alone. */
interface Difference {
  table: PushedTable;
  wanted: Spool;
  extra: Spool;
  inserted: number;
  updated: number;
  deleted: number;
}

interface Found {
  differences: readonly Difference[];
  unchanged: ReadonlyMap<string, number>;
  state: string;
}

interface Fetched {
  place: Place;
  there: RemoteState;
  digests: Digests;
  found: Found;
  file: string | null;
}

/**
 * Makes the workspace hold what was pushed: rows that differ come, rows that are not on the server go. The audit trail only
 * grows, and vectors of rows are made here. A user who is gone on the server is erased here. What another call writes meanwhile
 * may be overwritten; a pull that was cut short is completed by the next.
 *
 * NOT_FOUND: nothing was pushed under this id. CONFLICT: the workspace was changed since it was last pushed or pulled; push it
 * first, or give the changes up with `force`.
 *
 * @example
 * const laptop = await openWorkspace({ name: 'architecture', storage: { directory: './data' } });
 * await pull(laptop, { url: 'postgres://me@db.example/architecture' });
 */
export async function pull(workspace: Workspace, options: PullOptions): Promise<PullReport> {
  checkPull(workspace, options);
  await checkWorkspace(workspace);
  const workspaceId = workspaceIdOf(workspace, options);
  const server = new Server(options);
  const spools = new Spools();
  try {
    const pull = new Pull(workspace, workspaceId, options, spools);
    const fetched = await server.transaction('isolation level repeatable read read only', async (session) => {
      const place = await findTables(session, options.schema ?? DEFAULT_SCHEMA);
      return pull.fetch(place, new Remote(session, place, workspaceId));
    });
    return await pull.apply(fetched);
  } finally {
    await server.close();
    spools.drop();
  }
}

class Pull {
  readonly #workspace: Workspace;
  readonly #id: string;
  readonly #options: PullOptions;
  readonly #spools: Spools;

  constructor(workspace: Workspace, id: string, options: PullOptions, spools: Spools) {
    this.#workspace = workspace;
    this.#id = id;
    this.#options = options;
    this.#spools = spools;
  }

  /** What is different, and the rows that come. */
  async fetch(place: Place, remote: Remote): Promise<Fetched> {
    const there = await remote.state();
    if (there === null)
      throw new ArchivoltError('NOT_FOUND', `Nothing was pushed under ${this.#id}. Name it with options.workspaceId.`, {
        workspaceId: this.#id,
      });
    const digests = await readDigests(remote, this.#spools);
    let found = await this.#compare(digests, there);
    await this.#checkUnchanged(place, found);
    if (await this.#eraseUsers(found)) {
      const before = found.differences;
      found = await this.#compare(digests, there);
      found.differences.forEach((difference, at) => (difference.deleted = before[at]?.deleted ?? 0));
    }
    return { place, there, digests, found, file: await this.#write(place, remote, found, there) };
  }

  async apply({ place, there, digests, found, file }: Fetched): Promise<PullReport> {
    const { signal } = this.#options;
    await this.#delete(found);
    if (file !== null)
      await this.#workspace.import(file, { system: 'archivolt', format: 'jsonl', ...(signal && { signal }) });
    const after = await this.#compare(digests, there);
    const tracked = { revision: there.revision, pending: null, state: after.state };
    await writeTracked(this.#workspace, place, this.#id, tracked);
    return this.#report(there, found, after);
  }

  async #compare(digests: Digests, { secrets }: RemoteState): Promise<Found> {
    const differences = TABLES.map((table): Difference => {
      return { table, wanted: this.#spools.make(), extra: this.#spools.make(), inserted: 0, updated: 0, deleted: 0 };
    });
    const compared = await compareAll(this.#workspace, digests, secrets, this.#options, (table) => {
      const difference = differences[TABLES.indexOf(table)] as Difference;
      const isOut = isSecret(table.name) && !secrets;
      return {
        changed: (_, key, isNew) => {
          if (isOut || isMadeHere(table, key)) return;
          if (isNew) {
            if (!ONLY_ADDED.includes(table.name)) difference.extra.add(keyTuple(key));
          } else if (table.name !== 'audit_log') {
            difference.wanted.add(keyTuple(key));
            difference.updated++;
          }
        },
        missing: (key) => {
          if (isOut || (isMadeHere(table, key) && String(key[0]) !== 'document_chunks')) return;
          difference.wanted.add(keyTuple(key));
          difference.inserted++;
        },
      };
    });
    for (const difference of differences) {
      difference.wanted.end();
      difference.extra.end();
      difference.deleted = difference.extra.count;
    }
    return { differences, ...compared };
  }

  /** Nothing that only this workspace has is lost unless that is wanted. */
  async #checkUnchanged(place: Place, { differences, state }: Found): Promise<void> {
    const lost = differences.reduce((sum, { extra, updated }) => sum + extra.count + updated, 0);
    if (lost === 0 || this.#options.force === true) return;
    const tracked = await readTracked(this.#workspace, place, this.#id);
    if (tracked.state === state) return;
    throw new ArchivoltError(
      'CONFLICT',
      `The workspace has ${lost} rows that the server does not have so. Push them first, or give them up with force.`,
      { workspaceId: this.#id, rows: lost },
    );
  }

  /** Whoever was erased there leaves no traces here either. */
  async #eraseUsers({ differences }: Found): Promise<boolean> {
    const gone = differences.find(({ table }) => table.name === 'users')?.extra;
    if (gone === undefined || gone.count === 0) return false;
    for (const tuple of gone.tuples()) {
      const [id] = textsOf(tuple);
      try {
        await this.#workspace.privacy.eraseUser(id ?? '');
      } catch (error) {
        if (!isArchivoltError(error, 'NOT_FOUND')) throw error;
      }
    }
    return true;
  }

  /** The rows that come, as a file; null when there are none. */
  async #write(place: Place, remote: Remote, { differences }: Found, { secrets }: RemoteState): Promise<string | null> {
    const path = this.#spools.path('rows.jsonl');
    const file = new Writing(path);
    let count = 0;
    try {
      for (const { table, wanted } of differences) {
        const keys = table.name === COLLECTIONS ? this.#collections(differences) : wanted;
        await remote.rows(table, keys, (tuple) => {
          file.put(lineOf(table, tuple, place.vectors, secrets));
          count++;
        });
        this.#options.onProgress?.({ phase: `receive ${table.name}`, done: wanted.count, total: wanted.count });
      }
      file.flush();
    } finally {
      file.close();
    }
    return count === 0 ? null : path;
  }

  /** Points need to be told what their collection is, also where that is the same. */
  #collections(differences: readonly Difference[]): Spool {
    const names = new Set<string>();
    const keys = this.#spools.make();
    for (const { table, wanted } of differences) {
      if (table.name !== COLLECTIONS && table.name !== POINTS) continue;
      for (const tuple of wanted.tuples()) {
        const [name = Buffer.of()] = fieldsOf(tuple) as Buffer[];
        if (names.has(name.toString())) continue;
        names.add(name.toString());
        keys.add(keyTuple([name]));
      }
    }
    keys.end();
    return keys;
  }

  /** Before rows come: one of them may have what is unique from a row that goes. */
  async #delete({ differences }: Found): Promise<void> {
    // Points before their collection.
    for (const { table, extra } of differences.toReversed()) {
      let statements: Statement[] = [];
      const where = table.key.map((name) => `"${name}" = ?`).join(' AND ');
      for (const tuple of extra.tuples()) {
        const key = textsOf(tuple);
        if (table.name === COLLECTIONS) await this.#workspace.collections.drop(key[0] ?? '');
        else if (table.name === POINTS) await this.#workspace.collections.delete(key[0] ?? '', [key[1] ?? '']);
        else statements.push({ sql: `DELETE FROM "${table.name}" WHERE ${where}`, params: key });
        if (statements.length < BATCH) continue;
        await this.#workspace.batch(statements);
        statements = [];
      }
      if (statements.length > 0) await this.#workspace.batch(statements);
    }
  }

  #report({ revision }: RemoteState, { differences, unchanged }: Found, after: Found): PullReport {
    const tables: Record<string, TableChanges> = {};
    for (const { table, inserted, updated, deleted } of differences) {
      const changes = { inserted, updated, deleted, unchanged: unchanged.get(table.name) ?? 0 };
      if (Object.values(changes).some((count) => count > 0)) tables[table.name] = changes;
    }
    const rows = after.differences.map(({ table, wanted, extra }) => [table.name, wanted.count + extra.count] as const);
    return {
      workspaceId: this.#id,
      revision,
      tables,
      left: Object.fromEntries(rows.filter(([, count]) => count > 0)),
    };
  }
}

/** Vectors of rows, and their collections. */
function isMadeHere({ name }: PushedTable, [first]: readonly Buffer[]): boolean {
  return (name === COLLECTIONS || name === POINTS) && followsRows(String(first));
}

function textsOf(tuple: Buffer): string[] {
  return fieldsOf(tuple).map((field) => decode('text', field) as string);
}
