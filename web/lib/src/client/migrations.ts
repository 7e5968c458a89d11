/** Versions of the schema, as the page sees them. */
import type { BackupInfo, MigrationInfo, MigrationResult, Migrations } from '../types.js';
import { bool, filled, filledOrNull, options as checkOptions, wholeNumber } from './check.js';
import type { Call } from './call.js';

const OPTIONS = { dryRun: bool };
const READ_OPTIONS = { passphrase: filledOrNull };

export class MigrationsClient implements Migrations {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async current(): Promise<number> {
    return this.#call('migrations.current', {});
  }

  async list(): Promise<MigrationInfo[]> {
    return this.#call('migrations.list', {});
  }

  async migrate(to: number, options: { dryRun?: boolean } = {}): Promise<MigrationResult> {
    wholeNumber('to', to);
    checkOptions('options', options, OPTIONS);
    return this.#call('migrations.migrate', { ...options, to });
  }

  async backups(): Promise<BackupInfo[]> {
    return this.#call('migrations.backups', {});
  }

  async readBackup(name: string, options: { passphrase?: string | null } = {}): Promise<Blob> {
    checkOptions('options', options, READ_OPTIONS);
    return this.#call('migrations.readBackup', { ...options, name: filled('name', name) });
  }
}
