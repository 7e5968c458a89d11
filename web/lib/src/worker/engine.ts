/**
 * The core as typed calls: packs parameters, rebuilds results and errors.
 *
 * Synchronous. Whoever calls holds the lane (lane.ts) or its transaction.
 */
import { ArchivoltError, fromShape } from '../errors.js';
import type { Envelope, EngineModule, EngineOptions } from '../loader/engine-module.js';
import type { Methods, Params, PlainRow, ProviderKey, ResultOf, WorkerMethod } from '../protocol/messages.js';
import { pack, unpack } from '../protocol/packed.js';
import type { Changes } from './change-notices.js';
import type { IngestOpen, IngestStep } from './ingest-calls.js';
import type { ReembedRequest, ReembedStep } from './reembed.js';
import type { WriteBatch, WriteResult } from '../interchange/index.js';
import type {
  ApiKeyOptions,
  LoginOptions,
  Metric,
  RestoreReport,
  SearchOptions,
  SearchResult,
  WorkspaceStatus,
} from '../types.js';

type Empty = Record<string, never>;
type EmbedWay = 'builtin' | 'external' | 'none';

/** Requests that carry secrets: the worker hashes or seals them, and the core has calls of other forms for them. */
export type SecretMethod =
  | 'accounts.setPassword'
  | 'accounts.verifyPassword'
  | 'accounts.createSession'
  | 'accounts.session'
  | 'accounts.endSession'
  | 'accounts.issueKey'
  | 'accounts.verifyKey'
  | 'accounts.storeProviderKey'
  | 'accounts.openProviderKey';

/** Methods of the core: those that the page calls as they are, and those that only the worker calls. */
export interface CoreMethods extends Omit<Methods, WorkerMethod | SecretMethod | 'sql.query' | 'collections.upsert'> {
  /** With `more` the audit trail is left to the call that follows, which tells how many points were changed `earlier`. */
  'collections.upsert': { params: Params<'collections.upsert'> & { earlier?: number; more?: true }; result: number };
  'sql.query': { params: Params<'sql.query'> & { budgetMs?: number }; result: ResultOf<'sql.query'> & { more?: true } };
  /** Without a budget it ends the query. */
  'sql.next': { params: { budgetMs?: number }; result: { rows: unknown[][]; more?: true } };
  'workspace.status': {
    params: Empty;
    result: Pick<WorkspaceStatus, 'schemaVersion' | 'encrypted' | 'readOnly' | 'usage' | 'lastBackupAt' | 'vectors'> & {
      embedding: Omit<WorkspaceStatus['embedding'], 'error'>;
    };
  };
  'tx.begin': { params: Empty; result: null };
  'tx.commit': { params: Empty; result: null };
  'tx.rollback': { params: Empty; result: null };
  /** `meaning`: what the built-in embedder embeds in the place of the query. */
  search: {
    params: { query: string; embed: EmbedWay; meaning?: string } & Omit<SearchOptions, 'signal'>;
    result: SearchResult;
  };
  'ingest.open': { params: IngestOpen; result: { job: number } | { duplicate: { id: string; chunks: number } } };
  'ingest.step': { params: { job: number; budgetMs: number }; result: IngestStep };
  'ingest.texts': { params: { job: number; from: number; limit: number }; result: string[] };
  'ingest.vectors': { params: { job: number; from: number; vectors: Float32Array[] }; result: null };
  'ingest.cancel': { params: { job: number }; result: null };
  'ingest.fail': { params: PlainRow; result: { id: string } };
  'embedder.load': {
    params: { table: Uint8Array };
    result: { model: string; dimensions: number; fingerprint: string };
  };
  'embedder.use': {
    params: { model: string; dimensions: number; metric: Metric; fingerprint?: string };
    result: null;
  };
  'accounts.password': { params: { user: string }; result: { hash: string | null; active: boolean } | null };
  'accounts.setPassword': {
    params: { user: string; hash: string; scheme: string; previous?: string };
    result: boolean;
  };
  'accounts.createSession': { params: { user: string; hash: string } & LoginOptions; result: { expiresAt: string } };
  'accounts.session': { params: { hash: string }; result: PlainRow | null };
  'accounts.endSession': { params: { hash: string }; result: boolean };
  'accounts.issueKey': { params: { user: string; hash: string } & ApiKeyOptions; result: { id: string } };
  'accounts.verifyKey': { params: { hash: string }; result: PlainRow | null };
  'accounts.storeProviderKey': {
    params: ProviderKey & { ciphertext: Uint8Array; cipher: string; kdf: string };
    result: null;
  };
  'accounts.providerKey': {
    params: ProviderKey;
    result: { ciphertext: Uint8Array<ArrayBuffer>; cipher: string; kdf: string | null } | null;
  };
  'embedder.embed': { params: { texts: string[] }; result: { vectors: Uint8Array[]; coverage: number[] } };
  'embedding.reembed': { params: ReembedRequest; result: ReembedStep };
  'embedding.texts': { params: { limit: number }; result: { texts: string[]; more: boolean } };
  'embedding.vectors': { params: { vectors: Float32Array[] }; result: null };
  'maintenance.check': { params: { budgetMs: number }; result: boolean };
  'maintenance.step': { params: { budgetMs: number }; result: { more: boolean; pending: number } };
  'privacy.eraseUser': {
    params: { user: string; dryRun: boolean };
    result: { erased: Record<string, number>; pseudonym: string };
  };
  'privacy.export': { params: { user?: string; end?: boolean }; result: { text: string; more: boolean } };
  'privacy.purge': { params: { ask?: boolean }; result: boolean };
  'privacy.applyRetention': {
    params: { budgetMs: number; dryRun: boolean };
    result: { deleted: Record<string, number>; more: boolean };
  };
  'interchange.write': { params: WriteBatch; result: WriteResult };
  'interchange.points': { params: { name: string; points: unknown[] }; result: null };
  'interchange.restoreIndex': { params: Empty; result: boolean };
  'interchange.bulk': { params: { on: boolean; ended?: boolean }; result: null };
  'interchange.finish': { params: { origin: string }; result: null };
  'otherFile.open': { params: { path: string; write?: boolean; damaged?: boolean }; result: null };
  'otherFile.query': {
    params: { sql: string; params?: unknown[] };
    result: { columns: string[]; rows: unknown[][] };
  };
  'otherFile.write': { params: { sql: string; rows?: unknown[][] }; result: null };
  'otherFile.close': { params: Empty; result: null };
  'backup.copy': { params: { path: string }; result: string };
  /** `key`: null for plain; else the database's own for a copy of its own, and none for a file that comes from outside. */
  'backup.check': {
    params: { path: string; bytes: number; own?: boolean; key?: Uint8Array | null };
    result: RestoreReport;
  };
  'backup.changeKey': { params: { path: string; key: Uint8Array | null }; result: null };
  'backup.note': { params: { at: string }; result: null };
  'backup.begin': { params: { path: string }; result: null };
  'backup.step': { params: { budgetMs: number }; result: { done: number; total: number; more: boolean } };
  'backup.end': { params: Empty; result: null };
  'migrations.backup': { params: { path: string }; result: null };
  'migrations.migrate': { params: { to: number; dryRun?: boolean }; result: { applied: number[] } };
  'maintenance.slowQueries': { params: { thresholdMs?: number }; result: { sql: string; ms: number }[] };
}
export type CoreMethod = keyof CoreMethods;

