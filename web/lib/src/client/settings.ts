/** Settings, as the page sees them. */
import { invalidArgument } from '../errors.js';
import type { Scope } from '../protocol/messages.js';
import type { ResolvedSetting, Row, Settings, SettingsLevel } from '../types.js';
import { filled, object, options as checkOptions, positive } from './check.js';
import type { Call } from './call.js';

const SCOPE = { user: filled, conversation: filled };

export class SettingsClient implements Settings {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async resolve(scope: Scope = {}): Promise<Record<string, ResolvedSetting>> {
    checkOptions('scope', scope, SCOPE);
    return this.#call('settings.resolve', scope);
  }

  async set(level: SettingsLevel, values: Record<string, unknown>, by?: string): Promise<void> {
    checkLevel(level);
    object('values', values);
    for (const [name, value] of Object.entries(values)) {
      // What is left out on the way must not look as if it had been set.
      if (value === undefined)
        throw invalidArgument(`values.${name}: is undefined; say null to clear it.`, { argument: `values.${name}` });
    }
    await this.#call('settings.set', { level, values, ...(by === undefined ? {} : { by: filled('by', by) }) });
  }

  async history(options: { field?: string; limit?: number } = {}): Promise<Row<'audit_log'>[]> {
    checkOptions('options', options, { field: filled, limit: positive });
    return (await this.#call('settings.history', options)) as unknown as Row<'audit_log'>[];
  }
}

function checkLevel(level: SettingsLevel): void {
  if (level === 'dynamic' || level === 'static') return;
  if (typeof level === 'string')
    throw invalidArgument("level: must be { conversation }, { user }, 'dynamic' or 'static'.", { argument: 'level' });
  checkOptions('level', level, SCOPE);
  if (Object.values(level).filter((id) => id !== undefined).length !== 1)
    throw invalidArgument('level: name either a user or a conversation.', { argument: 'level' });
}
