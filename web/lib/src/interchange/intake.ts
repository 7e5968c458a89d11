/** Whose data an import brings in: which of a source's tables are read, and what becomes of their rows. */
import type { ImportReport, ImportedTable } from '../types.js';
import type { WriteBatch } from './packed-rows.js';
import type { KnownTable } from './plan.js';
import type { OpenRequest, TableRequest } from './reader.js';
import type { OpenOptions, RowBatch, Source, SourceTable } from './source.js';

/** A table of the source that is read. */
export interface Planned {
  source: SourceTable;
}

export interface Plan<P extends Planned> {
  /** Rows that others refer to come first. */
  tables: P[];
  /** Tables of the source that have no place, and why. */
  skipped: { table: string; reason: string }[];
}

/** Writes batches of rows. REQUIRES: the database, and a transaction of the caller, for all but the counts. */
export interface RowWriter<P extends Planned> {
  readonly result: ImportReport;
  counts(table: string): ImportedTable;
  writeBatch(planned: P, batch: RowBatch): void;
  /** What the worker beside this one has to know of a table; null for one that is read here. */
  ahead?(planned: P): Pick<TableRequest, 'table' | 'jsonIsText'> | null;
  /** Writes `count` rows that are mapped already. False when the core refuses some: their batch has to be written anew. */
  writePacked?(planned: P, count: number, packed: WriteBatch): boolean;
  /** Sets aside what could not be read or written. */
  addReject(table: string, sourceId: string | null, reason: string, raw: string): void;
  /** A table that is read anew tells anew what does not fit. */
  forgetRejects(planned: P): void;
}

/** What an import of other files than tables does in its own way. */
export interface IntakeParts {
  /** Opens the files. */
  open?: (signal: AbortSignal) => Promise<Source>;
  /** Rows that must be there before the first batch. REQUIRES: a transaction of the caller. */
  prepare?: () => void;
  /** Tells imports of the same files with other options apart. */
  variant?: string;
  /** For files whose rows may be mapped by a worker beside this one: what it has to know. */
  ahead?: Pick<OpenRequest, 'map' | 'timeZone' | 'now'>;
}

export interface Intake<P extends Planned> extends IntakeParts {
  readonly system: string;
  readonly title: string;
  /** How the files are to be read. */
  readonly reading: Pick<OpenOptions, 'memberTexts'>;
  readonly writer: RowWriter<P>;
  plan(known: readonly KnownTable[], source: Source, signal: AbortSignal): Plan<P> | Promise<Plan<P>>;
}
