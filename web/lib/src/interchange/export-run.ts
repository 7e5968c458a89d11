/**
 * One export: the rows that came from another system, or were made as its, in that system's own shape.
 *
 * Rows are read in pages, and between two pages the database is anybody's. What the definitions of the tables must allow is seen
 * while the rows are read, so that a script is written in one pass: its head is made last.
 */
import { ArchivoltError, cancelled } from '../errors.js';
import type { ExportOptions, Progress } from '../types.js';
import { jsonOf, sqliteValue, type Cell } from './cells.js';
import { ExportTable, type ExportPage } from './export-table.js';
import { locked } from './locked.js';
import type { MapTable, SystemMap } from './maps.js';
import { TextParts } from './parts.js';
import { inOrder, isOnlyNamed } from './plan.js';
import { copyLines, PostgresScript } from './postgres-script.js';
import { insertInto, insertLines, SqliteSchema } from './sqlite-schema.js';
import { Survey } from './survey.js';
import { TableArchive } from './table-archive.js';

/** The file that goes out, while it is made. */
export interface MadeFile {
  define(sql: string): void;
  insert(sql: string, rows: readonly unknown[][]): void;
  /** Closes it and gives it away. */
  take(): Promise<Blob>;
  /** Removes it; after `take` there is nothing left to remove. */
  drop(): Promise<void>;
}

/** What an export needs of the worker. */
export interface ExportHost {
  /** Values as SQLite holds them. */
  query(sql: string, params: unknown[]): unknown[][];
  /** Waits for the database; the function gives it back. */
  acquire(signal: AbortSignal): Promise<() => void>;
  yieldToEvents(): Promise<void>;
  makeSqlite(): Promise<MadeFile>;
}

export type ExportRequest = Pick<ExportOptions, 'system' | 'format' | 'secrets' | 'layout' | 'project'>;

type Visit = (rows: readonly Cell[][], orphans: ReadonlySet<string>) => void;

export class ExportRun {
  readonly #host: ExportHost;
  readonly #map: SystemMap;
  readonly #request: ExportRequest;
  readonly #signal: AbortSignal;
  readonly #report: (progress: Progress) => void;

  constructor(
    host: ExportHost,
    map: SystemMap,
    request: ExportRequest,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ) {
    this.#host = host;
    this.#map = map;
    this.#request = request;
    this.#signal = signal;
    this.#report = report;
  }

  async run(): Promise<Blob> {
    const { format, secrets = false } = this.#request;
    const map = this.#map;
    const isPostgres = map.engine.startsWith('PostgreSQL');
    const formats = isPostgres ? ['sql', 'jsonl', 'zip'] : ['sqlite', 'sql', 'jsonl', 'zip'];
    if (!formats.includes(format)) throw unsupported(map.title, format, formats);
    const tables = await this.#locked(() => this.#open(map, secrets));
    if (format === 'jsonl') return this.#lines(tables);
    if (format === 'zip') return this.#archive(tables);
    if (format === 'sqlite') return this.#file(tables);
    return isPostgres ? this.#postgres(map, tables) : this.#script(map, tables);
  }

  #locked<T>(work: () => T): Promise<T> {
    return locked(this.#host, this.#signal, work);
  }

