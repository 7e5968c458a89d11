/**
 * A workspace's files for reading alone, without synchronous handles: what an origin is opened with when it is full.
 *
 * A handle costs quota (Chromium keeps 1 MiB free for each), a File does not. Reads go through it block by block. What is made beside the
 * database, such as a backup on its way out, is in memory. Nothing here writes to the origin.
 */
import { ArchivoltError, errorName } from '../errors.js';
import { WORKSPACE_FILES, type SyncFile, type WorkspaceFiles } from './host-files.js';
import { MemoryFile, MemoryFiles } from './memory.js';

const BLOCK = 1 << 20;
/** So many blocks are kept, the latest used. */
const KEPT = 32;

/** Synchronous reading of blobs, which workers have and the DOM's types do not know. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Bytes of a blob; every attempt to change them throws. */
export class BlobFile implements SyncFile {
  readonly #blob: Blob;
  readonly #refuse: () => never;
  readonly #reader = new FileReaderSync();
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(blob: Blob, refuse: () => never) {
    this.#blob = blob;
    this.#refuse = refuse;
  }

  read(into: Uint8Array, at: number): number {
    const count = Math.max(0, Math.min(into.length, this.#blob.size - at));
    for (let done = 0; done < count;) {
      const index = Math.floor((at + done) / BLOCK);
      const part = this.#block(index).subarray(at + done - index * BLOCK);
      const length = Math.min(part.length, count - done);
      into.set(part.subarray(0, length), done);
      done += length;
    }
    return count;
  }

  #block(index: number): Uint8Array {
    const known = this.#blocks.get(index);
    const block =
      known ?? new Uint8Array(this.#reader.readAsArrayBuffer(this.#blob.slice(index * BLOCK, (index + 1) * BLOCK)));
    // A map keeps the order of insertion: the first one was used longest ago.
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT) break;
      this.#blocks.delete(oldest);
    }
    return block;
  }

  write(): number {
    return this.#refuse();
  }

  truncate(): void {
    this.#refuse();
  }

  flush(): void {
    // Nothing was written.
  }

  size(): number {
    return this.#blob.size;
  }
}

class SnapshotFiles extends MemoryFiles implements WorkspaceFiles {
  override readonly kind = 'opfs';
  readonly refusal: ArchivoltError;
  readonly #directory: FileSystemDirectoryHandle;
  readonly #snapshot: ReadonlyMap<string, SyncFile>;
  readonly #release: () => void;

  constructor(
    directory: FileSystemDirectoryHandle,
    snapshot: ReadonlyMap<string, SyncFile>,
    refusal: ArchivoltError,
    release: () => void,
  ) {
    super();
    this.#directory = directory;
    this.#snapshot = snapshot;
    this.refusal = refusal;
    this.#release = release;
  }

  override find(name: string): SyncFile | undefined {
    return this.#snapshot.get(name) ?? super.find(name);
  }

  override persisted(): Promise<boolean> {
    return navigator.storage.persisted();
  }

  override async usage(): Promise<{ usage: number; quota: number | null }> {
    const { usage = 0, quota = null } = await navigator.storage.estimate();
    return { usage, quota };
  }

  override close(): void {
    super.close();
    this.#release();
  }

  override async list(): Promise<{ name: string; bytes: number }[]> {
    const found: { name: string; bytes: number }[] = [];
    for await (const [name, handle] of this.#directory.entries()) {
      if (handle.kind !== 'file' || this.#snapshot.has(name)) continue;
      found.push({ name, bytes: (await (handle as FileSystemFileHandle).getFile()).size });
    }
    return found;
  }

  override async read(name: string): Promise<Blob> {
    if ((await fileOf(this.#directory, name)) === undefined) return super.read(name);
    return (await this.#directory.getFileHandle(name)).getFile();
  }
}

async function fileOf(directory: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  try {
    return await (await directory.getFileHandle(name)).getFile();
  } catch (error) {
    if (errorName(error) === 'NotFoundError') return undefined;
    throw error;
  }
}

/** What whoever writes to a workspace hears that met full storage when it was opened. */
export function openedFull(workspace: string): ArchivoltError {
  return new ArchivoltError(
    'QUOTA_EXCEEDED',
    'There was no storage left when the workspace was opened, so it is open for reading only. Export what you need, free space on the ' +
      'device or in what this site stores, then close the workspace and open it again.',
    { workspace, reason: 'full' },
  );
}

/** undefined where there is no database to read. `release` frees the lock. */
export async function openSnapshot(
  workspace: string,
  directory: FileSystemDirectoryHandle,
  release: () => void,
): Promise<WorkspaceFiles | undefined> {
  const refusal = openedFull(workspace);
  const refuse = (): never => {
    throw refusal;
  };
  const snapshot = new Map<string, SyncFile>();
  let bytes = 0;
  for (const name of WORKSPACE_FILES) {
    const file = await fileOf(directory, name);
    bytes += file?.size ?? 0;
    snapshot.set(name, file === undefined ? new MemoryFile() : new BlobFile(file, refuse));
  }
  return bytes === 0 ? undefined : new SnapshotFiles(directory, snapshot, refusal, release);
}
