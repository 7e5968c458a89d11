/**
 * Sees to it that rows get their vectors: loads the built-in table once rows wait, or asks the page's embedder batch by batch.
 *
 * Nobody waits for it, so that errors are no reply: the latest one stands in the status, and the next try comes later each time.
 * The lane is free while the page embeds; what was changed meanwhile stays queued in the core.
 */
import { toShape, type ErrorShape } from '../errors.js';
import type { Embedding } from './embedding.js';
import type { Engine } from './engine.js';
import type { Lane } from './lane.js';

/** Texts that the page's embedder gets in one message. */
const BATCH = 64;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

export class RowVectors {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #embedding: Embedding;
  readonly #onProgress: () => void;
  readonly #stopping = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #loaded = false;
  #failures = 0;
  #error: ErrorShape | null = null;

  /** `onProgress`: rows were embedded, or can be embedded by the core from now on. */
  constructor(engine: Engine, lane: Lane, embedding: Embedding, onProgress: () => void) {
    this.#engine = engine;
    this.#lane = lane;
    this.#embedding = embedding;
    this.#onProgress = onProgress;
  }

  /** Why rows wait; null while nothing is wrong. */
  get error(): ErrorShape | null {
    return this.#error;
  }

  /** Says that rows wait for their vectors. */
  poke(): void {
    const { kind } = this.#embedding.choice;
    if (kind === 'none' || (kind === 'builtin' && this.#loaded)) return;
    if (this.#running || this.#timer !== undefined || this.#stopping.signal.aborted) return;
    void this.#run();
  }

  /** No call to the core or the page starts after this. */
  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#running = true;
    const { signal } = this.#stopping;
    try {
      if (this.#embedding.choice.kind === 'builtin') {
        await this.#embedding.ready(signal);
        this.#loaded = true;
      } else {
        while (await this.#batch(signal)) this.#failures = 0;
      }
      this.#error = null;
      this.#failures = 0;
      this.#onProgress();
    } catch (error) {
      if (!signal.aborted) this.#retryLater(toShape(error));
    } finally {
      this.#running = false;
    }
  }

  /** Embeds one batch; false = nothing waits. */
  async #batch(signal: AbortSignal): Promise<boolean> {
    const { choice } = this.#embedding;
    const { texts, more } = await this.#lane.run(() => this.#engine.call('embedding.texts', { limit: BATCH }), signal);
    if (texts.length === 0) return more;
    const vectors = await this.#embedding.embed('documents', texts, signal);
    // By another embedder than the present one they are asked for again.
    await this.#lane.run(
      () => this.#embedding.choice === choice && this.#engine.call('embedding.vectors', { vectors }),
      signal,
    );
    return true;
  }

  #retryLater(error: ErrorShape): void {
    this.#error = error;
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LAST_RETRY_MS);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.poke();
    }, wait);
  }
}
