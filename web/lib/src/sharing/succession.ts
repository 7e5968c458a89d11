/** How a tab that follows comes to lead. */
import type { Follower } from './follower.js';
import { tabLockName } from './messages.js';

/** So often a tab tries to lead before it answers with what keeps it from that. */
const ATTEMPTS = 3;
/** Before it tries again another tab may lead. */
const PAUSE_MS = 100;

/** The tab, as its succession needs it. */
export interface Successor {
  /** Resolves when it has the lock. */
  wait(): Promise<void>;
  lead(): Promise<void>;
  /** Gives up what was opened, and the lock. */
  stepBack(): void;
  /** Loads what leading needs. */
  warmUp(): void;
}

/**
 * Waits for the lock and leads. Where that fails the lock goes to the next in the queue, and this tab stands at its end again. Each
 * time that it failed ATTEMPTS times whoever waits for an answer hears why, and the next request has this tab try again.
 */
export async function succeed(follower: Follower, tab: Successor, leaving: AbortSignal): Promise<void> {
  for (let failures = 1; ; failures++) {
    await tab.wait();
    try {
      return await tab.lead();
    } catch (error) {
      if (leaving.aborted) throw error;
      tab.stepBack();
      follower.stepBack();
      if (failures % ATTEMPTS === 0) await follower.giveUp(error);
      else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      tab.warmUp();
    }
  }
}

/** Holds a tab's own lock until it leaves: by it the leader sees that the tab is there. */
export function showLife(tab: string, leaving: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const held = new Promise<void>((release) => leaving.addEventListener('abort', () => release()));
    navigator.locks.request(tabLockName(tab), () => (resolve(), held)).catch(reject);
  });
}
