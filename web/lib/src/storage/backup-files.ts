/** Copies as files beside the database: those made before a migration, their names and which ones stay; those on their way out or in. */
import { ArchivoltError, errorName, systemCode } from '../errors.js';
import type { WorkspaceFiles } from './host-files.js';

/** A copy that is not finished; one that a crash left is overwritten by the next. */
export const UNFINISHED_BACKUP = 'backup.part';
/** A copy that is about to be handed out, and a file that is about to be restored. */
export const OUTGOING = 'outgoing.part';
export const INCOMING = 'incoming.part';
/** So many copies stay, the newest. */
const KEPT = 3;

/** `backup-v2-20260130T103000123Z.db` */
export function backupName(version: number, time: Date): string {
  return `backup-v${version}-${time.toISOString().replace(/[-:.]/g, '')}.db`;
}

export interface BackupFile {
  name: string;
  version: number;
  createdAt: string;
  bytes: number;
}

/** Newest first. */
export async function listBackups(files: WorkspaceFiles): Promise<BackupFile[]> {
  const found: BackupFile[] = [];
  for (const { name, bytes } of await files.list()) {
    const parts = /^backup-v(\d+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.db$/.exec(name);
    if (parts === null) continue;
    const [, version, year, month, day, hour, minute, second, milli] = parts;
    found.push({
      name,
      version: Number(version),
      createdAt: `${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`,
      bytes,
    });
  }
  return found.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/** Removes all copies but the newest `keep`, and one that was not finished. */
export async function pruneBackups(files: WorkspaceFiles, keep = KEPT): Promise<void> {
  for (const { name } of (await listBackups(files)).slice(keep)) await files.remove(name);
  await files.remove(UNFINISHED_BACKUP);
}

/** Removes what a crash left in the middle of a copy; what cannot be removed now is for the next time. REQUIRES: none is being made. */
export async function removeUnfinished(files: WorkspaceFiles): Promise<void> {
  await Promise.allSettled([OUTGOING, INCOMING].map((name) => files.remove(name)));
}

/** What the host's refusal of a file beside the database is to callers: `message` says what was not done. */
export function storageFailure(error: unknown, message: string): ArchivoltError {
  if (error instanceof ArchivoltError) return error;
  const full = errorName(error) === 'QuotaExceededError' || ['ENOSPC', 'EDQUOT'].includes(systemCode(error));
  return new ArchivoltError(full ? 'QUOTA_EXCEEDED' : 'IO_ERROR', message, {}, { cause: error });
}
