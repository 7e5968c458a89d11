/** SQLite files of other systems, read by the core from a copy beside the database. Only tables: no view or trigger of theirs runs. */
import { ArchivoltError } from '../errors.js';
import type { Beside } from './chroma-index.js';
import { chromaTables, isChroma } from './chroma-sqlite.js';
import type { OtherFile } from './other-file.js';
import type { RowBatch, Source, SourceTable, SourceValue } from './source.js';

const ROWS = 500;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** INVALID_ARGUMENT: not a database of SQLite, or a damaged one; then the file is closed. */
export async function sqliteSource(other: OtherFile, file: string, beside?: Beside): Promise<Source> {
  try {
    return describeAll(other, file, beside);
  } catch (error) {
    await other.close();
    throw error;
  }
}

function describeAll(other: OtherFile, file: string, beside: Beside | undefined): Source {
  const list = other.query(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  );
  const names = list.rows.map(([name]) => String(name));
  const close = (): Promise<void> => other.close();
  if (isChroma(names))
    return { format: 'sqlite', tables: chromaTables(other, file, beside), problems: [], unlisted: 0, close };
  const tables: SourceTable[] = [];
  const problems: Source['problems'] = [];
  for (const [name, sql] of list.rows) {
    if (typeof name !== 'string' || /^\s*create\s+virtual/i.test(String(sql))) continue;
    try {
      tables.push(describe(other, name, file));
    } catch (error) {
      const reason = error instanceof ArchivoltError ? error.message : String(error);
      problems.push({ table: name, reason, raw: '', position: null });
    }
  }
  return { format: 'sqlite', tables, problems, unlisted: 0, close };
}

function describe(other: OtherFile, name: string, file: string): SourceTable {
  const info = other.query('SELECT name, lower(type), pk FROM pragma_table_info(?)', [name]).rows;
  const columns = info.map(([column]) => String(column));
  const types = new Map(info.map(([column, type]) => [String(column), String(type)]));
  const [[count = 0] = []] = other.query(`SELECT count(*) FROM ${quoted(name)}`).rows;
  const order = orderOf(other, name, info);
  const select = columns.map(quoted).join(', ');
  return {
    name,
    schema: null,
    database: null,
    file,
    columns,
    types,
    count: Number(count),
    async *rows({ cursor, signal } = {}): AsyncGenerator<RowBatch> {
      const names = order.join(', ');
      const places = order.map(() => '?').join(', ');
      let after = cursor === undefined ? null : (JSON.parse(cursor) as unknown[]);
      const seen = new Set<string>();
      for (;;) {
        if (signal?.aborted) throw new ArchivoltError('CANCELLED', 'The operation was cancelled by its caller.');
        const where = after === null ? '' : ` WHERE (${names}) > (${places})`;
        const found = other.query(
          `SELECT ${names}, ${select} FROM ${quoted(name)}${where} ORDER BY ${names} LIMIT ${ROWS}`,
          after ?? [],
        ).rows;
        const last = found.at(-1);
        if (last === undefined) return;
        after = last.slice(0, order.length).map((value) => (typeof value === 'bigint' ? String(value) : value));
        const rows = found.map((row) => row.slice(order.length) as SourceValue[]);
        const place = JSON.stringify(after);
        // The order of a damaged tree is not that of its keys: it would be read for ever.
        if (seen.has(place))
          throw new ArchivoltError(
            'INVALID_ARGUMENT',
            `The file is damaged: rows of the table ${name} come again and again.`,
          );
        seen.add(place);
        yield { columns, rows, cursor: place };
        await Promise.resolve();
      }
    },
  };
}

/** The rowid, or the primary key of a table without one. */
function orderOf(other: OtherFile, name: string, info: readonly unknown[][]): string[] {
  const taken = new Set(info.map(([column]) => String(column).toLowerCase()));
  const rowid = ['rowid', '_rowid_', 'oid'].find((alias) => !taken.has(alias));
  if (rowid !== undefined) {
    try {
      other.query(`SELECT ${rowid} FROM ${quoted(name)} LIMIT 0`);
      return [rowid];
    } catch {
      // WITHOUT ROWID.
    }
  }
  const key = info.filter(([, , pk]) => Number(pk) > 0).sort((a, b) => Number(a[2]) - Number(b[2]));
  return key.map(([column]) => quoted(String(column)));
}
