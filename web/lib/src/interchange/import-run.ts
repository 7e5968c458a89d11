/**
 * One import: files of another system, by its map, into the tables.
 *
 * A batch of rows is one transaction, and with it goes the place in the source where it ended: an import that was killed or
 * cancelled goes on there when the same files come again. Rows that do not fit are kept whole in import_rejects. What is already
 * there as it came is left alone, so that the same files a second time change nothing.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { ArchivoltError, cancelled } from '../errors.js';
import type { ImportReport, ImportedTable, Progress, SeedSystem } from '../types.js';
import { Checkpoint, fingerprint } from './checkpoint.js';
import { IdSpace } from './ids.js';
import { mapOf, type SystemMap } from './maps.js';
import { planImport, type KnownTable, type PlannedTable } from './plan.js';
import { RowMapper, type MappedRow, type Slot } from './rows.js';
import {
  openSource,
  type OpenOptions,
  type RowBatch,
  type SourceFile,
  type SourceFormat,
  type SourceValue,
} from './source.js';
import { TARGETS } from './targets.gen.js';
import { Clockwork } from './times.js';
import { jsonText, textOf, type TransformContext } from './transforms.js';
import { Unfit } from './unfit.js';

/** Calls of the core that an import makes. */
export interface ImportCalls {
  'tx.begin': { params: Record<string, never>; result: null };
  'tx.commit': { params: Record<string, never>; result: null };
  'tx.rollback': { params: Record<string, never>; result: null };
  'interchange.write': { params: WriteBatch; result: WriteResult };
  'interchange.points': { params: { name: string; points: unknown[] }; result: null };
  'interchange.finish': { params: { origin: string }; result: null };
  'collections.create': { params: { name: string; dimensions: number; metric: 'cosine' | 'ip' | 'l2' }; result: null };
  'collections.list': { params: Record<string, never>; result: { name: string; dimensions: number }[] };
  'sql.query': { params: { sql: string; params?: unknown[] }; result: { columns: string[]; rows: unknown[][] } };
  'sql.execute': { params: { sql: string; params?: unknown[] }; result: { changes: number } };
}

export interface WriteBatch {
  table: string;
  columns: string[];
  rows: unknown[][];
  defaults: Record<string, unknown>;
}

export interface WriteResult {
  added: number;
  updated: number;
  unchanged: number;
  /** Index of the row, and why. */
  rejects: [number, string][];
}

/** What an import needs of the worker. */
export interface ImportHost {
  call<M extends keyof ImportCalls>(method: M, params: ImportCalls[M]['params']): ImportCalls[M]['result'];
  /** Waits for the database; the function gives it back. */
  acquire(signal: AbortSignal): Promise<() => void>;
  yieldToEvents(): Promise<void>;
  openSqlite?: OpenOptions['openSqlite'];
}

export interface ImportRequest {
  files: SourceFile[];
  system: SeedSystem;
  format?: SourceFormat;
  timeZone?: string;
  dryRun?: boolean;
}

/** Reports name so many rejected rows; all of them are in import_rejects. */
const MOST_REPORTED = 1000;

export class ImportRun {
  readonly #host: ImportHost;
  readonly #request: ImportRequest;
  readonly #actor: string;
  readonly #signal: AbortSignal;
  readonly #report: (progress: Progress) => void;
  readonly #map: SystemMap;
  readonly #clock: Clockwork;
  readonly #spaces = new Map<string, IdSpace>();
  readonly #now = new Date().toISOString();
  readonly #result: ImportReport = { tables: {}, rejects: [], skipped: [], rejected: 0 };
  /** By the name of a target table: the collection of its vectors. */
  readonly #collections = new Map<string, string>();
  #jsonIsText = true;

  constructor(
    host: ImportHost,
    request: ImportRequest,
    actor: string,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ) {
    this.#host = host;
    this.#request = request;
    this.#actor = actor;
    this.#signal = signal;
    this.#report = report;
    this.#map = mapOf(request.system);
    this.#clock = new Clockwork(request.timeZone ?? 'UTC');
  }

