/**
 * Transactions that stay open across messages.
 *
 * The open one holds the lane, so nobody else reads or writes meanwhile and nobody sees what is not committed. It is known by a
 * token. Idle for IDLE_MS, or its owner gone: rolled back, and its token answers TIMEOUT from then on.
 */
import { ArchivoltError } from '../errors.js';
import type { Once } from '../protocol/messages.js';
import type { Engine } from './engine.js';
import type { Lane, Release } from './lane.js';
import type { Marks } from './marks.js';

export const IDLE_MS = 5000;

interface Open {
  token: string;
  release: Release;
  timer: ReturnType<typeof setTimeout>;
}

export class Transactions {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #marks: Marks;
  /** Tokens of another leader never mean a transaction of this one. */
  readonly #prefix = `tx-${Math.random().toString(36).slice(2)}`;
  #open: Open | undefined;
  #timedOut: string | undefined;
  #count = 0;

  constructor(engine: Engine, lane: Lane, marks: Marks) {
    this.#engine = engine;
    this.#lane = lane;
    this.#marks = marks;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Waits for the lane, begins, and answers the token. */
  async begin(signal: AbortSignal): Promise<string> {
    const release = await this.#lane.acquire(signal);
    try {
      this.#engine.call('tx.begin', {});
    } catch (error) {
      release();
      throw error;
    }
    const token = `${this.#prefix}-${++this.#count}`;
    this.#open = { token, release, timer: this.#startTimer() };
    return token;
  }

  /** Runs `work` inside the transaction. Throws TIMEOUT when it was rolled back meanwhile. */
  within<T>(token: string, work: () => T): T {
    const open = this.#require(token);
    clearTimeout(open.timer);
    try {
      return work();
    } finally {
      open.timer = this.#startTimer();
    }
  }

  /** `once`: another tab's commit, which leaves its mark. */
  commit(token: string, once?: Once): void {
    this.#end(this.#require(token), 'tx.commit', once);
  }

  rollback(token: string): void {
    this.#end(this.#require(token), 'tx.rollback');
  }

  /** Rolls back the open transaction, if there is one: its owner is gone or the workspace closes. With tokens only one of these. */
  abandon(tokens?: ReadonlySet<string>): void {
    const open = this.#open;
    if (open === undefined || tokens?.has(open.token) === false) return;
    clearTimeout(open.timer);
    this.#open = undefined;
    this.#rollBackQuietly();
    open.release();
  }

  #require(token: string): Open {
    if (this.#open?.token === token) return this.#open;
    if (token === this.#timedOut) {
      throw new ArchivoltError(
        'TIMEOUT',
        `The transaction was idle for more than ${IDLE_MS / 1000} s and was rolled back. Its body may wait only for ` +
          'methods of the transaction itself: those of the workspace wait until the transaction has ended.',
      );
    }
    throw new ArchivoltError('FAILED_PRECONDITION', 'The transaction has ended.');
  }

  #end(open: Open, method: 'tx.commit' | 'tx.rollback', once?: Once): void {
    clearTimeout(open.timer);
    this.#open = undefined;
    try {
      if (once !== undefined) this.#marks.add(once, null);
      this.#engine.call(method, {});
    } catch (error) {
      if (method === 'tx.commit') this.#rollBackQuietly();
      throw error;
    } finally {
      open.release();
    }
  }

  /** SQLite may have rolled back by itself already, as after a commit that failed: then there is nothing to do. */
  #rollBackQuietly(): void {
    try {
      this.#engine.call('tx.rollback', {});
    } catch {
      // What made the rollback necessary is the error to report.
    }
  }

  #startTimer(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#timedOut = this.#open?.token;
      this.abandon();
    }, IDLE_MS);
  }
}
