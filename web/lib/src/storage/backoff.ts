/** Bounded waiting for storage that somebody else still holds. */

/** A worker that was ended in the middle of a call keeps its handles for about two seconds. */
export const BUSY_PATIENCE_MS = 5000;
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 250;

/**
 * Runs `attempt` until it succeeds, fails with an error that is not `isBusy`, or has been busy for `patienceMs`: then the last
 * error is thrown. The first attempt is always made.
 */
export async function whileBusy<T>(
  attempt: () => T | Promise<T>,
  isBusy: (error: unknown) => boolean,
  patienceMs: number = BUSY_PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LAST_PAUSE_MS, pause * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || Date.now() + pause > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
