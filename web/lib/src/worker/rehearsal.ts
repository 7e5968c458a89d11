/**
 * Opening a database is rehearsed by a tab that follows, while nobody waits for it, so that leading begins at once.
 *
 * Browsers compile a function of a module when it is first called: of the time that a new leader takes, opening for the first time is the
 * largest part, and what runs a second time takes an eighth of it. So a workspace in memory is made and closed in the module that will
 * lead. It costs that time and the memory once, as leading does; the module's heap keeps what it grew by.
 */
import type { LateEngine } from '../loader/late-engine.js';
import { DATABASE_FILE } from '../storage/host-files.js';
import { MemoryFiles } from '../storage/memory.js';
import { Engine } from './engine.js';

/** It blocks the worker: nothing was asked for so many times in a row. */
const LOOKS = 2;
const LOOK_MS = 1000;

/**
 * `isIdle`: whether nothing is asked for right now; looked at until it is so. False when the module must not be used any more. Never rejects.
 */
export async function rehearse(
  { host, loading }: LateEngine,
  isIdle: () => boolean,
  isWanted: () => boolean,
): Promise<boolean> {
  try {
    const module = await loading;
    for (let idle = 0; idle < LOOKS && isWanted(); idle = isIdle() ? idle + 1 : 0) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (!isWanted()) return true;
    host.files = new MemoryFiles();
    const engine = new Engine(module, () => undefined);
    engine.open({ path: DATABASE_FILE, readOnly: false, fullSync: false });
    engine.close();
    return true;
  } catch {
    return false;
  } finally {
    if (isWanted()) host.files = undefined;
  }
}
