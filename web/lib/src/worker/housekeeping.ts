/**
 * What is done at every open without anyone asking, through the lane: the end of an erasure that was cut short, and, in slices,
 * deleting what is older than its class allows.
 *
 * Begins when the first requests had their turn, and repeats while the workspace stays open. Never delays opening; a failure is
 * left for the next round, and for whoever asks for the same by a call.
 */
import type { Engine } from './engine.js';
import type { Erasure } from './erasure.js';
import type { Lane } from './lane.js';
import { yieldToEvents } from './yield.js';

const SLICE_MS = 20;
const FIRST_MS = 300;
const AGAIN_MS = 6 * 60 * 60 * 1000;

export class Housekeeping {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #erasure: () => Promise<Erasure>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(engine: Engine, lane: Lane, erasure: () => Promise<Erasure>) {
    this.#erasure = erasure;
    this.#engine = engine;
    this.#lane = lane;
  }

  start(delay = FIRST_MS): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#round()
        .catch(() => undefined)
        .finally(() => this.start(AGAIN_MS));
    }, delay);
    // Node: this alone keeps no process alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #round(): Promise<void> {
    await this.#lane.run(async () => {
      if (!this.#stopped && this.#engine.call('privacy.purge', { ask: true })) await (await this.#erasure()).finish();
    });
    await this.applyRetention(false, '', undefined);
  }

  /** No slice starts after this. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Rows deleted by table; with `dryRun` those that would be. Others have their turn between the slices. */
  async applyRetention(
    dryRun: boolean,
    actor: string,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, number>> {
    const total: Record<string, number> = {};
    for (;;) {
      const { deleted, more } = await this.#lane.run(
        () =>
          this.#stopped
            ? { deleted: {}, more: false }
            : this.#engine.call('privacy.applyRetention', { budgetMs: SLICE_MS, dryRun }, actor),
        signal,
      );
      for (const [table, rows] of Object.entries(deleted)) total[table] = (total[table] ?? 0) + rows;
      if (!more) return total;
      await yieldToEvents();
    }
  }
}
