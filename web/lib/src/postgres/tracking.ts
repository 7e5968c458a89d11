/**
 * What the workspace remembers of a server: which of its states it has seen. It is a row of migration_state, which is of one
 * machine: a backup takes it along, a push does not.
 */
import type { Workspace } from '../types.js';
import type { Place } from './schema.js';

export interface Tracked {
  /** The server's state that is here as well. */
  revision: string | null;
  /** One that was about to be committed there: nobody knows of a push that was killed whether it was. */
  pending: string | null;
  /** What the workspace held then, as a digest. */
  state: string | null;
}

const NOTHING: Tracked = { revision: null, pending: null, state: null };

const nameOf = (place: Place, workspaceId: string): string => `postgres:${place.id}:${workspaceId}`;

export async function readTracked(workspace: Workspace, place: Place, workspaceId: string): Promise<Tracked> {
  const [row] = await workspace.query<{ last_checkpoint: string | null }>(
    'SELECT last_checkpoint FROM migration_state WHERE migration_name = ?',
    [nameOf(place, workspaceId)],
  );
  return { ...NOTHING, ...(JSON.parse(row?.last_checkpoint ?? '{}') as Partial<Tracked>) };
}

export async function writeTracked(
  workspace: Workspace,
  place: Place,
  workspaceId: string,
  tracked: Tracked,
): Promise<void> {
  const name = nameOf(place, workspaceId);
  await workspace.execute(
    'INSERT INTO migration_state(id, migration_name, started_at, completed_at, last_checkpoint, status) ' +
      "VALUES (?1, ?1, ?2, ?2, ?3, 'completed') ON CONFLICT(migration_name) DO UPDATE SET " +
      'completed_at = excluded.completed_at, last_checkpoint = excluded.last_checkpoint',
    [name, new Date(), JSON.stringify(tracked)],
  );
}