  async run(): Promise<ImportReport> {
    const { files, format, dryRun = false } = this.#request;
    const { openSqlite } = this.#host;
    this.#report({ phase: 'look', done: 0, total: null });
    const source = await openSource(files, {
      signal: this.#signal,
      ...(format === undefined ? {} : { format }),
      ...(openSqlite === undefined ? {} : { openSqlite }),
    });
    try {
      this.#jsonIsText = !['json', 'jsonl', 'qdrant', 'chroma'].includes(source.format);
      const known = await this.#known(source.tables);
      const plan = planImport(this.#map, known);
      this.#result.skipped = plan.skipped;
      if (plan.tables.length === 0) throw this.#nothingToImport(known);
      if (dryRun) await this.#rehearse(plan.tables);
      else await this.#perform(plan.tables);
      for (const { table, reason, raw } of source.problems) this.#addReject(table ?? '', null, reason, raw);
      return this.#result;
    } finally {
      await source.close();
    }
  }

  /** The tables with their columns, from their first rows where the head does not tell. */
  async #known(tables: readonly KnownTable['source'][]): Promise<KnownTable[]> {
    const known: KnownTable[] = [];
    for (const source of tables) {
      let { columns } = source;
      if (columns === null) {
        const rows = source.rows({ signal: this.#signal });
        for await (const batch of rows) {
          columns = batch.columns;
          break;
        }
      }
      if (columns !== null) known.push({ source, columns });
    }
    return known;
  }

  #nothingToImport(known: readonly KnownTable[]): ArchivoltError {
    const names = known.map(({ source }) => source.name).slice(0, 8);
    const found = names.length === 0 ? 'no table' : `the tables ${names.join(', ')}`;
    return new ArchivoltError(
      'INVALID_ARGUMENT',
      `The files hold ${found}, and none of ${this.#map.title}. Check options.system, or name the files after their tables.`,
      { argument: 'options.system' },
    );
  }

  /** Everything in one transaction that is rolled back: the counts are those of the real thing. */
  async #rehearse(tables: readonly PlannedTable[]): Promise<void> {
    const release = await this.#host.acquire(this.#signal);
    try {
      this.#host.call('tx.begin', {});
      try {
        for (const table of tables) {
          for await (const batch of table.source.rows({ signal: this.#signal })) {
            this.#writeBatch(table, batch);
            await this.#host.yieldToEvents();
            if (this.#signal.aborted) throw cancelled();
          }
        }
      } finally {
        this.#host.call('tx.rollback', {});
      }
    } finally {
      release();
    }
  }

  async #perform(tables: readonly PlannedTable[]): Promise<void> {
    const name = `import:${this.#map.system}:${await fingerprint(this.#request.files)}`;
    const checkpoint = await this.#locked(() => new Checkpoint(this.#host, name, this.#now));
    const resumed = checkpoint.state;
    if (resumed !== null) Object.assign(this.#result, resumed.report);
    for (const [index, table] of tables.entries()) {
      if (index < (resumed?.table ?? 0)) continue;
      const cursor = index === resumed?.table ? resumed.cursor : null;
      if (cursor === null) await this.#locked(() => this.#forgetRejects(table));
      const rows = table.source.rows({ signal: this.#signal, ...(cursor === null ? {} : { cursor }) });
      for await (const batch of rows) {
        await this.#transaction(() => {
          this.#writeBatch(table, batch);
          checkpoint.save({ table: index, cursor: batch.cursor, report: this.#result });
        });
        this.#tell(table);
      }
      await this.#locked(() => checkpoint.save({ table: index + 1, cursor: null, report: this.#result }));
    }
    await this.#transaction(() => {
      this.#host.call('interchange.finish', { origin: this.#map.system });
      this.#recordImport();
      checkpoint.complete();
    });
  }

  async #locked<T>(work: () => T): Promise<T> {
    const release = await this.#host.acquire(this.#signal);
    try {
      return work();
    } finally {
      release();
    }
  }

  async #transaction(work: () => void): Promise<void> {
    await this.#locked(() => {
      this.#host.call('tx.begin', {});
      try {
        work();
        this.#host.call('tx.commit', {});
      } catch (error) {
        this.#host.call('tx.rollback', {});
        throw error;
      }
    });
    await this.#host.yieldToEvents();
    if (this.#signal.aborted) throw cancelled();
  }

