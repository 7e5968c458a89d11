/**
 * Workspaces in the Origin Private File System, seen from outside: the directory, its lock, listing and deleting.
 *
 * Runs in pages and workers. A workspace is the directory `archivolt/<name>/`; who has it open holds the Web Lock of
 * `lockName`, so that deleting never takes a part of an open workspace.
 */
import { ArchivoltError, errorName } from '../errors.js';
import type { WorkspaceSummary } from '../types.js';
import { whileBusy } from './backoff.js';
import { DATABASE_FILE, WORKSPACE_FILES, looksEncrypted } from './host-files.js';

const ROOT = 'archivolt';

export function lockName(workspace: string): string {
  return `archivolt:workspace:${workspace}`;
}

export function busy(workspace: string): ArchivoltError {
  return new ArchivoltError(
    'BUSY',
    `Workspace ${workspace} is open in another tab. Close it there or try again in a moment.`,
    { workspace },
  );
}

export function notFound(workspace: string): ArchivoltError {
  return new ArchivoltError('NOT_FOUND', `There is no workspace ${workspace}.`, { workspace });
}

/** True for the errors that an open handle elsewhere causes. */
export function isHeldElsewhere(error: unknown): boolean {
  return ['NoModificationAllowedError', 'InvalidStateError'].includes(errorName(error));
}

/** The directory that holds the workspaces. Throws UNSUPPORTED with the reason where there is no such storage. */
export async function openRoot(): Promise<FileSystemDirectoryHandle> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined;
  if (typeof storage?.getDirectory !== 'function') {
    const reason =
      globalThis.isSecureContext === false
        ? 'the page is not a secure context (https or localhost)'
        : 'this browser has no Origin Private File System';
    throw unsupported(reason);
  }
  try {
    const origin = await storage.getDirectory();
    return await origin.getDirectoryHandle(ROOT, { create: true });
  } catch (error) {
    if (errorName(error) === 'SecurityError')
      throw unsupported('the browser forbids it here, as in private windows', error);
    if (errorName(error) === 'QuotaExceededError')
      throw new ArchivoltError('QUOTA_EXCEEDED', 'The browser grants no more storage.');
    throw unsupported(`the browser refused it (${errorName(error)})`, error);
  }
}

/** Throws a NotFoundError when there is no such workspace. */
export async function openWorkspaceDirectory(workspace: string): Promise<FileSystemDirectoryHandle> {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT);
  return root.getDirectoryHandle(workspace);
}

function unsupported(reason: string, cause?: unknown): ArchivoltError {
  const message = `Storage 'opfs' is not available: ${reason}. Ask for storage 'memory' to work without keeping anything.`;
  return new ArchivoltError('UNSUPPORTED', message, { storage: 'opfs', reason }, { cause });
}

export async function listOpfsWorkspaces(): Promise<WorkspaceSummary[]> {
  const root = await openRoot();
  const found: WorkspaceSummary[] = [];
  try {
    for await (const [name, handle] of root.entries()) {
      if (handle.kind !== 'directory') continue;
      const summary = await summarise(name, handle as FileSystemDirectoryHandle);
      if (summary !== undefined) found.push(summary);
    }
  } catch (cause) {
    throw new ArchivoltError('IO_ERROR', `The workspaces cannot be listed (${errorName(cause)}).`, {}, { cause });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** undefined when the directory holds no database, or an empty one, as after a first open that failed. */
async function summarise(name: string, directory: FileSystemDirectoryHandle): Promise<WorkspaceSummary | undefined> {
  const summary: WorkspaceSummary = { name, bytes: 0, encrypted: false, modifiedAt: '' };
  for (const fileName of WORKSPACE_FILES) {
    const file = await fileIn(directory, fileName);
    if (file === undefined) {
      if (fileName === DATABASE_FILE) return undefined;
      continue;
    }
    summary.bytes += file.size;
    const modifiedAt = new Date(file.lastModified).toISOString();
    if (modifiedAt > summary.modifiedAt) summary.modifiedAt = modifiedAt;
    if (fileName === DATABASE_FILE) summary.encrypted = looksEncrypted(await head(file));
  }
  return summary.bytes === 0 ? undefined : summary;
}

async function fileIn(directory: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  try {
    return await (await directory.getFileHandle(name)).getFile();
  } catch (error) {
    if (errorName(error) === 'NotFoundError') return undefined;
    throw error;
  }
}

async function head(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(0, 16).arrayBuffer());
  } catch {
    // It changed while it was read: a workspace that is open right now, whose first bytes cannot be seen from here.
    return new Uint8Array();
  }
}

export async function deleteOpfsWorkspace(name: string): Promise<void> {
  const root = await openRoot();
  await navigator.locks.request(lockName(name), { ifAvailable: true }, async (lock) => {
    if (lock === null) throw busy(name);
    try {
      await whileBusy(() => root.removeEntry(name, { recursive: true }), isHeldElsewhere);
    } catch (error) {
      if (isHeldElsewhere(error)) throw busy(name);
      if (errorName(error) === 'NotFoundError') throw notFound(name);
      throw new ArchivoltError(
        'IO_ERROR',
        `Workspace ${name} cannot be deleted (${errorName(error)}).`,
        { workspace: name },
        { cause: error },
      );
    }
  });
}