  /** The documented tables, and of the others those that have rows; those that are referred to come first. */
  #open(map: SystemMap, secrets: boolean): ExportTable[] {
    const ask = (sql: string, params: unknown[] = []): unknown[][] => this.#host.query(sql, params);
    const documented = new Set(map.tables.map(({ target }) => target));
    const names = new Set(map.tables.map(({ name }) => name));
    const others: MapTable[] = [];
    for (const table of [...map.named, ...map.shapes.flatMap((shape) => shape.tables)]) {
      if (documented.has(table.target) || names.has(table.name) || isOnlyNamed(table)) continue;
      // A key without its text is none.
      if (table.target === 'api_keys') continue;
      if (new ExportTable(ask, map, table, { secrets, references: new Set() }).count === 0) continue;
      names.add(table.name);
      others.push(table);
    }
    const all = inOrder([...map.tables, ...others].map((table) => ({ table })));
    return all.map(({ table }) => new ExportTable(ask, map, table, { secrets, references: names }));
  }

  /** Reads a table to its end. */
  async #each(table: ExportTable, visit: Visit): Promise<void> {
    let done = 0;
    let after: unknown[] | null = null;
    do {
      const from: unknown[] | null = after;
      const page: ExportPage = await this.#locked(() => table.page(from));
      visit(page.rows, page.orphans);
      done += page.rows.length;
      this.#report({ phase: table.table.name, done, total: Math.max(table.count, done) });
      after = page.next;
      await this.#host.yieldToEvents();
      if (this.#signal.aborted) throw cancelled();
    } while (after !== null);
  }

  async #lines(tables: readonly ExportTable[]): Promise<Blob> {
    const parts = new TextParts();
    for (const table of tables) await this.#linesOf(table, parts);
    return parts.blob('application/x-ndjson');
  }

  async #linesOf(table: ExportTable, parts: TextParts): Promise<void> {
    const labels = table.columns.map(({ name }) => `${JSON.stringify(name)}:`);
    const head = `{"table":${JSON.stringify(table.table.name)},"row":{`;
    await this.#each(table, (rows) => {
      for (const row of rows) {
        const members = table.columns.map(({ kind }, at) => `${labels[at] ?? ''}${jsonOf(kind, row[at] ?? null)}`);
        parts.add(`${head}${members.join(',')}}}\n`);
      }
    });
  }

  /** The lines of each table as a file; a table without rows has none. */
  async #archive(tables: readonly ExportTable[]): Promise<Blob> {
    const archive = new TableArchive();
    for (const table of tables) {
      const parts = new TextParts();
      await this.#linesOf(table, parts);
      await archive.add(table.table.name, parts);
    }
    return archive.blob();
  }

  async #postgres(map: SystemMap, tables: readonly ExportTable[]): Promise<Blob> {
    const { surveys, blobs } = await this.#written(tables, copyLines);
    const script = await this.#locked(() => new PostgresScript(map.title, surveys));
    const parts = new TextParts();
    parts.add(script.head());
    tables.forEach((table, at) => {
      const { head, end } = script.copy(table);
      parts.add(head);
      parts.append(blobs[at] ?? new Blob([]));
      parts.add(end);
    });
    parts.add(script.tail());
    return parts.blob('application/sql');
  }

  async #script(map: SystemMap, tables: readonly ExportTable[]): Promise<Blob> {
    const { surveys, blobs } = await this.#written(tables, insertLines);
    const schema = await this.#locked(() => new SqliteSchema(surveys));
    const parts = new TextParts();
    parts.add(`-- ${map.title}, written by Archivolt.\n\nPRAGMA foreign_keys = OFF;\nBEGIN TRANSACTION;\n\n`);
    for (const sql of schema.tables()) parts.add(`${sql}\n`);
    for (const blob of blobs) parts.append(blob);
    for (const sql of schema.rest()) parts.add(`${sql}\n`);
    parts.add('\nCOMMIT;\n');
    return parts.blob('application/sql');
  }

  async #written(
    tables: readonly ExportTable[],
    write: (table: ExportTable, rows: readonly Cell[][]) => string,
  ): Promise<{ surveys: Survey[]; blobs: Blob[] }> {
    const surveys: Survey[] = [];
    const blobs: Blob[] = [];
    for (const table of tables) {
      const survey = new Survey(table);
      const parts = new TextParts();
      await this.#each(table, (rows, orphans) => {
        survey.add(rows, orphans);
        parts.add(write(table, rows));
      });
      surveys.push(survey);
      blobs.push(parts.blob());
    }
    return { surveys, blobs };
  }

  /** A file has its definitions before its rows: they are read twice. */
  async #file(tables: readonly ExportTable[]): Promise<Blob> {
    const surveys = tables.map((table) => new Survey(table));
    for (const survey of surveys) await this.#each(survey.table, (rows, orphans) => survey.add(rows, orphans));
    const schema = await this.#locked(() => new SqliteSchema(surveys));
    const file = await this.#host.makeSqlite();
    try {
      file.define('PRAGMA foreign_keys = OFF');
      for (const sql of schema.tables()) file.define(sql);
      for (const table of tables) {
        const places = table.columns.map(() => '?').join(', ');
        const insert = `${insertInto(table)} (${places})`;
        await this.#each(table, (rows) => {
          const values = rows.map((row) => table.columns.map(({ kind }, at) => sqliteValue(kind, row[at] ?? null)));
          file.insert(insert, values);
        });
      }
      for (const sql of schema.rest()) file.define(sql);
      return await file.take();
    } finally {
      await file.drop();
    }
  }
}

export function unsupported(title: string, format: string, formats: readonly string[]): ArchivoltError {
  const list = formats.map((name) => `'${name}'`).join(' or ');
  return new ArchivoltError('UNSUPPORTED', `${title} is not written as '${format}'. Choose ${list}.`, {
    argument: 'options.format',
  });
}
