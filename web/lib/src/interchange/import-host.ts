/** What an import needs of the worker: calls of the core, the database for a while, a turn of the event loop. */
import type { WriteBatch } from './packed-rows.js';
import type { ReaderWorker } from './read-ahead.js';
import type { OpenOptions } from './source.js';

/** Calls of the core that an import makes. */
export interface ImportCalls {
  'tx.begin': { params: Record<string, never>; result: null };
  'tx.commit': { params: Record<string, never>; result: null };
  'tx.rollback': { params: Record<string, never>; result: null };
  'interchange.write': { params: WriteBatch; result: WriteResult };
  'interchange.points': { params: { name: string; points: unknown[] }; result: null };
  'interchange.restoreIndex': { params: Record<string, never>; result: boolean };
  'interchange.bulk': { params: { on: boolean; ended?: boolean }; result: null };
  'interchange.finish': { params: { origin: string }; result: null };
  'collections.create': { params: { name: string; dimensions: number; metric: 'cosine' | 'ip' | 'l2' }; result: null };
  'collections.list': { params: Record<string, never>; result: { name: string; dimensions: number; metric: string }[] };
  'sql.query': { params: { sql: string; params?: unknown[] }; result: { columns: string[]; rows: unknown[][] } };
  'sql.execute': { params: { sql: string; params?: unknown[] }; result: { changes: number } };
}

export interface WriteResult {
  added: number;
  updated: number;
  unchanged: number;
  /** Index of the row, and why. */
  rejects: [number, string][];
}

/** Whose vectors may be compared with one another. */
export interface EmbedderIdentity {
  model: string;
  dimensions: number;
  metric?: string;
  fingerprint?: string;
}

/** What an import needs of the worker. */
export interface ImportHost {
  call<M extends keyof ImportCalls>(method: M, params: ImportCalls[M]['params']): ImportCalls[M]['result'];
  /** Waits for the database; the function gives it back. */
  acquire(signal: AbortSignal): Promise<() => void>;
  yieldToEvents(): Promise<void>;
  /** Who embeds here; null for nobody. */
  embedder(signal: AbortSignal): Promise<EmbedderIdentity | null>;
  openSqlite?: OpenOptions['openSqlite'];
  /** A worker that reads beside this one (reader.ts); null where there can be none. */
  startReader?(): ReaderWorker | null;
}
