/**
 * Reads ahead where a file is read from front to back, as by scans and when vectors are loaded: a call to the browser costs more than
 * the page it brings. REQUIRES: nobody else writes to the file; `forget` before every change of it.
 */

/** Bytes of one read. */
const BLOCK = 128 << 10;
/** A step over at most this much is still onwards: pages of indexes lie between those of their table. */
const GAP = 32 << 10;
/** Steps onwards after which the next ones are expected. */
const STEPS = 4;
/** Shorter reads are of headers. */
const SMALLEST = 512;

export class ReadAhead {
  readonly #read: (into: Uint8Array, at: number) => number;
  #block: Uint8Array | undefined;
  /** What of the file the block holds: from here, so many bytes. */
  #from = 0;
  #length = 0;
  #end = 0;
  #steps = 0;

  constructor(read: (into: Uint8Array, at: number) => number) {
    this.#read = read;
  }

  /** As the read that it was made with. */
  read(into: Uint8Array, at: number): number {
    if (into.length < SMALLEST || into.length > GAP) return this.#read(into, at);
    const onwards = at >= this.#end && at - this.#end <= GAP;
    this.#steps = onwards ? this.#steps + 1 : 0;
    this.#end = at + into.length;
    if (this.#holds(into, at)) return this.#copy(into, at);
    if (this.#steps < STEPS) return this.#read(into, at);
    this.#block ??= new Uint8Array(BLOCK);
    this.#length = 0; // of no use when the read fails
    this.#length = this.#read(this.#block, at);
    this.#from = at;
    return this.#holds(into, at) ? this.#copy(into, at) : this.#read(into, at);
  }

  /** To be called before the file changes. */
  forget(): void {
    this.#length = 0;
  }

  #holds(into: Uint8Array, at: number): boolean {
    return at >= this.#from && at + into.length <= this.#from + this.#length;
  }

  #copy(into: Uint8Array, at: number): number {
    const start = at - this.#from;
    into.set((this.#block as Uint8Array).subarray(start, start + into.length));
    return into.length;
  }
}
