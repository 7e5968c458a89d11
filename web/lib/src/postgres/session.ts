/** What push and pull have in common: from the options to a workspace and a server that may be compared. */
import { createHash } from 'node:crypto';
import { ArchivoltError } from '../errors.js';
import type { Workspace } from '../types.js';
import { compare, type Visitor } from './compare.js';
import type { ServerOptions } from './options.js';
import type { Remote } from './remote.js';
import type { Spool, Spools } from './spool.js';
import { SCHEMA_VERSION, TABLES, type Ask, type PushedTable } from './tables.js';

export const DEFAULT_SCHEMA = 'archivolt';

/** The id that a workspace has on servers unless another is named: of its name. */
export function workspaceIdOf(workspace: Workspace, { workspaceId }: ServerOptions): string {
  if (workspaceId !== undefined) return workspaceId.toLowerCase();
  const bytes = createHash('sha256').update(`archivolt workspace ${workspace.name}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** FAILED_PRECONDITION: the workspace cannot remember what it sent, or has another schema than this version's. */
export async function checkWorkspace(workspace: Workspace): Promise<void> {
  const { readOnly, schemaVersion } = await workspace.status();
  if (readOnly)
    throw new ArchivoltError('FAILED_PRECONDITION', 'The workspace is read-only and cannot note what the server has.');
  if (schemaVersion !== SCHEMA_VERSION)
    throw new ArchivoltError(
      'FAILED_PRECONDITION',
      `The workspace has version ${schemaVersion} of the schema, and ${SCHEMA_VERSION} is needed. Migrate it first.`,
    );
}

export type Digests = ReadonlyMap<string, Spool>;

/** What the server has, by table, in files: a connection is not waited for while the workspace is held. */
export async function readDigests(remote: Remote, spools: Spools): Promise<Digests> {
  const digests = new Map<string, Spool>();
  const filled = await remote.filled(TABLES);
  for (const table of TABLES) {
    const spool = spools.make();
    if (filled.has(table.name)) await remote.digests(table, spool);
    spool.end();
    digests.set(table.name, spool);
  }
  return digests;
}

/**
 * Compares every table at one moment of the workspace: others wait meanwhile. Answers the unchanged rows by table, and the digest
 * of everything that is here.
 */
export async function compareAll(
  workspace: Workspace,
  digests: Digests,
  secrets: boolean,
  { signal, onProgress }: ServerOptions,
  visitorOf: (table: PushedTable) => Visitor,
): Promise<{ unchanged: Map<string, number>; state: string }> {
  return workspace.transaction(async (tx) => {
    const ask: Ask = (sql, params) => tx.query(sql, params, { secrets: true });
    const unchanged = new Map<string, number>();
    const state = createHash('sha256');
    for (const table of TABLES) {
      let done = 0;
      const compared = await compare(ask, table, digests.get(table.name) as Spool, secrets, visitorOf(table), {
        signal,
        onRows: (count) => onProgress?.({ phase: table.name, done: (done += count), total: null }),
      });
      unchanged.set(table.name, compared.unchanged);
      state.update(compared.state);
    }
    return { unchanged, state: state.digest('hex') };
  });
}
