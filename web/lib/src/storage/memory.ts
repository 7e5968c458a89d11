/** Files in memory: the 'memory' workspace, and SQLite's temporary files everywhere. */
import { WORKSPACE_FILES, noFile, scratchOf, type SyncFile, type WorkspaceFiles } from './host-files.js';

const PAGE = 256 * 1024;

/** A growable file in pages of 256 KiB, so that growth copies nothing. */
export class MemoryFile implements SyncFile {
  #pages: Uint8Array[] = [];
  #size = 0;

  read(into: Uint8Array, at: number): number {
    const count = Math.max(0, Math.min(into.length, this.#size - at));
    this.#each(at, count, (page, from, to, done) => into.set(page.subarray(from, to), done));
    return count;
  }

  write(from: Uint8Array, at: number): number {
    this.#grow(at + from.length);
    this.#each(at, from.length, (page, start, end, done) => page.set(from.subarray(done, done + end - start), start));
    return from.length;
  }

  truncate(size: number): void {
    if (size < this.#size) {
      this.#pages.length = Math.ceil(size / PAGE);
      this.#pages.at(-1)?.fill(0, size - (this.#pages.length - 1) * PAGE);
      this.#size = size;
    } else {
      this.#grow(size);
    }
  }

  flush(): void {
    // Memory has no device behind it.
  }

  size(): number {
    return this.#size;
  }

  toBlob(): Blob {
    const last = this.#size - (this.#pages.length - 1) * PAGE;
    return new Blob(
      this.#pages.map((page, i) => (i + 1 < this.#pages.length ? page : page.slice(0, last)) as BlobPart),
    );
  }

  #grow(size: number): void {
    while (this.#pages.length * PAGE < size) this.#pages.push(new Uint8Array(PAGE));
    this.#size = Math.max(this.#size, size);
  }

  #each(at: number, count: number, visit: (page: Uint8Array, from: number, to: number, done: number) => void): void {
    for (let done = 0; done < count;) {
      const index = Math.floor((at + done) / PAGE);
      const from = at + done - index * PAGE;
      const to = Math.min(PAGE, from + count - done);
      const page = this.#pages[index];
      if (page === undefined) throw new RangeError(`no page ${index} in a memory file of ${this.#size} bytes`);
      visit(page, from, to, done);
      done += to - from;
    }
  }
}

export class MemoryFiles implements WorkspaceFiles {
  readonly kind: WorkspaceFiles['kind'] = 'memory';
  sealed = false;
  readonly #files = new Map(WORKSPACE_FILES.map((name) => [name, new MemoryFile()]));
  /** The logs of a prepared file: with a crash the whole file is given up. */
  readonly #scratch = new Map<string, MemoryFile>();

  find(name: string): SyncFile | undefined {
    return this.#files.get(name) ?? this.#scratch.get(name);
  }

  temporary(): SyncFile {
    return new MemoryFile();
  }

  persisted(): Promise<boolean> {
    return Promise.resolve(false);
  }

  usage(): Promise<{ usage: number; quota: number | null }> {
    let usage = 0;
    for (const file of this.#files.values()) usage += file.size();
    return Promise.resolve({ usage, quota: null });
  }

  close(): void {
    this.#files.clear();
  }

  async prepare(name: string): Promise<void> {
    this.#files.set(name, new MemoryFile());
    for (const log of scratchOf(name).slice(1)) this.#scratch.set(log, new MemoryFile());
  }

  async keep(name: string, as: string): Promise<void> {
    const file = this.#files.get(name);
    if (file === undefined) return;
    this.#files.delete(name);
    this.#files.set(as, file);
  }

  async list(): Promise<{ name: string; bytes: number }[]> {
    return [...this.#files]
      .filter(([name]) => !WORKSPACE_FILES.includes(name))
      .map(([name, file]) => ({ name, bytes: file.size() }));
  }

  async read(name: string): Promise<Blob> {
    const file = this.#files.get(name);
    if (file === undefined) throw noFile(name);
    return file.toBlob();
  }

  async remove(name: string): Promise<void> {
    for (const log of scratchOf(name)) this.#scratch.delete(log);
    this.#files.delete(name);
  }
}
