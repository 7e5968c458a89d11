/**
 * The whole wire between page and worker.
 *
 * The page sends `hello` first and nothing else counts before the worker's `hello` came back with the same version: a
 * service worker may serve a page and a worker of different releases. Then requests and replies by id, in any order.
 * `Methods` names every request with its parameters and result; client and dispatcher derive their types from it.
 */
import type { ErrorShape } from '../errors.js';
import type {
  Achievement,
  ApiKeyOptions,
  CacheHit,
  CacheOptions,
  CacheStats,
  CollectionHit,
  CollectionInfo,
  CollectionPage,
  CollectionPoint,
  CollectionQuery,
  CollectionSpec,
  DocumentSource,
  EffectiveSelection,
  BackupInfo,
  ErasureReport,
  HealthReport,
  ExportOptions,
  ImportOptions,
  ImportReport,
  MigrationInfo,
  MigrationResult,
  IngestReport,
  LoginOptions,
  ListedPoint,
  Metric,
  NameSearch,
  NamedDocument,
  Progress,
  ResolvedSetting,
  RestoreReport,
  RetentionPolicy,
  SalvageReport,
  SearchOptions,
  SearchResult,
  SettingsLevel,
  Statement,
  StorageChoice,
  WorkspaceEvents,
  WorkspaceStatus,
} from '../types.js';

/** Raised by one whenever a message or a method changes its shape. */
export const PROTOCOL_VERSION = 1;

/** Rows as plain objects by column; the client's generated types say which. */
export type PlainRow = Record<string, unknown>;

/** An embedder as the worker knows it; 'external' ones answer through `embed` messages. */
export type EmbedderChoice = { kind: 'builtin' } | { kind: 'none' } | ExternalEmbedder;
export interface ExternalEmbedder {
  kind: 'external';
  model: string;
  dimensions: number;
  metric: Metric;
  fingerprint?: string;
}

export interface OpenParams {
  name: string;
  storage: StorageChoice;
  passphrase?: string | undefined;
  embedder: EmbedderChoice;
  durability: 'full' | 'relaxed';
  readOnly: boolean;
  recover: boolean;
  /** A statement that takes so many milliseconds is told of as slow. */
  slowQueryMs: number;
  wasmUrl: string | null;
  /** Marks the lock file of a directory, so that the page can free it should the worker die. */
  lockToken: string;
}

