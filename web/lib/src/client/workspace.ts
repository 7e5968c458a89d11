/**
 * An open workspace in the page: checks arguments, delegates to the worker, tells listeners.
 *
 * After `close` every call rejects with FAILED_PRECONDITION; after the worker was lost, with WORKER_LOST.
 */
import { ArchivoltError, isArchivoltError } from '../errors.js';
import type { EventMessage, ResultOf } from '../protocol/messages.js';
import type {
  BackupOptions,
  HealthReport,
  ExportOptions,
  ImportOptions,
  ImportReport,
  ImportSource,
  CopyOptions,
  RestoreReport,
  SalvageReport,
  SetAside,
  SearchOptions,
  SearchResult,
  QueryOptions,
  SqlOptions,
  SqlParams,
  SqlValue,
  Statement,
  Table,
  TableName,
  Transaction,
  Workspace,
  WorkspaceEvents,
  WorkspaceStatus,
} from '../types.js';
import { AccountsClient } from './accounts.js';
import type { Call, Watcher } from './call.js';
import { CacheClient } from './cache.js';
import { actor, blob, bool, filled, filledOrNull, fn, oneOf, options as checkOptions, signal } from './check.js';
import { CollectionsClient } from './collections.js';
import type { Connection } from './connection.js';
import { DocumentsClient } from './documents.js';
import { exportSystem, importFiles } from './exchange.js';
import { ReportsClient } from './reports.js';
import { MigrationsClient } from './migrations.js';
import { PrivacyClient } from './privacy.js';
import { search } from './search.js';
import { SettingsClient } from './settings.js';
import { fromTemplate, rowsOf, runSql, sqlCall, statements } from './sql.js';
import { WatchedTableClient } from './table.js';
import { runTransaction } from './transaction.js';
import { startWatch, type Watch } from './watch.js';

type Listener = (detail: never) => void;

const BACKUP_OPTIONS = { passphrase: filled, onProgress: fn, signal };
const COPY_OPTIONS = { ...BACKUP_OPTIONS, passphrase: filledOrNull };

export class WorkspaceClient implements Workspace {
  readonly name: string;
  salvaged: SalvageReport | null = null;
  readonly setAside: SetAside;
  readonly documents: DocumentsClient;
  readonly collections: CollectionsClient;
  readonly reports: ReportsClient;
  readonly settings: SettingsClient;
  readonly accounts: AccountsClient;
  readonly cache: CacheClient;
  readonly migrations: MigrationsClient;
  readonly privacy: PrivacyClient;
  readonly #connection: Connection;
  readonly #listeners = new Map<keyof WorkspaceEvents, Set<Listener>>();
  readonly #watches = new Set<Watch>();
  #actor: string | undefined;
  #closed: Promise<void> | undefined;

