/**
 * One open workspace in the worker: its files, the core, and who may use it when.
 *
 * Owns the order of opening and closing. Knows no messages (dispatcher.ts). Errors of the core pass through unchanged.
 */
import type { EngineModule } from '../loader/engine-module.js';
import { embedderAsset } from '../loader/assets.js';
import { loadAhead, type LateEngine, type LateFiles } from '../loader/late-engine.js';
import type { CompileModule } from '../loader/load-engine.js';
import type {
  EmbedderChoice,
  EventMessage,
  IngestParams,
  Methods,
  Once,
  OpenParams,
  Params,
  ResultOf,
  WorkerMethod,
} from '../protocol/messages.js';
import { removeUnfinished } from '../storage/backup-files.js';
import { DATABASE_FILE, WORKSPACE_FILES, type WorkspaceFiles } from '../storage/host-files.js';
import type {
  BackupInfo,
  IngestReport,
  MigrationResult,
  Progress,
  RestoreReport,
  SalvageReport,
  SearchResult,
  WorkspaceStatus,
} from '../types.js';
import { ChangeNotices } from './change-notices.js';
import type { Accounts } from './accounts.js';
import type { Backups } from './backups.js';
import { unlockIfEncrypted, type Unlocked, type UnlockParams } from './encrypted.js';
import { Embedding, type PostToPage } from './embedding.js';
import { Engine, type SecretMethod } from './engine.js';
import type { Erasure } from './erasure.js';
import { Housekeeping } from './housekeeping.js';
import type { ReaderWorker } from '../interchange/index.js';
import type { Exchange } from './interchange.js';
import { Lane } from './lane.js';
import { Limit } from './limit.js';
import { Marks, withoutMarks } from './marks.js';
import { Maintenance } from './maintenance.js';
import type { SearchHost } from './ranking.js';
import { RowVectors } from './row-vectors.js';
import { Transactions } from './transactions.js';
import { Trouble } from './trouble.js';
import type { WatchedFiles } from './safety.js';
import { yieldToEvents } from './yield.js';
import { ArchivoltError, cancelled, cannotLoad, isArchivoltError } from '../errors.js';

/** Opening itself comes first. */
const WATCH_AFTER_MS = 1000;

/** So long the worker is deaf while it reads rows. */
const SLICE_MS = 50;

/** What differs between a browser's worker and Node's. */
export interface Platform {
  openFiles(params: OpenParams): Promise<WorkspaceFiles>;
  compile: CompileModule;
  readAsset(url: URL): Promise<Uint8Array>;
  /** A file of the machine; `folders`: or the decisions in a folder, named by their places in it. */
  openPath(path: string, folders: boolean): Promise<{ name: string; blob: Blob }[]>;
  /** A worker that reads the files of an import; null where there is none to be had, and this one reads. */
  startReader(): ReaderWorker | null;
}

/** What is left to look at when the database is open. */
type Checked = (engine: Engine) => Promise<void>;

/** Whether a database was closed as it should be, or never is. */
function isAsLeft(files: WorkspaceFiles): boolean {
  const [database = 0, log] = WORKSPACE_FILES.map((name) => files.find(name)?.size());
  return files.kind === 'memory' || (database > 0 && log === 0);
}

/** What the session tells the page without being asked. */
export type Announce = PostToPage & ((message: EventMessage) => void);

/** More rows than these are inserted in slices; the core says what is wrong with more than it takes. */
const FEW_ROWS = 200;
const MOST_ROWS = 100_000;

/** Whether a call writes so many rows or points that it is done in slices. What no method takes is left to the core to refuse. */
function isForSlices(method: DirectMethod, params: unknown): boolean {
  const { rows, points } = params as { rows?: unknown; points?: unknown };
  const many = method === 'records.insertMany' ? rows : method === 'collections.upsert' && points;
  return Array.isArray(many) && many.length > FEW_ROWS && many.length <= MOST_ROWS;
}

/** Methods that the core answers as they are. */
export type DirectMethod = Exclude<keyof Methods, WorkerMethod | SecretMethod>;

