/**
 * Work that can wait, done when nobody waits: embedding rows, linking new vectors into the graph.
 *
 * Runs in slices through the lane, so that a request is at most one slice away. Searches are right without it, only slower.
 */
import type { Engine } from './engine.js';
import type { Lane } from './lane.js';
import { yieldToEvents } from './yield.js';

const SLICE_MS = 20;
/** A pause in the requests this long counts as idle time. */
const QUIET_MS = 50;

export class Maintenance {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #onState: (state: 'ready' | 'rebuilding') => void;
  readonly #onPending: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #paused = 0;
  #wanted = false;
  #stopped = false;

  /** `onPending`: rows wait for vectors that the core may not be able to make by itself. */
  constructor(engine: Engine, lane: Lane, onState: (state: 'ready' | 'rebuilding') => void, onPending: () => void) {
    this.#engine = engine;
    this.#lane = lane;
    this.#onState = onState;
    this.#onPending = onPending;
  }

  /** Says that there may be something to do. */
  poke(): void {
    this.#wanted = true;
    if (this.#stopped || this.#running || this.#paused > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), QUIET_MS);
  }

  /** Keeps out of the way of a long job until the returned function is called. */
  pause(): () => void {
    this.#paused++;
    return () => {
      this.#paused--;
      if (this.#wanted) this.poke();
    };
  }

  /** No slice starts after this. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#wanted = false;
    let rebuilding = false;
    try {
      while (!this.#stopped && this.#paused === 0) {
        const { more, pending } = await this.#lane.run(() =>
          this.#stopped ? { more: false, pending: 0 } : this.#engine.call('maintenance.step', { budgetMs: SLICE_MS }),
        );
        if (more !== rebuilding) this.#onState(more ? 'rebuilding' : 'ready');
        rebuilding = more;
        if (pending > 0) this.#onPending();
        if (!more) break;
        await yieldToEvents();
      }
      this.#wanted ||= rebuilding;
    } catch {
      // The next call that needs the same rows reports what is wrong with them; the next poke tries again.
      if (rebuilding) this.#onState('ready');
    } finally {
      this.#running = false;
      if (this.#wanted && this.#paused === 0) this.poke();
    }
  }
}