/** What a failure of the core is to callers; no method: of opening or closing. */
export type Explain = (error: ArchivoltError, method?: CoreMethod) => ArchivoltError;

export class Engine {
  readonly #module: EngineModule;
  readonly #onChange: (changes: Changes) => void;
  readonly #onBreak: () => void;
  readonly #explain: Explain;
  /** Set when the module itself broke: its memory can no longer be trusted. */
  #broken: ArchivoltError | undefined;

  /** `onChange` hears what the commits of every call changed, `onBreak` that no call will be answered any more. */
  constructor(
    module: EngineModule,
    onChange: (changes: Changes) => void,
    onBreak: () => void = () => undefined,
    explain: Explain = (error) => error,
  ) {
    this.#module = module;
    this.#onChange = onChange;
    this.#onBreak = onBreak;
    this.#explain = explain;
  }

  /** `key`: of an encrypted database. */
  open(options: EngineOptions, key: Uint8Array | null = null): void {
    this.#answer(() => this.#module.open(JSON.stringify(options), key));
  }

  /** `actor`: who asks, as the audit trail names him; '' for the application itself. */
  call<M extends CoreMethod>(method: M, params: CoreMethods[M]['params'], actor = ''): CoreMethods[M]['result'] {
    const packed = pack(params);
    return this.#answer(
      () => this.#module.call(method, packed.json, packed.bytes, actor),
      method,
    ) as CoreMethods[M]['result'];
  }

  /** Every call rejects with this from now on. */
  stop(error: ArchivoltError): void {
    this.#broken = error;
    this.#onBreak();
  }

  close(): void {
    if (this.#broken === undefined) this.#answer(() => this.#module.close());
  }

  #answer(enter: () => Envelope, method?: CoreMethod): unknown {
    if (this.#broken !== undefined) throw this.#broken;
    let envelope: Envelope;
    try {
      envelope = enter();
    } catch (error) {
      // The boundary never throws: this is a trap of WebAssembly or an abort.
      const message = error instanceof Error ? error.message : String(error);
      const stopped = new ArchivoltError(
        'INTERNAL',
        `The engine stopped: ${message}. Open the workspace again.`,
        {},
        { cause: error },
      );
      this.stop(stopped);
      throw stopped;
    }
    if (envelope.changed !== '') this.#onChange(JSON.parse(envelope.changed) as Changes);
    if (!envelope.ok) throw this.#explain(fromShape(envelope.error), method);
    return unpack(envelope.json, envelope.bytes);
  }
}
