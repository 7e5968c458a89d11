/**
 * Messages in, messages out: the worker's end of one wire. The page has one, and so has each other tab that shares the workspace.
 *
 * Every request gets exactly one reply. Requests may run side by side; the session's lane orders what touches the database.
 */
import { ArchivoltError, cannotLoad, invalidArgument, toShape } from '../errors.js';
import type { LateEngine } from '../loader/late-engine.js';
import {
  PROTOCOL_VERSION,
  type EmbedderChoice,
  type Hello,
  type Method,
  type Once,
  type OpenParams,
  type Params,
  type Request,
  type ResultOf,
  type ToPage,
  type ToWorker,
} from '../protocol/messages.js';
import type { Progress } from '../types.js';
import type { DirectMethod } from './calls.js';
import { CUT_SHORT, DIRECT } from './methods.js';
import { openSession } from './opening.js';
import type { Platform } from './platform.js';
import type { Session } from './session.js';

export type Post = (message: ToPage) => void;

/** What all who use one workspace share. */
export class Desk {
  session: Session | undefined;
  closing = false;
  readonly clients = new Set<Dispatcher>();
  onOpen: () => void = () => undefined;
  onClose: () => void = () => undefined;
  onBreak: () => void = () => undefined;
  /** Told who asked for it. */
  onKeyChange: (by: Dispatcher) => void = () => undefined;
  onEmbedderChange: (by: Dispatcher, choice: EmbedderChoice) => void = () => undefined;
}

interface Call {
  id: number;
  tx: string | undefined;
  once: Once | undefined;
  actor: string;
  stop: SharedArrayBuffer | undefined;
  signal: AbortSignal;
  report: (progress: Progress) => void;
}
type Handler<M extends Method> = (params: Params<M>, call: Call) => Promise<ResultOf<M>> | ResultOf<M>;

interface Running {
  method: Method;
  abort: AbortController;
  settled: Promise<void>;
}

export class Dispatcher {
  readonly #platform: Platform;
  readonly #post: Post;
  readonly #desk: Desk;
  readonly #isRemote: boolean;
  readonly #handlers: { [M in Method]: Handler<M> };
  readonly #running = new Map<number, Running>();
  /** Of the transactions that were begun here. */
  readonly #tokens = new Set<string>();
  #greeted = false;

  /** `isRemote`: another tab's, which finds another leader when this one closes. */
  constructor(platform: Platform, post: Post, desk = new Desk(), isRemote = false) {
    this.#platform = platform;
    this.#post = post;
    this.#desk = desk;
    this.#isRemote = isRemote;
    this.#handlers = this.#table();
    desk.clients.add(this);
  }

