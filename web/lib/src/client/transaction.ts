/** Transactions, as the page sees them: begin, body, commit; rolled back when the body throws. */
import { ArchivoltError } from '../errors.js';
import type { QueryOptions, SqlParams, Transaction } from '../types.js';
import { filled } from './check.js';
import { rowsOf, runSql, sqlCall } from './sql.js';
import { TableClient } from './table.js';
import type { Call } from './call.js';

/** So many leaders may end under one transaction. */
const MAX_RUNS = 10;

export async function runTransaction<R>(call: Call, body: (tx: Transaction) => Promise<R>): Promise<R> {
  for (let run = 1; ; run++) {
    try {
      return await runOnce(call, body);
    } catch (error) {
      // The tab that held the database is gone, and nothing of the transaction was kept.
      const again = error instanceof ArchivoltError && error.code === 'CONFLICT' && error.detail['leader'] === 'lost';
      if (!again || run === MAX_RUNS) throw error;
    }
  }
}

async function runOnce<R>(call: Call, body: (tx: Transaction) => Promise<R>): Promise<R> {
  const tx = await call('tx.begin', {});
  let ended = false;
  const within: Call = async (method, params, options) => {
    if (ended) throw new ArchivoltError('FAILED_PRECONDITION', 'The transaction has ended.');
    return call(method, params, { ...options, tx });
  };
  try {
    const result = await body(transactionOver(within));
    ended = true;
    await call('tx.commit', {}, { tx });
    return result;
  } catch (error) {
    if (!ended) {
      ended = true;
      await rollBack(call, tx);
    }
    throw error;
  }
}

function transactionOver(call: Call): Transaction {
  return {
    table: (name) => new TableClient(filled('name', name) as typeof name, call),
    query: async <R>(sql: string, params?: SqlParams, options?: QueryOptions) =>
      rowsOf(await runSql(call, 'sql.query', sqlCall(sql, params), options)) as R[],
    execute: async (sql, params, options) => runSql(call, 'sql.execute', sqlCall(sql, params), options),
  };
}

/** The body's own error is the one that the caller sees; a transaction that timed out is rolled back already. */
async function rollBack(call: Call, tx: string): Promise<void> {
  try {
    await call('tx.rollback', {}, { tx });
  } catch (error) {
    if (!(error instanceof ArchivoltError)) throw error;
  }
}
