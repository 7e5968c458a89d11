/** Opens files that other systems exported, whatever their format. */
import { invalidArgument } from '../errors.js';
import { blobBytes } from './readers/bytes.js';
import { detectBytes, unpackGzip } from './readers/detect.js';
import { openFile } from './readers/open.js';
import type { OpenedFile, ReadOptions } from './readers/opened.js';
import { problemList } from './readers/problems.js';
import {
  checkedLimits,
  DEFAULT_LIMITS,
  type OpenOptions,
  type Source,
  type SourceFile,
  type SourceFormat,
} from './source.js';

/**
 * The tables of some files. Errors: INVALID_ARGUMENT when a file is not of its format or breaks a limit, UNSUPPORTED for SQLite
 * without a reader for it, CANCELLED. What is wrong with a row, or with one file among several, is a problem and no error.
 */
export async function openSource(files: SourceFile[], options: OpenOptions = {}): Promise<Source> {
  const [first] = files;
  if (first === undefined) throw invalidArgument('There is no file to read.');
  const limits = checkedLimits(options.limits);
  const problems = problemList();
  const { signal, openSqlite, memberTexts } = options;
  const read: ReadOptions = { limits, problems, signal, openSqlite, memberTexts };
  const opened: OpenedFile[] = [];
  for (const { name, blob } of files) {
    opened.push(await openFile({ name, bytes: blobBytes(blob), format: options.format }, read));
  }
  return {
    format: opened[0]?.format ?? 'csv',
    tables: opened.flatMap((file) => file.tables),
    problems: problems.list,
    get unlisted() {
      return problems.unlisted;
    },
    async close() {
      for (const file of opened) await file.close?.();
    },
  };
}

/** The format by the bytes, also of what a gzip file holds; the name is only a hint for CSV. INVALID_ARGUMENT when it is none. */
export async function detectFormat(file: SourceFile): Promise<SourceFormat> {
  const packed = { name: file.name, bytes: blobBytes(file.blob) };
  const { name, bytes } = await unpackGzip(packed, DEFAULT_LIMITS);
  return detectBytes(name, bytes);
}
