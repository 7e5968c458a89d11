/**
 * A damaged workspace that is opened to save what can be read.
 *
 * The damaged files are never written. A new database is made beside them from the rows that can be read; when it is whole the damaged
 * files get names with the date, and the new one takes their place. A crash before that leaves everything as it was, one in between a
 * workspace without a database, which only opens by another salvage. For reading only, the new database is in memory and nothing changes.
 */
import { ArchivoltError, cancelled, cannotLoad, isArchivoltError, toShape } from '../errors.js';
import type { EngineModule } from '../loader/engine-module.js';
import type { OpenParams } from '../protocol/messages.js';
import {
  DATABASE_FILE,
  WORKSPACE_FILES,
  type HostFiles,
  type SyncFile,
  type WorkspaceFiles,
} from '../storage/host-files.js';
import { MemoryFile, MemoryFiles } from '../storage/memory.js';
import { findDamagedPages } from '../storage/page-check.js';
import { putBack, setAside } from '../storage/set-aside.js';
import type { Progress, SalvageReport } from '../types.js';
import { Engine, type CoreMethods } from './engine.js';
import type { ImportCalls } from './interchange.js';
import { checkFiles } from './start-checks.js';
import { yieldToEvents } from './yield.js';

export { listSetAside, readSetAside, removeSetAside } from '../storage/set-aside.js';

const FRESH = 'salvaged.part';
const DAMAGED = 'damaged.db';
/** Pages that a report names. */
const NAMED = 100;

export interface Salvaged {
  files: WorkspaceFiles;
  /** null: nothing is damaged. */
  report: SalvageReport | null;
}

