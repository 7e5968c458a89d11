/** Changing what a workspace is encrypted with; how its files take part in that is told in key-files.ts. */
import { ArchivoltError, isArchivoltError } from '../errors.js';
import type { Params } from '../protocol/messages.js';
import { storageFailure } from '../storage/backup-files.js';
import { DATABASE_FILE, type WorkspaceFiles } from '../storage/host-files.js';
import type { Background } from './background.js';
import type { Core } from './core.js';
import type { Unlocked } from './unlocked.js';
import type { Engine } from './engine.js';
import {
  findRecord,
  finishChange,
  preparedName,
  requireFile,
  removeOthers,
  UNFINISHED_COPY,
  writeRecord,
} from './key-files.js';
import { prepareKey, type NewKey } from './key-record.js';
import { takeOver } from './shared-key.js';

export interface ChangeOf {
  engine: Engine;
  files: WorkspaceFiles;
  present: Unlocked | undefined;
  /** Opens the database again and whatever works over it. */
  reopen: (unlocked: Unlocked | undefined) => void;
}

/** `present`: what the database is encrypted with by then. A key that is `made` comes from another tab, which keeps the passphrase. */
export async function changePassphrase(
  { engine, lane, files, embedding }: Core,
  { present, reopen }: Pick<ChangeOf, 'reopen'> & { present: () => Unlocked | undefined },
  background: Background,
  params: Params<'workspace.changePassphrase'>,
  signal: AbortSignal,
): Promise<void> {
  const made = 'made' in params ? await takeOver(params.made, present()) : await prepareKey(params.next);
  await background.during(() =>
    lane.run(async () => {
      await change({ engine, files, present: present(), reopen }, made);
      await embedding.renew();
    }, signal),
  );
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
  const { number: last } = await findRecord(files);
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
    await removeOthers(files, last).catch(() => undefined);
    // The record may have got its name although the storage said no, and may not let itself be removed.
    if (
      await findRecord(files).then(
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
    await finishChange(files, number);
    await removeOthers(files, next === undefined ? 0 : number);
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
