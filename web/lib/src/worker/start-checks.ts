/**
 * What is looked at before a database is used that was not closed as it should be: its log, its structure, and whether it is there.
 *
 * A clean close leaves one file without a log. A log says that a worker ended in the middle; no bytes at all say that the workspace is
 * new, unless its mark says that it once was not.
 */
import { ArchivoltError } from '../errors.js';
import { DATABASE_FILE, type WorkspaceFiles } from '../storage/host-files.js';
import { findLogDamage } from '../storage/log-check.js';
import { isSetAside } from '../storage/set-aside.js';
import type { OpenParams } from '../protocol/messages.js';
import type { Engine } from './engine.js';
import { refuseWrites } from './watched-files.js';

/** An empty file that stands beside every database once it was opened. */
const MARK = 'archivolt.mark';
const LOG = `${DATABASE_FILE}-wal`;
/** So long the structure is looked at before the first call is answered. */
const CHECK_MS = 250;

const ADVICE = "Nothing was changed. Open it with recover: 'salvage' to save what can be read, or restore a backup.";

/** CORRUPTION, before anything was changed. What it answers is to be called when the database is open, and may say the same. */
export async function checkFiles(
  files: WorkspaceFiles,
  { readOnly, durability }: Pick<OpenParams, 'readOnly' | 'durability'>,
): Promise<(engine: Engine) => Promise<void>> {
  const log = files.find(LOG);
  const hasLog = log !== undefined && log.size() > 0;
  const names = (await files.list()).map(({ name }) => name);
  if ((files.find(DATABASE_FILE)?.size() ?? 0) === 0 && (hasLog || names.includes(MARK) || names.some(isSetAside)))
    throw damaged('The database of the workspace is empty or gone, although there was one.', { file: DATABASE_FILE });
  const damage = hasLog ? findLogDamage(log, durability === 'full') : undefined;
  if (damage !== undefined)
    throw damaged('The log of the workspace is damaged: commits may be missing.', { file: LOG, ...damage });
  return async (engine) => {
    if (hasLog) checkStructure(engine, files);
    if (!readOnly && !names.includes(MARK)) await leaveMark(files).catch(() => undefined);
  };
}

export function damaged(message: string, detail: Record<string, string | number>): ArchivoltError {
  return new ArchivoltError('CORRUPTION', `${message} ${ADVICE}`, detail);
}

/** Finds a log that does not belong to the database, as after one of the two files was exchanged. */
function checkStructure(engine: Engine, files: WorkspaceFiles): void {
  try {
    engine.call('maintenance.check', { budgetMs: CHECK_MS });
  } catch (error) {
    // Closing would copy the log into the database.
    if (error instanceof ArchivoltError) refuseWrites(files, error);
    throw error;
  }
}

async function leaveMark(files: WorkspaceFiles): Promise<void> {
  await files.prepare(`${MARK}.part`);
  await files.keep(`${MARK}.part`, MARK);
}
