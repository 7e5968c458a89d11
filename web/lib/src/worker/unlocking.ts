/** Opening what is encrypted: the passphrase, or the key that another tab has found out by it, and what a change left to finish. */
import { ArchivoltError } from '../errors.js';
import { WORKSPACE_FILES, type WorkspaceFiles } from '../storage/host-files.js';
import type { Unlocked, UnlockParams } from './unlocked.js';
import { findRecord, finishChange, removeOthers, writeRecord } from './key-files.js';
import { makeKey, normalised, openRecord, type KeyRecord } from './key-record.js';

/**
 * Undefined for a plain workspace. Nothing is changed before the passphrase was found right. WRONG_PASSPHRASE: or none was given.
 * FAILED_PRECONDITION: a passphrase for a plain workspace, or a change to finish while it is opened for reading only.
 */
export async function unlock(files: WorkspaceFiles, params: UnlockParams): Promise<Unlocked | undefined> {
  const { readOnly } = params;
  const found = await findRecord(files);
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
    if (found.pending && found.record !== undefined) await finishChange(files, found.number);
    await removeOthers(files, unlocked === undefined ? 0 : found.number);
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

function isEmpty(files: WorkspaceFiles): boolean {
  return WORKSPACE_FILES.every((name) => files.find(name)?.size() === 0);
}

export function passphraseNeeded(): ArchivoltError {
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
