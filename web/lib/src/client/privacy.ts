/** Retention and the rights of a person over what is held about them, as the page sees them. */
import { invalidArgument } from '../errors.js';
import type { ErasureReport, Privacy, RetentionClass, RetentionPolicy } from '../types.js';
import { bool, filled, options as checkOptions, wholeNumber } from './check.js';
import type { Call } from './call.js';

const DRY_RUN = { dryRun: bool };

export class PrivacyClient implements Privacy {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async retention(): Promise<RetentionPolicy[]> {
    return this.#call('privacy.retention', {});
  }

  async setRetention(cls: RetentionClass, keepDays: number | null): Promise<void> {
    filled('class', cls);
    if (keepDays === undefined)
      throw invalidArgument('keepDays: must be given; null keeps for ever.', { argument: 'keepDays' });
    if (keepDays !== null) wholeNumber('keepDays', keepDays);
    await this.#call('privacy.setRetention', { class: cls, keepDays });
  }

  async exportUser(userId: string): Promise<Blob> {
    return this.#call('privacy.exportUser', { user: filled('userId', userId) });
  }

  async eraseUser(userId: string, options: { dryRun?: boolean } = {}): Promise<ErasureReport> {
    filled('userId', userId);
    checkOptions('options', options, DRY_RUN);
    return this.#call('privacy.eraseUser', { ...options, user: userId });
  }

  async applyRetention(options: { dryRun?: boolean } = {}): Promise<Record<string, number>> {
    checkOptions('options', options, DRY_RUN);
    return this.#call('privacy.applyRetention', options);
  }
}