  constructor(name: string, connection: Connection, actor?: string) {
    this.name = name;
    this.#connection = connection;
    this.#actor = actor;
    this.setAside = {
      list: () => this.#call('workspace.setAside', {}),
      read: (name) => this.#named('workspace.readSetAside', name),
      remove: async (name) => void (await this.#named('workspace.removeSetAside', name)),
    };
    this.documents = new DocumentsClient(this.#call);
    this.collections = new CollectionsClient(this.#call);
    this.reports = new ReportsClient(this.#call);
    this.settings = new SettingsClient(this.#call);
    this.accounts = new AccountsClient(this.#call);
    this.cache = new CacheClient(this.#call);
    this.migrations = new MigrationsClient(this.#call);
    this.privacy = new PrivacyClient(this.#call);
  }

  readonly #call: Call = async (method, params, options) => {
    if (this.#closed !== undefined) throw closedError();
    return this.#connection.request(method, params, { ...options, actor: this.#actor });
  };

  async #named<M extends 'workspace.readSetAside' | 'workspace.removeSetAside'>(
    method: M,
    name: string,
  ): Promise<ResultOf<M>> {
    return this.#call(method, { name: filled('name', name) });
  }

  readonly #watch: Watcher = (table, query, listener, onError) => {
    const watch = startWatch(table, query, listener, (error) => {
      this.#watches.delete(watch);
      if (onError !== undefined) onError(error);
      // Closing ends every watch; nobody asked to hear of that. Of a lost worker every later call tells.
      else if (!isArchivoltError(error, 'FAILED_PRECONDITION') && !isArchivoltError(error, 'WORKER_LOST')) throw error;
    });
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.end();
    };
  };

  /** An event of the worker. Listeners that throw do not keep others from hearing it. */
  receive({ event, detail }: EventMessage): void {
    if (event === 'change') {
      for (const watch of this.#watches) watch.changed(detail.tables);
    }
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(detail as never);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** The worker is gone: watches, which may have no query under way, hear of it as well. */
  lose(error: ArchivoltError): void {
    for (const watch of [...this.#watches]) watch.fail(error);
  }

  async status(): Promise<WorkspaceStatus> {
    return this.#call('workspace.status', {});
  }

  on<E extends keyof WorkspaceEvents>(event: E, listener: (detail: WorkspaceEvents[E]) => void): () => void {
    oneOf('event', event, ['change', 'status', 'storage', 'slowQuery']);
    fn('listener', listener);
    const listeners = this.#listeners.get(event) ?? new Set<Listener>();
    this.#listeners.set(event, listeners);
    // A wrapper of its own, so that one function subscribed twice is heard twice and ended one by one.
    const entry: Listener = (detail) => listener(detail);
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  actAs(name: string | null): void {
    if (name !== null) actor('actor', name);
    this.#actor = name ?? undefined;
  }

  table<T extends TableName>(name: T): Table<T> {
    filled('name', name);
    return new WatchedTableClient(name, this.#call, this.#watch);
  }

  async query<R = Record<string, unknown>>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<R[]> {
    return rowsOf(await runSql(this.#call, 'sql.query', sqlCall(sql, params), options)) as R[];
  }

  async sql<R = Record<string, unknown>>(strings: TemplateStringsArray, ...values: SqlValue[]): Promise<R[]> {
    return rowsOf(await this.#call('sql.query', fromTemplate(strings, values))) as R[];
  }

  async execute(sql: string, params?: SqlParams, options?: SqlOptions): Promise<{ changes: number }> {
    return runSql(this.#call, 'sql.execute', sqlCall(sql, params), options);
  }

  async batch(list: Statement[], options?: SqlOptions): Promise<{ changes: number }[]> {
    return runSql(this.#call, 'sql.batch', { statements: statements(list) }, options);
  }

  async transaction<R>(body: (tx: Transaction) => Promise<R>): Promise<R> {
    fn('body', body);
    return runTransaction(this.#call, body);
  }

  async search(query: string, options?: SearchOptions): Promise<SearchResult> {
    return search(this.#call, query, options);
  }

  async import(source: ImportSource | ImportSource[], options: ImportOptions): Promise<ImportReport> {
    return importFiles(this.#call, source, options);
  }

  async export(options: ExportOptions): Promise<Blob> {
    return exportSystem(this.#call, options);
  }

  async health(options: { full?: boolean } = {}): Promise<HealthReport> {
    checkOptions('options', options, { full: bool });
    return this.#call('maintenance.health', options);
  }

  async optimize(): Promise<void> {
    await this.#call('maintenance.optimize', {});
  }

  async compact(): Promise<{ freedBytes: number }> {
    return this.#call('maintenance.compact', {});
  }

  async backup(options: CopyOptions = {}): Promise<Blob> {
    checkOptions('options', options, COPY_OPTIONS);
    const { passphrase, ...request } = options;
    return this.#call('workspace.backup', passphrase === undefined ? {} : { passphrase }, request);
  }

  async restore(file: Blob, options: BackupOptions = {}): Promise<RestoreReport> {
    blob('file', file);
    checkOptions('options', options, BACKUP_OPTIONS);
    const { passphrase, ...request } = options;
    return this.#call('workspace.restore', passphrase === undefined ? { file } : { file, passphrase }, request);
  }

  async changePassphrase(next: string | null): Promise<void> {
    await this.#call('workspace.changePassphrase', { next: filledOrNull('next', next) });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
    try {
      await this.#connection.request('workspace.close', {});
    } catch (error) {
      // A worker that is gone holds nothing any more.
      if (!isArchivoltError(error, 'WORKER_LOST')) throw error;
    } finally {
      this.#connection.end(closedError());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function closedError(): ArchivoltError {
  return new ArchivoltError('FAILED_PRECONDITION', 'The workspace is closed.');
}
