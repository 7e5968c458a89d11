/** Lets the event loop turn once, so that messages and cancellations get in between two slices of work. */

const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate;

/** setTimeout would cost 4 ms a turn in browsers. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate !== undefined) {
      immediate(resolve);
      return;
    }
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}