  get isGreeted(): boolean {
    return this.#greeted;
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'hello':
        return this.#greet(message);
      case 'request':
        return this.#start(message);
      case 'cancel':
        return this.#running.get(message.id)?.abort.abort();
      case 'embedded':
        return this.#desk.session?.embedding.receive(message);
    }
  }

  /** The worker answers whatever version comes: the page compares as well, and says which side is old. */
  #greet(hello: Hello): void {
    this.#greeted = hello.version === PROTOCOL_VERSION;
    this.#post({ kind: 'hello', version: PROTOCOL_VERSION });
  }

  #start(request: Request): void {
    const abort = new AbortController();
    const settled = this.#answer(request, abort.signal).finally(() => this.#running.delete(request.id));
    this.#running.set(request.id, { method: request.method, abort, settled });
  }

  async #answer(request: Request, signal: AbortSignal): Promise<void> {
    const { id } = request;
    try {
      const call: Call = {
        id,
        tx: request.tx,
        once: request.once,
        actor: actorOf(request),
        stop: request.stop,
        signal,
        report: (progress) => this.#post({ kind: 'progress', id, progress }),
      };
      const value = await this.#handle(request, call);
      this.#post({ kind: 'reply', id, ok: true, value });
    } catch (error) {
      // The tab asks the next leader again.
      if (this.#isRemote && this.#desk.closing) return;
      this.#post({ kind: 'reply', id, ok: false, error: toShape(error) });
    }
  }

  async #handle<M extends Method>(request: Request<M>, call: Call): Promise<ResultOf<M>> {
    if (!this.#greeted)
      throw new ArchivoltError(
        'PROTOCOL_MISMATCH',
        'The page speaks another version of the protocol. Reload the page.',
      );
    if (!Object.hasOwn(this.#handlers, request.method))
      throw invalidArgument(`There is no method ${String(request.method)}.`);
    if (call.tx !== undefined && !/^(records|sql|tx)\./.test(request.method)) {
      throw new ArchivoltError('FAILED_PRECONDITION', `${request.method} does not run inside a transaction.`);
    }
    const handler: Handler<M> = this.#handlers[request.method];
    return handler(request.params, call);
  }

  #table(): { [M in Method]: Handler<M> } {
    const own: { [M in Exclude<Method, DirectMethod>]: Handler<M> } = {
      'workspace.open': async (params, { signal, report }) => {
        await this.open(params, signal, report);
        return this.#open().salvaged;
      },
      'workspace.status': (_, { signal }) => this.#open().status(signal),
      'workspace.setAside': async () =>
        (await import('./salvage.js').catch(cannotLoad)).listSetAside(this.#open().files),
      'workspace.readSetAside': async ({ name }) =>
        (await import('./salvage.js').catch(cannotLoad)).readSetAside(this.#open().files, name),
      'workspace.removeSetAside': async ({ name }) => {
        await (await import('./salvage.js').catch(cannotLoad)).removeSetAside(this.#open().files, name);
        return null;
      },
      'workspace.backup': (params, { signal, report }) => this.#open().database.backup(params, signal, report),
      'workspace.restore': (params, { signal, report }) => this.#open().database.restore(params, signal, report),
      'workspace.close': async () => {
        await (this.#isRemote ? this.leave() : this.#close());
        return null;
      },
      'workspace.import': async (params, { actor, signal, report }) =>
        (await this.#open().exchange()).import(params, actor, signal, report),
      'workspace.export': async (params, { signal, report }) =>
        (await this.#open().exchange()).export(params, signal, report),
      'tx.begin': async (_, { signal }) => {
        const token = await this.#open().transactions.begin(signal);
        this.#tokens.add(token);
        return token;
      },
      'tx.commit': (_, call) => this.#commit(call),
      'tx.rollback': (_, { tx }) => this.#endTransaction((session, token) => session.transactions.rollback(token), tx),
      'workspace.changePassphrase': async (params, { signal }) => {
        await this.#open().database.changePassphrase(params, signal);
        this.#desk.onKeyChange(this);
        return null;
      },
      'documents.ingest': (params, { actor, signal, report }) =>
        this.#open().documents.ingest(params, actor, signal, report),
      'documents.reembed': (params, call) => this.#reembed(params, call),
      'privacy.eraseUser': async (params, { actor, signal }) =>
        (await this.#open().erasure()).eraseUser(params, actor, signal),
      'privacy.exportUser': async ({ user }, { signal }) => (await this.#open().erasure()).exportUser(user, signal),
      'privacy.applyRetention': (params, { actor, signal }) => this.#open().applyRetention(params, actor, signal),
      'migrations.migrate': (params, { signal }) => this.#open().database.migrate(params, signal),
      'migrations.backups': () => this.#open().database.backups(),
      'migrations.readBackup': (params, { signal }) => this.#open().database.readBackup(params, signal),
      search: (params, { signal, stop }) => this.#open().search(params, signal, stop),
      'accounts.setPassword': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).setPassword(params, signal),
      'accounts.verifyPassword': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).verifyPassword(params, signal),
      'accounts.createSession': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).createSession(params, signal),
      'accounts.session': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).session(params, signal),
      'accounts.endSession': async (params, { actor, signal, once }) =>
        (await this.#open().accounts(actor, once)).endSession(params, signal),
      'accounts.issueKey': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).issueKey(params, signal),
      'accounts.verifyKey': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).verifyKey(params, signal),
      'accounts.storeProviderKey': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).storeProviderKey(params, signal),
      'accounts.openProviderKey': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).openProviderKey(params, signal),
    };
    const direct = Object.fromEntries(DIRECT.map((method) => [method, this.#direct(method)])) as {
      [M in DirectMethod]: Handler<M>;
    };
    return { ...own, ...direct };
  }

  #direct<M extends DirectMethod>(method: M): Handler<M> {
    return (params, { tx, actor, signal, once, stop, report }) =>
      this.#open().calls.direct(method, params, tx, actor, signal, once, stop, report);
  }

  /** Another tab's page may ask for the embedder that all have; one of its own would be gone with it. */
  async #reembed({ embedder }: Params<'documents.reembed'>, { id, signal, report }: Call): Promise<null> {
    const session = this.#open();
    const isOther = embedder !== undefined && !session.embedding.is(embedder);
    if (isOther && this.#isRemote)
      throw new ArchivoltError(
        'BUSY',
        'Another tab holds the workspace, and its page does not have this embedder. Close the other tabs and try again.',
      );
    return session.documents.reembed(isOther ? { embedder } : {}, id, signal, report, (choice) =>
      this.#desk.onEmbedderChange(this, choice),
    );
  }

  async #commit({ tx, once, signal }: Call): Promise<null> {
    if (once?.again !== true)
      return this.#endTransaction((session, token) => session.transactions.commit(token, once), tx);
    if (await this.#open().calls.wasDone(once, signal)) return null;
    throw new ArchivoltError(
      'CONFLICT',
      'The tab that held the database ended before this transaction was committed. Nothing of it was kept; run it again.',
      { leader: 'lost' },
    );
  }

  #endTransaction(end: (session: Session, token: string) => void, token: string | undefined): null {
    if (token === undefined) throw invalidArgument('The message names no transaction.');
    this.#tokens.delete(token);
    end(this.#open(), token);
    return null;
  }

  #open(): Session {
    const { session, closing } = this.#desk;
    if (session === undefined || closing) throw new ArchivoltError('FAILED_PRECONDITION', 'The workspace is closed.');
    return session;
  }

  async open(
    params: OpenParams,
    signal: AbortSignal,
    report: (progress: Progress) => void,
    engine?: LateEngine,
  ): Promise<void> {
    const desk = this.#desk;
    if (desk.session !== undefined || desk.closing) throw takenAlready();
    const announce: Post = (message) => {
      if (message.kind !== 'event') return this.#post(message);
      for (const client of desk.clients) client.#post(message);
    };
    try {
      desk.session = await openSession(params, this.#platform, announce, signal, report, engine);
    } catch (error) {
      desk.onClose();
      throw error;
    }
    desk.session.onBreak = () => desk.onBreak();
    desk.onOpen();
  }

  /** Another tab is gone or closes: its long jobs are cancelled, its transaction is rolled back, its short calls finish. */
  async leave(): Promise<void> {
    await this.#settle();
    this.#desk.clients.delete(this);
  }

  async #settle(): Promise<void> {
    const others = [...this.#running.values()];
    for (const running of others) {
      if (CUT_SHORT.includes(running.method)) running.abort.abort();
    }
    this.#desk.session?.transactions.abandon(this.#tokens);
    // This very request is not in the list yet: it is added when its first step returns.
    await Promise.all(others.map((running) => running.settled));
    // One whose turn came meanwhile.
    this.#desk.session?.transactions.abandon(this.#tokens);
  }

  /** Ends what runs, of every tab: long jobs are cancelled, an open transaction is rolled back, short calls finish. */
  async #close(): Promise<void> {
    const session = this.#open();
    const desk = this.#desk;
    desk.closing = true;
    session.transactions.abandon();
    await Promise.all([...desk.clients].map((client) => client.#settle()));
    session.transactions.abandon();
    desk.onClose();
    session.close();
    desk.session = undefined;
  }
}

export function takenAlready(): ArchivoltError {
  return new ArchivoltError('FAILED_PRECONDITION', 'This worker has a workspace already.');
}

function actorOf({ actor = '' }: Request): string {
  if (typeof actor === 'string' && [...actor].length <= 200) return actor;
  throw invalidArgument('actor: must be a text of at most 200 characters.', { argument: 'actor' });
}
