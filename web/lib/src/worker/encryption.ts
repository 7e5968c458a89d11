/**
 * The bundle encryption.js: opening encrypted workspaces, and changing what they are encrypted with.
 *
 * A workspace is encrypted when there is a record `keys-<n>.bin` beside its database; the highest number counts. Changing the passphrase
 * prepares the whole database under the new key as `keys-<n>.part` and then gives the record of the same number its name. That is the
 * moment of the change, in one step of the file system. From then on the prepared bytes belong into the database's file: whoever opens
 * the workspace next copies them there, as often as it is interrupted. Before it they are rubbish. No key is needed for the copying.
 */
import { ArchivoltError, isArchivoltError } from '../errors.js';
import { pruneBackups, storageFailure } from '../storage/backup-files.js';
import type { SealedKey } from '../protocol/messages.js';
import { DATABASE_FILE, WORKSPACE_FILES, type SyncFile, type WorkspaceFiles } from '../storage/host-files.js';
import { openRoot } from '../storage/opfs-directory.js';
import { toHex } from '../protocol/hex.js';
import { random, subtle, utf8 } from './crypto.js';
import type { Unlocked, UnlockParams } from './encrypted.js';
import type { Engine } from './engine.js';
import { makeKey, normalised, openRecord, readRecord, type KeyRecord, type NewKey } from './key-record.js';

/** Files on their way: the copy of the database, and a record. */
const UNFINISHED_COPY = 'keys-copy.part';
const UNFINISHED_RECORD = 'keys-record.part';
const PART = 1 << 20;

const recordName = (number: number): string => `keys-${number}.bin`;
const preparedName = (number: number): string => `keys-${number}.part`;

interface Found {
  /** 0: there is no record. */
  number: number;
  record: KeyRecord | undefined;
  /** Whether the database under this record's key still waits for being copied into its place. */
  pending: boolean;
  names: string[];
}

type Reader = Pick<WorkspaceFiles, 'read'> & { list(): Promise<{ name: string }[]> };

