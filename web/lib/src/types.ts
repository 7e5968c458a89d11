/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The public types of the package.
 *
 * Times are ISO-8601 UTC strings with up to microseconds ("2026-01-30T10:30:00.123456Z"); a Date is accepted.
 * Ids are opaque strings (new ones are UUIDv7). JSON columns are plain values, booleans are booleans.
 * Row and table types are generated from the migrated schema (schema.gen.ts).
 */
import type { ErrorShape } from './errors.js';
import type { Insert, Key, OrderBy, Row, TableName, Update, Where } from './schema.gen.js';

export type { ErrorCode, ErrorDetail, ErrorShape, Retry } from './errors.js';
export type { Insert, JsonValue, Key, OrderBy, Row, TableName, Update, Where } from './schema.gen.js';

/** Where a workspace lives. Nothing falls back to another kind by itself. */
export type StorageChoice = 'opfs' | 'memory' | { directory: string };

/** A `Worker` where the DOM's types are; Node's do not have it, and Node takes none. */
type BrowserWorker = typeof globalThis extends { Worker: { prototype: infer W } } ? W : never;

export interface OpenOptions {
  /** 1-64 characters of A-Z a-z 0-9 . _ -, not "." or "..". */
  name: string;
  /** Default: 'opfs' in browsers; in Node a directory must be named or 'memory' asked for. */
  storage?: StorageChoice;
  /**
   * Encrypts a new workspace from its first byte; opens an encrypted one (docs/encryption.md). 1 to 65,536 characters, no NUL. There is no way
   * back to a workspace whose passphrase is lost. WRONG_PASSPHRASE: it is not this one, or one is needed; nothing was changed.
   * FAILED_PRECONDITION: the workspace is not encrypted.
   */
  passphrase?: string;
  /** Default: the built-in offline embedder. `null`: the caller passes vectors. */
  embedder?: Embedder | null;
  /**
   * Where the .wasm lies, if the bundler's default (beside the module) does not serve: a folder (ends with "/") or one file; relative to
   * the page, in Node to the working directory.
   */
  wasmUrl?: string | URL;
  /** A ready worker (`dist/worker.js`), for bundlers that cannot follow `new Worker(new URL(...))` (docs/bundlers.md). It belongs to the workspace from here on. */
  worker?: BrowserWorker;
  /** 'full' (default): a commit that was acknowledged survives a power cut. 'relaxed': it survives the death of tab and browser. */
  durability?: 'full' | 'relaxed';
  /** Open a database written by a newer schema read-only instead of rejecting with SCHEMA_TOO_NEW. */
  readOnly?: boolean;
  /**
   * What to do with a workspace that turns out to be damaged, which otherwise rejects with CORRUPTION. 'salvage': all of it is looked at
   * first, which takes its time; where there is damage the files are set aside, never deleted, and the rows that can be read are what
   * the workspace then holds (`workspace.salvaged` says which). With `readOnly` nothing is changed, and what can be read is in memory.
   */
  recover?: 'salvage';
  /** Who acts, for the audit trail: a user's id or another name, 1 to 200 characters. Default: the application itself. */
  actor?: string;
  /** A statement that takes so long is reported by the event 'slowQuery' and in `health()`. Default 1000. */
  slowQueryMs?: number;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** `done` of `total` steps of one phase; null while the total is not known. */
export interface Progress {
  phase: string;
  done: number;
  total: number | null;
}

export interface WorkspaceSummary {
  name: string;
  bytes: number;
  encrypted: boolean;
  modifiedAt: string;
}

/** Turns text into vectors. Its identity (model, dimensions, metric) is stored with the vectors it made. */
export interface Embedder {
  readonly model: string;
  readonly dimensions: number;
  readonly metric?: Metric;
  /** Tells this model from another of the same name, at most 200 bytes: vectors of two fingerprints are never compared. */
  readonly fingerprint?: string;
  embedDocuments(texts: string[], signal?: AbortSignal): Promise<Float32Array[]>;
  embedQueries?(texts: string[], signal?: AbortSignal): Promise<Float32Array[]>;
}

export type Metric = 'cosine' | 'ip' | 'l2';
export type SqlValue = string | number | bigint | boolean | null | Uint8Array | Float32Array | Date;
export type SqlParams = SqlValue[] | Record<string, SqlValue>;
export interface SqlOptions {
  /**
   * Ends the call with CANCELLED: before it begins, between rows that it reads, and in the middle of a statement where page and
   * worker share memory (in Node, and on cross-origin isolated pages). A write that is ended keeps nothing, nor does its transaction.
   */
  signal?: AbortSignal;
  /** The SQL may run so many milliseconds (30,000 unless told), then it is ended with TIMEOUT. */
  timeoutMs?: number;
}

export interface QueryOptions extends SqlOptions {
  /** Columns that hold secrets (hashes of passwords, keys and sessions, sealed keys) may be read; SQL that names one is refused otherwise. */
  secrets?: boolean;
}

export interface Statement {
  sql: string;
  params?: SqlParams;
}

/**
 * What listeners of `on` are told.
 *
 * `change` comes after commits only; commits that follow one another closely are told together. `tables`: which tables changed,
 * by name. `rows`: by table the ids of the rows that were inserted, changed or deleted (of a table without id its key columns
 * joined by "/"); null when they are more than 1000. May name a row whose change was undone inside its transaction.
 */
export interface WorkspaceEvents {
  change: { tables: string[]; rows: Record<string, string[] | null> };
  status: { vectors: 'ready' | 'rebuilding' };
  /** Storage failed in another way than before. `detail.reason` is 'full' or 'cleared' where nothing is written any more. */
  storage: StorageFailure;
  /** `sql`: the text as it was given, without parameters, or what was called instead, such as 'find stories'. */
  slowQuery: { sql: string; ms: number };
}

export interface Workspace extends AsyncDisposable {
  readonly name: string;
  /** null when the workspace was not damaged, or not opened with `recover`. */
  readonly salvaged: SalvageReport | null;
  readonly setAside: SetAside;
  readonly documents: Documents;
  readonly collections: Collections;
  readonly reports: Reports;
  readonly settings: Settings;
  readonly accounts: Accounts;
  readonly cache: Cache;
  readonly migrations: Migrations;
  readonly privacy: Privacy;
  status(): Promise<WorkspaceStatus>;
  /** Returns the function that ends the subscription. */
  on<E extends keyof WorkspaceEvents>(event: E, listener: (detail: WorkspaceEvents[E]) => void): () => void;
  /** Typed access to one table. */
  table<T extends TableName>(name: T): Table<T>;
  /** Read-only SQL (anything that would write is refused with INVALID_ARGUMENT). A Date is bound as microseconds since 1970, as `_at` columns hold. */
  query<R = Record<string, unknown>>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<R[]>;
  /** The same as a template: every `${value}` becomes a bound parameter. */
  sql<R = Record<string, unknown>>(strings: TemplateStringsArray, ...values: SqlValue[]): Promise<R[]>;
  /** One writing statement. */
  execute(sql: string, params?: SqlParams, options?: SqlOptions): Promise<{ changes: number }>;
  /** Several statements in one message and one commit. */
  batch(statements: Statement[], options?: SqlOptions): Promise<{ changes: number }[]>;
  /**
   * All or nothing. Others wait and never see what is not committed. Idle over 5 s rolls back and rejects with TIMEOUT.
   * Within the body use `tx` alone: calls on the workspace itself wait until the transaction has ended. When the tab that holds the
   * database ends meanwhile, the body runs again from its start, so it must have no effects of its own.
   */
  transaction<R>(body: (tx: Transaction) => Promise<R>): Promise<R>;
  /**
   * Calls from now on are made by `actor`: the id of a user or any other name of 1 to 200 characters; null: by the application
   * itself. The audit trail keeps the name, and the user's id when there is such a user. Calls under way keep theirs.
   */
  actAs(actor: string | null): void;
  /** One search over documents, decisions, stories, code, messages and AI requests. */
  search(query: string, options?: SearchOptions): Promise<SearchResult>;
  /**
   * Reads another system's data: databases, dumps, CSV, JSON, or a zip of them; one file or all of one system. Idempotent: ids are
   * derived from the source's, so that the same source twice adds nothing and a changed one updates. What the workspace has no
   * column for is kept in `extra`. Exports of chats (`chatgpt`, `claude`, `open_webui`) become conversations and messages; those of
   * branches that are not shown have `metadata.alternative`. INVALID_ARGUMENT: not of that system or format.
   */
  import(source: ImportSource | ImportSource[], options: ImportOptions): Promise<ImportReport>;
  /**
   * Gives the rows of another system back in that system's own shape, changes since its import included: with its tables, types
   * and ids, so that it reads them. Other calls come in between. A system without rows is a file with empty tables.
   */
  export(options: ExportOptions): Promise<Blob>;
  /**
   * What is wrong with the database. `full` compares every index with its table, which reads everything. Damage is an answer
   * (`ok` false), not an error.
   */
  health(options?: { full?: boolean }): Promise<HealthReport>;
  /** Refreshes the planner's statistics and merges full-text segments. Closing does the first in brief. */
  optimize(): Promise<void>;
  /** Rewrites the file when it has free pages; needs as much storage again meanwhile. */
  compact(): Promise<{ freedBytes: number }>;
  /**
   * A consistent copy of the whole workspace as one SQLite file, test-restored before it is handed out. It holds everything,
   * password hashes and sealed keys too; with a passphrase the file is sealed (docs/formats.md). Needs as much storage again meanwhile;
   * for an encrypted workspace as much memory. That one hands out nothing that anybody can read unless `passphrase: null` asks for it:
   * FAILED_PRECONDITION without the option.
   */
  backup(options?: CopyOptions): Promise<Blob>;
  /**
   * Puts a backup in the place of everything that is here. Checks the file first, swaps it in second; on any failure the present data
   * stay. An older schema is brought up to date. Needs storage for the file and for its content again meanwhile.
   *
   * INVALID_ARGUMENT: no backup. WRONG_PASSPHRASE. CORRUPTION: damaged or cut short. SCHEMA_TOO_NEW. FAILED_PRECONDITION: the workspace
   * is read-only, or a transaction is open. QUOTA_EXCEEDED.
   */
  restore(file: Blob, options?: BackupOptions): Promise<RestoreReport>;
  /**
   * Encrypts the workspace under another passphrase, a plain one for the first time; `null` decrypts it. Whatever happens meanwhile, it
   * opens as before or as wanted, with all rows. Needs as much storage again; copies made before migrations are removed.
   *
   * FAILED_PRECONDITION: read-only, or a transaction is open. QUOTA_EXCEEDED and IO_ERROR: nothing was changed, unless the message says
   * that the change stands.
   */
  changePassphrase(next: string | null): Promise<void>;
  /** Ends running ingests (finished documents stay), rolls back an open transaction, frees the storage. Twice is fine. */
  close(): Promise<void>;
}

export interface CopyOptions extends Omit<BackupOptions, 'passphrase'> {
  /** Seals the copy; null: it is an ordinary SQLite file, which is also what a plain workspace gives without the option. */
  passphrase?: string | null;
}
export interface BackupOptions {
  /** Seals the file, or opens a sealed one. There is no way back to a file whose passphrase is lost. */
  passphrase?: string;
  /** Phases of a backup: copy, check, write (bytes); of a restore: read (bytes), check, restore (pages). */
  onProgress?: (progress: Progress) => void;
  /** Until the last page is in its place a restore rejects with CANCELLED and changes nothing. */
  signal?: AbortSignal;
}

/** What the restored file held. */
export interface RestoreReport {
  schemaVersion: number;
  /** By table. */
  rows: Record<string, number>;
}

/** What a damaged workspace was opened with: `recover: 'salvage'`. */
export interface SalvageReport {
  /** The damage that was met first. */
  finding: ErrorShape;
  /** Pages of the damaged file, and how many do not match their checksums; the numbers of the first 100 of them. */
  pages: { total: number; damaged: number; first: number[] };
  /**
   * By table: rows that could be read, rows that an intact index counts beyond those (null when nothing tells), and rows that could be read
   * but not be taken over, such as those of a row that is lost; they are kept in import_rejects.
   */
  tables: Record<string, { read: number; lost: number | null; refused: number }>;
  /** The name of the damaged file beside the new one; null when the workspace was opened for reading only and nothing was changed. */
  setAside: string | null;
}

/** Files of a damaged workspace that a salvage has set aside. They hold what they held: also people who were erased since. */
export interface SetAside {
  /** Newest first; a database's log has its name and `-wal`. */
  list(): Promise<{ name: string; createdAt: string; bytes: number }[]>;
  /** NOT_FOUND when there is no such file. */
  read(name: string): Promise<Blob>;
  /** Nothing else ever removes one but deleting the workspace. NOT_FOUND when there is no such file. */
  remove(name: string): Promise<void>;
}

/** A call that storage failed: full (QUOTA_EXCEEDED), broken (IO_ERROR), damaged or gone (CORRUPTION). */
export interface StorageFailure extends ErrorShape {
  at: string;
}

export interface WorkspaceStatus {
  storage: 'opfs' | 'memory' | 'directory';
  persisted: boolean;
  encrypted: boolean;
  readOnly: boolean;
  role: 'leader' | 'follower';
  schemaVersion: number;
  /** The last failure of storage since the workspace was opened. After opening it tells why a workspace is `readOnly` unasked. */
  storageFailure: StorageFailure | null;
  /** Bytes of this workspace's database with its log; 0 when the files are gone. */
  bytes: number;
  /** Bytes used and granted, of the whole origin in browsers; null where the host does not tell. */
  usage: number;
  quota: number | null;
  /** When the last backup() was made of these data, as far as they know; a restored file knows of its own making. */
  lastBackupAt: string | null;
  vectors: {
    collection: string;
    count: number;
    /** Vectors that were removed or replaced and still take room, until their index is compacted. */
    deleted: number;
    /** What the index keeps of each vector: its float32 values, or a code of 8 bits a value. */
    quantization: 'none' | 'int8';
    /** Memory of the index, all of it; and the parts of it: float32 values, codes, links of the graph. */
    bytes: number;
    vectorBytes: number;
    codeBytes: number;
    linkBytes: number;
    /** Vectors whose place in the graph came from storage when the workspace was opened; the others are linked anew. */
    restored: number;
    state: 'ready' | 'loading' | 'rebuilding';
  }[];
  /** Rows (decisions, stories, code, messages, AI requests) that wait for their vectors, and what keeps the embedder from making them. */
  embedding: {
    pending: number;
    error: ErrorShape | null;
    /**
     * Who made the documents' vectors where it is not the present embedder, so that they are to be embedded again by
     * documents.reembed; `begun`: a call of it did not come to its end. null also while the built-in table is not loaded yet.
     */
    other: { model: string; dimensions: number; begun: boolean } | null;
  };
}

export interface Transaction {
  table<T extends TableName>(name: T): Omit<Table<T>, 'watch'>;
  query<R = Record<string, unknown>>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<R[]>;
  execute(sql: string, params?: SqlParams, options?: SqlOptions): Promise<{ changes: number }>;
}

export interface Table<T extends TableName> {
  insert(row: Insert<T>): Promise<Row<T>>;
  insertMany(rows: Insert<T>[]): Promise<{ ids: string[] }>;
  /** `id`: the row's id, or the key columns of a table without one. */
  get(id: Key<T>): Promise<Row<T> | null>;
  find(options?: FindOptions<T>): Promise<Row<T>[]>;
  count(where?: Where<T>): Promise<number>;
  update(id: Key<T>, patch: Update<T>): Promise<Row<T>>;
  delete(id: Key<T>): Promise<boolean>;
  /** Calls back now and after every commit, of whatever call, that changes the answer. A failed re-query, or the loss of the worker,
   *  ends the watch and goes to `onError`; aborting `options.signal` ends it as the returned function does. */
  watch(options: FindOptions<T>, listener: (rows: Row<T>[]) => void, onError?: (error: unknown) => void): () => void;
}

export interface FindOptions<T extends TableName> {
  where?: Where<T>;
  orderBy?: OrderBy<T> | OrderBy<T>[];
  limit?: number;
  offset?: number;
  signal?: AbortSignal;
}

export interface Documents {
  /**
   * Extracts text (Markdown, plain text, HTML, JSON, source code), splits it, embeds it, indexes it, in one commit per document.
   * The same bytes twice: the first document comes back as 'duplicate'. A document that fails becomes a 'failed' entry and row;
   * cancellation rejects with CANCELLED, and finished documents stay.
   */
  ingest(source: DocumentSource | DocumentSource[], options?: IngestOptions): Promise<IngestReport>;
  chunks(documentId: string): Promise<Row<'document_chunks'>[]>;
  /** Removes the document with its chunks, vectors and full-text entries. False when there is none. */
  remove(documentId: string): Promise<boolean>;
  /**
   * Embeds all documents and rows again: with another embedder, which is the workspace's from then on, or with the present one
   * where the stored vectors are another's. Searches go on with the vectors that are there; where their embedder is gone, hybrid
   * ones find documents by words and say so (`reembedding`). At the end all vectors are exchanged in one transaction, and the old ones deleted. Whatever
   * ends it before (CANCELLED, a kill, a failing embedder) loses nothing: the next call goes on. BUSY while another call runs, or where another embedder
   * is named in a tab that follows; other tabs have to open the workspace again with the embedder that it has then.
   */
  reembed(embedder?: Embedder, options?: ReembedOptions): Promise<void>;
  /** The tiers of document selection: for one user or one conversation; null inherits from the tier above. */
  select(
    documentId: string,
    enabled: boolean | null,
    scope: { user: string } | { conversation: string },
  ): Promise<void>;
  effective(scope?: { user?: string; conversation?: string }): Promise<EffectiveSelection[]>;
  /**
   * Documents whose display name (or file name) is like `name`, best first: the similarity of PostgreSQL's pg_trgm, shared
   * trigrams by all of both. Deleted documents and those of deleted projects are left out.
   */
  findByName(name: string, options?: NameSearch): Promise<NamedDocument[]>;
}

export interface ReembedOptions {
  /** Phases: embed (chunks and rows), clean (what is left of earlier vectors). */
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface NameSearch {
  /** 1..1000, default 10. */
  limit?: number;
  /** Least similarity, 0..1, default 0.3. */
  threshold?: number;
}
export interface NamedDocument {
  id: string;
  displayName: string;
  similarity: number;
}

export interface EffectiveSelection {
  document_id: string;
  enabled: boolean;
  tier: 'global' | 'user' | 'conversation';
}

/** Of Markdown, `tags` and the metadata's `title` and `date` come from its front matter where they are not given. */
export interface DocumentSource {
  filename: string;
  content: string | Blob | ArrayBuffer;
  contentType?: string;
  category?: string;
  tags?: string[];
  owner?: string;
  project?: string;
  url?: string;
  sourceType?: 'local_files' | 'web' | 'ticket' | 'git' | 'unknown';
  metadata?: Record<string, unknown>;
  /** Precomputed chunks with vectors, instead of splitting and embedding here. Offsets are UTF-16 units of the text. */
  chunks?: SourceChunk[];
}

export interface SourceChunk {
  text: string;
  start?: number;
  end?: number;
  vector?: Float32Array;
  metadata?: Record<string, unknown>;
}

export interface IngestOptions {
  /** Characters (UTF-16 units) of a chunk; default from the settings (1000). */
  chunkSize?: number;
  /** Characters that neighbouring chunks share; default from the settings (150). */
  chunkOverlap?: number;
  /** Phases 'read', 'chunk', 'embed' and 'write' count within one document, 'documents' counts finished documents. */
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Moves ArrayBuffer contents into the worker instead of copying them: they are empty in the page afterwards. */
  transfer?: boolean;
}

export interface IngestReport {
  documents: IngestedDocument[];
}

export interface IngestedDocument {
  /** '' when no row could keep the failure, as for a file name that cannot be stored or an owner that does not exist. */
  id: string;
  filename: string;
  status: 'indexed' | 'duplicate' | 'failed';
  chunks: number;
  error?: ErrorShape;
}

export interface UpsertOptions {
  /** Points that are written, of all; not called for a few hundred. */
  onProgress?: (progress: Progress) => void;
  /** Until the last point is written, CANCELLED, and nothing has changed. */
  signal?: AbortSignal;
}

/** Named vector collections beside the built-in one of document chunks. */
export interface Collections {
  create(spec: CollectionSpec): Promise<void>;
  /** Makes `code_embeddings` and `knowledge_base` (768 dimensions, cosine, with their payload schemas) where they are missing; answers the names of those it made. */
  ensureStandard(): Promise<string[]>;
  list(): Promise<CollectionInfo[]>;
  drop(name: string): Promise<boolean>;
  /** Up to 100,000 points in one transaction: all are written, or none. A point of a known id replaces that one. */
  upsert(
    name: string,
    points: { id: string; vector: Float32Array; payload?: Record<string, unknown> }[],
    options?: UpsertOptions,
  ): Promise<void>;
  get(name: string, id: string): Promise<CollectionPoint | null>;
  /** How many of the ids were there. */
  delete(name: string, ids: string[]): Promise<number>;
  /** Nearest first. `filter` has the form of Where over the payload. `exact` scans; `ef` widens the graph search. */
  query(name: string, vector: Float32Array, options?: CollectionQuery): Promise<CollectionHit[]>;
  /** How many points meet the filter, or how many there are. */
  count(name: string, filter?: unknown): Promise<number>;
  /** Points in order of their ids, page by page: give the last id of a page as `after` of the next. */
  points(name: string, options?: CollectionPage): Promise<ListedPoint[]>;
  /** Takes removed points out of the index now, which the idle worker does otherwise when they are a fifth of it. */
  compact(name: string): Promise<void>;
}

export interface CollectionInfo {
  name: string;
  dimensions: number;
  metric: string;
  /** What was asked for; `status().vectors` has what is in use. */
  quantization: string;
  count: number;
  payloadSchema?: PayloadSchema;
}
/** What a payload's field holds; with [] an array of them. A keyword is a text of at most 256 characters, a datetime ISO-8601 text. */
export type PayloadType = `${'text' | 'keyword' | 'integer' | 'float' | 'boolean' | 'datetime'}${'' | '[]'}`;
/** By name or dotted path. Fields may be missing or null, and a payload may have others. */
export type PayloadSchema = Record<string, PayloadType>;
export interface CollectionPage {
  /** 1..10000, default 100. */
  limit?: number;
  after?: string;
  filter?: unknown;
  /** Whether each point brings its vector. */
  vectors?: boolean;
}
export interface ListedPoint {
  id: string;
  payload: Record<string, unknown>;
  vector?: Float32Array;
}

export interface CollectionSpec {
  name: string;
  dimensions: number;
  metric?: Metric;
  /**
   * 'int8': the index keeps a code of 8 bits a value, a quarter of the memory, and puts what it finds in order by the stored float32
   * vectors. 'auto', the default: so from 256 MiB of float32 vectors on.
   */
  quantization?: 'auto' | 'none' | 'int8';
  m?: number;
  efConstruction?: number;
  /** Checked at every upsert. */
  payloadSchema?: PayloadSchema;
}
export interface CollectionPoint {
  id: string;
  vector: Float32Array;
  payload: Record<string, unknown>;
}
export interface CollectionQuery {
  limit?: number;
  filter?: unknown;
  ef?: number;
  exact?: boolean;
}
export interface CollectionHit {
  id: string;
  score: number;
  distance: number;
  payload: Record<string, unknown>;
}

/** Rows from `since` (included) to `until` (not included), at most `limit` (1 to 1000; default 100, of messages 20). */
export interface ReportRange {
  since?: string | Date;
  until?: string | Date;
  limit?: number;
}

/**
 * The questions that assistants ask of their memory every day. Times are ISO text, durations milliseconds. Somebody or something
 * that does not exist has an empty answer or zeros. A wrong option, a limit outside 1 to 1000: INVALID_ARGUMENT.
 */
export interface Reports {
  userLookup(user: string): Promise<Omit<Row<'users'>, 'password_hash'> | null>;
  /** Newest first; 20 unless `limit` says otherwise; those before `until` to go on from the last one's created_at. */
  latestRequests(
    user: string,
    options?: { kind?: Row<'ai_requests'>['kind']; until?: string | Date; limit?: number },
  ): Promise<Row<'ai_requests'>[]>;
  /** Words of prompt and response; best first, `score` is bm25 (higher is better). Parts of words and CJK: `search()`. */
  searchRequests(
    query: string,
    options?: { user?: string; limit?: number },
  ): Promise<(Row<'ai_requests'> & { score: number })[]>;
  userStatistics(user: string, options?: { since?: string | Date; until?: string | Date }): Promise<UserStatistics>;
  /** Critical first, stories without priority last, newest first among equals; those of the project's epics too. `creator_name`
   *  is as much of the name as there is; stories without creator are there. 100 unless `limit` says otherwise. */
  projectStories(
    project: string,
    options?: { status?: string; limit?: number },
  ): Promise<(Row<'stories'> & { creator_name: string | null })[]>;
  searchStories(
    query: string,
    options?: { project?: string; limit?: number },
  ): Promise<(Row<'stories'> & { score: number })[]>;
  /** Since 7 days ago unless `since` says otherwise. */
  userActivity(
    user: string,
    options?: { since?: string | Date; kind?: Row<'ai_requests'>['kind'] },
  ): Promise<UserActivity>;
  /** Newest first, each with its model: its own, or that of the configuration that older messages name. */
  messagesWithModel(options?: ReportRange & { conversation?: string }): Promise<MessageWithModel[]>;
  /** A/B comparisons by model: response A's model against response B's. */
  abWins(options?: ReportRange & { conversation?: string }): Promise<AbWins[]>;
  /** Of one message (zeros when it has none), or of the messages of a conversation that have any. */
  messageFeedback(scope: { message: string } | { conversation: string; limit?: number }): Promise<MessageFeedback[]>;
  feedbackByModel(options?: ReportRange): Promise<FeedbackByModel[]>;
  /** An agent's run with its tool calls in order (at most 1000). */
  trace(trace: string): Promise<TraceReport | null>;
  /** AI requests and agent runs by day and model; since 30 days ago unless `since` says otherwise. `utcOffset`: minutes that the
   *  local day is ahead of UTC (120 for +02:00). */
  usageByModel(options?: ReportRange & { user?: string; utcOffset?: number }): Promise<UsageByModel[]>;
  /** Estimates of cloud cost by day, environment and currency; money in hundredths. */
  cloudCosts(options?: ReportRange & { project?: string; utcOffset?: number }): Promise<CloudCosts[]>;
}

/** AI requests of one user. Durations are of the `timed` ones, null when there are none; percentiles by nearest rank. */
export interface UserStatistics {
  requests: number;
  completed: number;
  failed: number;
  tokens_used: number;
  timed: number;
  average_ms: number | null;
  max_ms: number | null;
  median_ms: number | null;
  p95_ms: number | null;
  first_at: string | null;
  last_at: string | null;
}
export interface UserActivity {
  stories: number;
  requests: number;
  /** Ever, not only in the time asked for. */
  last_story_at: string | null;
  last_request_at: string | null;
}
export type MessageWithModel = Row<'messages'> & { config_name: string | null; model: string | null };
export interface AbWins {
  /** null: neither a model nor a configuration is named. */
  model: string | null;
  comparisons: number;
  wins: number;
  losses: number;
  ties: number;
  skips: number;
  pending: number;
  /** How often its response was the first of the two, and how often it won then: shows a bias of position. */
  shown_first: number;
  wins_shown_first: number;
}
export interface FeedbackCounts {
  model: string | null;
  likes: number;
  dislikes: number;
  comments: number;
  incorrect: number;
  unhelpful: number;
  inappropriate: number;
}
export interface MessageFeedback extends FeedbackCounts {
  message_id: string;
  conversation_id: string;
}
export interface FeedbackByModel extends FeedbackCounts {
  messages: number;
}
export type TraceReport = Row<'agent_traces'> & { tool_calls: Row<'agent_tool_calls'>[] };
export interface UsageByModel {
  /** YYYY-MM-DD */
  day: string;
  model: string | null;
  requests: number;
  failed: number;
  tokens_used: number;
  average_ms: number | null;
  /** Sum of the number `cost` in the requests' metadata; null when none has one. */
  cost: number | null;
}
export interface CloudCosts {
  day: string;
  environment: string;
  currency: string | null;
  estimates: number;
  monthly_cost_e2: number | null;
  compute_cost_e2: number | null;
  storage_cost_e2: number | null;
  network_cost_e2: number | null;
}

export type RetentionClass = 'cache' | 'documents' | 'logs' | 'projects' | 'sessions';
export interface RetentionPolicy {
  class: RetentionClass;
  /** Days after the end of a row; null: for ever. */
  keepDays: number | null;
}

export interface ErasureReport {
  /** Rows deleted, by table. */
  erased: Record<string, number>;
  /** What the audit trail calls the user from now on; of a dry run one that is not used. */
  pseudonym: string;
  /** Whether every file was rewritten without the remains; if not (storage or memory were short), the next open does it. */
  purged: boolean;
}

export interface Privacy {
  /**
   * Everything held about a user, as JSON: {format, user, withheld, vectors, tables: {table: rows}}. Hashes, tokens and
   * ciphertexts are left out and named in `withheld`, vectors are counted. NOT_FOUND: no such user.
   */
  exportUser(userId: string): Promise<Blob>;
  /**
   * Right to erasure: the user and all that belongs to him, with full-text entries and vectors, the remains in every file, and the
   * copies made before migrations. Stories and tasks of others only lose his name; the audit trail stays under a pseudonym.
   * All or nothing. NOT_FOUND: no such user (any more).
   */
  eraseUser(userId: string, options?: { dryRun?: boolean }): Promise<ErasureReport>;
  /** How long each class is kept: logs 30 days, projects 90 after `deleted_at`, sessions 1 after their end, expired cache
   *  entries 0, deleted documents for ever, unless it was set otherwise. */
  retention(): Promise<RetentionPolicy[]>;
  /** From 0 to 36500 days, or null for ever. */
  setRetention(cls: RetentionClass, keepDays: number | null): Promise<void>;
  /** Deletes what is older than its class allows, as happens after every open, and answers the rows deleted by table. */
  applyRetention(options?: { dryRun?: boolean }): Promise<Record<string, number>>;
}

/** The five systems whose data Archivolt reads and writes. */
export type SeedSystem = 'softarchitect' | 'gemini_ea' | 'archi' | 'socrates' | 'autodevhub';

/** Whose files come in: a system's, this package's own lines, chats of an assistant, or decisions as Markdown files. */
export type ImportSystem = SeedSystem | 'archivolt' | 'chatgpt' | 'claude' | 'open_webui' | 'adr';

/** Forms of decisions as Markdown: MADR 4, Nygard's as adr-tools keeps them, and log4brains' of MADR 2. */
export type DecisionLayout = 'madr' | 'adr-tools' | 'log4brains';

/** A file, or in Node also the path of one or of a folder (a Blob of `openAsBlob` cannot be sent to the worker). */
export type ImportSource = Blob | string;

export interface ImportOptions {
  /** Whose files; 'archivolt': an export of everything, whose rows keep their ids. */
  system: ImportSystem;
  /** Found out from the bytes when left out. */
  format?: 'sqlite' | 'pg_dump' | 'csv' | 'json' | 'jsonl' | 'qdrant' | 'chroma' | 'zip';
  /** Of the source's times without an offset, such as Europe/Berlin; UTC by default. */
  timeZone?: string;
  /** Counts what would happen and changes nothing. Other calls wait meanwhile. */
  dryRun?: boolean;
  /**
   * 'adr': id of the user whose the new decisions are; those that are there keep theirs. Otherwise the actor, when he is a user,
   * or a user 'adr' that the import makes. NOT_FOUND: no such user.
   */
  user?: string;
  /**
   * 'adr': id of the project that the decisions belong to. Two repositories whose files have the same names need one each: the
   * project is part of what a decision is known by. NOT_FOUND: no such project.
   */
  project?: string;
  onProgress?: (progress: Progress) => void;
  /** Cancelling keeps the batches that are done; the same files again go on from there. */
  signal?: AbortSignal;
}

export interface ImportedTable {
  read: number;
  added: number;
  updated: number;
  unchanged: number;
  rejected: number;
}

export interface ImportReport {
  /** By the source's table. */
  tables: Record<string, ImportedTable>;
  /** The first 1000 rows that did not fit; all of them are kept whole in the table import_rejects. */
  rejects: { table: string; sourceId: string | null; reason: string }[];
  rejected: number;
  /** Tables of the source that have no place here, files of an archive that are not read, and why. */
  skipped: { table: string; reason: string }[];
}

export interface ExportOptions {
  /** Whose rows, and whose shape; 'archivolt': everything, in the package's own. */
  system: SeedSystem | 'archivolt' | 'adr';
  /**
   * sqlite: a database file, for systems that have one. sql: a script for the system's own database. jsonl: a row a line,
   * `{"table": …, "row": {…}}`. zip: the same lines, a file a table; of 'adr' a folder of Markdown files. UNSUPPORTED for a format
   * that a system does not have.
   */
  format: 'sqlite' | 'sql' | 'jsonl' | 'zip';
  /**
   * Also what opens something: hashes of passwords, sessions and sealed keys. False by default: they are NULL, or begin with the
   * unusable `!` where there must be a value.
   */
  secrets?: boolean;
  /** 'adr': the form of all files. Left out, what came from a file goes out in its form, all else in that of most files. */
  layout?: DecisionLayout;
  /** 'adr': only the decisions of this project. NOT_FOUND: no such project. */
  project?: string;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface MigrationInfo {
  version: number;
  name: string;
  /** null: not applied. */
  appliedAt: string | null;
  /** Whether it can be undone. */
  reversible: boolean;
}

export interface MigrationResult {
  /** The versions whose migrations were applied (going up) or undone (going down), in order. */
  applied: number[];
  /** Name of the copy that was made first; null when nothing was done. */
  backup: string | null;
}

/** A copy of the whole database, made before a migration: an ordinary workspace file. */
export interface BackupInfo {
  name: string;
  /** Of its schema. */
  version: number;
  createdAt: string;
  bytes: number;
}

export interface Migrations {
  /** The version of the workspace's schema. */
  current(): Promise<number>;
  /** What this release knows, in order. */
  list(): Promise<MigrationInfo[]>;
  /**
   * Up or down to a version, in one transaction, after a copy of the database was written beside it (in memory for 'memory'). The
   * newest 3 copies stay. A copy that cannot be written stops the migration. Below the version that this release works with, every
   * other call rejects with FAILED_PRECONDITION until the schema is up again; opening brings it up, too, after a copy.
   */
  migrate(to: number, options?: { dryRun?: boolean }): Promise<MigrationResult>;
  /** Copies that there are, newest first. */
  backups(): Promise<BackupInfo[]>;
  /** The bytes of one of them: a SQLite file, or a sealed one as `backup()` makes it. An encrypted workspace asks for the option. */
  readBackup(name: string, options?: { passphrase?: string | null }): Promise<Blob>;
}

export interface HealthReport {
  /** Nothing below is wrong. */
  ok: boolean;
  /** What is damaged; empty when nothing is. */
  integrity: string[];
  /** Rows that refer to nothing. */
  foreignKeys: number;
  /** Whether each full-text index agrees with its table. */
  fullText: Record<string, boolean>;
  /** Rows without their vector (those that wait for the embedder left out), and vectors of no row or of the wrong length. */
  vectors: Record<string, { ok: boolean; missing: number; orphaned: number }>;
  tables: { name: string; rows: number; indexes: number }[];
  pageCount: number;
  freePages: number;
  /** Since the workspace was opened, slowest first, at most 100. */
  slowQueries: { sql: string; count: number; maxMs: number }[];
}

export type SearchKind = 'documents' | 'decisions' | 'stories' | 'code_examples' | 'messages' | 'ai_requests';

export interface SearchOptions {
  kinds?: SearchKind[];
  limit?: number;
  offset?: number;
  mode?: 'hybrid' | 'semantic' | 'keyword';
  /** Default: 'weighted' with the resolved settings for the built-in embedder, 'rrf' (k = 60) for others. */
  fusion?:
    | { method: 'rrf'; k?: number; weights?: { bm25: number; semantic: number } }
    | { method: 'weighted'; bm25: number; semantic: number };
  /** Over the entity's columns and metadata. */
  where?: unknown;
  /** Applies document selection and settings. */
  user?: string;
  conversation?: string;
  /** Instead of embedding the query. */
  vector?: Float32Array;
  snippet?: { tokens?: number; before?: string; after?: string };
  /** Default true: words of the query that no row holds are taken for misspelt and replaced by the nearest that some row holds. */
  correct?: boolean;
  /** Hits whose text says hardly anything that a better one's does not are left out; the better one names them. Among the best 100. */
  collapse?: boolean;
  /** 0 to 1: how much a hit's unlikeness to those before it counts beside its score (maximal marginal relevance). Default 0. Among the best 100. */
  diversity?: number;
  /**
   * Passages come with what surrounds them: the passages beside them, their section, or their document, as far as `characters`
   * (default 4000, at most 100,000) reach. Passages of one document become one hit, among the best 100.
   */
  expand?: ExpandTo | { to: ExpandTo; characters?: number };
  signal?: AbortSignal;
}

export type ExpandTo = 'neighbours' | 'section' | 'document';

/** Part of a document. Where the passages have offsets, so has it: but for blank space between passages, its characters are the document's. */
export interface Surroundings {
  text: string;
  start?: number;
  end?: number;
}

export interface SearchHit {
  kind: SearchKind;
  id: string;
  documentId?: string;
  title: string;
  /** Documents: the headings above the passage, outermost first, joined by " > ". */
  heading?: string;
  text: string;
  snippet: string;
  start?: number;
  end?: number;
  score: number;
  /** What the title and the document's other passages have added to the score, with the default fusion of hybrid searches. */
  context?: number;
  /** Why it is here: each leg's own rank and score. */
  legs: { bm25?: { rank: number; score: number }; semantic?: { rank: number; score: number } };
  /** With `collapse`: the near-duplicates that were left out, best first. */
  duplicates?: { kind: SearchKind; id: string }[];
  /** With `expand`, of documents: the passages found in the document, in its order. The hit's own text and offsets are the best one's. */
  passages?: { id: string; start?: number; end?: number; score: number }[];
  /** With `expand`, of documents: these passages and what surrounds them, in the document's order, without repetition. */
  surroundings?: Surroundings[];
}

export interface SearchResult {
  hits: SearchHit[];
  /** Words of the query that no row holds, and what was searched for instead. */
  corrected?: { from: string; to: string }[];
  /** Milliseconds. `rank`: what `correct`, `collapse`, `diversity` and `expand` took, where they had something to do. */
  took: { embed: number; bm25: number; semantic: number; fuse: number; rank?: number; total: number };
  /** Documents were found by words alone: their vectors are another embedder's and on their way to the present one's. */
  reembedding?: true;
}

// ------------------------------------------------------------------ settings

/** Where settings are written; each level is asked before those after it. */
export type SettingsLevel = { conversation: string } | { user: string } | 'dynamic' | 'static';

export interface ResolvedSetting {
  value: unknown;
  source: 'conversation' | 'user' | 'dynamic' | 'static' | 'default';
}

/**
 * Settings of four tiers: a conversation's override, a user's preference, the dynamic configuration of the workspace, the static
 * configuration of its deployment. The narrowest tier that says something decides: a stored 0, false or '' is a value, null
 * says nothing.
 *
 * Names: model, pipeline, temperature (0 to 2), max_tokens (from 1), top_p (0 to 1), top_k (from 1), repetition_penalty,
 * system_prompt (the text itself), condense_prompt, chat_prompt, active_system_prompt (names of prompts), num_documents
 * (1 to 1000), use_hybrid_search, bm25_weight, semantic_weight (0 to 1), language; of users alone theme ('system', 'light',
 * 'dark'), ide_type, auto_sync, notifications_enabled, encrypt_at_rest, telemetry_enabled, cloud_sync_enabled; dynamic alone
 * ingestion_schedule, verbosity; static alone deployment_name, config_version, data_path, prompts_path, embedding_model,
 * embedding_dimensions, chunk_size, chunk_overlap, distance_metric, available_pipelines, available_models,
 * available_providers, auth_enabled, session_lifetime_days.
 * Columns of the tables behind them are understood as well (active_model, num_documents_to_retrieve, preferred_temperature,
 * llm_model...); a column of the level's own table comes first, so that system_prompt of a user is the name of a prompt.
 */
export interface Settings {
  /** Every setting by name. A conversation brings its user's tier with it unless `user` is given. NOT_FOUND: no such user or conversation. */
  resolve(scope?: { user?: string; conversation?: string }): Promise<Record<string, ResolvedSetting>>;
  /**
   * Writes all values or none; every changed field is written to the audit log, as done by `by`. null: the next tier decides
   * again; at level 'static', whose columns always hold something, the default is written. INVALID_ARGUMENT: an unknown name, a
   * value out of range, a model or pipeline that static available_models or available_pipelines (when not empty) do not list.
   */
  set(level: SettingsLevel, values: Record<string, unknown>, by?: string): Promise<void>;
  /** Changes of the configuration, newest first. `field`: one setting, by any of its names. `limit`: 1 to 10000, default 100. */
  history(options?: { field?: string; limit?: number }): Promise<Row<'audit_log'>[]>;
}

// ------------------------------------------------------------------ accounts

export interface LoginOptions {
  /** Default: static session_lifetime_days, or 24 hours. At most ten years. */
  ttlSeconds?: number;
  ip?: string;
  userAgent?: string;
  /** Any JSON value, kept with the session. */
  data?: unknown;
}

export interface ApiKeyOptions {
  label?: string;
  scopes?: string[];
  expiresAt?: string | Date;
}

export interface Achievement {
  type: string;
  name: string;
  description?: string;
  /** A whole number from 0. */
  points?: number;
  metadata?: Record<string, unknown>;
}

/**
 * Passwords, logins, keys and achievements of users. Secrets are hashed or sealed before they are stored; rows answered here
 * carry null for token_hash, key_hash, ciphertext, kdf and origin_id. A user who is erased, suspended or inactive logs in nowhere.
 */
export interface Accounts {
  /** Stores PBKDF2-HMAC-SHA-256 with 600,000 rounds in Werkzeug's form. 1 to 4096 characters, valid Unicode. */
  setPassword(userId: string, password: string): Promise<void>;
  /**
   * Also hashes imported from Werkzeug (pbkdf2, scrypt) and bcrypt ($2a$, $2b$, $2y$); when they fit, a hash of the present form takes
   * their place. An unknown user takes as long as a wrong password. UNSUPPORTED: the stored hash is of no known form or asks
   * for more than 10,000,000 rounds, bcrypt cost 16 or 256 MiB.
   */
  verifyPassword(userId: string, password: string): Promise<boolean>;
  /** A login. The token is shown this once; its SHA-256 is stored. */
  createSession(userId: string, options?: LoginOptions): Promise<{ token: string; expiresAt: string }>;
  /** null when unknown or expired. last_used_at is kept to the minute. */
  session(token: string): Promise<Row<'auth_sessions'> | null>;
  endSession(token: string): Promise<boolean>;
  /** Logins of a user that have not expired, latest first. */
  sessions(userId: string): Promise<Row<'auth_sessions'>[]>;
  /** Ends all of them; how many. */
  endSessions(userId: string): Promise<number>;
  /** Removes expired logins of everyone; how many. */
  sweepSessions(): Promise<number>;
  /** A key "avk_..." that is shown this once; its SHA-256 is stored. */
  issueApiKey(userId: string, options?: ApiKeyOptions): Promise<{ id: string; key: string }>;
  /** null when unknown, revoked or expired. */
  verifyApiKey(key: string): Promise<Row<'api_keys'> | null>;
  /** False when there is no such key or it was revoked before. */
  revokeApiKey(id: string): Promise<boolean>;
  /** Issued keys of a user, latest first, revoked ones included. */
  apiKeys(userId: string): Promise<Row<'api_keys'>[]>;
  /** Seals a provider's key by AES-256-GCM under a key derived from the passphrase, in place of an earlier one. */
  storeProviderKey(userId: string, provider: string, secret: string, passphrase: string): Promise<void>;
  /** NOT_FOUND, WRONG_PASSPHRASE, or UNSUPPORTED for keys that another system sealed (pgp_sym_encrypt). */
  openProviderKey(userId: string, provider: string, passphrase: string): Promise<string>;
  removeProviderKey(userId: string, provider: string): Promise<boolean>;
  /** The sealed keys of a user: which providers, sealed by which cipher. */
  providers(userId: string): Promise<Row<'api_keys'>[]>;
  /** Once for each type and name: a second award changes nothing, answers `awarded: false` and the first one. */
  award(userId: string, achievement: Achievement): Promise<{ awarded: boolean; achievement: Row<'achievements'> }>;
  /** Latest first, with the sum of their points. */
  achievements(userId: string): Promise<{ points: number; achievements: Row<'achievements'>[] }>;
}

// ------------------------------------------------------------------ cache

export interface CacheOptions {
  /** Above 0, fractions included, at most ten years. Default by namespace: session 3600, rate_limit 60, bmad_cache 300, others 3600. */
  ttlSeconds?: number;
  /** Default: what stands before the first ':' of the key, or 'default'. */
  namespace?: string;
}

export interface CacheHit {
  allowed: boolean;
  remaining: number;
  resetAt: string;
}

export interface CacheStats {
  entries: number;
  /** Of keys and values, as JSON text. */
  bytes: number;
  maxEntries: number;
  maxBytes: number;
  /** Windows of `hit` that run. */
  counters: number;
  namespaces: Record<string, { entries: number; bytes: number }>;
}

/**
 * Values with an end, kept in the workspace: they survive a reload. Keys of the usual shapes, session:{id} and
 * bmad_cache:{project}:{hash}, get the time that belongs to them. Above 10,000 entries or 64 MiB those that were longest unused
 * go (a use is noted once a minute). Keys have at most 1024 bytes.
 */
export interface Cache {
  /** Any JSON value of at most 4 MiB. undefined, functions, bigints, numbers that are not finite, Maps, Sets and bytes are refused. */
  set(key: string, value: unknown, options?: CacheOptions): Promise<void>;
  /** undefined when there is none or it has ended. rate_limit:{subject}:{endpoint} answers the hits of the window that runs. */
  get<V = unknown>(key: string): Promise<V | undefined>;
  /** False when there was none. rate_limit:{subject}:{endpoint} ends that window. */
  delete(key: string): Promise<boolean>;
  /** Adds a whole number (default 1) at once and answers the sum. A new entry begins at 0; one that is there keeps its end. */
  increment(key: string, by?: number, options?: CacheOptions): Promise<number>;
  /** Fixed-window counter rate_limit:{subject}:{endpoint}: the window begins with its first hit, `windowSeconds` is 60 by default. */
  hit(subject: string, endpoint: string, options: { limit: number; windowSeconds?: number }): Promise<CacheHit>;
  /** Removes a namespace, or everything; how many. 'rate_limit' includes the counters of `hit`. */
  clear(namespace?: string): Promise<number>;
  /** Removes what has ended now, rather than with a later write; how many. */
  sweep(): Promise<number>;
  stats(): Promise<CacheStats>;
}