/** Parameters and result of every request. */
export interface Methods {
  'workspace.open': { params: OpenParams; result: SalvageReport | null };
  'workspace.status': { params: Record<string, never>; result: WorkspaceStatus };
  'workspace.backup': { params: { passphrase?: string | null }; result: Blob };
  'workspace.restore': { params: { file: Blob; passphrase?: string }; result: RestoreReport };
  /** Between tabs the new key goes, sealed under the present one, and the passphrase stays where it was given. */
  'workspace.changePassphrase': { params: { next: string | null } | { made: SealedKey }; result: null };
  'workspace.setAside': { params: Record<string, never>; result: { name: string; createdAt: string; bytes: number }[] };
  'workspace.readSetAside': { params: { name: string }; result: Blob };
  'workspace.removeSetAside': { params: { name: string }; result: null };
  'workspace.close': { params: Record<string, never>; result: null };
  'workspace.import': { params: ImportParams; result: ImportReport };
  'workspace.export': { params: ExportParams; result: Blob };
  'records.insert': { params: { table: string; row: unknown }; result: PlainRow };
  'records.insertMany': { params: { table: string; rows: unknown[] }; result: { ids: string[] } };
  'records.get': { params: { table: string; id: unknown }; result: PlainRow | null };
  'records.find': { params: FindParams; result: PlainRow[] };
  'records.count': { params: { table: string; where?: unknown }; result: number };
  'records.update': { params: { table: string; id: unknown; patch: unknown }; result: PlainRow };
  'records.delete': { params: { table: string; id: unknown }; result: boolean };
  'sql.query': {
    params: Statement & { timeoutMs?: number; secrets?: boolean };
    result: { columns: string[]; rows: unknown[][] };
  };
  'sql.execute': { params: Statement & { timeoutMs?: number }; result: { changes: number } };
  'sql.batch': { params: { statements: Statement[]; timeoutMs?: number }; result: { changes: number }[] };
  /** The result is the token that the transaction's requests carry as `tx`. */
  'tx.begin': { params: Record<string, never>; result: string };
  'tx.commit': { params: Record<string, never>; result: null };
  'tx.rollback': { params: Record<string, never>; result: null };
  'documents.ingest': { params: IngestParams; result: IngestReport };
  /** `embedder`: the page that asks has another one than the present, and is asked for its vectors. */
  'documents.reembed': { params: { embedder?: ExternalEmbedder }; result: null };
  'documents.chunks': { params: { id: string }; result: PlainRow[] };
  'documents.remove': { params: { id: string }; result: boolean };
  'documents.select': { params: { id: string; enabled: boolean | null } & Scope; result: null };
  'documents.effective': { params: Scope; result: EffectiveSelection[] };
  'reports.run': { params: { name: string; params: PlainRow }; result: PlainRow[] | PlainRow | null };
  'documents.findByName': { params: { name: string } & NameSearch; result: NamedDocument[] };
  search: { params: { query: string } & Omit<SearchOptions, 'signal'>; result: SearchResult };
  'collections.create': { params: CollectionSpec; result: null };
  'collections.list': { params: Record<string, never>; result: CollectionInfo[] };
  'collections.drop': { params: { name: string }; result: boolean };
  /** The result is how many points it changed. */
  'collections.upsert': { params: { name: string; points: unknown[] }; result: number };
  'collections.get': { params: { name: string; id: string }; result: CollectionPoint | null };
  'collections.delete': { params: { name: string; ids: string[] }; result: number };
  'collections.query': { params: { name: string; vector: Float32Array } & CollectionQuery; result: CollectionHit[] };
  'collections.count': { params: { name: string; filter?: unknown }; result: number };
  'collections.points': { params: { name: string } & CollectionPage; result: ListedPoint[] };
  'collections.ensureStandard': { params: Record<string, never>; result: string[] };
  'collections.compact': { params: { name: string }; result: null };
  'settings.resolve': { params: Scope; result: Record<string, ResolvedSetting> };
  'settings.set': { params: { level: SettingsLevel; values: Record<string, unknown>; by?: string }; result: null };
  'settings.history': { params: { field?: string; limit?: number }; result: PlainRow[] };
  'accounts.setPassword': { params: { user: string; password: string }; result: null };
  'accounts.verifyPassword': { params: { user: string; password: string }; result: boolean };
  'accounts.createSession': { params: { user: string } & LoginOptions; result: { token: string; expiresAt: string } };
  'accounts.session': { params: { token: string }; result: PlainRow | null };
  'accounts.endSession': { params: { token: string }; result: boolean };
  'accounts.sessions': { params: { user: string }; result: PlainRow[] };
  'accounts.endSessions': { params: { user: string }; result: number };
  'accounts.sweepSessions': { params: Record<string, never>; result: number };
  'accounts.issueKey': { params: { user: string } & ApiKeyOptions; result: { id: string; key: string } };
  'accounts.verifyKey': { params: { key: string }; result: PlainRow | null };
  'accounts.revokeKey': { params: { id: string }; result: boolean };
  'accounts.keys': { params: { user: string; kind: 'issued' | 'provider' }; result: PlainRow[] };
  'accounts.storeProviderKey': { params: ProviderKey & { secret: string; passphrase: string }; result: null };
  'accounts.openProviderKey': { params: ProviderKey & { passphrase: string }; result: string };
  'accounts.removeProviderKey': { params: ProviderKey; result: boolean };
  'accounts.award': {
    params: { user: string; achievement: Achievement };
    result: { awarded: boolean; achievement: PlainRow };
  };
  'accounts.achievements': { params: { user: string }; result: { points: number; achievements: PlainRow[] } };
  /** Values cross as JSON text; `text` is a plain text that another system cached. */
  'cache.set': { params: { key: string; json: string } & CacheOptions; result: null };
  'cache.get': { params: { key: string }; result: { json: string } | { text: string } | null };
  'cache.delete': { params: { key: string }; result: boolean };
  'cache.increment': { params: { key: string; by: number } & CacheOptions; result: number };
  'cache.hit': {
    params: { subject: string; endpoint: string; limit: number; windowSeconds?: number };
    result: CacheHit;
  };
  'cache.clear': { params: { namespace?: string }; result: number };
  'cache.sweep': { params: Record<string, never>; result: number };
  'cache.stats': { params: Record<string, never>; result: CacheStats };
  'privacy.retention': { params: Record<string, never>; result: RetentionPolicy[] };
  'privacy.setRetention': { params: { class: string; keepDays: number | null }; result: null };
  'privacy.eraseUser': { params: { user: string; dryRun?: boolean }; result: ErasureReport };
  'privacy.exportUser': { params: { user: string }; result: Blob };
  'privacy.applyRetention': { params: { dryRun?: boolean }; result: Record<string, number> };
  'migrations.current': { params: Record<string, never>; result: number };
  'migrations.list': { params: Record<string, never>; result: MigrationInfo[] };
  'migrations.migrate': { params: { to: number; dryRun?: boolean }; result: MigrationResult };
  'migrations.backups': { params: Record<string, never>; result: BackupInfo[] };
  'migrations.readBackup': { params: { name: string; passphrase?: string | null }; result: Blob };
  'maintenance.health': { params: { full?: boolean }; result: HealthReport };
  'maintenance.optimize': { params: Record<string, never>; result: null };
  'maintenance.compact': { params: Record<string, never>; result: { freedBytes: number } };
}
export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]['params'];
export type ResultOf<M extends Method> = Methods[M]['result'];

