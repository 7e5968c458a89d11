/**
 * A workspace's files by synchronous access handles: dedicated workers only.
 *
 * The Web Lock (workspace-lock.ts) comes first and is held until `close`; handles that the browser has not freed yet are waited for, at least
 * BUSY_PATIENCE_MS in all. A failed open closes what it opened and leaves every byte as it was.
 */
import { ArchivoltError, errorName, isArchivoltError } from '../errors.js';
import { whileBusy } from './backoff.js';
import {
  DATABASE_FILE,
  WORKSPACE_FILES,
  isInMemory,
  noFile,
  scratchOf,
  type PreparedAs,
  type SyncFile,
  type WorkspaceFiles,
} from './host-files.js';
import { MemoryFile } from './memory.js';
import { busy, isHeldElsewhere, notFound, openRoot } from './opfs-directory.js';
import { ReadAhead } from './read-ahead.js';
import type { WorkspaceLock } from './workspace-lock.js';

class HandleFile implements SyncFile {
  readonly #handle: FileSystemSyncAccessHandle;
  readonly #ahead: ReadAhead;

  constructor(handle: FileSystemSyncAccessHandle) {
    this.#handle = handle;
    this.#ahead = new ReadAhead((into, at) => handle.read(into as Uint8Array<ArrayBuffer>, { at }));
  }

  read(into: Uint8Array, at: number): number {
    return this.#ahead.read(into, at);
  }

  write(from: Uint8Array, at: number): number {
    this.#ahead.forget();
    return this.#handle.write(from as Uint8Array<ArrayBuffer>, { at });
  }

  truncate(size: number): void {
    this.#ahead.forget();
    this.#handle.truncate(size);
  }

  flush(): void {
    this.#handle.flush();
  }

  size(): number {
    const size = this.#handle.getSize();
    // Of a file that is gone Chromium answers an error without its sign.
    if (size > Number.MAX_SAFE_INTEGER) throw new Error('the file is gone');
    return size;
  }

  close(): void {
    this.#handle.close();
  }
}

/** Every browser that has synchronous handles can rename within this file system; the DOM's types do not say so. */
type MovableHandle = FileSystemFileHandle & { move(name: string): Promise<void> };

class OpfsFiles implements WorkspaceFiles {
  readonly kind = 'opfs';
  sealed = false;
  gone = false;
  readonly #directory: FileSystemDirectoryHandle;
  readonly #files: Map<string, HandleFile>;
  readonly #lock: WorkspaceLock;
  /** The logs of a prepared file: with a crash the whole file is given up. */
  readonly #scratch = new Map<string, MemoryFile>();

  constructor(directory: FileSystemDirectoryHandle, files: Map<string, HandleFile>, lock: WorkspaceLock) {
    this.#directory = directory;
    this.#files = files;
    this.#lock = lock;
  }

  find(name: string): SyncFile | undefined {
    return this.#files.get(name) ?? this.#scratch.get(name);
  }

  temporary(): SyncFile {
    return new MemoryFile();
  }

  persisted(): Promise<boolean> {
    return navigator.storage.persisted();
  }

  async usage(): Promise<{ usage: number; quota: number | null }> {
    const estimate = await navigator.storage.estimate();
    return { usage: estimate.usage ?? 0, quota: estimate.quota ?? null };
  }

  close(): void {
    // Closing the handle of a file that is gone does not come back in Chromium; the end of the worker closes it.
    if (!this.gone) for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#lock.release();
  }

  async prepare(name: string, as: PreparedAs = 'empty'): Promise<void> {
    if (as !== 'present') await this.remove(name);
    if (!this.gone && !isInMemory(as, this.sealed)) this.#files.set(name, await openFile(this.#directory, name));
    for (const log of scratchOf(name)) this.#scratch.set(log, new MemoryFile());
  }

