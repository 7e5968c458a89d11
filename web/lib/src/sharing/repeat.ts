/** What becomes of a request whose leader ended before it answered. */
import type { Method } from '../protocol/messages.js';

/** Sent to the next leader with its mark: a request that was done is found by it, in the rows that it was done with. */
const ONCE: readonly Method[] = [
  'records.insert',
  'records.insertMany',
  'records.update',
  'records.delete',
  'sql.execute',
  'sql.batch',
  'tx.commit',
];

/** Not repeated without the caller's knowledge: done twice they would do something else. */
const NEVER: readonly Method[] = [
  'workspace.restore',
  'workspace.changePassphrase',
  'migrations.migrate',
  'privacy.eraseUser',
  'documents.remove',
  'collections.create',
  'collections.drop',
  'collections.delete',
  'settings.set',
  'accounts.createSession',
  'accounts.verifyPassword',
  'accounts.endSession',
  'accounts.endSessions',
  'accounts.sweepSessions',
  'accounts.issueKey',
  'accounts.revokeKey',
  'accounts.removeProviderKey',
  'accounts.award',
  'cache.delete',
  'cache.increment',
  'cache.hit',
  'cache.clear',
  'cache.sweep',
];

/** `repeat`: it reads, or doing it again changes nothing. */
export function fateOf(method: Method): 'once' | 'never' | 'repeat' {
  if (ONCE.includes(method)) return 'once';
  return NEVER.includes(method) ? 'never' : 'repeat';
}
