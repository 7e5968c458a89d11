/**
 * Messages in, messages out: the worker's end of the wire.
 *
 * Every request gets exactly one reply. Requests may run side by side; the session's lane orders what touches the database.
 */
import { ArchivoltError, invalidArgument, toShape } from '../errors.js';
import {
  PROTOCOL_VERSION,
  type Hello,
  type Method,
  type Params,
  type Request,
  type ResultOf,
  type ToPage,
  type ToWorker,
} from '../protocol/messages.js';
import type { Progress } from '../types.js';
import { Session, type DirectMethod, type Platform } from './session.js';

export type Post = (message: ToPage) => void;

interface Call {
  tx: string | undefined;
  actor: string;
  signal: AbortSignal;
  report: (progress: Progress) => void;
}
type Handler<M extends Method> = (params: Params<M>, call: Call) => Promise<ResultOf<M>> | ResultOf<M>;

const DIRECT: readonly DirectMethod[] = [
  'records.insert',
  'records.insertMany',
  'records.get',
  'records.find',
  'records.count',
  'records.update',
  'records.delete',
  'sql.query',
  'sql.execute',
  'sql.batch',
  'documents.chunks',
  'documents.remove',
  'documents.select',
  'documents.effective',
  'reports.run',
  'documents.findByName',
  'collections.create',
  'collections.list',
  'collections.drop',
  'collections.upsert',
  'collections.get',
  'collections.delete',
  'collections.query',
  'collections.count',
  'collections.points',
  'collections.ensureStandard',
  'collections.compact',
  'settings.resolve',
  'settings.set',
  'settings.history',
  'accounts.sessions',
  'accounts.endSessions',
  'accounts.sweepSessions',
  'accounts.revokeKey',
  'accounts.keys',
  'accounts.removeProviderKey',
  'accounts.award',
  'accounts.achievements',
  'cache.set',
  'cache.get',
  'cache.delete',
  'cache.increment',
  'cache.hit',
  'cache.clear',
  'cache.sweep',
  'cache.stats',
  'privacy.retention',
  'privacy.setRetention',
  'migrations.current',
  'migrations.list',
  'maintenance.health',
  'maintenance.optimize',
  'maintenance.compact',
];

/** Requests that closing ends early; all others are short and finish. */
const CUT_SHORT: readonly Method[] = [
  'workspace.backup',
  'workspace.restore',
  'documents.ingest',
  'workspace.import',
  'workspace.export',
  'search',
  'tx.begin',
  'privacy.applyRetention',
  'privacy.exportUser',
];

interface Running {
  method: Method;
  abort: AbortController;
  settled: Promise<void>;
}

export class Dispatcher {
  readonly #platform: Platform;
  readonly #post: Post;
  readonly #handlers: { [M in Method]: Handler<M> };
  readonly #running = new Map<number, Running>();
  #greeted = false;
  #session: Session | undefined;
  #closing = false;

  constructor(platform: Platform, post: Post) {
    this.#platform = platform;
    this.#post = post;
    this.#handlers = this.#table();
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
        return this.#session?.embedding.receive(message);
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
        tx: request.tx,
        actor: actorOf(request),
        signal,
        report: (progress) => this.#post({ kind: 'progress', id, progress }),
      };
      const value = await this.#handle(request, call);
      this.#post({ kind: 'reply', id, ok: true, value });
    } catch (error) {
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
        if (this.#session !== undefined || this.#closing)
          throw new ArchivoltError('FAILED_PRECONDITION', 'This worker has a workspace already.');
        this.#session = await Session.open(params, this.#platform, this.#post, signal, report);
        return null;
      },
      'workspace.status': (_, { signal }) => this.#open().status(signal),
      'workspace.backup': (params, { signal, report }) => this.#open().backup(params, signal, report),
      'workspace.restore': (params, { signal, report }) => this.#open().restore(params, signal, report),
      'workspace.close': () => this.#close(),
      'workspace.import': async (params, { actor, signal, report }) =>
        (await this.#open().exchange()).import(params, actor, signal, report),
      'workspace.export': async (params, { signal, report }) =>
        (await this.#open().exchange()).export(params, signal, report),
      'tx.begin': (_, { signal }) => this.#open().transactions.begin(signal),
      'tx.commit': (_, { tx }) => this.#endTransaction((session, token) => session.transactions.commit(token), tx),
      'tx.rollback': (_, { tx }) => this.#endTransaction((session, token) => session.transactions.rollback(token), tx),
      'documents.ingest': (params, { actor, signal, report }) => this.#open().ingest(params, actor, signal, report),
      'privacy.eraseUser': (params, { actor, signal }) => this.#open().erasure.eraseUser(params, actor, signal),
      'privacy.exportUser': ({ user }, { signal }) => this.#open().erasure.exportUser(user, signal),
      'privacy.applyRetention': (params, { actor, signal }) => this.#open().applyRetention(params, actor, signal),
      'migrations.migrate': (params, { signal }) => this.#open().migrate(params, signal),
      'migrations.backups': () => this.#open().backups(),
      'migrations.readBackup': ({ name }) => this.#open().readBackup(name),
      search: (params, { signal }) => this.#open().search(params, signal),
      'accounts.setPassword': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).setPassword(params, signal),
      'accounts.verifyPassword': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).verifyPassword(params, signal),
      'accounts.createSession': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).createSession(params, signal),
      'accounts.session': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).session(params, signal),
      'accounts.endSession': async (params, { actor, signal }) =>
        (await this.#open().accounts(actor)).endSession(params, signal),
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
    return (params, { tx, actor, signal }) => this.#open().direct(method, params, tx, actor, signal);
  }

  #endTransaction(end: (session: Session, token: string) => void, token: string | undefined): null {
    if (token === undefined) throw invalidArgument('The message names no transaction.');
    end(this.#open(), token);
    return null;
  }

  #open(): Session {
    if (this.#session === undefined || this.#closing)
      throw new ArchivoltError('FAILED_PRECONDITION', 'The workspace is closed.');
    return this.#session;
  }

  /** Ends what runs: long jobs are cancelled, an open transaction is rolled back, short calls finish. */
  async #close(): Promise<null> {
    const session = this.#open();
    this.#closing = true;
    session.transactions.abandon();
    const others = [...this.#running.values()];
    for (const running of others) {
      if (CUT_SHORT.includes(running.method)) running.abort.abort();
    }
    // This very request is not in the list yet: it is added when its first step returns.
    await Promise.all(others.map((running) => running.settled));
    // A transaction whose turn came meanwhile.
    session.transactions.abandon();
    session.close();
    this.#session = undefined;
    return null;
  }
}

function actorOf({ actor = '' }: Request): string {
  if (typeof actor === 'string' && [...actor].length <= 200) return actor;
  throw invalidArgument('actor: must be a text of at most 200 characters.', { argument: 'actor' });
}
