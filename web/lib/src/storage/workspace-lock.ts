/** The Web Lock of a workspace in OPFS: who holds it may open the files. The browser frees it when the worker ends. */
import { lockName } from './opfs-directory.js';

export class WorkspaceLock {
  #unlock: (() => void) | undefined;

  /** Takes it if nobody has it. */
  take(workspace: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      navigator.locks
        .request(lockName(workspace), { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          return lock === null ? undefined : this.#hold();
        })
        .catch(reject);
    });
  }

  /** Waits for it, first come first served. Rejects with the signal's reason. */
  wait(workspace: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      navigator.locks
        .request(lockName(workspace), { signal }, () => {
          resolve();
          return this.#hold();
        })
        .catch(reject);
    });
  }

  get isHeld(): boolean {
    return this.#unlock !== undefined;
  }

  release(): void {
    this.#unlock?.();
    this.#unlock = undefined;
  }

  #hold(): Promise<void> {
    return new Promise((unlock) => (this.#unlock = unlock));
  }
}
