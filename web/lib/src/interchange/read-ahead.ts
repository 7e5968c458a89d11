/**
 * The batches of an import's tables, read and packed by a worker beside this one (reader.ts) while the core writes.
 *
 * Some batches are asked for ahead, no more, so that what waits is bounded. Where there is no such worker, it cannot be started or it
 * fails, and where most batches have rows that need a look, `batches` ends early, and the caller reads on by itself.
 */
import { cancelled } from '../errors.js';
import type { FromReader, OpenRequest, Port, ReadBatch, TableRequest, ToReader } from './reader.js';
import type { RowBatch, SourceProblem } from './source.js';

/** A worker that serves a reader. */
export interface ReaderWorker extends Port<ToReader, FromReader> {
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  terminate(): void;
}

/** Batches that are made and not yet written: one is, one waits, one is being made. */
const AHEAD = 3;
/** After so many batches of a table that needed a look it is read here. */
const MOST_ODD = 4;

/** How a table came to its end: all is read, or the rest is to be read by the caller. */
export type Reading = { complete: boolean; problems: SourceProblem[] };

export class ReadAhead {
  readonly #worker: ReaderWorker;
  readonly #signal: AbortSignal;
  readonly #answers: FromReader[] = [];
  #wake: (() => void) | undefined;
  #failed = false;
  #ready = false;
  #run = 0;
  #odd = 0;

  constructor(worker: ReaderWorker, request: OpenRequest, signal: AbortSignal) {
    this.#worker = worker;
    this.#signal = signal;
    worker.onmessage = ({ data }) => {
      if (data.type === 'failed') this.#fail();
      else if (data.type === 'ready') {
        this.#ready = true;
        try {
          worker.postMessage({ type: 'open', request }, []);
        } catch {
          // A file that cannot be handed on.
          this.#fail();
        }
      } else if (data.run === this.#run) this.#answers.push(data);
      this.#wake?.();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail();
    };
    worker.onmessageerror = () => this.#fail();
  }

  #fail(): void {
    this.#failed = true;
    this.#wake?.();
  }

  close(): void {
    this.#worker.onmessage = this.#worker.onerror = this.#worker.onmessageerror = null;
    this.#worker.terminate();
  }

  /** What is ready from the cursor on. CANCELLED by the signal. */
  async *batches(request: Omit<TableRequest, 'run'>): AsyncGenerator<ReadBatch, Reading> {
    const unread: Reading = { complete: false, problems: [] };
    await this.#until(() => this.#ready);
    if (this.#failed) return unread;
    this.#run++;
    this.#odd = 0;
    this.#answers.length = 0;
    this.#worker.postMessage({ type: 'table', request: { ...request, run: this.#run } }, []);
    for (let asked = 0; asked < AHEAD; asked++) this.#worker.postMessage({ type: 'more', written: 0 }, []);
    for (;;) {
      const answer = await this.#next();
      if (answer === undefined) return unread;
      if (answer.type === 'end') return { complete: true, problems: answer.problems };
      if (answer.type !== 'batch') continue;
      if ('batch' in answer.batch) this.#odd++;
      yield answer.batch;
      if (this.#odd >= MOST_ODD) return unread;
      this.#worker.postMessage({ type: 'more', written: answer.batch.number + 1 }, []);
    }
  }

  /** The rows of the batch that was yielded last, some of which the core refused; undefined when they are gone. */
  async rowsOf({ number }: ReadBatch): Promise<RowBatch | undefined> {
    this.#odd++;
    this.#worker.postMessage({ type: 'rows', number }, []);
    const isRows = ({ type }: FromReader): boolean => type === 'rows';
    await this.#until(() => this.#answers.some(isRows));
    const at = this.#answers.findIndex(isRows);
    const [answer] = at < 0 ? [] : this.#answers.splice(at, 1);
    return answer?.type === 'rows' ? answer.batch : undefined;
  }

  async #next(): Promise<FromReader | undefined> {
    await this.#until(() => this.#answers.length > 0);
    return this.#answers.shift();
  }

  /** Also returns when the reader has failed. */
  async #until(done: () => boolean): Promise<void> {
    const wake = (): void => this.#wake?.();
    this.#signal.addEventListener('abort', wake);
    try {
      while (!done() && !this.#failed) {
        if (this.#signal.aborted) throw cancelled();
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#signal.removeEventListener('abort', wake);
      this.#wake = undefined;
    }
  }
}
