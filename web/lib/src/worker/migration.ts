/**
 * Bringing the schema to another version: a copy of the database first, the migration second.
 *
 * REQUIRES everywhere: whoever calls holds the lane. A copy that fails (full storage) stops the migration with the data untouched.
 */
import { UNFINISHED_BACKUP, backupName, pruneBackups, storageFailure } from '../storage/backup-files.js';
import type { WorkspaceFiles } from '../storage/host-files.js';
import type { MigrationResult } from '../types.js';
import type { Engine } from './engine.js';

/** Up or down to `to`. */
export async function migrate(engine: Engine, files: WorkspaceFiles, to: number): Promise<MigrationResult> {
  const backup = await backUp(engine, files);
  let applied: number[];
  try {
    ({ applied } = engine.call('migrations.migrate', { to }));
  } catch (error) {
    await files.remove(backup).catch(() => undefined);
    throw error;
  }
  // The migration is done whether or not an old copy could be removed.
  await pruneBackups(files).catch(() => undefined);
  return { applied, backup };
}

/** Writes a copy beside the database and answers its name. It has that name only when it is whole. */
async function backUp(engine: Engine, files: WorkspaceFiles): Promise<string> {
  const name = backupName(engine.call('migrations.current', {}), new Date());
  try {
    await files.prepare(UNFINISHED_BACKUP);
    engine.call('migrations.backup', { path: UNFINISHED_BACKUP });
    await files.keep(UNFINISHED_BACKUP, name);
    return name;
  } catch (error) {
    await files.remove(UNFINISHED_BACKUP).catch(() => undefined);
    throw storageFailure(
      error,
      'The copy that is made before a migration could not be written. Nothing was migrated; free storage and try again.',
    );
  }
}