/** `host`: where the module finds its files. */
export async function salvage(
  files: WorkspaceFiles,
  params: OpenParams,
  host: { files: HostFiles | undefined },
  module: EngineModule,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<Salvaged> {
  const readOnly = params.readOnly || files.refusal !== undefined;
  if (!readOnly) await putBack(files);
  const finding = await findDamage(files, params, module);
  if (finding === undefined) return { files, report: null };
  const pages = findDamagedPages(files);
  await files.prepare(FRESH, readOnly ? 'memory' : 'empty');
  let tables: SalvageReport['tables'];
  try {
    host.files = new Bench(files);
    tables = await copyRows(module, signal, report);
  } catch (error) {
    await files.remove(FRESH).catch(() => undefined);
    throw error;
  } finally {
    host.files = files;
  }
  const found = {
    finding: toShape(finding),
    pages: { total: pages.total, damaged: pages.damaged.length, first: pages.damaged.slice(0, NAMED) },
    tables,
  };
  if (readOnly) return { files: new SalvagedFiles(files), report: { ...found, setAside: null } };
  const name = await setAside(files, new Date());
  await files.keep(FRESH, DATABASE_FILE);
  // A log that was empty is open still, and a file can be opened once.
  const missing = WORKSPACE_FILES.filter((own) => files.find(own) === undefined);
  for (const own of missing) await files.prepare(own, 'present');
  return { files, report: { ...found, setAside: name } };
}

/** undefined when all pages, indexes and logs are sound. Writes nothing. */
async function findDamage(
  files: WorkspaceFiles,
  params: OpenParams,
  module: EngineModule,
): Promise<ArchivoltError | undefined> {
  const engine = new Engine(module, () => undefined);
  try {
    await checkFiles(files, params);
    // A workspace that is about to be made.
    if (files.find(DATABASE_FILE)?.size() === 0) return undefined;
    engine.open({ path: DATABASE_FILE, readOnly: true, fullSync: true, deferUpgrade: true });
    try {
      const { integrity } = engine.call('maintenance.health', { full: true });
      const [first] = integrity;
      const { damaged } = findDamagedPages(files);
      if (first === undefined && damaged.length === 0) return undefined;
      return new ArchivoltError('CORRUPTION', first ?? 'A page does not match its checksum.', {
        ...(damaged[0] === undefined ? {} : { page: damaged[0] }),
      });
    } finally {
      engine.close();
    }
  } catch (error) {
    if (isArchivoltError(error, 'CORRUPTION')) return error;
    throw error;
  }
}

/** The damaged database under another name, and a new one in its place. */
class Bench implements HostFiles {
  readonly #files: WorkspaceFiles;
  readonly #fresh = new Map<string, SyncFile>();

  constructor(files: WorkspaceFiles) {
    this.#files = files;
    for (const name of WORKSPACE_FILES) this.#fresh.set(name, new MemoryFile());
    const fresh = files.find(FRESH);
    if (fresh !== undefined) this.#fresh.set(DATABASE_FILE, fresh);
  }

  find(name: string): SyncFile | undefined {
    return name.startsWith(DAMAGED)
      ? this.#files.find(`${DATABASE_FILE}${name.slice(DAMAGED.length)}`)
      : this.#fresh.get(name);
  }

  temporary(): SyncFile {
    return new MemoryFile();
  }
}

async function copyRows(
  module: EngineModule,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<SalvageReport['tables']> {
  const { runImport, salvageRows } = await import('./interchange.js').catch(cannotLoad);
  const engine = new Engine(module, () => undefined);
  const turn = async (): Promise<void> => {
    await yieldToEvents();
    if (signal.aborted) throw cancelled();
  };
  engine.open({ path: DATABASE_FILE, readOnly: false, fullSync: true });
  try {
    const query = (sql: string, params?: unknown[]): { columns: string[]; rows: unknown[][] } =>
      engine.call('otherFile.query', params === undefined ? { sql } : { sql, params });
    try {
      engine.call('otherFile.open', { path: DAMAGED, damaged: true });
    } catch (error) {
      // Not even the list of tables can be read.
      if (isArchivoltError(error, 'CORRUPTION') || isArchivoltError(error, 'NOT_FOUND')) return {};
      throw error;
    }
    const { lines, tables } = await salvageRows({ query }, turn, (phase) => report({ phase, done: 0, total: null }));
    engine.call('otherFile.close', {});
    const saved = Object.fromEntries(Object.entries(tables).map(([name, counts]) => [name, { ...counts, refused: 0 }]));
    if (lines.size === 0) return saved;
    const result = await runImport(
      {
        call: <M extends keyof ImportCalls>(method: M, request: ImportCalls[M]['params']) =>
          engine.call(method, request as CoreMethods[M]['params']) as ImportCalls[M]['result'],
        acquire: () => Promise.resolve(() => undefined),
        yieldToEvents: turn,
        embedder: () => Promise.resolve(null),
      },
      { system: 'archivolt', format: 'jsonl', files: [{ name: 'salvaged.jsonl', blob: lines }] },
      '',
      signal,
      report,
    );
    for (const [name, { rejected }] of Object.entries(result.tables)) {
      const table = saved[name];
      if (table !== undefined) table.refused = rejected;
    }
    return saved;
  } finally {
    engine.close();
  }
}

/** What was saved, for reading: the workspace's own files stay as they are. */
class SalvagedFiles extends MemoryFiles {
  override readonly kind: WorkspaceFiles['kind'];
  readonly #own: WorkspaceFiles;

  constructor(own: WorkspaceFiles) {
    super();
    this.kind = own.kind;
    this.#own = own;
  }

  override find(name: string): SyncFile | undefined {
    return name === DATABASE_FILE ? this.#own.find(FRESH) : super.find(name);
  }

  override persisted(): Promise<boolean> {
    return this.#own.persisted();
  }

  override usage(): ReturnType<WorkspaceFiles['usage']> {
    return this.#own.usage();
  }

  override close(): void {
    super.close();
    this.#own.close();
  }

  override list(): ReturnType<WorkspaceFiles['list']> {
    return this.#own.list();
  }

  override async read(name: string): Promise<Blob> {
    return this.#own.read(name);
  }
}
