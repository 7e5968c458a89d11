/** The page's end of a worker, the same for browsers and Node. */
import type { ToPage, ToWorker } from '../protocol/messages.js';

export interface EndpointEvents {
  message(message: ToPage): void;
  /** The worker failed or ended by itself; nothing comes from it any more. */
  lost(reason: string): void;
}

export interface Endpoint {
  /** Throws what structured cloning throws. */
  post(message: ToWorker, transfer?: ArrayBuffer[]): void;
  listen(events: EndpointEvents): void;
  /** Ends the worker. `lost` is not told. */
  terminate(): void;
}
