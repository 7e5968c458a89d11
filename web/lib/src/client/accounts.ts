/** Accounts, as the page sees them. */
import { invalidArgument } from '../errors.js';
import type { PlainRow } from '../protocol/messages.js';
import type { Accounts, Achievement, ApiKeyOptions, LoginOptions, Row } from '../types.js';
import { anything, array, count, filled, object, options as checkOptions, seconds, text } from './check.js';
import type { Call } from './call.js';

const LOGIN = { ttlSeconds: seconds, ip: text, userAgent: text, data: anything };
const API_KEY = {
  label: text,
  scopes: (argument: string, value: unknown) =>
    array(argument, value).forEach((scope, index) => filled(`${argument}[${index}]`, scope)),
  expiresAt: (argument: string, value: unknown) => {
    if (!(value instanceof Date)) filled(argument, value);
    else if (Number.isNaN(value.getTime())) throw invalidArgument(`${argument}: is an invalid Date.`, { argument });
  },
};
const ACHIEVEMENT = { type: filled, name: filled, description: text, points: count, metadata: object };

type Session = Row<'auth_sessions'>;
type ApiKey = Row<'api_keys'>;
/** The core's rows are of the generated types, which the wire does not know. */
const rows = <T>(found: PlainRow | PlainRow[] | null): T => found as T;

export class AccountsClient implements Accounts {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async setPassword(userId: string, password: string): Promise<void> {
    await this.#call('accounts.setPassword', { ...user(userId), password: filled('password', password) });
  }

  async verifyPassword(userId: string, password: string): Promise<boolean> {
    return this.#call('accounts.verifyPassword', { ...user(userId), password: text('password', password) });
  }

  async createSession(userId: string, options: LoginOptions = {}): Promise<{ token: string; expiresAt: string }> {
    checkOptions('options', options, LOGIN);
    return this.#call('accounts.createSession', { ...options, ...user(userId) });
  }

  async session(token: string): Promise<Session | null> {
    return rows(await this.#call('accounts.session', { token: filled('token', token) }));
  }

  async endSession(token: string): Promise<boolean> {
    return this.#call('accounts.endSession', { token: filled('token', token) });
  }

  async sessions(userId: string): Promise<Session[]> {
    return rows(await this.#call('accounts.sessions', user(userId)));
  }

  async endSessions(userId: string): Promise<number> {
    return this.#call('accounts.endSessions', user(userId));
  }

  async sweepSessions(): Promise<number> {
    return this.#call('accounts.sweepSessions', {});
  }

  async issueApiKey(userId: string, options: ApiKeyOptions = {}): Promise<{ id: string; key: string }> {
    checkOptions('options', options, API_KEY);
    return this.#call('accounts.issueKey', { ...options, ...user(userId) });
  }

  async verifyApiKey(key: string): Promise<ApiKey | null> {
    return rows(await this.#call('accounts.verifyKey', { key: filled('key', key) }));
  }

  async revokeApiKey(id: string): Promise<boolean> {
    return this.#call('accounts.revokeKey', { id: filled('id', id) });
  }

  async apiKeys(userId: string): Promise<ApiKey[]> {
    return rows(await this.#call('accounts.keys', { ...user(userId), kind: 'issued' }));
  }

  async storeProviderKey(userId: string, provider: string, secret: string, passphrase: string): Promise<void> {
    await this.#call('accounts.storeProviderKey', {
      ...user(userId),
      provider: filled('provider', provider),
      secret: filled('secret', secret),
      passphrase: filled('passphrase', passphrase),
    });
  }

  async openProviderKey(userId: string, provider: string, passphrase: string): Promise<string> {
    return this.#call('accounts.openProviderKey', {
      ...user(userId),
      provider: filled('provider', provider),
      passphrase: filled('passphrase', passphrase),
    });
  }

  async removeProviderKey(userId: string, provider: string): Promise<boolean> {
    return this.#call('accounts.removeProviderKey', { ...user(userId), provider: filled('provider', provider) });
  }

  async providers(userId: string): Promise<ApiKey[]> {
    return rows(await this.#call('accounts.keys', { ...user(userId), kind: 'provider' }));
  }

  async award(
    userId: string,
    achievement: Achievement,
  ): Promise<{ awarded: boolean; achievement: Row<'achievements'> }> {
    checkOptions('achievement', achievement, ACHIEVEMENT);
    filled('achievement.type', achievement.type);
    filled('achievement.name', achievement.name);
    const { awarded, achievement: row } = await this.#call('accounts.award', { ...user(userId), achievement });
    return { awarded, achievement: rows(row) };
  }

  async achievements(userId: string): Promise<{ points: number; achievements: Row<'achievements'>[] }> {
    const { points, achievements } = await this.#call('accounts.achievements', user(userId));
    return { points, achievements: rows(achievements) };
  }
}

function user(userId: string): { user: string } {
  return { user: filled('userId', userId) };
}
