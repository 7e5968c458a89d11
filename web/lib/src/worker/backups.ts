/**
 * The whole workspace out as one file, and in from one.
 *
 * Both go through a file beside the database, so that memory holds a part at a time; it goes in the end, however that comes.
 *
 * How a restore is safe from crashes: synchronous handles of the private file system cannot be exchanged for another file in one
 * step in all browsers, and neither can open files on every system that Node runs on. So nothing is renamed. Once the file beside
 * the database was found sound, its pages go into the database as one transaction of SQLite, through the write-ahead log. Until the
 * commit is in the log the old data stand, from then on the new ones: whichever of the two a crash leaves, the next open finds it
 * whole, by the same recovery as after any other commit. It is the same in a directory, in the browser and in memory.
 */
import { ArchivoltError, cancelled, isArchivoltError } from '../errors.js';
import type { Params } from '../protocol/messages.js';
import { INCOMING, OUTGOING, listBackups, storageFailure, type BackupFile } from '../storage/backup-files.js';
import { noFile, type PreparedAs, type SyncFile, type WorkspaceFiles } from '../storage/host-files.js';
import type { Progress, RestoreReport } from '../types.js';
import { copyIn, copyOut, fill } from './backup-copying.js';
import type { Engine } from './engine.js';
import { Lane } from './lane.js';
import { damaged } from './sealed.js';
import { yieldToEvents } from './yield.js';

export { migrate } from './migration.js';

const SLICE_MS = 50;

type Report = (progress: Progress) => void;

export class Backups {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #files: WorkspaceFiles;
  readonly #onReplaced: () => void;
  /** There is one file of each kind beside the database. */
  readonly #turns = new Lane();
  /** What could not be noted in the database, as where it is open for reading only. */
  #lastAt = '';

  /** `onReplaced`: the content is another one; called while the lane is held. */
  constructor(engine: Engine, lane: Lane, files: WorkspaceFiles, onReplaced: () => void) {
    this.#engine = engine;
    this.#lane = lane;
    this.#files = files;
    this.#onReplaced = onReplaced;
  }

  /** When the last backup was made, `noted` being what the database knows. */
  lastAt(noted: string | null): string | null {
    return this.#lastAt > (noted ?? '') ? this.#lastAt : noted;
  }

  list(): Promise<BackupFile[]> {
    return this.#lane.run(() => listBackups(this.#files));
  }

  /** Whoever has encrypted the workspace says what becomes of what leaves it. */
  #sealing(passphrase: string | null | undefined): string | undefined {
    if (passphrase === undefined && this.#files.sealed)
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        'The workspace is encrypted. Give a passphrase for the copy, or passphrase: null for one that anybody can read.',
      );
    return passphrase ?? undefined;
  }

  /** What was copied encrypted as the database is becomes plain. It lies in memory then. */
  #unseal(): void {
    if (this.#files.sealed) this.#engine.call('backup.changeKey', { path: OUTGOING, key: null });
  }

  /** Where the copy finds no place in storage it is made in memory: full or lost storage is when it is needed most. */
  async backup(params: Params<'workspace.backup'>, signal: AbortSignal, report: Report): Promise<Blob> {
    const sealing = this.#sealing(params.passphrase);
    try {
      return await this.#backup(sealing, signal, report, 'plain');
    } catch (error) {
      if (!isArchivoltError(error, 'QUOTA_EXCEEDED') && !isArchivoltError(error, 'IO_ERROR')) throw error;
      return this.#backup(sealing, signal, report, 'memory');
    }
  }

  #backup(sealing: string | undefined, signal: AbortSignal, report: Report, as: PreparedAs): Promise<Blob> {
    return this.#staged(
      { name: OUTGOING, as },
      'The copy could not be written. Free storage and try again.',
      signal,
      async (file) => {
        const at = await this.#lane.run(async () => {
          report({ phase: 'copy', done: 0, total: null });
          const made = this.#engine.call('backup.copy', { path: OUTGOING });
          await breathe(signal);
          this.#unseal();
          report({ phase: 'check', done: 0, total: null });
          this.#engine.call('backup.check', { path: OUTGOING, bytes: file.size(), own: true, key: null });
          return made;
        }, signal);
        const blob = await copyOut(file, sealing, (done, total) => {
          report({ phase: 'write', done, total });
          return breathe(signal);
        });
        // A full or read-only storage does not make the copy worse.
        await this.#lane.run(() => this.#engine.call('backup.note', { at })).catch(() => (this.#lastAt = at));
        return blob;
      },
    );
  }

  /** A copy that was made before a migration. */
  async read({ name, passphrase }: Params<'migrations.readBackup'>, signal: AbortSignal): Promise<Blob> {
    if (!(await listBackups(this.#files)).some((backup) => backup.name === name)) throw noFile(name);
    if (!this.#files.sealed && passphrase === undefined) return this.#files.read(name);
    const sealing = this.#sealing(passphrase);
    return this.#staged({ name: OUTGOING, as: 'plain' }, 'The copy could not be read.', signal, async (file) => {
      await fill(file, await this.#files.read(name));
      await this.#lane.run(() => this.#unseal(), signal);
      return copyOut(file, sealing, () => breathe(signal));
    });
  }

  restore(
    { file, passphrase }: Params<'workspace.restore'>,
    signal: AbortSignal,
    report: Report,
  ): Promise<RestoreReport> {
    const failure =
      'The file could not be written beside the database. Nothing was restored; free storage and try again.';
    return this.#staged({ name: INCOMING, as: 'plain' }, failure, signal, async (staging) => {
      await copyIn(file, passphrase, staging, (done, total) => {
        report({ phase: 'read', done, total });
        return breathe(signal);
      });
      return this.#lane.run(async () => {
        report({ phase: 'check', done: 0, total: null });
        const content = this.#check(staging.size());
        await breathe(signal);
        try {
          this.#engine.call('backup.begin', { path: INCOMING });
          for (let more = true; more;) {
            await breathe(signal);
            const step = this.#engine.call('backup.step', { budgetMs: SLICE_MS });
            report({ phase: 'restore', done: step.done, total: step.total });
            more = step.more;
          }
        } finally {
          this.#engine.call('backup.end', {});
        }
        this.#lastAt = '';
        this.#onReplaced();
        return content;
      }, signal);
    });
  }

  #check(bytes: number): RestoreReport {
    try {
      return this.#engine.call('backup.check', { path: INCOMING, bytes });
    } catch (error) {
      // The core's words are about the workspace itself.
      if (error instanceof ArchivoltError && error.code === 'CORRUPTION') throw damaged(error.detail);
      throw error;
    }
  }

  #staged<T>(
    { name, as }: { name: string; as: PreparedAs },
    failure: string,
    signal: AbortSignal,
    work: (file: SyncFile) => Promise<T>,
  ): Promise<T> {
    return this.#turns.run(async () => {
      try {
        await this.#files.prepare(name, as);
        const file = this.#files.find(name);
        if (file === undefined) throw new Error(`${name} is not there`);
        return await work(file);
      } catch (error) {
        throw storageFailure(error, failure);
      } finally {
        await this.#files.remove(name).catch(() => undefined);
      }
    }, signal);
  }
}

/** Lets messages in. CANCELLED when one of them was that. */
async function breathe(signal: AbortSignal): Promise<void> {
  await yieldToEvents();
  if (signal.aborted) throw cancelled();
}
