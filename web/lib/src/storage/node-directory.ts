/**
 * Workspaces in a directory of the file system, for Node: `<directory>/<name>/archivolt.db` and its companions.
 *
 * Descriptors are opened at once and used synchronously; flush is fsync. A lock file keeps others out (node-lock.ts).
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { ArchivoltError, systemCode } from '../errors.js';
import type { WorkspaceSummary } from '../types.js';
import { whileBusy } from './backoff.js';
import {
  DATABASE_FILE,
  WORKSPACE_FILES,
  looksEncrypted,
  isInMemory,
  noFile,
  scratchOf,
  type SyncFile,
  type PreparedAs,
  type WorkspaceFiles,
} from './host-files.js';
import { MemoryFile } from './memory.js';
import { freeLock, takeLock } from './node-lock.js';

/** A process that is ending right now is waited for this long. */
const PATIENCE_MS = 1000;
/** A workspace on its way out: moved away at once, removed afterwards. */
const DELETED = '.deleted-';

class DescriptorFile implements SyncFile {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openOrCreate(path);
  }

  read(into: Uint8Array, at: number): number {
    let done = 0;
    while (done < into.length) {
      const count = readSync(this.#descriptor, into, done, into.length - done, at + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(from: Uint8Array, at: number): number {
    let done = 0;
    while (done < from.length) {
      const count = writeSync(this.#descriptor, from, done, from.length - done, at + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  truncate(size: number): void {
    ftruncateSync(this.#descriptor, size);
  }

  flush(): void {
    fsyncSync(this.#descriptor);
  }

  size(): number {
    return fstatSync(this.#descriptor).size;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function openOrCreate(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  // 'wx+' never truncates what somebody else created in the meantime.
  return openSync(path, 'wx+');
}

class DirectoryFiles implements WorkspaceFiles {
  readonly kind = 'directory';
  sealed = false;
  readonly #folder: string;
  readonly #files: Map<string, DescriptorFile>;
  readonly #unlock: () => void;
  /** The logs of a prepared file: with a crash the whole file is given up. */
  readonly #scratch = new Map<string, MemoryFile>();

  constructor(folder: string, files: Map<string, DescriptorFile>, unlock: () => void) {
    this.#folder = folder;
    this.#files = files;
    this.#unlock = unlock;
  }

  find(name: string): SyncFile | undefined {
    return this.#files.get(name) ?? this.#scratch.get(name);
  }

  temporary(): SyncFile {
    return new MemoryFile();
  }

  persisted(): Promise<boolean> {
    return Promise.resolve(true);
  }

  usage(): Promise<{ usage: number; quota: number | null }> {
    let usage = 0;
    for (const file of this.#files.values()) usage += file.size();
    return Promise.resolve({ usage, quota: null });
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#unlock();
  }

  async prepare(name: string, as: PreparedAs = 'empty'): Promise<void> {
    if (as !== 'present') await this.remove(name);
    if (!isInMemory(as, this.sealed)) this.#files.set(name, new DescriptorFile(join(this.#folder, name)));
    for (const log of scratchOf(name)) this.#scratch.set(log, new MemoryFile());
  }

  async keep(name: string, as: string): Promise<void> {
    const file = this.#files.get(name);
    if (file === undefined) return;
    file.flush();
    this.#close(name);
    renameSync(join(this.#folder, name), join(this.#folder, as));
    syncFolder(this.#folder);
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    return readdirSync(this.#folder)
      .filter((name) => !WORKSPACE_FILES.includes(name))
      .map((name) => ({ name, bytes: statSync(join(this.#folder, name)).size }));
  }

  async read(name: string): Promise<Blob> {
    if (!(await this.list()).some((file) => file.name === name)) throw noFile(name);
    return new Blob([readFileSync(join(this.#folder, name))]);
  }

  async remove(name: string): Promise<void> {
    this.#close(name);
    rmSync(join(this.#folder, name), { force: true });
  }

  #close(name: string): void {
    for (const log of scratchOf(name)) this.#scratch.delete(log);
    this.#files.get(name)?.close();
    this.#files.delete(name);
  }
}

export function lockPath(directory: string, workspace: string): string {
  return join(directory, workspace, 'archivolt.lock');
}

function busy(workspace: string): ArchivoltError {
  return new ArchivoltError(
    'BUSY',
    `Workspace ${workspace} is open in another process or worker. Close it there or try again in a moment.`,
    { workspace },
  );
}

function notFound(workspace: string): ArchivoltError {
  return new ArchivoltError('NOT_FOUND', `There is no workspace ${workspace}.`, { workspace });
}

/** What the file system refused, as an error of the package. */
function ioError(what: string, cause: unknown, detail: Record<string, string> = {}): ArchivoltError {
  const system = systemCode(cause);
  return new ArchivoltError('IO_ERROR', `${what} (${system}).`, { ...detail, system }, { cause });
}

/**
 * `lockToken` marks the lock, so that the opener can free it should the worker die. Throws BUSY when it is held elsewhere. With
 * `readOnly` nothing is made: NOT_FOUND when there is no such workspace.
 */
export async function openDirectory(
  directory: string,
  { name: workspace, lockToken: token, readOnly }: { name: string; lockToken: string; readOnly: boolean },
): Promise<WorkspaceFiles> {
  // Absolute, so that nothing changes when the process changes its working directory.
  const folder = resolve(directory, workspace);
  const lock = lockPath(resolve(directory), workspace);
  const files = new Map<string, DescriptorFile>();
  try {
    if (readOnly && !existsSync(join(folder, DATABASE_FILE))) throw notFound(workspace);
    // Made one by one: in file systems such as /proc the recursive form never comes back.
    if (!existsSync(directory)) mkdirSync(directory, { recursive: true });
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
    sweepDeleted(directory);
    await lockOrBusy(lock, workspace, token);
    for (const name of WORKSPACE_FILES) files.set(name, new DescriptorFile(join(folder, name)));
    syncFolder(folder);
    return new DirectoryFiles(folder, files, () => freeLock(lock, token));
  } catch (error) {
    for (const file of files.values()) file.close();
    if (error instanceof ArchivoltError) throw error;
    freeLock(lock, token);
    throw ioError(`The files of workspace ${workspace} cannot be opened`, error, { workspace });
  }
}

async function lockOrBusy(lock: string, workspace: string, token: string): Promise<void> {
  const isBusy = (error: unknown): boolean => error instanceof ArchivoltError && error.code === 'BUSY';
  await whileBusy(
    () => {
      if (!takeLock(lock, token)) throw busy(workspace);
    },
    isBusy,
    PATIENCE_MS,
  );
}

/** New names survive a power cut only when their directory was synced. Windows cannot, and does not need to. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Throws IO_ERROR when the directory cannot be read. */
export function listDirectoryWorkspaces(directory: string): WorkspaceSummary[] {
  const found: WorkspaceSummary[] = [];
  try {
    if (!existsSync(directory)) return found;
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (!entry.isDirectory() || entry.name.startsWith(DELETED)) continue;
      const summary = summarise(join(directory, entry.name), entry.name);
      if (summary !== undefined) found.push(summary);
    }
  } catch (error) {
    throw ioError('The workspaces of the directory cannot be listed', error);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Removes what a deletion that was interrupted left; what cannot be removed now is for the next time. */
function sweepDeleted(directory: string): void {
  try {
    for (const name of readdirSync(directory)) {
      if (/^\.deleted-[0-9a-f]{32}$/.test(name)) rmSync(join(directory, name), { recursive: true, force: true });
    }
  } catch {
    // Another process removes it at this moment, or the directory may be entered but not read.
  }
}

/** undefined when the folder holds no database, or an empty one, as after a first open that failed. */
function summarise(folder: string, name: string): WorkspaceSummary | undefined {
  let bytes = 0;
  let modified = 0;
  for (const file of WORKSPACE_FILES) {
    const stat = statSync(join(folder, file), { throwIfNoEntry: false });
    if (file === DATABASE_FILE && stat?.isFile() !== true) return undefined;
    bytes += stat?.size ?? 0;
    modified = Math.max(modified, stat?.mtimeMs ?? 0);
  }
  if (bytes === 0) return undefined;
  const head = new Uint8Array(16);
  const descriptor = openSync(join(folder, DATABASE_FILE), 'r');
  try {
    const count = readSync(descriptor, head, 0, head.length, 0);
    return {
      name,
      bytes,
      encrypted: looksEncrypted(head.subarray(0, count)),
      modifiedAt: new Date(modified).toISOString(),
    };
  } finally {
    closeSync(descriptor);
  }
}

/** Throws NOT_FOUND when there is no such workspace, BUSY while it is open, IO_ERROR when the file system refuses. */
export function deleteDirectoryWorkspace(directory: string, workspace: string, token: string): void {
  const folder = join(directory, workspace);
  const lock = lockPath(directory, workspace);
  if (!existsSync(join(folder, DATABASE_FILE))) throw notFound(workspace);
  try {
    if (!takeLock(lock, token)) throw busy(workspace);
    // Moved away first: a crash in the middle leaves no half workspace under its name.
    const doomed = join(directory, `${DELETED}${token}`);
    renameSync(folder, doomed);
    rmSync(doomed, { recursive: true, force: true });
    sweepDeleted(directory);
  } catch (error) {
    freeLock(lock, token);
    if (error instanceof ArchivoltError) throw error;
    throw ioError(`Workspace ${workspace} cannot be deleted`, error, { workspace });
  }
}
