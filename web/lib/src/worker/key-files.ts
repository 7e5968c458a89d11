/**
 * The files of an encrypted workspace beside its database, and how the database comes to be under another key.
 *
 * A workspace is encrypted when there is a record `keys-<n>.bin`; the highest number counts. Changing the passphrase prepares the whole
 * database under the new key as `keys-<n>.part` and then gives the record of the same number its name. That is the moment of the change,
 * in one step of the file system. From then on the prepared bytes belong into the database's file: whoever opens the workspace next
 * copies them there, as often as it is interrupted. Before it they are rubbish. No key is needed for the copying.
 */
import { pruneBackups } from '../storage/backup-files.js';
import { DATABASE_FILE, WORKSPACE_FILES, type SyncFile, type WorkspaceFiles } from '../storage/host-files.js';
import { readRecord, type KeyRecord, type NewKey } from './key-record.js';

/** Files on their way: the copy of the database, and a record. */
export const UNFINISHED_COPY = 'keys-copy.part';
const UNFINISHED_RECORD = 'keys-record.part';
const PART = 1 << 20;

const recordName = (number: number): string => `keys-${number}.bin`;
export const preparedName = (number: number): string => `keys-${number}.part`;

export interface Found {
  /** 0: there is no record. */
  number: number;
  record: KeyRecord | undefined;
  /** Whether the database under this record's key still waits for being copied into its place. */
  pending: boolean;
}

export type Reader = Pick<WorkspaceFiles, 'read'> & { list(): Promise<{ name: string }[]> };

/** The record that counts. CORRUPTION: it cannot be read. */
export async function findRecord(files: Reader): Promise<Found> {
  const names = (await files.list()).map(({ name }) => name);
  const numbers = names.map((name) => Number(/^keys-(\d+)\.bin$/.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  const record = number === 0 ? undefined : await readRecord(await files.read(recordName(number)));
  return { number, record, pending: names.includes(preparedName(number)) };
}

/** Copies what was prepared into the place of the database. May be repeated. */
export async function finishChange(files: WorkspaceFiles, number: number): Promise<void> {
  const prepared = await files.read(preparedName(number));
  const database = requireFile(files, DATABASE_FILE);
  // They belong to what is replaced.
  for (const name of WORKSPACE_FILES.slice(1)) {
    const log = requireFile(files, name);
    log.truncate(0);
    log.flush();
  }
  for (let at = 0; at < prepared.size; at += PART)
    write(database, new Uint8Array(await prepared.slice(at, at + PART).arrayBuffer()), at);
  database.truncate(prepared.size);
  database.flush();
  // Copies made before migrations are encrypted as the database was.
  await pruneBackups(files, 0);
  await files.remove(preparedName(number));
}

/** Removes every record but this one, and what is not finished. REQUIRES: nothing is prepared for the database any more. */
export async function removeOthers(files: WorkspaceFiles, number: number): Promise<void> {
  const names = (await files.list()).map(({ name }) => name).filter((name) => /^keys-\d+\.(bin|part)$/.test(name));
  // The highest record last: until it is gone the older ones must not count again. And before what was prepared under it, without
  // which it must not count either.
  names.sort((a, b) => parseInt(a.slice(5)) - parseInt(b.slice(5)) || (a < b ? -1 : 1));
  for (const name of [UNFINISHED_COPY, UNFINISHED_RECORD, ...names])
    if (name !== recordName(number)) await files.remove(name);
}

export async function writeRecord(files: WorkspaceFiles, number: number, { file }: NewKey): Promise<void> {
  await files.prepare(UNFINISHED_RECORD);
  write(requireFile(files, UNFINISHED_RECORD), file, 0);
  await files.keep(UNFINISHED_RECORD, recordName(number));
}

export function requireFile(files: WorkspaceFiles, name: string): SyncFile {
  const file = files.find(name);
  if (file === undefined) throw new Error(`${name} is not there`);
  return file;
}

function write(file: SyncFile, bytes: Uint8Array, at: number): void {
  if (file.write(bytes, at) !== bytes.length) throw new DOMException('no space', 'QuotaExceededError');
}
