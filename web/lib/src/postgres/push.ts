/** The way of a workspace's rows to a server. */
import { randomUUID } from 'node:crypto';
import { ArchivoltError, cancelled } from '../errors.js';
import type { Workspace } from '../types.js';
import type { PushOptions, PushReport, TableChanges } from './options.js';
import { checkPush } from './options.js';
import { keyTuple, Remote, type RemoteState } from './remote.js';
import { ensureTables, ensureVectorIndexes, type Place } from './schema.js';
import { Server, type Session } from './server.js';
import { checkWorkspace, compareAll, DEFAULT_SCHEMA, readDigests, workspaceIdOf } from './session.js';
import { Spools, type Spool } from './spool.js';
import { TABLES, type PushedTable } from './tables.js';
import { readTracked, writeTracked, type Tracked } from './tracking.js';

/** Of one table: what goes there, and the keys of what goes away or is replaced. */
interface Work {
  table: PushedTable;
  rows: Spool;
  keys: Spool;
  changes: TableChanges;
}

/**
 * Makes a PostgreSQL server hold what the workspace holds: its tables there, and the rows that differ. All or nothing; again
 * without a change it writes nothing. Others wait for the workspace while its rows are read, and may use it while they are sent.
 *
 * CONFLICT: another workspace pushed under this id since; `pull` first, or `force`. FAILED_PRECONDITION: the workspace is
 * read-only or of another schema version. SCHEMA_TOO_NEW, ALREADY_EXISTS: the schema is a newer version's, or somebody else's.
 * UNSUPPORTED: older than PostgreSQL 15, or without pgvector.
 *
 * @example
 * const report = await push(workspace, { url: 'postgres://me@db.example/architecture' });
 * console.log(report.tables.decisions); // { inserted: 3, updated: 1, deleted: 0, unchanged: 240 }
 */
export async function push(workspace: Workspace, options: PushOptions): Promise<PushReport> {
  checkPush(workspace, options);
  await checkWorkspace(workspace);
  const workspaceId = workspaceIdOf(workspace, options);
  const server = new Server(options);
  const spools = new Spools();
  try {
    const place = await server.transaction('', (session) =>
      ensureTables(session, options.schema ?? DEFAULT_SCHEMA, options.vectors ?? 'pgvector'),
    );
    const { report, state } = await server.transaction('', (session) =>
      new Push(workspace, place, workspaceId, options, spools).run(session),
    );
    await writeTracked(workspace, place, workspaceId, { revision: report.revision, pending: null, state });
    await server.transaction('', (session) => ensureVectorIndexes(session, place, workspaceId));
    return report;
  } finally {
    await server.close();
    spools.drop();
  }
}

class Push {
  readonly #workspace: Workspace;
  readonly #place: Place;
  readonly #id: string;
  readonly #options: PushOptions;
  readonly #spools: Spools;

  constructor(workspace: Workspace, place: Place, id: string, options: PushOptions, spools: Spools) {
    this.#workspace = workspace;
    this.#place = place;
    this.#id = id;
    this.#options = options;
    this.#spools = spools;
  }

  async run(session: Session): Promise<{ report: PushReport; state: string }> {
    const { secrets = false } = this.#options;
    const remote = new Remote(session, this.#place, this.#id);
    await remote.lock();
    const before = await remote.state();
    const tracked = await readTracked(this.#workspace, this.#place, this.#id);
    this.#checkRevision(before, tracked);
    const { works, state } = await this.#compare(remote, secrets);

    const isChanged = works.some(({ rows, keys }) => rows.count + keys.count > 0) || before?.secrets !== secrets;
    const revision = isChanged || before === null ? randomUUID() : before.revision;
    const report = { workspaceId: this.#id, revision, tables: tablesOf(works) };
    if (!isChanged) return { report, state };

    // Whoever is killed from here on knows afterwards that this state may be his own.
    await writeTracked(this.#workspace, this.#place, this.#id, { ...tracked, pending: revision });
    for (const { table, keys } of works) await remote.delete(table, keys);
    for (const { table, rows } of works) {
      await remote.insert(table, rows);
      this.#options.onProgress?.({ phase: `send ${table.name}`, done: rows.count, total: rows.count });
    }
    await remote.setState(this.#workspace.name, revision, secrets);
    if (this.#options.signal?.aborted === true) throw cancelled();
    return { report, state };
  }

  #checkRevision(remote: RemoteState | null, { revision, pending }: Tracked): void {
    if (remote === null || this.#options.force === true || [revision, pending].includes(remote.revision)) return;
    throw new ArchivoltError(
      'CONFLICT',
      `Another workspace pushed to ${this.#id} (${remote.pushedAt}). Pull it first, push under another workspaceId, ` +
        'or replace what is there with force.',
      { workspaceId: this.#id },
    );
  }

  async #compare(remote: Remote, secrets: boolean): Promise<{ works: Work[]; state: string }> {
    const digests = await readDigests(remote, this.#spools);
    const works = TABLES.map((table): Work => {
      const changes = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 };
      return { table, rows: this.#spools.make(), keys: this.#spools.make(), changes };
    });
    const { unchanged, state } = await compareAll(this.#workspace, digests, secrets, this.#options, (table) => {
      const { rows, keys, changes } = works[TABLES.indexOf(table)] as Work;
      return {
        changed: (row, key, isNew) => {
          rows.add(remote.tuple(table, row));
          changes[isNew ? 'inserted' : 'updated']++;
          // It is put in the place of the old one: two rows may exchange what is unique.
          if (!isNew) keys.add(keyTuple(key));
        },
        missing: (key) => {
          keys.add(keyTuple(key));
          changes.deleted++;
        },
      };
    });
    for (const { table, rows, keys, changes } of works) {
      rows.end();
      keys.end();
      changes.unchanged = unchanged.get(table.name) ?? 0;
    }
    return { works, state };
  }
}

function tablesOf(works: readonly Work[]): Record<string, TableChanges> {
  const present = works.filter(({ changes }) => Object.values(changes).some((count) => count > 0));
  return Object.fromEntries(present.map(({ table, changes }) => [table.name, changes]));
}
