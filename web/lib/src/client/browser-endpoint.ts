/** A dedicated worker as an endpoint. */
import type { ToPage, ToWorker } from '../protocol/messages.js';
import type { Endpoint, EndpointEvents } from './endpoint.js';

/** The one place that starts the worker, spelled in the form that bundlers follow. */
export function startBrowserWorker(): Endpoint {
  return new BrowserEndpoint(
    new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'archivolt' }),
  );
}

export class BrowserEndpoint implements Endpoint {
  readonly #worker: Worker;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  listen(events: EndpointEvents): void {
    this.#worker.onmessage = (event: MessageEvent<ToPage>) => events.message(event.data);
    this.#worker.onmessageerror = () => events.lost('a message could not be read');
    // Fired when the script cannot be loaded, too: then there is no message.
    this.#worker.onerror = (event: ErrorEvent) => {
      event.preventDefault();
      events.lost(event.message || 'the worker script could not be loaded');
    };
  }

  terminate(): void {
    this.#worker.onmessage = this.#worker.onmessageerror = this.#worker.onerror = null;
    this.#worker.terminate();
  }
}
