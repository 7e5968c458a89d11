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
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ArchivoltError, systemCode } from '../errors.js';
import type { WorkspaceSummary } from '../types.js';
import { whileBusy } from './backoff.js';
import { DATABASE_FILE, WORKSPACE_FILES, looksEncrypted, type SyncFile, type WorkspaceFiles } from './host-files.js';
import { MemoryFile } from './memory.js';
import { freeLock, takeLock } from './node-lock.js';

/** A process that is ending right now is waited for this long. */
const PATIENCE_MS = 1000;

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
  readonly #files: Map<string, DescriptorFile>;
  readonly #unlock: () => void;

  constructor(files: Map<string, DescriptorFile>, unlock: () => void) {
    this.#files = files;
    this.#unlock = unlock;
  }

  find(name: string): SyncFile | undefined {
    return this.#files.get(name);
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

/** `token` marks the lock, so that the opener can free it should the worker die. Throws BUSY when it is held elsewhere. */
export async function openDirectory(directory: string, workspace: string, token: string): Promise<WorkspaceFiles> {
  const folder = join(directory, workspace);
  const lock = lockPath(directory, workspace);
  const files = new Map<string, DescriptorFile>();
  try {
    mkdirSync(folder, { recursive: true });
    await lockOrBusy(lock, workspace, token);
    for (const name of WORKSPACE_FILES) files.set(name, new DescriptorFile(join(folder, name)));
    syncFolder(folder);
    return new DirectoryFiles(files, () => freeLock(lock, token));
  } catch (error) {
    for (const file of files.values()) file.close();
    if (error instanceof ArchivoltError) throw error;
    freeLock(lock, token);
    const code = systemCode(error);
    throw new ArchivoltError(
      'IO_ERROR',
      `The files of workspace ${workspace} cannot be opened (${code}).`,
      { workspace, system: code },
      { cause: error },
    );
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

export function listDirectoryWorkspaces(directory: string): WorkspaceSummary[] {
  const found: WorkspaceSummary[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const summary = summarise(join(directory, entry.name), entry.name);
    if (summary !== undefined) found.push(summary);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function summarise(folder: string, name: string): WorkspaceSummary | undefined {
  let bytes = 0;
  let modified = 0;
  for (const file of WORKSPACE_FILES) {
    const stat = statSync(join(folder, file), { throwIfNoEntry: false });
    if (stat === undefined && file === DATABASE_FILE) return undefined;
    bytes += stat?.size ?? 0;
    modified = Math.max(modified, stat?.mtimeMs ?? 0);
  }
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

/** Throws NOT_FOUND when there is no such workspace, BUSY while it is open. */
export function deleteDirectoryWorkspace(directory: string, workspace: string, token: string): void {
  const folder = join(directory, workspace);
  if (statSync(join(folder, DATABASE_FILE), { throwIfNoEntry: false }) === undefined) {
    throw new ArchivoltError('NOT_FOUND', `There is no workspace ${workspace}.`, { workspace });
  }
  if (!takeLock(lockPath(directory, workspace), token)) throw busy(workspace);
  // Moved away first: a crash in the middle leaves no half workspace under its name.
  const doomed = join(directory, `.deleted-${token}`);
  renameSync(folder, doomed);
  rmSync(doomed, { recursive: true });
}
