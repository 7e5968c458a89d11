/**
 * Calls that the core answers as they are: inside the transaction of a token or by the queue, ended by their limit, in slices where
 * they are long, marked where another tab makes them, and told to the page where a statement in them was slow.
 */
import { cancelled, cannotLoad } from '../errors.js';
import type { LateFiles } from '../loader/late-engine.js';
import type { Methods, Once, Params, ResultOf, WorkerMethod } from '../protocol/messages.js';
import type { Progress } from '../types.js';
import type { Engine, SecretMethod } from './engine.js';
import type { Lane } from './lane.js';
import { Limit } from './limit.js';
import type { Marks } from './marks.js';
import type { Announce } from './platform.js';
import type { Transactions } from './transactions.js';
import { yieldToEvents } from './yield.js';

/** So long the worker is deaf while it reads rows. */
const SLICE_MS = 50;

/** More rows than these are inserted in slices; the core says what is wrong with more than it takes. */
const FEW_ROWS = 200;
const MOST_ROWS = 100_000;

/** Methods that the core answers as they are. */
export type DirectMethod = Exclude<keyof Methods, WorkerMethod | SecretMethod>;

/** What calls go through. `host`: asked by the core whether it is to end. */
export interface CallHost {
  readonly engine: Engine;
  readonly lane: Lane;
  readonly host: LateFiles;
  readonly marks: Marks;
  readonly transactions: Transactions;
  readonly announce: Announce;
  readonly slowQueryMs: number;
}

/** Whether a call writes so many rows or points that it is done in slices. What no method takes is left to the core to refuse. */
function isForSlices(method: DirectMethod, params: unknown): boolean {
  const { rows, points } = params as { rows?: unknown; points?: unknown };
  const many = method === 'records.insertMany' ? rows : method === 'collections.upsert' && points;
  return Array.isArray(many) && many.length > FEW_ROWS && many.length <= MOST_ROWS;
}

export class Calls {
  readonly #host: CallHost;

  constructor(host: CallHost) {
    this.#host = host;
  }

  /** One call to the core: inside the transaction of the token, or by the queue. */
  direct<M extends DirectMethod>(
    method: M,
    params: Params<M>,
    tx: string | undefined,
    actor: string,
    signal: AbortSignal,
    once: Once | undefined,
    stop: SharedArrayBuffer | undefined,
    report: (progress: Progress) => void,
  ): Promise<ResultOf<M>> {
    if (tx === undefined && isForSlices(method, params))
      return this.#inSlices(method, params, actor, signal, once, report) as Promise<ResultOf<M>>;
    const limit = new Limit(stop, method.startsWith('sql.') ? (params as { timeoutMs?: number }).timeoutMs : Infinity);
    const call = (): ResultOf<M> => this.#limited(limit, (engine) => engine.call(method, params, actor) as ResultOf<M>);
    if (method === 'sql.query' && tx === undefined)
      return this.#query(params as Params<'sql.query'>, limit, signal) as Promise<ResultOf<M>>;
    if (tx !== undefined) return new Promise((resolve) => resolve(this.#host.transactions.within(tx, call)));
    return this.#host.lane.run(() => this.marked(call, once), signal);
  }

  /** By the queue. */
  run<T>(limit: Limit, work: (engine: Engine) => T, signal: AbortSignal): Promise<T> {
    return this.#host.lane.run(() => this.#limited(limit, work), signal);
  }

  /** Does a write; with the mark of another tab's, where it has one. REQUIRES: the caller holds the lane. */
  marked<T>(call: () => T, once: Once | undefined): T {
    return once === undefined ? call() : this.#host.marks.run(once, call);
  }

  /** Whether another tab's write was done, by its mark. */
  wasDone(once: Once, signal: AbortSignal): Promise<boolean> {
    return this.#host.lane.run(() => this.#host.marks.find(once) !== undefined, signal);
  }

  /** Forgets marks of tabs that are not among these. */
  keepMarksOf(tabs: readonly string[]): Promise<void> {
    return this.#host.lane.run(() => this.#host.marks.keepOnly(tabs));
  }

  /** Runs one request and tells the page when a statement in it was slow. */
  #limited<T>(limit: Limit, work: (engine: Engine) => T): T {
    const start = performance.now();
    try {
      return limit.run(this.#host.host, () => work(this.#host.engine));
    } finally {
      this.#tellSlow(start);
    }
  }

  #tellSlow(start: number): void {
    const { engine, announce, slowQueryMs } = this.#host;
    if (performance.now() - start < slowQueryMs) return;
    try {
      for (const detail of engine.call('maintenance.slowQueries', {}))
        announce({ kind: 'event', event: 'slowQuery', detail });
    } catch {
      // The request has its own answer; an engine that stopped says so at the next one.
    }
  }

  /** Rows in slices, between which messages are heard. Nobody else uses the core meanwhile, so that they are of one moment. */
  #query(params: Params<'sql.query'>, limit: Limit, signal: AbortSignal): Promise<ResultOf<'sql.query'>> {
    const { engine, lane, host } = this.#host;
    return lane.run(async () => {
      const start = performance.now();
      let more: true | undefined;
      try {
        const first = limit.run(host, () => engine.call('sql.query', { ...params, budgetMs: SLICE_MS }));
        const { columns, rows } = first;
        ({ more } = first);
        while (more) {
          await yieldToEvents();
          if (signal.aborted) throw cancelled();
          const next = limit.run(host, () => engine.call('sql.next', { budgetMs: SLICE_MS }));
          for (const row of next.rows) rows.push(row);
          ({ more } = next);
        }
        return { columns, rows };
      } finally {
        if (more) engine.call('sql.next', {});
        this.#tellSlow(start);
      }
    }, signal);
  }

  #inSlices(
    method: DirectMethod,
    params: unknown,
    actor: string,
    signal: AbortSignal,
    once: Once | undefined,
    report: (progress: Progress) => void,
  ): Promise<unknown> {
    const { engine, lane, marks } = this.#host;
    return lane.run<unknown>(async () => {
      const { insertMany, upsertPoints } = await import('./ingest.js').catch(cannotLoad);
      const context = { engine, marks, actor, signal, once, report };
      return method === 'collections.upsert'
        ? upsertPoints(params as Params<'collections.upsert'>, context)
        : insertMany(params as Params<'records.insertMany'>, context);
    }, signal);
  }
}
