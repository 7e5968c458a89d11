/** SQL of callers: parameters made ready, rows turned into objects. */
import { invalidArgument } from '../errors.js';
import type { Params, ResultOf } from '../protocol/messages.js';
import type { QueryOptions, SqlParams, SqlValue, Statement } from '../types.js';
import { array, bool, filled, object, options as checkOptions, positive, signal } from './check.js';
import type { Call } from './call.js';

const OPTIONS = { signal, timeoutMs: positive };

/** Sends SQL with what is said beside it: when it is given up, and what it may read. */
export function runSql<M extends 'sql.query' | 'sql.execute' | 'sql.batch'>(
  call: Call,
  method: M,
  params: Params<M>,
  options: QueryOptions = {},
): Promise<ResultOf<M>> {
  checkOptions('options', options, method === 'sql.query' ? { ...OPTIONS, secrets: bool } : OPTIONS);
  const { signal: ending, ...limits } = options;
  return call(method, { ...params, ...limits }, { signal: ending });
}

/** Dates become microseconds since 1970, which is what `_at` columns hold. Everything that SQLite cannot hold is refused. */
export function sqlParams(params: unknown): SqlParams | undefined {
  if (params === undefined) return undefined;
  if (Array.isArray(params)) return params.map((value, index) => sqlValue(`params[${index}]`, value));
  return Object.fromEntries(
    Object.entries(object('params', params)).map(([name, value]) => [name, sqlValue(`params.${name}`, value)]),
  );
}

export function statement(argument: string, value: unknown): Statement {
  const { sql, params } = object(argument, value);
  const ready = sqlParams(params);
  return { sql: filled(`${argument}.sql`, sql), ...(ready === undefined ? {} : { params: ready }) };
}

export function statements(value: unknown): Statement[] {
  return array('statements', value).map((item, index) => statement(`statements[${index}]`, item));
}

/** Parameters of `sql.query` and `sql.execute`. */
export function sqlCall(sql: unknown, params: unknown): Statement {
  return statement('statement', { sql, params });
}

/** `a ${x} b` as one statement with a bound parameter. */
export function fromTemplate(strings: TemplateStringsArray, values: SqlValue[]): Statement {
  if (!Array.isArray(strings) || !Array.isArray((strings as { raw?: unknown }).raw)) {
    throw invalidArgument('sql is a template tag: write sql`...`, or use query().', { argument: 'strings' });
  }
  return sqlCall(strings.join('?'), values);
}

/** One object a row; of two columns with one name the last wins. */
export function rowsOf({ columns, rows }: ResultOf<'sql.query'>): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

function sqlValue(argument: string, value: unknown): SqlValue {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw invalidArgument(`${argument}: an invalid Date.`, { argument });
    return BigInt(value.getTime()) * 1000n;
  }
  if (value === null || value instanceof Uint8Array || value instanceof Float32Array) return value;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      throw invalidArgument(`${argument}: not a value that SQL knows.`, { argument });
  }
}