/** CORRUPTION: the newest record cannot be read. */
export async function find(files: Reader): Promise<Found> {
  const names = (await files.list()).map(({ name }) => name);
  const numbers = names.map((name) => Number(/^keys-(\d+)\.bin$/.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  const record = number === 0 ? undefined : await readRecord(await files.read(recordName(number)));
  return { number, record, pending: names.includes(preparedName(number)), names };
}

/**
 * Undefined for a plain workspace. Nothing is changed before the passphrase was found right. WRONG_PASSPHRASE: or none was given.
 * FAILED_PRECONDITION: a passphrase for a plain workspace, or a change to finish while it is opened for reading only.
 */
export async function unlock(files: WorkspaceFiles, params: UnlockParams): Promise<Unlocked | undefined> {
  const { readOnly } = params;
  const found = await find(files);
  const isNew = isEmpty(files) && !found.pending;
  const passphrase = params.passphrase === undefined ? undefined : normalised(params.passphrase);
  let unlocked: Unlocked | undefined;
  if (found.record?.encrypted === true) unlocked = await open(found.number, found.record, passphrase, params.unlocked);
  else if (params.unlocked !== undefined) throw changedElsewhere();
  else if (passphrase !== undefined && !(isNew && !readOnly)) throw notEncrypted();
  if (readOnly) {
    if (found.pending && found.record !== undefined)
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        'A change of the passphrase was interrupted. Open the workspace once for writing, which finishes it.',
      );
  } else {
    if (found.pending && found.record !== undefined) await finish(files, found.number);
    await tidy(files, unlocked === undefined ? 0 : found.number);
    if (passphrase !== undefined && unlocked === undefined) {
      const made = await makeKey(passphrase);
      const number = found.number + 1;
      await writeRecord(files, number, made);
      if (made.key !== undefined) unlocked = { number, key: made.key };
    }
  }
  files.sealed = unlocked !== undefined;
  return unlocked;
}

async function open(
  number: number,
  record: KeyRecord,
  passphrase: string | undefined,
  unlocked: Unlocked | undefined,
): Promise<Unlocked> {
  if (passphrase !== undefined) return { number, key: await openRecord(record, passphrase) };
  if (unlocked === undefined) throw passphraseNeeded();
  // A change makes a new key and a new number.
  if (unlocked.number !== number) throw changedElsewhere();
  return unlocked;
}

function passphraseNeeded(): ArchivoltError {
  return new ArchivoltError('WRONG_PASSPHRASE', 'The workspace is encrypted. Open it with its passphrase.');
}

export function changedElsewhere(): ArchivoltError {
  return new ArchivoltError(
    'WRONG_PASSPHRASE',
    'The passphrase of the workspace was changed in another tab. Close it here and open it as it is encrypted now.',
  );
}

export function notEncrypted(): ArchivoltError {
  return new ArchivoltError(
    'FAILED_PRECONDITION',
    'The workspace is not encrypted. Open it without a passphrase; changePassphrase() encrypts it.',
  );
}

function isEmpty(files: WorkspaceFiles): boolean {
  return WORKSPACE_FILES.every((name) => files.find(name)?.size() === 0);
}

// ------------------------------------------------------------------ between tabs

/** What a tab that follows shows to the one that leads. Keeps the key in `params` in place of the passphrase. WRONG_PASSPHRASE. */
export async function prove(params: UnlockParams, tab: string): Promise<string> {
  const { name, passphrase } = params;
  if (passphrase !== undefined) {
    const { number, record } = await find(await openForReading(name));
    if (record?.encrypted !== true) return '';
    params.unlocked = { number, key: await openRecord(record, normalised(passphrase)) };
    delete params.passphrase;
  }
  return params.unlocked === undefined ? '' : proofOf(params.unlocked, tab);
}

/** Rejects unless the tab has the key. */
export async function admit(unlocked: Unlocked | undefined, tab: string, proof: string | undefined): Promise<void> {
  if (unlocked === undefined) throw notEncrypted();
  if (proof === undefined) throw passphraseNeeded();
  if (proof !== (await proofOf(unlocked, tab))) throw changedElsewhere();
}

async function proofOf({ key }: Unlocked, tab: string): Promise<string> {
  const hmac = await subtle().importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return toHex(new Uint8Array(await subtle().sign('HMAC', hmac, utf8(`archivolt tab ${tab}`))));
}

/** A new key for the tab that holds the database, and what this tab has in its hands once that is done. */
export async function handOn(
  next: string | null,
  present: Unlocked | undefined,
): Promise<{ made: SealedKey; unlocked: Unlocked | undefined }> {
  const { file, key } = await prepareKey(next);
  if (key === undefined) return { made: { file, key: null, iv: null }, unlocked: undefined };
  const unlocked = { number: (present?.number ?? 0) + 1, key };
  if (present === undefined) return { made: { file, key, iv: null }, unlocked };
  const iv = random(12);
  const sealed = await subtle().encrypt({ name: 'AES-GCM', iv }, await sealing(present), key);
  return { made: { file, key: new Uint8Array(sealed), iv }, unlocked };
}

/** What another tab has made. */
export async function takeOver({ file, key, iv }: SealedKey, present: Unlocked | undefined): Promise<NewKey> {
  if (key === null) return { file, key: undefined };
  if (iv === null || present === undefined) {
    if (iv !== null || present !== undefined) throw changedElsewhere();
    return { file, key };
  }
  try {
    const opened = await subtle().decrypt({ name: 'AES-GCM', iv }, await sealing(present), key);
    return { file, key: new Uint8Array(opened) };
  } catch {
    throw changedElsewhere();
  }
}

function sealing({ key }: Unlocked): Promise<CryptoKey> {
  return subtle().importKey('raw', key.slice(0, 32), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** The directory of a workspace whose files another tab holds. */
async function openForReading(name: string): Promise<Reader> {
  const directory = await (await openRoot()).getDirectoryHandle(name, { create: true });
  return {
    read: async (file) => (await directory.getFileHandle(file)).getFile(),
    list: async () => {
      const found: { name: string }[] = [];
      for await (const file of directory.keys()) found.push({ name: file });
      return found;
    },
  };
}

// ------------------------------------------------------------------ changing

export interface ChangeOf {
  engine: Engine;
  files: WorkspaceFiles;
  present: Unlocked | undefined;
  /** Opens the database again and whatever works over it. */
  reopen: (unlocked: Unlocked | undefined) => void;
}

/** A change on its way, which may be made in another tab than the one that holds the database. */
export async function prepareKey(next: string | null): Promise<NewKey> {
  return makeKey(next === null ? null : normalised(next));
}

/**
 * Answers what the database is encrypted with now. REQUIRES: the caller holds the lane. A failure before the change leaves everything
 * as it was; one after it stops the engine, and the next open finishes what was begun.
 */
export async function change(
  { engine, files, present, reopen }: ChangeOf,
  made: NewKey,
): Promise<Unlocked | undefined> {
  const key = made.key ?? null;
  if (present === undefined && key === null) return undefined;
  const { number: last } = await find(files);
  const number = last + 1;
  const next = made.key === undefined ? undefined : { number, key: made.key };
  let isOpen = true;
  try {
    await files.prepare(UNFINISHED_COPY);
    engine.call('migrations.backup', { path: UNFINISHED_COPY });
    const size = encrypt(engine, files, key);
    await files.keep(UNFINISHED_COPY, preparedName(number));
    engine.close();
    isOpen = false;
    // The space that the copying will need is taken while there is still a way back.
    const database = requireFile(files, DATABASE_FILE);
    if (database.size() < size) database.truncate(size);
    await writeRecord(files, number, made);
  } catch (error) {
    await tidy(files, last).catch(() => undefined);
    // The record may have got its name although the storage said no, and may not let itself be removed.
    if (
      await find(files).then(
        (now) => now.number !== last,
        () => true,
      )
    )
      throw stop(engine, error, CHANGED);
    if (!isOpen) {
      try {
        reopen(present);
      } catch (cause) {
        throw stop(engine, cause, NOT_CHANGED);
      }
    }
    throw storageFailure(
      error,
      'The passphrase was not changed: the database could not be written anew beside itself. Free storage and try again.',
    );
  }
  try {
    await finish(files, number);
    await tidy(files, next === undefined ? 0 : number);
    files.sealed = next !== undefined;
    reopen(next);
  } catch (error) {
    throw stop(engine, error, CHANGED);
  }
  present?.key.fill(0);
  return next;
}

/** Encrypts the copy under the key, or decrypts it, and checks it. Answers its size. */
function encrypt(engine: Engine, files: WorkspaceFiles, key: Uint8Array | null): number {
  try {
    engine.call('backup.changeKey', { path: UNFINISHED_COPY, key });
    const size = requireFile(files, UNFINISHED_COPY).size();
    engine.call('backup.check', { path: UNFINISHED_COPY, bytes: size, own: true, key });
    return size;
  } catch (error) {
    // The database itself was read whole: it is the copy that could not be written as it should be.
    throw isArchivoltError(error, 'CORRUPTION') ? new Error(error.message, { cause: error }) : error;
  }
}

const CHANGED =
  'The passphrase was changed, but the files could not be finished. Open the workspace again with the new one: that finishes them.';
const NOT_CHANGED =
  'The passphrase was not changed, and the database could not be opened again after that. Open the workspace again.';

function stop(engine: Engine, cause: unknown, message: string): ArchivoltError {
  const error = new ArchivoltError('IO_ERROR', message, {}, { cause });
  engine.stop(error);
  return error;
}

/** Copies what was prepared into the place of the database. May be repeated. */
async function finish(files: WorkspaceFiles, number: number): Promise<void> {
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
async function tidy(files: WorkspaceFiles, number: number): Promise<void> {
  const names = (await files.list()).map(({ name }) => name).filter((name) => /^keys-\d+\.(bin|part)$/.test(name));
  // The highest record last: until it is gone the older ones must not count again. And before what was prepared under it, without
  // which it must not count either.
  names.sort((a, b) => parseInt(a.slice(5)) - parseInt(b.slice(5)) || (a < b ? -1 : 1));
  for (const name of [UNFINISHED_COPY, UNFINISHED_RECORD, ...names])
    if (name !== recordName(number)) await files.remove(name);
}

async function writeRecord(files: WorkspaceFiles, number: number, { file }: NewKey): Promise<void> {
  await files.prepare(UNFINISHED_RECORD);
  write(requireFile(files, UNFINISHED_RECORD), file, 0);
  await files.keep(UNFINISHED_RECORD, recordName(number));
}

function requireFile(files: WorkspaceFiles, name: string): SyncFile {
  const file = files.find(name);
  if (file === undefined) throw new Error(`${name} is not there`);
  return file;
}

function write(file: SyncFile, bytes: Uint8Array, at: number): void {
  if (file.write(bytes, at) !== bytes.length) throw new DOMException('no space', 'QuotaExceededError');
}
