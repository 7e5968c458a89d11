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
import type { WorkspaceFiles } from '../storage/host-files.js';
import type { ImportReport, Progress, SqlValue } from '../types.js';
import type { Embedding } from './embedding.js';
import type { CoreMethods, Engine } from './engine.js';
import type { Lane } from './lane.js';
import type { Platform } from './session.js';
import { makeFile, openForReading } from './other-file.js';
import { yieldToEvents } from './yield.js';

type Report = (progress: Progress) => void;

export class Exchange {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #embedding: Embedding;
  readonly #files: WorkspaceFiles;
  readonly #platform: Pick<Platform, 'openPath' | 'startReader'>;
  readonly #pause: () => () => void;

  /** `pause` keeps what runs in the background away until its answer is called. */
  constructor(
    engine: Engine,
    lane: Lane,
    embedding: Embedding,
    files: WorkspaceFiles,
    platform: Pick<Platform, 'openPath' | 'startReader'>,
    pause: () => () => void,
  ) {
    this.#engine = engine;
    this.#lane = lane;
    this.#embedding = embedding;
    this.#files = files;
    this.#platform = platform;
    this.#pause = pause;
  }

  async import(params: ImportParams, actor: string, signal: AbortSignal, report: Report): Promise<ImportReport> {
    const resume = this.#pause();
    try {
      const host: ImportHost = {
        call: <M extends keyof ImportCalls>(method: M, request: ImportCalls[M]['params']) =>
          this.#engine.call(method, request as CoreMethods[M]['params'], actor) as ImportCalls[M]['result'],
        acquire: (aborted) => this.#lane.acquire(aborted),
        yieldToEvents,
        startReader: () => this.#platform.startReader(),
        embedder: (aborted) => this.#embedding.ready(aborted),
        openSqlite: async (blob, file, { signal: aborted, beside }) =>
          sqliteSource(await openForReading(this.#engine, this.#files, blob, aborted), file, beside),
      };
      const files = await Promise.all(
        params.files.map(async (file) =>
          'blob' in file ? [file] : this.#platform.openPath(file.path, params.system === 'adr'),
        ),
      );
      return await runImport(host, { ...params, files: files.flat() }, actor, signal, report);
    } finally {
      resume();
    }
  }

  async export(params: ExportParams, signal: AbortSignal, report: Report): Promise<Blob> {
    const run = (inMemory: boolean): Promise<Blob> => {
      const host: ExportHost = {
        query: (sql, given) => this.#engine.call('sql.query', { sql, params: given as SqlValue[], secrets: true }).rows,
        acquire: (aborted) => this.#lane.acquire(aborted),
        yieldToEvents,
        makeSqlite: () => makeFile(this.#engine, this.#files, inMemory),
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
