import { cancelled } from '../errors.js';

/** Between two calls: CANCELLED, whatever reason the caller gave. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled();
}
