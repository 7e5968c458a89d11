/** One file to its tables: unpacked where it is packed, by the reader of its format. */
import { ArchivoltError } from '../../errors.js';
import type { RowBatch, SourceFormat, SourceTable } from '../source.js';
import { checkSignal, type NamedBytes } from './bytes.js';
import { openCsv } from './csv.js';
import { detectBytes, unpackGzip } from './detect.js';
import { openDump } from './dump.js';
import { openJson } from './json.js';
import { openLines } from './jsonl.js';
import type { OpenedFile, ReadOptions } from './opened.js';
import { openZip } from './zip.js';

export async function openFile(
  packed: NamedBytes & { format?: SourceFormat | undefined },
  outer: ReadOptions,
): Promise<OpenedFile> {
  checkSignal(outer.signal);
  const options = { ...outer, problems: outer.problems.scoped() };
  const file = await unpackGzip(packed, options.limits);
  const format = packed.format ?? (await detectBytes(file.name, file.bytes));
  switch (format) {
    case 'pg_dump':
      return openDump(file, options);
    case 'csv':
      return openCsv(file, options);
    case 'jsonl':
      return openLines(file, options);
    case 'zip':
      return openZip(file, options, openFile);
    case 'sqlite':
      return openSqlite(file, options);
    default:
      return openJson(file, packed.format, options);
  }
}

async function openSqlite(
  file: NamedBytes,
  { openSqlite: open, signal, problems, beside }: ReadOptions,
): Promise<OpenedFile> {
  if (open === undefined) {
    throw new ArchivoltError('UNSUPPORTED', 'Files of SQLite cannot be read here.', { format: 'sqlite' });
  }
  const source = await open(await file.bytes.blob(signal), file.name, {
    ...(signal === undefined ? {} : { signal }),
    ...(beside === undefined ? {} : { beside }),
  });
  let count = 0;
  const forward = () => source.problems.splice(0).forEach((problem) => problems.add(`sqlite ${count++}`, problem));
  forward();
  const tables = source.tables.map((table): SourceTable => {
    async function* rows(given: Parameters<SourceTable['rows']>[0]): AsyncGenerator<RowBatch> {
      try {
        for await (const batch of table.rows(given)) {
          forward();
          yield batch;
        }
      } finally {
        forward();
      }
    }
    return { ...table, rows };
  });
  return { format: 'sqlite', tables, close: () => source.close() };
}
