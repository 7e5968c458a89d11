/** What comes in from other systems and goes out to them: what the runs of interchange/ need of this worker. */
import {
  runExport,
  runImport,
  sqliteSource,
  type ExportHost,
  type ImportCalls,
  type ImportHost,
} from '../interchange/index.js';
import { isArchivoltError } from '../errors.js';
import type { ExportParams, ImportParams } from '../protocol/messages.js';
import type { ImportReport, Progress, SqlValue } from '../types.js';
import type { Background } from './background.js';
import type { Core } from './core.js';
import type { CoreMethods } from './engine.js';
import { makeFile, openForReading } from './other-file.js';
import type { Platform } from './platform.js';
import { yieldToEvents } from './yield.js';

type Report = (progress: Progress) => void;

export class Exchange {
  readonly #core: Core;
  readonly #platform: Pick<Platform, 'openPath' | 'startReader'>;
  readonly #background: Pick<Background, 'during'>;

  constructor(core: Core, platform: Pick<Platform, 'openPath' | 'startReader'>, background: Pick<Background, 'during'>) {
    this.#core = core;
    this.#platform = platform;
    this.#background = background;
  }

  import(params: ImportParams, actor: string, signal: AbortSignal, report: Report): Promise<ImportReport> {
    const { engine, lane, files: own, embedding } = this.#core;
    const host: ImportHost = {
      call: <M extends keyof ImportCalls>(method: M, request: ImportCalls[M]['params']) =>
        engine.call(method, request as CoreMethods[M]['params'], actor) as ImportCalls[M]['result'],
      acquire: (aborted) => lane.acquire(aborted),
      yieldToEvents,
      startReader: () => this.#platform.startReader(),
      embedder: (aborted) => embedding.ready(aborted),
      openSqlite: async (blob, file, { signal: aborted, beside }) =>
        sqliteSource(await openForReading(engine, own, blob, aborted), file, beside),
    };
    return this.#background.during(async () => {
      const files = await Promise.all(
        params.files.map(async (file) =>
          'blob' in file ? [file] : this.#platform.openPath(file.path, params.system === 'adr'),
        ),
      );
      return runImport(host, { ...params, files: files.flat() }, actor, signal, report);
    });
  }

  async export(params: ExportParams, signal: AbortSignal, report: Report): Promise<Blob> {
    const { engine, lane, files } = this.#core;
    const run = (inMemory: boolean): Promise<Blob> => {
      const host: ExportHost = {
        query: (sql, given) => engine.call('sql.query', { sql, params: given as SqlValue[], secrets: true }).rows,
        acquire: (aborted) => lane.acquire(aborted),
        yieldToEvents,
        makeSqlite: () => makeFile(engine, files, inMemory),
      };
      return runExport(host, params, signal, report);
    };
    try {
      return await run(false);
    } catch (error) {
      // A database file that finds no place in storage is made in memory.
      if (!isArchivoltError(error, 'QUOTA_EXCEEDED') && !isArchivoltError(error, 'IO_ERROR')) throw error;
      return run(true);
    }
  }
}