export class Session {
  /** Told when the engine stopped: every call rejects from then on. */
  onBreak: () => void = () => undefined;
  /** Set when a damaged workspace was opened to be saved. */
  salvaged: SalvageReport | null = null;
  readonly transactions: Transactions;
  readonly embedding: Embedding;
  /** Loaded by the first erasure or export of a person. */
  #erasure: Promise<Erasure> | undefined;
  readonly #params: OpenParams;
  readonly #platform: Platform;
  readonly files: WorkspaceFiles;
  readonly #engine: Engine;
  readonly #host: LateFiles;
  readonly #lane = new Lane();
  readonly #marks: Marks;
  readonly #maintenance: Maintenance;
  readonly #notices: ChangeNotices;
  readonly #rowVectors: RowVectors;
  readonly #housekeeping: Housekeeping;
  /** Loaded by the first backup or restore. */
  #backups: Promise<Backups> | undefined;
  readonly #announce: Announce;
  readonly #trouble: Trouble;
  #watched: WatchedFiles | undefined;
  #closed = false;
  #reembedding = false;
  /** What the database is encrypted with. */
  #unlocked: Unlocked | undefined;

  private constructor(
    params: OpenParams,
    files: WorkspaceFiles,
    module: EngineModule,
    host: LateFiles,
    platform: Platform,
    announce: Announce,
  ) {
    this.#host = host;
    this.#params = params;
    this.#platform = platform;
    this.#announce = announce;
    this.#trouble = new Trouble((detail) => announce({ kind: 'event', event: 'storage', detail }));
    this.files = files;
    this.#notices = new ChangeNotices((detail) => announce({ kind: 'event', event: 'change', detail }));
    this.#engine = new Engine(
      module,
      (changes) => {
        this.#notices.add(withoutMarks(changes));
        this.#maintenance.poke();
        this.#watched?.poke();
      },
      () => this.onBreak(),
      (error, method) => this.#trouble.explain(error, method),
    );
    this.#marks = new Marks(this.#engine);
    this.transactions = new Transactions(this.#engine, this.#lane, this.#marks);
    this.embedding = new Embedding(
      params.embedder,
      this.#engine,
      this.#lane,
      () => platform.readAsset(embedderAsset()),
      announce,
    );
    this.#maintenance = new Maintenance(
      this.#engine,
      this.#lane,
      (vectors) => announce({ kind: 'event', event: 'status', detail: { vectors } }),
      () => this.#rowVectors.poke(),
    );
    this.#rowVectors = new RowVectors(this.#engine, this.#lane, this.embedding, () => this.#maintenance.poke());
    this.#housekeeping = new Housekeeping(this.#engine, this.#lane, () => this.erasure());
  }

  /** Opens files and module side by side, then the database. A failure closes whatever was open and changes no file. */
  static async open(
    params: UnlockParams,
    platform: Platform,
    announce: Announce,
    signal: AbortSignal,
    report: (progress: Progress) => void,
    { host, loading }: LateEngine = loadAhead(params.wasmUrl, platform.compile),
  ): Promise<Session> {
    report({ phase: 'open', done: 0, total: 2 });
    let files = await platform.openFiles(params);
    let salvaged: SalvageReport | null = null;
    try {
      const unlocked = await unlockIfEncrypted(files, params);
      host.files = files;
      if (params.recover && unlocked !== undefined)
        throw new ArchivoltError('UNSUPPORTED', 'What is encrypted cannot be salvaged. Restore a backup.');
      if (params.recover && files.kind !== 'memory') {
        const { salvage } = await import('./salvage.js').catch(cannotLoad);
        ({ files, report: salvaged } = await salvage(files, params, host, await loading, signal, report));
        host.files = files;
      }
      const checked = isAsLeft(files)
        ? undefined
        : await (await import('./safety.js').catch(cannotLoad)).checkFiles(files, params);
      const module = await loading;
      report({ phase: 'open', done: 1, total: 2 });
      if (signal.aborted) throw cancelled();
      const session = await Session.#begin(params, files, module, host, platform, announce, unlocked, checked);
      session.salvaged = salvaged;
      report({ phase: 'open', done: 2, total: 2 });
      return session;
    } catch (error) {
      files.close();
      throw error;
    }
  }

  /** Full storage keeps nobody from reading. */
  static async #begin(
    params: OpenParams,
    files: WorkspaceFiles,
    module: EngineModule,
    host: LateFiles,
    platform: Platform,
    announce: Announce,
    unlocked: Unlocked | undefined,
    checked: Checked | undefined,
  ): Promise<Session> {
    const start = async (refusal?: ArchivoltError): Promise<Session> => {
      const readOnly = params.readOnly || refusal !== undefined;
      const session = new Session({ ...params, readOnly }, files, module, host, platform, announce);
      await session.#start(unlocked, checked);
      if (refusal !== undefined) session.#trouble.refuse(refusal);
      return session;
    };
    try {
      return await start(files.refusal);
    } catch (error) {
      if (params.readOnly || !isArchivoltError(error, 'QUOTA_EXCEEDED')) throw error;
      const { openedFull } = await import('./safety.js').catch(cannotLoad);
      return await start(openedFull(params.name)).catch(() => {
        throw error;
      });
    }
  }

  #openDatabase(unlocked: Unlocked | undefined): void {
    const { readOnly, durability } = this.#params;
    const options = { path: DATABASE_FILE, readOnly, fullSync: durability === 'full', deferUpgrade: true };
    this.#engine.open(options, unlocked?.key);
    this.#unlocked = unlocked;
  }

  async #start(unlocked: Unlocked | undefined, checked: Checked | undefined): Promise<void> {
    const { readOnly, embedder } = this.#params;
    // While the host does that the core opens the database.
    const removed = readOnly ? undefined : removeUnfinished(this.files);
    try {
      this.#openDatabase(unlocked);
    } finally {
      await removed;
    }
    try {
      await checked?.(this.#engine);
      if (!readOnly) await this.#migrate(this.#latestVersion(), false);
      this.#startServices();
      this.#useEmbedder();
    } catch (error) {
      this.#engine.close();
      throw error;
    }
    this.#maintenance.poke();
    // Rows may have vectors of another embedder although none waits.
    if (embedder.kind === 'external') this.#rowVectors.poke();
    if (!readOnly) this.#housekeeping.start();
    if (this.files.kind === 'opfs' && this.files.refusal === undefined)
      setTimeout(() => void this.#watch().catch(() => undefined), WATCH_AFTER_MS);
  }

  async #watch(): Promise<void> {
    const { WatchedFiles } = await import('./safety.js');
    // Whoever clears the site's data clears what would be loaded to save them.
    import('./backups.js').catch(() => undefined);
    if (!this.#closed)
      this.#watched = new WatchedFiles(this.#params.name, this.files, (error) => this.#trouble.refuse(error));
  }

  /** REQUIRES: the lane is held. With `dryRun` only says what would be applied. */
  async #migrate(to: number, dryRun: boolean): Promise<MigrationResult> {
    const { applied } = this.#engine.call('migrations.migrate', { to, dryRun: true });
    if (dryRun || applied.length === 0) return { applied, backup: null };
    const { migrate } = await import('./backups.js').catch(cannotLoad);
    return migrate(this.#engine, this.files, to);
  }

  /** What the core's services are told whenever they begin anew. */
  #startServices(): void {
    this.#engine.call('maintenance.slowQueries', { thresholdMs: this.#params.slowQueryMs });
  }

  #useEmbedder(): void {
    const { choice } = this.embedding;
    if (choice.kind === 'external') this.#engine.call('embedder.use', choice);
  }

  #latestVersion(): number {
    return this.#engine.call('migrations.list', {}).at(-1)?.version ?? 0;
  }

  /** Runs one request and tells the page when a statement in it was slow. */
  #timed<T>(work: () => T): T {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.#tellSlow(start);
    }
  }

  #tellSlow(start: number): void {
    if (performance.now() - start < this.#params.slowQueryMs) return;
    try {
      for (const detail of this.#engine.call('maintenance.slowQueries', {}))
        this.#announce({ kind: 'event', event: 'slowQuery', detail });
    } catch {
      // The request has its own answer; an engine that stopped says so at the next one.
    }
  }

  /** One call to the core: inside the transaction of the token, or by the queue. */
  direct<M extends DirectMethod>(
    method: M,
    params: Params<M>,
    tx: string | undefined,
    actor: string,
    signal: AbortSignal,
    once: Once | undefined,
    stop: SharedArrayBuffer | undefined,
    report: (progress: Progress) => void,
  ): Promise<ResultOf<M>> {
    if (tx === undefined && isForSlices(method, params))
      return this.#inSlices(method, params, actor, signal, once, report) as Promise<ResultOf<M>>;
    const limit = new Limit(stop, method.startsWith('sql.') ? (params as { timeoutMs?: number }).timeoutMs : Infinity);
    const call = (): ResultOf<M> =>
      this.#timed(() => limit.run(this.#host, () => this.#engine.call(method, params, actor) as ResultOf<M>));
    if (method === 'sql.query' && tx === undefined)
      return this.#query(params as Params<'sql.query'>, limit, signal) as Promise<ResultOf<M>>;
    if (tx !== undefined) return new Promise((resolve) => resolve(this.transactions.within(tx, call)));
    return this.#lane.run(() => this.#marked(call, once), signal);
  }

  /** Rows in slices, between which messages are heard. Nobody else uses the core meanwhile, so that they are of one moment. */
  #query(params: Params<'sql.query'>, limit: Limit, signal: AbortSignal): Promise<ResultOf<'sql.query'>> {
    return this.#lane.run(async () => {
      const start = performance.now();
      let more: true | undefined;
      try {
        const first = limit.run(this.#host, () => this.#engine.call('sql.query', { ...params, budgetMs: SLICE_MS }));
        const { columns, rows } = first;
        ({ more } = first);
        while (more) {
          await yieldToEvents();
          if (signal.aborted) throw cancelled();
          const next = limit.run(this.#host, () => this.#engine.call('sql.next', { budgetMs: SLICE_MS }));
          for (const row of next.rows) rows.push(row);
          ({ more } = next);
        }
        return { columns, rows };
      } finally {
        if (more) this.#engine.call('sql.next', {});
        this.#tellSlow(start);
      }
    }, signal);
  }

  #inSlices(
    method: DirectMethod,
    params: unknown,
    actor: string,
    signal: AbortSignal,
    once: Once | undefined,
    report: (progress: Progress) => void,
  ): Promise<unknown> {
    return this.#lane.run<unknown>(async () => {
      const { insertMany, upsertPoints } = await import('./ingest.js').catch(cannotLoad);
      const context = { engine: this.#engine, marks: this.#marks, actor, signal, once, report };
      return method === 'collections.upsert'
        ? upsertPoints(params as Params<'collections.upsert'>, context)
        : insertMany(params as Params<'records.insertMany'>, context);
    }, signal);
  }

  /** Whether another tab's write was done, by its mark. */
  wasDone(once: Once, signal: AbortSignal): Promise<boolean> {
    return this.#lane.run(() => this.#marks.find(once) !== undefined, signal);
  }

  /** Forgets marks of tabs that are not among these. */
  keepMarksOf(tabs: readonly string[]): Promise<void> {
    return this.#lane.run(() => this.#marks.keepOnly(tabs));
  }

  tables(): Promise<string[]> {
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*_fts*' ORDER BY name";
    return this.#lane.run(() => this.#engine.call('sql.query', { sql }).rows.map(([name]) => String(name)));
  }

  async ingest(
    params: IngestParams,
    actor: string,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ): Promise<IngestReport> {
    // Where the schema is too old this rejects as a whole, instead of a report in which every document failed.
    await this.#lane.run(() => this.#engine.call('sql.query', { sql: 'SELECT 1' }), signal);
    const { IngestRun } = await import('./ingest.js').catch(cannotLoad);
    const resume = this.#maintenance.pause();
    try {
      return await new IngestRun(
        { engine: this.#engine, lane: this.#lane, embedding: this.embedding },
        params,
        actor,
        signal,
        report,
      ).run();
    } finally {
      resume();
    }
  }

  /** Embeds all documents and rows again. `request`: of this tab's page, which has the embedder that it names. */
  async reembed(
    { embedder }: Params<'documents.reembed'>,
    request: number,
    signal: AbortSignal,
    report: (progress: Progress) => void,
    onPresent: (choice: EmbedderChoice) => void,
  ): Promise<null> {
    if (this.#reembedding)
      throw new ArchivoltError('BUSY', 'Everything is being embedded again already. Wait for that call to end.');
    if (embedder === undefined && this.embedding.choice.kind === 'none')
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        'The workspace was opened without an embedder. Name the one that is to embed.',
      );
    this.#reembedding = true;
    try {
      const { reembed } = await import('./ingest.js').catch(cannotLoad);
      const host = { engine: this.#engine, lane: this.#lane, embedding: this.embedding };
      await reembed(host, embedder, request, signal, report, () => onPresent(this.embedding.choice));
    } finally {
      this.#reembedding = false;
      this.#maintenance.poke();
      this.#rowVectors.poke();
    }
    return null;
  }

  async search(params: Params<'search'>, signal: AbortSignal, stop?: SharedArrayBuffer): Promise<SearchResult> {
    const limit = new Limit(stop, Infinity);
    const run = <T>(work: (engine: Engine) => T): Promise<T> =>
      this.#lane.run(() => this.#timed(() => limit.run(this.#host, () => work(this.#engine))), signal);
    const find: SearchHost['find'] = (asked, work) => this.#find(asked, work, run, signal);
    const { collapse, diversity, expand } = params;
    const isPlain = !(collapse || diversity || expand);
    const plain = isPlain ? await find(params, (engine, given) => engine.call('search', given)) : undefined;
    if (plain && params.correct === false) return plain;
    // What words could be is not worth an answer less.
    const ranking = await import('./ranking.js').catch(plain ? () => undefined : cannotLoad);
    if (ranking === undefined) return plain!;
    return ranking.rank({ find, run }, params, plain).catch((error: unknown) => {
      if (plain !== undefined && !signal.aborted) return plain;
      throw error;
    });
  }

  async #find(
    params: Params<'search'>,
    work: Parameters<SearchHost['find']>[1],
    run: SearchHost['run'],
    signal: AbortSignal,
  ): Promise<SearchResult> {
    const isByWords = params.mode === 'keyword' || params.vector !== undefined;
    for (;;) {
      const { choice } = this.embedding;
      const embed = isByWords ? 'none' : choice.kind;
      const started = performance.now();
      if (embed === 'builtin') await this.embedding.ready(signal);
      const [vector] = embed === 'external' ? await this.embedding.embed('queries', [params.query], signal) : [];
      const embedMs = embed === 'external' ? performance.now() - started : 0;
      const given = { ...params, ...(vector && { vector }), embed };
      // Vectors of two embedders must not meet: it is not wanted any more when its turn comes and another one embeds.
      const result = await run((engine) =>
        isByWords || this.embedding.choice === choice ? work(engine, given) : undefined,
      );
      if (result === undefined) continue;
      const { took } = result;
      return { ...result, took: { ...took, embed: took.embed + embedMs, total: took.total + embedMs } };
    }
  }

  /** What comes in from other systems and goes out to them. */
  async exchange(): Promise<Exchange> {
    const { Exchange } = await import('./interchange.js').catch(cannotLoad);
    return new Exchange(this.#engine, this.#lane, this.embedding, this.files, this.#platform, () => {
      const resume = this.#maintenance.pause();
      return () => {
        resume();
        this.#maintenance.poke();
      };
    });
  }

  erasure(): Promise<Erasure> {
    this.#erasure ??= import('./erasure.js').then(
      ({ Erasure }) => new Erasure(this.#engine, this.#lane, this.files),
      (error: unknown) => {
        this.#erasure = undefined;
        return cannotLoad(error);
      },
    );
    return this.#erasure;
  }

  /** What `actor` may do with accounts. `once`: the mark of the one call to the core that is made by it. */
  async accounts(actor: string, once?: Once): Promise<Accounts> {
    const { Accounts } = await import('./accounts.js').catch(cannotLoad);
    return new Accounts(this.#engine, this.#lane, actor, (call) => this.#marked(call, once));
  }

  #marked<T>(call: () => T, once: Once | undefined): T {
    return once === undefined ? call() : this.#marks.run(once, call);
  }

  applyRetention(
    { dryRun }: Params<'privacy.applyRetention'>,
    actor: string,
    signal: AbortSignal,
  ): Promise<Record<string, number>> {
    return this.#housekeeping.applyRetention(dryRun ?? false, actor, signal);
  }

  async migrate({ to, dryRun }: Params<'migrations.migrate'>, signal: AbortSignal): Promise<MigrationResult> {
    const resume = this.#maintenance.pause();
    try {
      return await this.#lane.run(() => this.#migrate(to, dryRun ?? false), signal);
    } finally {
      resume();
      this.#maintenance.poke();
    }
  }

  async backup(
    params: Params<'workspace.backup'>,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ): Promise<Blob> {
    return (await this.#loadBackups()).backup(params, signal, report);
  }

  #requireWritable(outcome: string): void {
    if (this.#trouble.refusal !== undefined) throw this.#trouble.refusal;
    if (!this.#params.readOnly && !this.transactions.isOpen) return;
    const why = this.#params.readOnly
      ? 'The workspace is open for reading only.'
      : 'A transaction is open. End it first.';
    throw new ArchivoltError('FAILED_PRECONDITION', `${why} ${outcome}`);
  }

  /** What the database is encrypted with; undefined for a plain one. */
  get unlocked(): Unlocked | undefined {
    return this.#unlocked;
  }

  async changePassphrase(params: Params<'workspace.changePassphrase'>, signal: AbortSignal): Promise<null> {
    this.#requireWritable('The passphrase was not changed.');
    const { change, prepareKey, takeOver } = await import('./encryption.js').catch(cannotLoad);
    const made = 'made' in params ? await takeOver(params.made, this.#unlocked) : await prepareKey(params.next);
    const resume = this.#maintenance.pause();
    try {
      await this.#lane.run(async () => {
        const reopen = (unlocked: Unlocked | undefined): void => {
          this.#openDatabase(unlocked);
          this.#startServices();
          this.#useEmbedder();
        };
        await change({ engine: this.#engine, files: this.files, present: this.#unlocked, reopen }, made);
        await this.embedding.renew();
      }, signal);
    } finally {
      resume();
      this.#maintenance.poke();
    }
    return null;
  }

  async restore(
    params: Params<'workspace.restore'>,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ): Promise<RestoreReport> {
    this.#requireWritable('Nothing was restored.');
    const resume = this.#maintenance.pause();
    try {
      return await (await this.#loadBackups()).restore(params, signal, report);
    } finally {
      resume();
      this.#maintenance.poke();
      this.#rowVectors.poke();
    }
  }

  #loadBackups(): Promise<Backups> {
    this.#backups ??= import('./backups.js')
      .catch(cannotLoad)
      .then(({ Backups }) => new Backups(this.#engine, this.#lane, this.files, () => this.#startServices()))
      .catch((error: unknown) => {
        this.#backups = undefined;
        throw error;
      });
    return this.#backups;
  }

  async backups(): Promise<BackupInfo[]> {
    return (await this.#loadBackups()).list();
  }

  async readBackup(params: Params<'migrations.readBackup'>, signal: AbortSignal): Promise<Blob> {
    return (await this.#loadBackups()).read(params, signal);
  }

  async status(signal: AbortSignal): Promise<WorkspaceStatus> {
    const core = await this.#lane.run(() => this.#engine.call('workspace.status', {}), signal);
    const [persisted, { usage, quota }] = await Promise.all([this.files.persisted(), this.files.usage()]);
    const embedding = { ...core.embedding, error: this.#rowVectors.error };
    const lastBackupAt = (await this.#backups)?.lastAt(core.lastBackupAt) ?? core.lastBackupAt;
    const bytes = this.#bytes();
    const storageFailure = this.#trouble.failure;
    return {
      ...core,
      ...{ lastBackupAt, storage: this.files.kind, storageFailure, persisted, bytes, usage, quota },
      ...{ role: 'leader', embedding },
    };
  }

  /** 0 when the files are gone. */
  #bytes(): number {
    try {
      return WORKSPACE_FILES.reduce((sum, name) => sum + (this.files.find(name)?.size() ?? 0), 0);
    } catch {
      return 0;
    }
  }

  /** REQUIRES: no call is under way and none will come. */
  close(): void {
    this.#closed = true;
    this.#watched?.stop();
    this.#maintenance.stop();
    this.#notices.flush();
    this.#rowVectors.stop();
    this.#housekeeping.stop();
    try {
      this.#engine.close();
    } finally {
      this.files.close();
      this.#unlocked?.key.fill(0);
    }
  }
}