/** Requests to which the worker adds something of its own; the core answers all others as they are. */
export type WorkerMethod =
  | `workspace.${string}`
  | `tx.${string}`
  | `documents.${'ingest' | 'reembed'}`
  | 'search'
  | `privacy.${'applyRetention' | 'eraseUser' | 'exportUser'}`
  | `migrations.${'migrate' | 'backups' | 'readBackup'}`;

export interface FindParams {
  table: string;
  where?: unknown;
  orderBy?: string | string[];
  limit?: number;
  offset?: number;
}
export interface Scope {
  user?: string;
  conversation?: string;
}
export interface ProviderKey {
  user: string;
  provider: string;
}
export interface IngestParams {
  sources: DocumentSource[];
  chunkSize?: number;
  chunkOverlap?: number;
}

export interface ImportParams extends Pick<
  ImportOptions,
  'system' | 'format' | 'timeZone' | 'dryRun' | 'user' | 'project'
> {
  files: ImportFile[];
}
/** `path`: in Node, where the worker reads the file itself. */
export type ImportFile = { name: string; blob: Blob } | { name: string; path: string };

export type ExportParams = Pick<ExportOptions, 'system' | 'format' | 'secrets' | 'layout' | 'project'>;

/** A key that another tab has made: of a plain workspace as it is, else sealed under the present key. */
export interface SealedKey {
  file: Uint8Array<ArrayBuffer>;
  key: Uint8Array<ArrayBuffer> | null;
  iv: Uint8Array<ArrayBuffer> | null;
}

// ------------------------------------------------------------------ messages

/** First message of either side. */
export interface Hello {
  kind: 'hello';
  version: number;
}

export interface Request<M extends Method = Method> {
  kind: 'request';
  id: number;
  method: M;
  params: Params<M>;
  /** Token of the transaction that the request belongs to. */
  tx?: string;
  /** Who asks, as the audit trail names him: a user's id or another name, 1 to 200 characters. */
  actor?: string;
  /** Between tabs: a write that must not be done twice. */
  once?: Once;
  /** Memory that both sides see, where page and worker may share some: not 0 once the call is cancelled. */
  stop?: SharedArrayBuffer;
}

/** The mark of a write that came from another tab. */
export interface Once {
  /** `call:`, the tab and the request. */
  id: string;
  /** It was sent before, to a leader that ended: it may have been done. */
  again: boolean;
  /** Marks whose answers have arrived. */
  done: string[];
}

/** Asks that request `id` ends early; its reply is then CANCELLED unless it was done already. */
export interface Cancel {
  kind: 'cancel';
  id: number;
}

export type Reply =
  { kind: 'reply'; id: number; ok: true; value: unknown } | { kind: 'reply'; id: number; ok: false; error: ErrorShape };

/** How far request `id` is. */
export interface ProgressMessage {
  kind: 'progress';
  id: number;
  progress: Progress;
}

/** The worker asks the page's embedder for vectors; the page answers with `embedded` of the same call. */
export interface Embed {
  kind: 'embed';
  call: number;
  purpose: 'documents' | 'queries';
  texts: string[];
  /** The request whose embedder is asked; without it the one that the workspace was opened with. */
  request?: number;
}
export type Embedded =
  | { kind: 'embedded'; call: number; ok: true; vectors: Float32Array[] }
  | { kind: 'embedded'; call: number; ok: false; error: ErrorShape };

/** The vectors of this call are no longer wanted. */
export interface EmbedCancel {
  kind: 'embedCancel';
  call: number;
}

export type EventMessage = {
  [E in keyof WorkspaceEvents]: { kind: 'event'; event: E; detail: WorkspaceEvents[E] };
}[keyof WorkspaceEvents];

export type ToWorker = Hello | Request | Cancel | Embedded;
export type ToPage = Hello | Reply | ProgressMessage | Embed | EmbedCancel | EventMessage;
