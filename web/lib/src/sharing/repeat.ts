/** What becomes of a request whose leader ended before it answered. */
import { ArchivoltError } from '../errors.js';
import type { Method, Request } from '../protocol/messages.js';

/** Sent to the next leader with its mark: a request that was done is found by it, in the rows that it was done with. */
const ONCE: readonly Method[] = [
  'records.insert',
  'records.insertMany',
  'records.update',
  'records.delete',
  'sql.execute',
  'sql.batch',
  'tx.commit',
  'documents.remove',
  'collections.create',
  'collections.drop',
  'collections.delete',
  'settings.set',
  'accounts.endSession',
  'accounts.endSessions',
  'accounts.sweepSessions',
  'accounts.revokeKey',
  'accounts.removeProviderKey',
  'accounts.award',
  'cache.delete',
  'cache.increment',
  'cache.hit',
  'cache.clear',
  'cache.sweep',
];

/**
 * Not repeated without the caller's knowledge. No mark can tell whether they were done: it would be replaced, undone or erased with
 * everything else, or would keep a secret that only the caller may have.
 */
const NEVER: readonly Method[] = [
  'workspace.restore',
  'workspace.changePassphrase',
  'migrations.migrate',
  'privacy.eraseUser',
  'accounts.createSession',
  'accounts.issueKey',
];

/** Of a transaction's requests only the commit leaves a mark. */
export function hasMark({ method, tx }: Request): boolean {
  return ONCE.includes(method) && (tx === undefined || method === 'tx.commit');
}

/** What its caller hears where no next leader can be asked for its mark; undefined: it reads, or doing it again changes nothing. */
export function fateWithout({ method, tx }: Request): ArchivoltError | undefined {
  if (tx !== undefined && method !== 'tx.commit') return rolledBack();
  return ONCE.includes(method) || NEVER.includes(method) ? unknownOutcome(method) : undefined;
}

export function rolledBack(): ArchivoltError {
  return new ArchivoltError(
    'CONFLICT',
    'The tab that held the database has ended, and this transaction with it. Nothing of it was kept; run it again.',
    { leader: 'lost' },
  );
}

function unknownOutcome(method: string): ArchivoltError {
  return new ArchivoltError(
    'WORKER_LOST',
    `The tab that held the database ended during ${method}. Whether it was done is not known: look before you repeat it.`,
    { method },
  );
}