  async keep(name: string, as: string): Promise<void> {
    const file = this.#files.get(name);
    if (file === undefined) return;
    file.flush();
    this.#close(name);
    const handle = (await this.#directory.getFileHandle(name)) as MovableHandle;
    await handle.move(as);
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    const found: { name: string; bytes: number }[] = [];
    if (this.gone) return found;
    for await (const [name, handle] of this.#directory.entries()) {
      if (handle.kind !== 'file' || this.#files.has(name)) continue;
      found.push({ name, bytes: (await (handle as FileSystemFileHandle).getFile()).size });
    }
    return found;
  }

  async read(name: string): Promise<Blob> {
    if (!(await this.list()).some((file) => file.name === name)) throw noFile(name);
    return (await this.#directory.getFileHandle(name)).getFile();
  }

  async remove(name: string): Promise<void> {
    this.#close(name);
    // Chromium looks for a directory that is gone for three seconds.
    if (this.gone) return;
    try {
      await this.#directory.removeEntry(name);
    } catch (error) {
      if (errorName(error) !== 'NotFoundError') throw error;
    }
  }

  #close(name: string): void {
    for (const log of scratchOf(name)) this.#scratch.delete(log);
    if (!this.gone) this.#files.get(name)?.close();
    this.#files.delete(name);
  }
}

/** Files for reading alone, of an origin that is full; undefined where there is nothing to read. */
export type OpenFull = (directory: FileSystemDirectoryHandle) => Promise<WorkspaceFiles | undefined>;

/**
 * Waits for the lock unless it is held already; closing the files frees it. Throws BUSY when another tab keeps the workspace open,
 * UNSUPPORTED where there are no synchronous handles. With `readOnly` nothing is made: NOT_FOUND when there is no such workspace.
 * A handle costs quota, also one that only reads: where none is left, `openFull` opens what is there.
 */
export async function openOpfs(
  workspace: string,
  readOnly: boolean,
  lock: WorkspaceLock,
  openFull: OpenFull,
): Promise<WorkspaceFiles> {
  const root = await openRoot().catch((error: unknown) => {
    lock.release();
    throw error;
  });
  if (!lock.isHeld) await acquire(workspace, lock);
  const files = new Map<string, HandleFile>();
  let directory: FileSystemDirectoryHandle | undefined;
  try {
    const found = await root.getDirectoryHandle(workspace, { create: !readOnly });
    directory = found;
    if (readOnly) await found.getFileHandle(DATABASE_FILE);
    // Side by side, and waited for to the last: one that came after a failure would stay open.
    const opening = WORKSPACE_FILES.map(async (name) => files.set(name, await openFile(found, name)));
    await Promise.allSettled(opening);
    await Promise.all(opening);
    return new OpfsFiles(found, files, lock);
  } catch (error) {
    for (const file of files.values()) file.close();
    if (errorName(error) === 'QuotaExceededError' && directory !== undefined) {
      const snapshot = await openFull(directory).catch(() => undefined);
      if (snapshot !== undefined) return snapshot;
    }
    lock.release();
    if (isHeldElsewhere(error)) throw busy(workspace);
    if (readOnly && errorName(error) === 'NotFoundError') throw notFound(workspace);
    if (errorName(error) === 'QuotaExceededError') {
      throw new ArchivoltError(
        'QUOTA_EXCEEDED',
        'The browser grants no storage to open the workspace. Free space and try again.',
        { workspace },
        { cause: error },
      );
    }
    if (error instanceof ArchivoltError) throw error;
    throw new ArchivoltError(
      'IO_ERROR',
      `The files of workspace ${workspace} cannot be opened (${errorName(error)}).`,
      { workspace },
      { cause: error },
    );
  }
}

async function openFile(directory: FileSystemDirectoryHandle, name: string): Promise<HandleFile> {
  const handle = await directory.getFileHandle(name, { create: true });
  if (typeof handle.createSyncAccessHandle !== 'function') {
    throw new ArchivoltError(
      'UNSUPPORTED',
      "Storage 'opfs' is not available: this browser has no synchronous access handles.",
      { storage: 'opfs' },
    );
  }
  return new HandleFile(await whileBusy(() => handle.createSyncAccessHandle(), isHeldElsewhere));
}

/** Asks again and again, and does not stand in the queue: that is the succession of the tabs that share the workspace. */
async function acquire(workspace: string, lock: WorkspaceLock): Promise<void> {
  const take = async (): Promise<void> => {
    if (!(await lock.take(workspace))) throw busy(workspace);
  };
  await whileBusy(take, (error) => isArchivoltError(error, 'BUSY'));
}
