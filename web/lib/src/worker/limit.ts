/** What ends one call to the core in its middle: its caller, or its time. */
import { ArchivoltError, cancelled, isArchivoltError } from '../errors.js';
import type { LateFiles } from '../loader/late-engine.js';

/** Of callers' SQL, unless the call says more or less. */
const TIMEOUT_MS = 30_000;

export class Limit {
  readonly #stop: Int32Array | undefined;
  readonly #ms: number;
  #end: number | undefined;

  /** `stop`: memory that the page shares, since the worker hears no message while the core runs. The time begins with the first `run`. */
  constructor(stop: SharedArrayBuffer | undefined, ms = TIMEOUT_MS) {
    this.#stop = stop && new Int32Array(stop);
    this.#ms = ms;
  }

  /** Asked by the core every thousand steps or so of SQLite's machine; true ends the statement. */
  readonly reached = (): boolean => this.#stopped || performance.now() > (this.#end ?? Infinity);

  /** Runs a call to the core. CANCELLED or TIMEOUT, and nothing of it was kept, when the limit was met. */
  run<T>(host: LateFiles, work: () => T): T {
    this.#end ??= performance.now() + this.#ms;
    host.interrupted = this.reached;
    try {
      if (this.reached()) throw cancelled();
      return work();
    } catch (error) {
      if (!isArchivoltError(error, 'CANCELLED') || this.#stopped) throw error;
      throw new ArchivoltError(
        'TIMEOUT',
        `The SQL took longer than ${this.#ms} ms and was ended. Make it do less, or give it more time by timeoutMs.`,
        { timeoutMs: this.#ms },
      );
    } finally {
      host.interrupted = undefined;
    }
  }

  get #stopped(): boolean {
    return this.#stop !== undefined && Atomics.load(this.#stop, 0) !== 0;
  }
}
