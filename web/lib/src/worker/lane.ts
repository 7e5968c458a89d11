/**
 * The queue before the core: one call at a time, first come first served.
 *
 * The core is synchronous and has one connection, so whoever holds the lane has the database to itself: for one call, for the
 * write phase of an ingest, or for a whole transaction.
 */
import { cancelled } from '../errors.js';

export type Release = () => void;

interface Waiting {
  start: (release: Release) => void;
}

export class Lane {
  #held = false;
  readonly #waiting: Waiting[] = [];

  /** True when nobody holds the lane or waits for it. */
  get idle(): boolean {
    return !this.#held;
  }

  /** Waits for the lane. The function that it resolves with gives it back; calling it twice is fine. Rejects with CANCELLED when aborted before. */
  acquire(signal?: AbortSignal): Promise<Release> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(cancelled());
      };
      const entry: Waiting = {
        start: (release) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(release);
        },
      };
      this.#waiting.push(entry);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (!this.#held) this.#next();
    });
  }

  /** Holds the lane during `work`. */
  async run<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #next(): void {
    const entry = this.#waiting.shift();
    this.#held = entry !== undefined;
    if (entry === undefined) return;
    let released = false;
    entry.start(() => {
      if (released) return;
      released = true;
      this.#next();
    });
  }
}
