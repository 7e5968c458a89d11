/**
 * One open workspace in the worker: what it consists of, and the order of its beginning and its end.
 *
 * How it comes to be is in opening.ts, and each thing that it does in a file of its own: calls.ts, searching.ts, documents.ts,
 * database.ts, background.ts. Knows no messages (dispatcher.ts). Errors of the core pass through unchanged.
 */
import { cannotLoad, type ArchivoltError } from '../errors.js';
import { embedderAsset } from '../loader/assets.js';
import type { EngineModule } from '../loader/engine-module.js';
import type { LateFiles } from '../loader/late-engine.js';
import type { Once, OpenParams, Params } from '../protocol/messages.js';
import type { WorkspaceFiles } from '../storage/host-files.js';
import type { SalvageReport, SearchResult, WorkspaceStatus } from '../types.js';
import type { Accounts } from './accounts.js';
import { Background } from './background.js';
import { Calls } from './calls.js';
import type { Core } from './core.js';
import { Database } from './database.js';
import { Documents } from './documents.js';
import { Embedding } from './embedding.js';
import type { Unlocked } from './unlocked.js';
import { Engine } from './engine.js';
import type { Erasure } from './erasure.js';
import type { Exchange } from './interchange.js';
import { Lane } from './lane.js';
import { Marks } from './marks.js';
import type { Announce, Platform } from './platform.js';
import { search } from './searching.js';
import { Transactions } from './transactions.js';
import { Trouble } from './trouble.js';

/** What a session is built on. `host`: the module's files, which it also asks whether it is to end. */
export interface Ground {
  readonly params: OpenParams;
  readonly platform: Platform;
  readonly announce: Announce;
  readonly files: WorkspaceFiles;
  readonly host: LateFiles;
  readonly module: EngineModule;
  /** What the database is encrypted with. */
  readonly unlocked: Unlocked | undefined;
  /** What was saved of a damaged workspace before. */
  readonly salvaged: SalvageReport | null;
}

/** What is left to look at when the database is open. */
export type Checked = (engine: Engine) => Promise<void>;

export class Session {
  /** Told when the engine stopped: every call rejects from then on. */
  onBreak: () => void = () => undefined;
  readonly salvaged: SalvageReport | null;
  readonly files: WorkspaceFiles;
  readonly transactions: Transactions;
  readonly embedding: Embedding;
  readonly calls: Calls;
  readonly documents: Documents;
  readonly database: Database;
  readonly #ground: Ground;
  readonly #core: Core;
  readonly #background: Background;
  readonly #trouble: Trouble;
  /** Loaded by the first erasure or export of a person. */
  #erasure: Promise<Erasure> | undefined;

  constructor(ground: Ground) {
    const { params, platform, announce, files, host, module } = ground;
    this.#ground = ground;
    this.files = files;
    this.salvaged = ground.salvaged;
    this.#trouble = new Trouble((detail) => announce({ kind: 'event', event: 'storage', detail }));
    const engine = new Engine(
      module,
      (changes) => this.#background.noteChanges(changes),
      () => this.onBreak(),
      (error, method) => this.#trouble.explain(error, method),
    );
    const lane = new Lane();
    const marks = new Marks(engine);
    this.transactions = new Transactions(engine, lane, marks);
    const readTable = (): Promise<Uint8Array> => platform.readAsset(embedderAsset());
    this.embedding = new Embedding(params.embedder, engine, lane, readTable, announce);
    this.#core = { engine, lane, files, embedding: this.embedding };
    const { slowQueryMs } = params;
    this.calls = new Calls({ engine, lane, host, marks, transactions: this.transactions, announce, slowQueryMs });
    this.#background = new Background(this.#core, announce, () => this.erasure());
    this.documents = new Documents(this.#core, this.#background);
    this.database = new Database(this.#core, params, this.transactions, this.#background, this.#trouble);
  }

  /** Opens the database. With `refusal`: for reading only, and why. A failure closes it, and leaves the files open. */
  async start(checked: Checked | undefined, refusal: ArchivoltError | undefined): Promise<void> {
    const { params, unlocked } = this.#ground;
    const { engine, files } = this.#core;
    await this.database.open(unlocked);
    try {
      await checked?.(engine);
      await this.database.upgrade();
      this.database.begin();
    } catch (error) {
      engine.close();
      throw error;
    }
    this.#background.start(params, files, this.#trouble);
    if (refusal !== undefined) this.#trouble.refuse(refusal);
  }

  search(params: Params<'search'>, signal: AbortSignal, stop?: SharedArrayBuffer): Promise<SearchResult> {
    return search(this.calls, this.embedding, params, signal, stop);
  }

  tables(): Promise<string[]> {
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*_fts*' ORDER BY name";
    const { engine, lane } = this.#core;
    return lane.run(() => engine.call('sql.query', { sql }).rows.map(([name]) => String(name)));
  }

  /** What comes in from other systems and goes out to them. */
  async exchange(): Promise<Exchange> {
    const { Exchange } = await import('./interchange.js').catch(cannotLoad);
    return new Exchange(this.#core, this.#ground.platform, this.#background);
  }

  erasure(): Promise<Erasure> {
    const { engine, lane, files } = this.#core;
    this.#erasure ??= import('./erasure.js').then(
      ({ Erasure }) => new Erasure(engine, lane, files),
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
    const { engine, lane } = this.#core;
    return new Accounts(engine, lane, actor, (call) => this.calls.marked(call, once));
  }

  applyRetention(
    { dryRun }: Params<'privacy.applyRetention'>,
    actor: string,
    signal: AbortSignal,
  ): Promise<Record<string, number>> {
    return this.#background.housekeeping.applyRetention(dryRun ?? false, actor, signal);
  }

  async status(signal: AbortSignal): Promise<WorkspaceStatus> {
    const { engine, lane, files } = this.#core;
    const core = await lane.run(() => engine.call('workspace.status', {}), signal);
    const [persisted, { usage, quota }] = await Promise.all([files.persisted(), files.usage()]);
    const embedding = { ...core.embedding, error: this.#background.rowError };
    const lastBackupAt = await this.database.lastBackupAt(core.lastBackupAt);
    const { bytes } = this.database;
    const storageFailure = this.#trouble.failure;
    return {
      ...core,
      ...{ lastBackupAt, storage: files.kind, storageFailure, persisted, bytes, usage, quota },
      ...{ role: 'leader', embedding },
    };
  }

  /** REQUIRES: no call is under way and none will come. */
  close(): void {
    this.#background.stop();
    this.database.close();
  }
}
