/**
 * Where vectors come from: the built-in table, the page's own embedder, or the caller.
 *
 * The table is loaded when it is first needed, once; a failed load is tried again at the next need.
 */
import { ArchivoltError, fromShape, cancelled } from '../errors.js';
import type { Embed, EmbedCancel, Embedded, EmbedderChoice } from '../protocol/messages.js';
import type { Engine } from './engine.js';
import type { EmbedderIdentity } from '../interchange/index.js';
import type { Lane } from './lane.js';
import { untilAborted } from './until-aborted.js';

export type PostToPage = (message: Embed | EmbedCancel) => void;

/** Who embeds; `request`: the page's request that brought its embedder, where it was not the opening one. */
export interface EmbedderSource {
  choice: EmbedderChoice;
  request?: number;
}

export class Embedding {
  #source: EmbedderSource;
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #readTable: () => Promise<Uint8Array>;
  readonly #post: PostToPage;
  readonly #calls = new Map<number, (answer: Embedded) => void>();
  #loading: Promise<EmbedderIdentity> | undefined;
  #lastCall = 0;

  constructor(
    choice: EmbedderChoice,
    engine: Engine,
    lane: Lane,
    readTable: () => Promise<Uint8Array>,
    post: PostToPage,
  ) {
    this.#source = { choice };
    this.#engine = engine;
    this.#lane = lane;
    this.#readTable = readTable;
    this.#post = post;
  }

  get choice(): EmbedderChoice {
    return this.#source.choice;
  }

  get source(): EmbedderSource {
    return this.#source;
  }

  /** Whether the present one is of this identity. */
  is(other: EmbedderChoice): boolean {
    return identityOf(this.choice) === identityOf(other);
  }

  /** Another one embeds from now on; the core knows. */
  use(source: EmbedderSource): void {
    this.#source = source;
  }

  /** Who embeds; makes the core able to, where that is the core's work. Whoever aborts stops waiting; the table loads on for the next. */
  ready(signal: AbortSignal): Promise<EmbedderIdentity | null> {
    const { choice } = this;
    if (choice.kind !== 'builtin') return Promise.resolve(choice.kind === 'none' ? null : choice);
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return untilAborted(this.#loading, signal);
  }

  /** The core was opened anew. REQUIRES: the caller holds the lane. */
  async renew(): Promise<void> {
    if (this.#loading === undefined) return;
    this.#loading = undefined;
    const table = await this.#readTable();
    this.#loading = Promise.resolve(this.#engine.call('embedder.load', { table }));
  }

  async #load(): Promise<EmbedderIdentity> {
    const table = await this.#readTable();
    return this.#lane.run(() => this.#engine.call('embedder.load', { table }));
  }

  /** Asks the page. REQUIRES: the source's choice is 'external'. */
  async embed(
    purpose: 'documents' | 'queries',
    texts: string[],
    signal: AbortSignal,
    { choice, request }: EmbedderSource = this.#source,
  ): Promise<Float32Array[]> {
    if (signal.aborted) throw cancelled();
    const call = ++this.#lastCall;
    const answer = await new Promise<Embedded>((resolve, reject) => {
      const onAbort = (): void => {
        this.#calls.delete(call);
        this.#post({ kind: 'embedCancel', call });
        reject(cancelled());
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#calls.set(call, (embedded) => {
        signal.removeEventListener('abort', onAbort);
        resolve(embedded);
      });
      this.#post({ kind: 'embed', call, purpose, texts, ...(request !== undefined && { request }) });
    });
    if (!answer.ok) throw fromShape(answer.error);
    checkVectors(answer.vectors, texts.length, choice);
    return answer.vectors;
  }

  /** The page's answer; one that nobody waits for any more is dropped. */
  receive(answer: Embedded): void {
    const resolve = this.#calls.get(answer.call);
    this.#calls.delete(answer.call);
    resolve?.(answer);
  }
}

function identityOf(choice: EmbedderChoice): string {
  if (choice.kind !== 'external') return choice.kind;
  const { model, dimensions, metric, fingerprint } = choice;
  return JSON.stringify([model, dimensions, metric, fingerprint ?? null]);
}

function checkVectors(vectors: unknown, count: number, choice: EmbedderChoice): void {
  const dimensions = choice.kind === 'external' ? choice.dimensions : 0;
  const fits =
    Array.isArray(vectors) &&
    vectors.length === count &&
    vectors.every((v) => v instanceof Float32Array && v.length === dimensions);
  if (fits) return;
  throw new ArchivoltError('INVALID_ARGUMENT', `embedder: expected ${count} Float32Arrays of ${dimensions} numbers.`, {
    argument: 'embedder',
  });
}
