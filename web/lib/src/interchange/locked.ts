/** What needs the database for itself for a moment. */
interface Lockable {
  /** Waits for the database; the function gives it back. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

/** Does the work while no other call has the database. */
export async function locked<T>(host: Lockable, signal: AbortSignal, work: () => T): Promise<T> {
  const release = await host.acquire(signal);
  try {
    return work();
  } finally {
    release();
  }
}
