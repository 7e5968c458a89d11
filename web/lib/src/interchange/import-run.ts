/**
 * One import: files, into the tables (import-writing.ts), or a rehearsal of that.
 *
 * Rows that do not fit are kept whole in import_rejects. What is already there as it came is left alone, so that the same files a
 * second time change nothing.
 */
import { ArchivoltError, cancelled } from '../errors.js';
import type { ImportOptions, ImportReport, Progress } from '../types.js';
import type { ImportHost } from './import-host.js';
import { ImportWriting } from './import-writing.js';
import type { Intake, Planned } from './intake.js';
import { locked } from './locked.js';
import { openSource } from './open-source.js';
import type { KnownTable } from './plan.js';
import { ReadAhead } from './read-ahead.js';
import type { OpenOptions, Source, SourceFile, SourceFormat } from './source.js';

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
      else await this.#writing().write(plan.tables, source, ahead);
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

  #writing(): ImportWriting<P> {
    return new ImportWriting({
      host: this.#host,
      intake: this.#intake,
      files: this.#request.files,
      now: this.#now,
      actor: this.#actor,
      signal: this.#signal,
      setAside: (source) => this.#setAside(source),
      tell: (table) => this.#tell(table),
    });
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

  #locked<T>(work: () => T): Promise<T> {
    return locked(this.#host, this.#signal, work);
  }

  #tell({ source }: P): void {
    this.#report({ phase: source.name, done: this.#writer.counts(source.name).read, total: source.count });
  }
}
