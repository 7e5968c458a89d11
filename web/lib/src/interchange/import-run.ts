/**
 * One import: files, into the tables.
 *
 * A batch of rows is one transaction, and with it goes the place in the source where it ended: an import that was killed or
 * cancelled goes on there when the same files come again. Rows that do not fit are kept whole in import_rejects. What is already
 * there as it came is left alone, so that the same files a second time change nothing.
 */
import { ArchivoltError, cancelled } from '../errors.js';
import type { ImportOptions, ImportReport, Progress } from '../types.js';
import { Checkpoint, fingerprint } from './checkpoint.js';
import type { ImportHost } from './import-host.js';
import type { Intake, Planned } from './intake.js';
import { locked } from './locked.js';
import { openSource } from './open-source.js';
import type { KnownTable } from './plan.js';
import { ReadAhead } from './read-ahead.js';
import type { OpenOptions, Source, SourceFile, SourceFormat } from './source.js';
import { writeRows } from './write-rows.js';

export interface ImportRequest extends Pick<ImportOptions, 'system' | 'timeZone' | 'dryRun' | 'user' | 'project'> {
  files: SourceFile[];
  format?: SourceFormat;
}

/** How the files of a request are opened. */
export function openOptionsOf({ openSqlite }: ImportHost, { format }: ImportRequest, signal: AbortSignal): OpenOptions {
  return {
    signal,
    ...(format === undefined ? {} : { format }),
    ...(openSqlite === undefined ? {} : { openSqlite }),
  };
}

/** Files of fewer bytes are read before a worker has started. */
const LARGE = 2 * 1024 * 1024;

/** How far a table is written. */
interface Place {
  /** In the plan. */
  index: number;
  cursor: string | null;
}

/** Ends the transaction of a batch that has to be looked at row by row. */
class Refused extends Error {}

export class ImportRun<P extends Planned> {
  readonly #host: ImportHost;
  readonly #request: ImportRequest;
  readonly #actor: string;
  readonly #signal: AbortSignal;
  readonly #report: (progress: Progress) => void;
  readonly #intake: Intake<P>;
  readonly #now: string;
  readonly #writer: Intake<P>['writer'];

  /** `now`: the time of what has none. */
  constructor(
    host: ImportHost,
    intake: Intake<P>,
    now: string,
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
    this.#intake = intake;
    this.#now = now;
    this.#writer = intake.writer;
  }

  async run(): Promise<ImportReport> {
    const { dryRun = false } = this.#request;
    this.#report({ phase: 'look', done: 0, total: null });
    const ahead = dryRun ? undefined : this.#startAhead();
    try {
      return await this.#read(dryRun, ahead);
    } finally {
      ahead?.close();
      if (!dryRun) this.#endBulk();
    }
  }

