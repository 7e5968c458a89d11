/** A dedicated worker as an endpoint. */
import { ArchivoltError, invalidArgument } from '../errors.js';
import type { ToPage, ToWorker } from '../protocol/messages.js';
import type { Endpoint, EndpointEvents } from './endpoint.js';

/** The one place that starts the worker, spelled in the form that bundlers follow. `holdsFiles`: that others may wait for. */
export function startBrowserWorker(holdsFiles: boolean): Endpoint {
  try {
    return new BrowserEndpoint(
      new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'archivolt' }),
      holdsFiles,
    );
  } catch (cause) {
    // A host without workers, or a script of another origin.
    throw new ArchivoltError(
      'UNSUPPORTED',
      `The worker cannot be started here: ${String(cause)}. Pass a ready one as options.worker.`,
      { feature: 'Worker' },
      { cause },
    );
  }
}

const taken = new WeakSet<Worker>();

/** A worker of the caller, which serves one workspace only. Throws INVALID_ARGUMENT for anything else and for a used one. */
export function adoptWorker(worker: Worker, holdsFiles: boolean): Endpoint {
  const argument = 'options.worker';
  if (typeof Worker !== 'function' || !(worker instanceof Worker))
    throw invalidArgument(`${argument}: expected a Worker.`, { argument });
  if (taken.has(worker))
    throw invalidArgument(`${argument}: has served a workspace already; each workspace needs one of its own.`, {
      argument,
    });
  taken.add(worker);
  return new BrowserEndpoint(worker, holdsFiles);
}

class BrowserEndpoint implements Endpoint {
  readonly #worker: Worker;
  readonly #holdsFiles: boolean;
  #onPageHide: ((event: PageTransitionEvent) => void) | undefined;

  constructor(worker: Worker, holdsFiles: boolean) {
    this.#worker = worker;
    this.#holdsFiles = holdsFiles;
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
      events.lost(event.message || 'its script could not be loaded (see docs/bundlers.md)');
    };
    // A page that is left and kept for going back stands still with the lock and the files, and the other tabs wait for it.
    this.#onPageHide = ({ persisted }) => {
      if (persisted && this.#holdsFiles) events.lost('the page was left');
    };
    globalThis.addEventListener('pagehide', this.#onPageHide);
  }

  terminate(): void {
    this.#worker.onmessage = this.#worker.onmessageerror = this.#worker.onerror = null;
    if (this.#onPageHide !== undefined) globalThis.removeEventListener('pagehide', this.#onPageHide);
    this.#worker.terminate();
  }
}
