/** A worker thread of Node as an endpoint. */
import { Worker } from 'node:worker_threads';
import type { ToPage, ToWorker } from '../protocol/messages.js';
import type { Endpoint, EndpointEvents } from './endpoint.js';

/** `onExit` runs once, however the thread ended. */
export function startNodeWorker(onExit: () => void): Endpoint {
  // Flags of the process are not for this thread: some, such as --input-type, would keep it from starting.
  const options = { name: 'archivolt', execArgv: [] };
  return new NodeEndpoint(new Worker(new URL('./worker-node.js', import.meta.url), options), onExit);
}

class NodeEndpoint implements Endpoint {
  readonly #worker: Worker;
  #terminated = false;

  constructor(worker: Worker, onExit: () => void) {
    this.#worker = worker;
    worker.once('exit', onExit);
  }

  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  listen(events: EndpointEvents): void {
    this.#worker.on('message', (message: ToPage) => events.message(message));
    this.#worker.on('messageerror', () => events.lost('a message could not be read'));
    this.#worker.on('error', (error) => events.lost(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => {
      if (!this.#terminated) events.lost(`the worker thread ended with code ${code}`);
    });
  }

  terminate(): void {
    this.#terminated = true;
    void this.#worker.terminate();
  }
}