  /** Gives back the memory that batches had, whatever ended the import. Touches no data, so that it need not wait for the database. */
  #endBulk(): void {
    try {
      this.#host.call('interchange.bulk', { on: false, ended: true });
    } catch {
      // A workspace that was closed meanwhile has none of it.
    }
  }

  async #read(dryRun: boolean, ahead: ReadAhead | undefined): Promise<ImportReport> {
    const source = await this.#open();
    try {
      const known = await this.#known(source.tables);
      const plan = await this.#intake.plan(known, source, this.#signal);
      this.#writer.result.skipped = [...plan.skipped, ...(source.skipped ?? [])];
      if (plan.tables.length === 0) throw this.#nothingToImport(known);
      if (dryRun) await this.#rehearse(plan.tables);
      else await this.#perform(plan.tables, source, ahead);
      await this.#locked(() => this.#setAside(source));
      return this.#writer.result;
    } finally {
      await source.close();
    }
  }

  #open(): Promise<Source> {
    const options = { ...openOptionsOf(this.#host, this.#request, this.#signal), ...this.#intake.reading };
    return this.#intake.open?.(this.#signal) ?? openSource(this.#request.files, options);
  }

  /** Reads large files in a worker beside this one, where there can be one. */
  #startAhead(): ReadAhead | undefined {
    const { files, format } = this.#request;
    const { ahead, reading } = this.#intake;
    if (ahead === undefined || files.reduce((sum, { blob }) => sum + blob.size, 0) < LARGE) return undefined;
    const worker = this.#host.startReader?.() ?? null;
    if (worker === null) return undefined;
    const options = { ...reading, ...(format === undefined ? {} : { format }) };
    return new ReadAhead(worker, { files, options, ...ahead }, this.#signal);
  }

  /** What the reader could not read. */
  #setAside({ problems }: Pick<Source, 'problems'>): void {
    for (const { table, reason, raw } of problems.splice(0)) {
      if (table !== null) this.#writer.counts(table).rejected++;
      this.#writer.addReject(table ?? '', null, reason, raw);
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
      `The files hold ${found}, and none of ${this.#intake.title}. Check options.system, or name the files after their tables.`,
      { argument: 'options.system' },
    );
  }

  /** Everything in one transaction that is rolled back: the counts are those of the real thing. */
  async #rehearse(tables: readonly P[]): Promise<void> {
    const release = await this.#host.acquire(this.#signal);
    try {
      this.#host.call('tx.begin', {});
      try {
        this.#intake.prepare?.();
        for (const table of tables) {
          for await (const batch of table.source.rows({ signal: this.#signal })) {
            this.#writer.writeBatch(table, batch);
            this.#tell(table);
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

  async #perform(tables: readonly P[], source: Source, ahead: ReadAhead | undefined): Promise<void> {
    const name = `import:${this.#intake.system}:${await fingerprint(this.#request.files)}${this.#intake.variant ?? ''}`;
    await this.#transaction(() => this.#intake.prepare?.());
    const checkpoint = await this.#locked(() => new Checkpoint(this.#host, name, this.#now));
    const resumed = checkpoint.state;
    if (resumed !== null) Object.assign(this.#writer.result, resumed.report);
    for (const [index, table] of tables.entries()) {
      if (index < (resumed?.table ?? 0)) continue;
      const cursor = index === resumed?.table ? resumed.cursor : null;
      if (cursor === null) await this.#locked(() => this.#writer.forgetRejects(table));
      const place: Place = { index, cursor };
      const complete = ahead !== undefined && (await this.#writeAhead(table, place, source, checkpoint, ahead));
      if (!complete) {
        const from = place.cursor === null ? {} : { cursor: place.cursor };
        for await (const batch of table.source.rows({ signal: this.#signal, ...from })) {
          await this.#write(table, place, batch.cursor, source, checkpoint, () =>
            this.#writer.writeBatch(table, batch),
          );
        }
      }
      await this.#transaction(() => {
        this.#setAside(source);
        checkpoint.save({ table: index + 1, cursor: null, report: this.#writer.result });
      });
      await this.#restoreIndexes();
    }
    await this.#restoreIndexes();
    await this.#transaction(() => {
      this.#host.call('interchange.finish', { origin: this.#intake.system });
      this.#recordImport();
      checkpoint.complete();
    });
  }

  /** A batch, what could not be read before it, and the place behind it. */
  async #write(
    table: P,
    place: Place,
    cursor: string,
    source: Pick<Source, 'problems'>,
    checkpoint: Checkpoint,
    work: () => void,
  ): Promise<void> {
    await this.#transaction(() => {
      work();
      this.#setAside(source);
      checkpoint.save({ table: place.index, cursor, report: this.#writer.result });
    }, true);
    place.cursor = cursor;
    this.#tell(table);
  }

  /** Writes what a worker reads beside this one. False when the rest, from the place on, is to be read here. */
  async #writeAhead(
    table: P,
    place: Place,
    source: Source,
    checkpoint: Checkpoint,
    ahead: ReadAhead,
  ): Promise<boolean> {
    const writer = this.#writer;
    const told = writer.ahead?.(table) ?? null;
    if (told === null) return false;
    const batches = ahead.batches({ at: source.tables.indexOf(table.source), cursor: place.cursor, ...told });
    for (;;) {
      const { value: batch, done } = await batches.next();
      if (done === true) {
        // In the transaction that ends the table.
        source.problems.push(...batch.problems);
        return batch.complete;
      }
      const write = (work: () => void): Promise<void> =>
        this.#write(table, place, batch.cursor, batch, checkpoint, work);
      let rows = 'batch' in batch ? batch.batch : undefined;
      if ('packed' in batch) {
        const { count, packed } = batch;
        try {
          await write(() => {
            if (writer.writePacked?.(table, count, packed) !== true) throw new Refused();
          });
          continue;
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          rows = await ahead.rowsOf(batch);
        }
      }
      if (rows === undefined) return false;
      const found = rows;
      await write(() => writer.writeBatch(table, found));
    }
  }

  /** What the core set aside for many rows; where this is not reached, it is done in the background. Others have their turn between two. */
  async #restoreIndexes(): Promise<void> {
    while (await this.#locked(() => this.#host.call('interchange.restoreIndex', {}))) {
      await this.#host.yieldToEvents();
      if (this.#signal.aborted) throw cancelled();
    }
  }

  #locked<T>(work: () => T): Promise<T> {
    return locked(this.#host, this.#signal, work);
  }

  /** `bulk`: a power cut may undo it, with the place in the source, until the next one that is not. */
  async #transaction(work: () => void, bulk = false): Promise<void> {
    await this.#locked(() => {
      if (bulk) this.#host.call('interchange.bulk', { on: true });
      try {
        this.#host.call('tx.begin', {});
        try {
          work();
          this.#host.call('tx.commit', {});
        } catch (error) {
          this.#host.call('tx.rollback', {});
          throw error;
        }
      } finally {
        if (bulk) this.#host.call('interchange.bulk', { on: false });
      }
    });
    await this.#host.yieldToEvents();
    if (this.#signal.aborted) throw cancelled();
  }

  #tell({ source }: P): void {
    this.#report({ phase: source.name, done: this.#writer.counts(source.name).read, total: source.count });
  }

  #recordImport(): void {
    const details = JSON.stringify({ tables: this.#writer.result.tables, rejected: this.#writer.result.rejected });
    const columns = ['id', 'actor', 'action', 'resource_type', 'resource_id', 'details', 'created_at'];
    const actor = this.#actor === '' ? null : this.#actor;
    const now = new Date().toISOString();
    writeRows(this.#host, { table: 'audit_log', columns, defaults: {} }, [
      [crypto.randomUUID(), actor, 'import', 'import', this.#intake.system, details, now],
    ]);
  }
}
