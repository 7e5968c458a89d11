/**
 * Files that other systems exported, as tables of rows.
 *
 * They know nothing of what the rows mean: a map says that. A reader (readers/) looks over a file once, noting where each table
 * lies, and then reads any table, in any order and as often as asked, by slices of the file: what it holds in memory is a few
 * mebibytes and one row, whatever the file's size.
 */
import { ArchivoltError } from '../errors.js';
import type { Beside } from './chroma-index.js';

export type SourceFormat = 'sqlite' | 'pg_dump' | 'csv' | 'json' | 'jsonl' | 'qdrant' | 'chroma' | 'zip';

/**
 * A value as the source has it. Text of dumps and CSV stays text; the map's transforms know its kind. JSON stays JSON (objects,
 * arrays); its integers beyond 2^53 are bigint, and numbers that a double cannot give back, or of more than 1,000 digits, are their text. NULL and '' are
 * different wherever the format tells them apart.
 */
export type SourceValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | Float32Array
  | SourceValue[]
  | { [name: string]: SourceValue };

export interface RowBatch {
  columns: readonly string[];
  rows: SourceValue[][];
  /**
   * For each row the indexes of the columns that it does not have (its value there is null), or null when it has all; not there
   * when every row has all. JSON objects without a member, and DEFAULT in an INSERT.
   */
  absent?: (readonly number[] | null)[];
  /** Hand to `rows()` to go on after this batch. */
  cursor: string;
}

export interface SourceTable {
  /** As the source calls it, without schema. */
  name: string;
  /** 'public' and so on in a dump. */
  schema: string | null;
  /** The database in a dump of several, by its `\connect`. */
  database: string | null;
  /** The file, or the file in the archive, that holds it. */
  file: string;
  /** Known before reading, or null. */
  columns: readonly string[] | null;
  /** Declared types by column where the file tells them, in lower case. */
  types: ReadonlyMap<string, string> | null;
  /** Set where rows are points of a vector store: columns id, vector, and payload, or document, metadata and uri. */
  points?: { metric: 'cosine' | 'ip' | 'l2' | null };
  /** Rows with those that cannot be read, or null when only reading tells. */
  count: number | null;
  /**
   * Batches of at most about 4,000 rows or 1 MiB; may be called again. `cursor`: one that a batch of the same bytes carried.
   * Rows that cannot be read become problems of the source.
   */
  rows(options?: { cursor?: string; signal?: AbortSignal }): AsyncIterable<RowBatch>;
}

export interface SourceProblem {
  table: string | null;
  reason: string;
  /** The raw text or JSON of what could not be read, cut to 4 KiB. */
  raw: string;
  /** Where it begins, in bytes of the (unpacked) file. */
  position: number | null;
}

export interface Source {
  format: SourceFormat;
  tables: readonly SourceTable[];
  /** What could not be read, found so far, each once; at most 10,000 at a time: who empties the array gets the next ones. */
  problems: SourceProblem[];
  /** Problems that found the array full. */
  readonly unlisted: number;
  /** Files that are no tables, and why they are left alone. */
  skipped?: readonly { table: string; reason: string }[];
  close(): Promise<void>;
}

export interface SourceFile {
  name: string;
  blob: Blob;
}

export interface SourceLimits {
  /** Bytes of one row; a longer one is a problem. 64 MiB. */
  maxRowBytes: number;
  /** Columns of a table. 2,000. */
  maxColumns: number;
  /** Levels of JSON in one value. 200. */
  maxDepth: number;
  /** Entries of a zip. 20,000. */
  maxEntries: number;
  /** Bytes that an archive may unpack to, all entries together. 64 GiB. */
  maxExpansion: number;
  /** Unpacked bytes for one packed byte, beyond the first 64 MiB. 250. */
  maxRatio: number;
}

export interface OpenOptions {
  /** What the files are; told from their bytes when not given. */
  format?: SourceFormat;
  limits?: Partial<SourceLimits>;
  signal?: AbortSignal;
  /** Values of JSON lines come as the texts of their JSON. */
  memberTexts?: boolean;
  /** Reads a file of SQLite; without it such files are UNSUPPORTED. */
  openSqlite?: (blob: Blob, file: string, options: { signal?: AbortSignal; beside?: Beside }) => Promise<Source>;
}

export const DEFAULT_LIMITS: SourceLimits = {
  maxRowBytes: 64 * 1024 * 1024,
  maxColumns: 2000,
  maxDepth: 200,
  maxEntries: 20_000,
  maxExpansion: 64 * 1024 ** 3,
  maxRatio: 250,
};

export function checkedLimits(given: Partial<SourceLimits> = {}): SourceLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ArchivoltError('INVALID_ARGUMENT', `limits.${name} must be a positive integer.`, { limit: name });
    }
  }
  return limits;
}
