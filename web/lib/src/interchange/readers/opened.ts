/** What a reader is given with a file, and what it answers. */
import type { Beside } from '../chroma-index.js';
import type { OpenOptions, SourceFormat, SourceLimits, SourceTable } from '../source.js';
import type { ProblemList } from './problems.js';

export interface ReadOptions {
  limits: SourceLimits;
  problems: ProblemList;
  signal?: AbortSignal | undefined;
  openSqlite?: OpenOptions['openSqlite'];
  memberTexts?: OpenOptions['memberTexts'];
  /** Other files of the same folder, where there is one. */
  beside?: Beside;
}

/** Tables of one file. */
export interface OpenedFile {
  format: SourceFormat;
  tables: SourceTable[];
  close?: () => Promise<void>;
}
