/**
 * The database of a session as a whole: opened with its key, brought to another version, copied out, replaced by a copy, and encrypted
 * anew. What these need is loaded when it is asked for.
 */
import { ArchivoltError, cannotLoad } from '../errors.js';
import type { OpenParams, Params } from '../protocol/messages.js';
import { removeUnfinished } from '../storage/backup-files.js';
import { DATABASE_FILE, WORKSPACE_FILES } from '../storage/host-files.js';
import type { BackupInfo, MigrationResult, Progress, RestoreReport } from '../types.js';
import type { Background } from './background.js';
import type { Backups } from './backups.js';
import type { Core } from './core.js';
import type { Unlocked } from './unlocked.js';
import type { Transactions } from './transactions.js';
import type { Trouble } from './trouble.js';

export class Database {
  readonly #core: Core;
  readonly #params: OpenParams;
  readonly #transactions: Transactions;
  readonly #background: Background;
  readonly #trouble: Trouble;
  /** Loaded by the first backup or restore. */
  #backups: Promise<Backups> | undefined;
  #unlocked: Unlocked | undefined;

  constructor(core: Core, params: OpenParams, transactions: Transactions, background: Background, trouble: Trouble) {
    this.#core = core;
    this.#params = params;
    this.#transactions = transactions;
    this.#background = background;
    this.#trouble = trouble;
  }

  /** What the database is encrypted with; undefined for a plain one. */
  get unlocked(): Unlocked | undefined {
    return this.#unlocked;
  }

  /** REQUIRES: it is not open. */
  async open(unlocked: Unlocked | undefined): Promise<void> {
    // While the host does that the core opens the database.
    const removed = this.#params.readOnly ? undefined : removeUnfinished(this.#core.files);
    try {
      this.#open(unlocked);
    } finally {
      await removed;
    }
  }

  #open(unlocked: Unlocked | undefined): void {
    const { readOnly, durability } = this.#params;
    const options = { path: DATABASE_FILE, readOnly, fullSync: durability === 'full', deferUpgrade: true };
    this.#core.engine.open(options, unlocked?.key);
    this.#unlocked = unlocked;
  }

  /** To the newest version; for reading only it stays as it is. */
  async upgrade(): Promise<void> {
    if (this.#params.readOnly) return;
    const newest = this.#core.engine.call('migrations.list', {}).at(-1)?.version ?? 0;
    await this.#migrate(newest, false);
  }

  /** REQUIRES: the lane is held. With `dryRun` only says what would be applied. */
  async #migrate(to: number, dryRun: boolean): Promise<MigrationResult> {
    const { engine, files } = this.#core;
    const { applied } = engine.call('migrations.migrate', { to, dryRun: true });
    if (dryRun || applied.length === 0) return { applied, backup: null };
    const { migrate } = await import('./backups.js').catch(cannotLoad);
    return migrate(engine, files, to);
  }

  /** Tells the core what it cannot know of a database that was just opened. */
  begin(): void {
    const { engine, embedding } = this.#core;
    this.#startServices();
    const { choice } = embedding;
    if (choice.kind === 'external') engine.call('embedder.use', choice);
  }

  /** What the core's services are told whenever they begin anew. */
  #startServices(): void {
    this.#core.engine.call('maintenance.slowQueries', { thresholdMs: this.#params.slowQueryMs });
  }

  migrate({ to, dryRun }: Params<'migrations.migrate'>, signal: AbortSignal): Promise<MigrationResult> {
    return this.#background.during(() => this.#core.lane.run(() => this.#migrate(to, dryRun ?? false), signal));
  }

  async backup(
    params: Params<'workspace.backup'>,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ): Promise<Blob> {
    return (await this.#loadBackups()).backup(params, signal, report);
  }

  async restore(
    params: Params<'workspace.restore'>,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ): Promise<RestoreReport> {
    this.#requireWritable('Nothing was restored.');
    try {
      return await this.#background.during(async () => (await this.#loadBackups()).restore(params, signal, report));
    } finally {
      this.#background.pokeRows();
    }
  }

  async backups(): Promise<BackupInfo[]> {
    return (await this.#loadBackups()).list();
  }

  async readBackup(params: Params<'migrations.readBackup'>, signal: AbortSignal): Promise<Blob> {
    return (await this.#loadBackups()).read(params, signal);
  }

  /** When the last backup was made, `noted` being what the database knows. */
  async lastBackupAt(noted: string | null): Promise<string | null> {
    return (await this.#backups)?.lastAt(noted) ?? noted;
  }

  #loadBackups(): Promise<Backups> {
    const { engine, lane, files } = this.#core;
    this.#backups ??= import('./backups.js')
      .catch(cannotLoad)
      .then(({ Backups }) => new Backups(engine, lane, files, () => this.#startServices()))
      .catch((error: unknown) => {
        this.#backups = undefined;
        throw error;
      });
    return this.#backups;
  }

  async changePassphrase(params: Params<'workspace.changePassphrase'>, signal: AbortSignal): Promise<null> {
    this.#requireWritable('The passphrase was not changed.');
    const { changePassphrase } = await import('./encryption.js').catch(cannotLoad);
    const present = (): Unlocked | undefined => this.#unlocked;
    const reopen = (unlocked: Unlocked | undefined): void => {
      this.#open(unlocked);
      this.begin();
    };
    await changePassphrase(this.#core, { present, reopen }, this.#background, params, signal);
    return null;
  }

  #requireWritable(outcome: string): void {
    if (this.#trouble.refusal !== undefined) throw this.#trouble.refusal;
    const { readOnly } = this.#params;
    if (!readOnly && !this.#transactions.isOpen) return;
    const why = readOnly ? 'The workspace is open for reading only.' : 'A transaction is open. End it first.';
    throw new ArchivoltError('FAILED_PRECONDITION', `${why} ${outcome}`);
  }

  /** 0 when the files are gone. */
  get bytes(): number {
    try {
      return WORKSPACE_FILES.reduce((sum, name) => sum + (this.#core.files.find(name)?.size() ?? 0), 0);
    } catch {
      return 0;
    }
  }

  /** Its files too. The key is forgotten. */
  close(): void {
    try {
      this.#core.engine.close();
    } finally {
      this.#core.files.close();
      this.#unlocked?.key.fill(0);
    }
  }
}
