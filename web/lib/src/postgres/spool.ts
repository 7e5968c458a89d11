/** Tuples in a temporary file, so that a push or pull needs little memory however large the workspace is. */
import { closeSync, createReadStream, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ArchivoltError, systemCode } from '../errors.js';
import { COPY_END, COPY_HEAD, TupleReader } from './binary.js';

/** What is shorter stays in memory. */
const BLOCK = 1 << 18;

/** A folder that is readable to its owner alone and gone when it is dropped. */
export class Spools {
  readonly #folder = mkdtempSync(join(tmpdir(), 'archivolt-'));
  readonly #made: Spool[] = [];

  make(): Spool {
    const spool = new Spool(this.path(String(this.#made.length)));
    this.#made.push(spool);
    return spool;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  drop(): void {
    for (const spool of this.#made) spool.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Bytes that are written from the beginning of a file to its end. */
export class Writing {
  protected readonly path: string;
  protected file: number | undefined;
  protected waiting: Buffer[] = [];
  #size = 0;

  constructor(path: string) {
    this.path = path;
  }

  put(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= BLOCK) this.flush();
  }

  protected open(): number {
    return openSync(this.path, 'wx+', 0o600);
  }

  flush(): void {
    try {
      this.file ??= this.open();
      const bytes = Buffer.concat(this.waiting);
      for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
    } catch (error) {
      const code = systemCode(error) === 'ENOSPC' ? 'QUOTA_EXCEEDED' : 'IO_ERROR';
      throw new ArchivoltError(code, 'A temporary file cannot be written. Make room, or set TMPDIR.');
    }
    this.waiting = [];
    this.#size = 0;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

/** Tuples in the form of COPY: written, ended, then read as often as is liked. */
export class Spool extends Writing {
  count = 0;

  constructor(path: string) {
    super(path);
    this.put(COPY_HEAD);
  }

  /** It needs no name: then nothing of it is left when the process is killed. */
  protected override open(): number {
    const file = super.open();
    if (process.platform !== 'win32') rmSync(this.path);
    return file;
  }

  add(tuple: Buffer): void {
    this.count++;
    this.put(tuple);
  }

  end(): void {
    this.put(COPY_END);
    if (this.file !== undefined) this.flush();
  }

  /** What COPY … FROM STDIN takes. */
  stream(): Readable {
    return this.file === undefined
      ? Readable.from([Buffer.concat(this.waiting)])
      : createReadStream(this.path, { fd: this.file, autoClose: false, start: 0, highWaterMark: BLOCK });
  }

  *tuples(): Generator<Buffer, void> {
    const reader = new TupleReader();
    for (const block of this.#blocks()) yield* reader.add(block);
    reader.end();
  }

  *#blocks(): Generator<Buffer> {
    if (this.file === undefined) {
      yield Buffer.concat(this.waiting);
      return;
    }
    for (let at = 0; ;) {
      const block = Buffer.allocUnsafe(BLOCK);
      const length = readSync(this.file, block, 0, BLOCK, at);
      if (length === 0) return;
      at += length;
      yield block.subarray(0, length);
    }
  }
}
