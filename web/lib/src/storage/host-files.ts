/**
 * Synchronous files as the module's VFS sees them (`Module.archivoltHost`, wasm/vfs_library.js).
 *
 * Named files are opened before SQLite asks for them and stay open until `close`. Failures are exceptions: QuotaExceededError
 * or ENOSPC mean full storage, all others broken storage. Nothing is deleted or truncated because an open failed.
 */

import { ArchivoltError } from '../errors.js';

export interface SyncFile {
  /** Fills `into` from byte `at`; returns the count, fewer only at the end of the file. */
  read(into: Uint8Array, at: number): number;
  /** Writes all of `from` at byte `at`; returns the count, fewer when the storage is full. */
  write(from: Uint8Array, at: number): number;
  /** Sets the size; new bytes are zero. */
  truncate(size: number): void;
  /** Returns when everything written is on the device. */
  flush(): void;
  size(): number;
}

export interface HostFiles {
  find(name: string): SyncFile | undefined;
  /** A file without a name that ends with its use. */
  temporary(): SyncFile;
  /** Asked while a statement runs; true ends it. */
  interrupted?: (() => boolean) | undefined;
}

/**
 * A new file, encrypted where the database is; one that is plain in any case, which is kept in memory beside an encrypted database; one in
 * memory, which needs no storage; or one that is there.
 */
export type PreparedAs = 'empty' | 'plain' | 'memory' | 'present';

/** An open workspace's files. */
export interface WorkspaceFiles extends HostFiles {
  readonly kind: 'opfs' | 'directory' | 'memory';
  /** Set where the files could be opened for reading only: why, and what to do. */
  readonly refusal?: ArchivoltError;
  /** Set while the database is encrypted: nothing plain is written beside it either. */
  sealed: boolean;
  /** Set when somebody has removed the directory under the open files: nothing is looked for in it, or made there, any more. */
  gone?: boolean;
  persisted(): Promise<boolean>;
  /** Bytes used and granted; null where the host does not tell. */
  usage(): Promise<{ usage: number; quota: number | null }>;
  close(): void;

  // More files beside the database. Their failures are what the host throws.
  /** `find` answers the file from now on; what had the name before is lost unless it is taken as it is. */
  prepare(name: string, as?: PreparedAs): Promise<void>;
  /** Flushes and closes a prepared file and gives it another name, at once. */
  keep(name: string, as: string): Promise<void>;
  /** Every such file that is not being written. */
  list(): Promise<{ name: string; bytes: number }[]>;
  /** NOT_FOUND when there is no such file. */
  read(name: string): Promise<Blob>;
  /** Fine when there is none. */
  remove(name: string): Promise<void>;
}

export function noFile(name: string): ArchivoltError {
  return new ArchivoltError('NOT_FOUND', 'There is no such file beside the database.', { name });
}

export const DATABASE_FILE = 'archivolt.db';
/** Every file of a workspace: all of them are opened at once. */
export const WORKSPACE_FILES: readonly string[] = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-journal`];

/** A prepared file as it is kept in memory, and what SQLite writes beside one while it is open. */
export function scratchOf(name: string): string[] {
  return [name, `${name}-journal`, `${name}-wal`];
}

/** How every SQLite file begins. */
export const MAGIC = 'SQLite format 3\0';

/** What the first 16 bytes of a database file tell: an encrypted one starts with its salt instead of SQLite's mark. */
export function looksEncrypted(head: Uint8Array): boolean {
  return head.length >= MAGIC.length && String.fromCharCode(...head.subarray(0, MAGIC.length)) !== MAGIC;
}

export function isInMemory(as: PreparedAs, sealed: boolean): boolean {
  return as === 'memory' || (as === 'plain' && sealed);
}
