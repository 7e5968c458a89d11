/**
 * Requests to one worker and the replies to them.
 *
 * Greets first and compares versions. When the worker is lost every open request rejects with WORKER_LOST, and so does every
 * later one. Does not know what the methods mean.
 */
import { ArchivoltError, cancelled, fromShape, toShape } from '../errors.js';
import {
  PROTOCOL_VERSION,
  type Embed,
  type EventMessage,
  type Method,
  type Params,
  type ResultOf,
  type ToPage,
} from '../protocol/messages.js';
import type { Embedder, Progress } from '../types.js';
import type { Endpoint } from './endpoint.js';

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  transfer?: ArrayBuffer[] | undefined;
  tx?: string | undefined;
  actor?: string | undefined;
  /** Asked for vectors on behalf of this request, and of what follows from it. */
  embedder?: Embedder | undefined;
}

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  onProgress: ((progress: Progress) => void) | undefined;
}

export class Connection {
  readonly #endpoint: Endpoint;
  readonly #onEvent: (message: EventMessage) => void;
  readonly #onLost: (error: ArchivoltError) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #embedding = new Map<number, AbortController>();
  /** Those that requests brought, by request. */
  readonly #embedders = new Map<number | undefined, Embedder | null>();
  readonly #greeted: Promise<void>;
  #greet: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #isGreeted = false;
  #lastId = 0;
  #ended: ArchivoltError | undefined;

  constructor(
    endpoint: Endpoint,
    embedder: Embedder | null,
    onEvent: (message: EventMessage) => void,
    onLost: (error: ArchivoltError) => void = () => undefined,
  ) {
    this.#onLost = onLost;
    this.#endpoint = endpoint;
    this.#embedders.set(undefined, embedder);
    this.#onEvent = onEvent;
    this.#greeted = new Promise((resolve, reject) => (this.#greet = { resolve, reject }));
    this.#greeted.catch(() => undefined); // Told to whoever requests.
    endpoint.listen({ message: (message) => this.#receive(message), lost: (reason) => this.#lose(reason) });
    endpoint.post({ kind: 'hello', version: PROTOCOL_VERSION });
  }

  async request<M extends Method>(method: M, params: Params<M>, options: RequestOptions = {}): Promise<ResultOf<M>> {
    const { signal } = options;
    if (signal?.aborted) throw cancelled();
    // Sent in the same turn as the call, so that the caller may use its arrays again at once.
    if (!this.#isGreeted) await this.#greeted;
    if (this.#ended !== undefined) throw this.#ended;
    if (signal?.aborted) throw cancelled();
    const id = ++this.#lastId;
    // A worker that runs a statement hears no message: where they may share memory, that says it.
    const stop = signal && globalThis.SharedArrayBuffer && new SharedArrayBuffer(4);
    const onAbort = (): void => {
      if (stop) Atomics.store(new Int32Array(stop), 0, 1);
      this.#endpoint.post({ kind: 'cancel', id });
    };
    try {
      return (await new Promise<unknown>((resolve, reject) => {
        if (options.embedder !== undefined) this.#embedders.set(id, options.embedder);
        this.#pending.set(id, { resolve, reject, onProgress: options.onProgress });
        this.#post(id, method, params, options, stop);
        signal?.addEventListener('abort', onAbort, { once: true });
      })) as ResultOf<M>;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #post<M extends Method>(
    id: number,
    method: M,
    params: Params<M>,
    { tx, actor, transfer }: RequestOptions,
    stop: SharedArrayBuffer | undefined,
  ): void {
    try {
      this.#endpoint.post(
        {
          kind: 'request',
          id,
          method,
          params,
          ...(tx === undefined ? {} : { tx }),
          ...(actor === undefined ? {} : { actor }),
          ...(stop && { stop }),
        },
        transfer,
      );
    } catch (error) {
      // A DataCloneError, the stack's end in values nested too deeply, or what a getter of the caller threw.
      const reason = error instanceof Error ? error.message : String(error);
      throw new ArchivoltError(
        'INVALID_ARGUMENT',
        `${method}: the arguments hold something that cannot be sent to the worker, such as a function: ${reason}`,
        {},
        { cause: error },
      );
    }
  }

  /** Ends the worker; open requests reject with `reason`. */
  end(reason: ArchivoltError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#endpoint.terminate();
    this.#greet?.reject(reason);
    for (const pending of this.#pending.values()) pending.reject(reason);
    for (const abort of this.#embedding.values()) abort.abort();
  }

  #lose(reason: string): void {
    if (this.#ended !== undefined) return;
    const error = new ArchivoltError(
      'WORKER_LOST',
      `The worker of the workspace ended: ${reason}. Open the workspace again.`,
    );
    this.end(error);
    this.#onLost(error);
  }

  #receive(message: ToPage): void {
    switch (message.kind) {
      case 'hello':
        return this.#compare(message.version);
      case 'reply': {
        const pending = this.#pending.get(message.id);
        if (message.ok) pending?.resolve(message.value);
        else pending?.reject(fromShape(message.error));
        return;
      }
      case 'progress':
        return this.#pending.get(message.id)?.onProgress?.(message.progress);
      case 'embed':
        return void this.#embed(message);
      case 'embedCancel':
        return this.#embedding.get(message.call)?.abort();
      case 'event':
        return this.#onEvent(message);
    }
  }

  #compare(version: number): void {
    if (version === PROTOCOL_VERSION) {
      this.#isGreeted = true;
      this.#greet?.resolve();
      return;
    }
    const older = version < PROTOCOL_VERSION ? 'worker' : 'page';
    this.end(
      new ArchivoltError(
        'PROTOCOL_MISMATCH',
        `Page and worker come from different releases; the ${older} is the older one. Reload the page.`,
        {
          page: PROTOCOL_VERSION,
          worker: version,
        },
      ),
    );
  }

  async #embed({ call, ...asked }: Embed): Promise<void> {
    const abort = new AbortController();
    this.#embedding.set(call, abort);
    try {
      const vectors = await this.#vectors(asked, abort.signal);
      if (this.#ended === undefined) this.#endpoint.post({ kind: 'embedded', call, ok: true, vectors });
    } catch (error) {
      const shape =
        error instanceof ArchivoltError
          ? toShape(error)
          : { code: 'FAILED_PRECONDITION' as const, message: `The embedder failed: ${String(error)}` };
      if (this.#ended === undefined) this.#endpoint.post({ kind: 'embedded', call, ok: false, error: shape });
    } finally {
      this.#embedding.delete(call);
    }
  }

  #vectors({ purpose, texts, request }: Omit<Embed, 'call'>, signal: AbortSignal): Promise<Float32Array[]> {
    const embedder = this.#embedders.get(request) ?? null;
    if (embedder === null) throw new ArchivoltError('INTERNAL', 'the worker asked for vectors without an embedder');
    if (purpose === 'queries' && embedder.embedQueries !== undefined) return embedder.embedQueries(texts, signal);
    return embedder.embedDocuments(texts, signal);
  }
}
