// The storage of the crash model: files that note every operation with its bytes, and files as a crash left them.
//
// Both are WorkspaceFiles (web/lib/src/storage/host-files.ts), so the engine and the worker above run over them as they are. A file is
// known by the number it was made with, not by its name: a name may be given to another one, as in a real directory.

export const FILES = ['archivolt.db', 'archivolt.db-wal', 'archivolt.db-journal'];
const scratchOf = (name) => [`${name}-journal`, `${name}-wal`];

/** Bytes that grow. */
export class Content {
  constructor(bytes = new Uint8Array(0)) {
    this.bytes = bytes;
    this.size = bytes.length;
  }

  copy() {
    return new Content(this.bytes.slice(0, this.size));
  }

  view() {
    return this.bytes.subarray(0, this.size);
  }

  truncate(size) {
    if (size > this.bytes.length) {
      const larger = new Uint8Array(Math.max(size, this.bytes.length * 2));
      larger.set(this.view());
      this.bytes = larger;
    }
    if (size < this.size) this.bytes.fill(0, size, this.size);
    this.size = size;
  }

  write(from, at) {
    if (at + from.length > this.size) this.truncate(at + from.length);
    this.bytes.set(from, at);
  }
}

/** A SyncFile over a content; `note` hears of each operation before it is done. */
function syncFile(content, note) {
  return {
    read(into, at) {
      const count = Math.max(0, Math.min(into.length, content.size - at));
      into.set(content.bytes.subarray(at, at + count));
      return count;
    },
    write(from, at) {
      note('write', at, from);
      content.write(from, at);
      return from.length;
    },
    truncate(size) {
      note('truncate', size);
      content.truncate(size);
    },
    flush: () => note('flush'),
    size: () => content.size,
  };
}

/** A workspace's files; `contents` are those that are there, by name. */
export class ModelFiles {
  kind = 'directory';
  #names = new Map();
  #scratch = new Map();
  #numbers = 0;

  constructor(contents = new Map()) {
    for (const [name, content] of contents) this.#names.set(name, { number: ++this.#numbers, content });
    for (const name of FILES) if (!this.#names.has(name)) this.#make(name);
  }

  /** Hears of every operation: `{ kind, file, name, at, bytes, as }`. */
  note() {}

  #make(name) {
    const entry = { number: ++this.#numbers, content: new Content() };
    this.#names.set(name, entry);
    return entry;
  }

  contents() {
    return new Map([...this.#names].map(([name, { content }]) => [name, content]));
  }

  numbers() {
    return new Map([...this.#names].map(([name, { number }]) => [name, number]));
  }

  find(name) {
    const entry = this.#names.get(name);
    if (entry === undefined) return this.#scratch.get(name);
    return syncFile(entry.content, (kind, at, bytes) => {
      this.note({ kind, file: entry.number, at, bytes: bytes === undefined ? undefined : bytes.slice() });
    });
  }

  temporary() {
    return syncFile(new Content(), () => {});
  }

  persisted = async () => true;
  usage = async () => ({ usage: 0, quota: null });
  close() {}

  async prepare(name) {
    await this.remove(name);
    this.note({ kind: 'create', file: this.#make(name).number, name });
    for (const log of scratchOf(name))
      this.#scratch.set(
        log,
        syncFile(new Content(), () => {}),
      );
  }

  async keep(name, as) {
    const entry = this.#names.get(name);
    if (entry === undefined) return;
    this.note({ kind: 'flush', file: entry.number });
    for (const log of scratchOf(name)) this.#scratch.delete(log);
    this.note({ kind: 'rename', name, as });
    this.#names.delete(name);
    this.#names.set(as, entry);
  }

  async list() {
    return [...this.#names]
      .filter(([name]) => !FILES.includes(name))
      .map(([name, { content }]) => ({ name, bytes: content.size }));
  }

  async read(name) {
    const entry = this.#names.get(name);
    if (entry === undefined) throw Object.assign(new Error(`no file ${name}`), { code: 'NOT_FOUND' });
    return new Blob([entry.content.view().slice()]);
  }

  async remove(name) {
    for (const log of scratchOf(name)) this.#scratch.delete(log);
    if (!this.#names.has(name)) return;
    this.note({ kind: 'remove', name });
    this.#names.delete(name);
  }
}

/** Files whose operations are kept in `log`, in order. */
export class RecordedFiles extends ModelFiles {
  log = [];

  note(operation) {
    this.log.push(operation);
  }
}