  #tell({ source }: PlannedTable): void {
    this.#report({ phase: source.name, done: this.#counts(source.name).read, total: source.count });
  }

  #counts(table: string): ImportedTable {
    return (this.#result.tables[table] ??= { read: 0, added: 0, updated: 0, unchanged: 0, rejected: 0 });
  }

  #space(table: string): IdSpace {
    const known = this.#spaces.get(table);
    if (known !== undefined) return known;
    const space = new IdSpace(this.#map.system, table);
    this.#spaces.set(table, space);
    return space;
  }

  #context(lookUp: TransformContext['lookUp']): TransformContext {
    return {
      clock: this.#clock,
      idOf: (table, origin) => this.#space(table).idOf(origin),
      lookUp,
      jsonIsText: this.#jsonIsText,
    };
  }

  // ---------------------------------------------------------------- one batch

  #writeBatch(planned: PlannedTable, batch: RowBatch): void {
    // Rows of one form together: what a row does not have is not written.
    const forms = new Map<string, number[]>();
    batch.rows.forEach((_, index) => {
      const form = batch.absent?.[index]?.join() ?? '';
      const list = forms.get(form) ?? [];
      forms.set(form, list);
      list.push(index);
    });
    for (const [form, indexes] of forms) {
      const absent = new Set(form === '' ? [] : form.split(',').map(Number));
      const present = batch.columns.map((_, at) => at).filter((at) => !absent.has(at));
      const columns = present.map((at) => batch.columns[at] ?? '');
      const rows = indexes.map((index) => {
        const row = batch.rows[index] ?? [];
        return absent.size === 0 ? row : present.map((at) => row[at] ?? null);
      });
      this.#writeRows(planned, columns, rows);
    }
  }

  #writeRows({ source, table }: PlannedTable, columns: string[], rows: SourceValue[][]): void {
    const counts = this.#counts(source.name);
    const mapper = new RowMapper(
      this.#map,
      table,
      columns,
      this.#context(this.#lookUps(table, columns, rows)),
      this.#now,
    );
    const fitting: { row: SourceValue[]; mapped: MappedRow }[] = [];
    for (const row of rows) {
      counts.read++;
      try {
        fitting.push({ row, mapped: mapper.map(row) });
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        this.#reject(source.name, columns, row, null, `${error.message}.`);
      }
    }
    this.#ensure(fitting.map(({ mapped }) => mapped));
    const [main, ...others] = mapper.slots;
    if (main === undefined) return;
    const written = this.#write(
      main,
      fitting.map(({ mapped }) => mapped.rows.find(({ slot }) => slot === 0)?.values ?? []),
    );
    counts.added += written.added;
    counts.updated += written.updated;
    counts.unchanged += written.unchanged;
    const refused = new Map(written.rejects);
    for (const [index, reason] of refused) {
      const one = fitting[index];
      if (one !== undefined) this.#reject(source.name, columns, one.row, one.mapped.sourceId, reason);
    }
    const kept = fitting.filter((_, index) => !refused.has(index));
    others.forEach((slot, at) => {
      const owners: { row: SourceValue[]; mapped: MappedRow }[] = [];
      const values: unknown[][] = [];
      for (const one of kept) {
        for (const row of one.mapped.rows) {
          if (row.slot !== at + 1) continue;
          owners.push(one);
          values.push(row.values);
        }
      }
      if (values.length === 0) return;
      for (const [index, reason] of this.#write(slot, values).rejects) {
        const one = owners[index];
        if (one !== undefined)
          this.#reject(source.name, columns, one.row, one.mapped.sourceId, `${slot.table}: ${reason}`);
      }
    });
    this.#writeVectors(
      main.table,
      kept.flatMap(({ mapped }) => mapped.vector ?? []),
    );
  }

  #write({ table, columns, defaults }: Slot, rows: unknown[][]): WriteResult {
    return this.#host.call('interchange.write', { table, columns, rows, defaults });
  }

  /** Rows that are referred to and that the source need not hold: kept configurations, sprints. */
  #ensure(mapped: readonly MappedRow[]): void {
    const byTable = new Map<string, Map<string, string>>();
    for (const { table, origin, id } of mapped.flatMap(({ ensured }) => ensured)) {
      const rows = byTable.get(table) ?? new Map<string, string>();
      byTable.set(table, rows);
      rows.set(origin, id);
    }
    for (const [table, rows] of byTable) {
      const values = [...rows].map(([origin, id]) => [id, this.#map.system, origin]);
      this.#write({ table, columns: ['id', 'origin', 'origin_id'], defaults: {} }, values);
    }
  }

  #writeVectors(table: string, points: { id: string; vector: Float32Array }[]): void {
    const byLength = new Map<number, typeof points>();
    for (const point of points) {
      const list = byLength.get(point.vector.length) ?? [];
      byLength.set(point.vector.length, list);
      list.push(point);
    }
    for (const [dimensions, list] of byLength) {
      const name = this.#collection(table, dimensions);
      const chunk = table === 'document_chunks';
      this.#host.call('interchange.points', {
        name,
        points: list.map((point) => (chunk ? { ...point, chunk: point.id } : point)),
      });
    }
  }

  /** Vectors of another length than the first ones have a collection of their own. */
  #collection(table: string, dimensions: number): string {
    const key = `${table} ${dimensions}`;
    const known = this.#collections.get(key);
    if (known !== undefined) return known;
    const own = `${this.#map.system}:${table}`;
    const present = this.#host.call('collections.list', {});
    const taken = present.find(({ name }) => name === own);
    const name = taken === undefined || taken.dimensions === dimensions ? own : `${own}:${dimensions}`;
    if (!present.some((one) => one.name === name)) {
      const declared = this.#map.collections.find(({ target }) => target.collection === own);
      this.#host.call('collections.create', { name, dimensions, metric: declared?.metric ?? 'cosine' });
    }
    this.#collections.set(key, name);
    return name;
  }

  /** References by another column than the id: one question a batch. */
  #lookUps(
    table: PlannedTable['table'],
    columns: readonly string[],
    rows: SourceValue[][],
  ): TransformContext['lookUp'] {
    const found = new Map<string, string>();
    for (const { name, arguments: told } of table.columns) {
      const at = columns.findIndex((column) => column.toLowerCase() === name.toLowerCase());
      if (told?.by === undefined || told.table === undefined || at < 0) continue;
      if (TARGETS[told.table]?.columns[told.by] === undefined) continue;
      const values = [
        ...new Set(
          rows
            .map((row) => row[at] ?? null)
            .filter((value) => value !== null)
            .map(textOf),
        ),
      ];
      const { rows: ids } = this.#host.call('sql.query', {
        sql: `SELECT ${told.by}, id FROM ${told.table} WHERE origin = ? AND ${told.by} IN (SELECT value FROM json_each(?))`,
        params: [this.#map.system, JSON.stringify(values)],
      });
      for (const [value, id] of ids) found.set(`${told.table}.${told.by}.${String(value)}`, String(id));
    }
    return (of, by, value) => found.get(`${of}.${by}.${value}`) ?? null;
  }

  // ---------------------------------------------------------------- what does not fit

  #reject(
    table: string,
    columns: readonly string[],
    row: readonly SourceValue[],
    sourceId: string | null,
    reason: string,
  ): void {
    const raw = jsonText(Object.fromEntries(columns.map((name, at) => [name, presentable(row[at] ?? null)])));
    this.#counts(table).rejected++;
    this.#addReject(table, sourceId, reason, raw);
  }

  #addReject(table: string, sourceId: string | null, reason: string, raw: string): void {
    this.#result.rejected++;
    if (this.#result.rejects.length < MOST_REPORTED) this.#result.rejects.push({ table, sourceId, reason });
    if (this.#request.dryRun === true) return;
    const id = new IdSpace(this.#map.system, 'import_rejects').idOf(
      bytesToHex(sha256(utf8ToBytes(`${table}\0${sourceId ?? ''}\0${raw}`))),
    );
    const columns = ['id', 'origin', 'source_table', 'source_id', 'reason', 'row'];
    const row = isJson(raw) ? raw : JSON.stringify(raw);
    this.#write({ table: 'import_rejects', columns, defaults: { rejected_at: this.#now } }, [
      [id, this.#map.system, table, sourceId, reason, row.replaceAll('\\u0000', '\\ufffd')],
    ]);
  }

  /** A table that is read anew tells anew what does not fit. */
  #forgetRejects({ source }: PlannedTable): void {
    this.#host.call('sql.execute', {
      sql: 'DELETE FROM import_rejects WHERE origin = ? AND source_table = ?',
      params: [this.#map.system, source.name],
    });
  }

  #recordImport(): void {
    const details = JSON.stringify({ tables: this.#result.tables, rejected: this.#result.rejected });
    this.#write(
      {
        table: 'audit_log',
        columns: ['id', 'actor', 'action', 'resource_type', 'resource_id', 'details', 'created_at'],
        defaults: {},
      },
      [
        [
          crypto.randomUUID(),
          this.#actor === '' ? null : this.#actor,
          'import',
          'import',
          this.#map.system,
          details,
          new Date().toISOString(),
        ],
      ],
    );
  }
}

function presentable(value: SourceValue): SourceValue {
  return value instanceof Uint8Array ? `\\x${bytesToHex(value)}` : value;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
