/**
 * Compares the rows here with what the server has, by a digest of each: no time and no counter is trusted to tell a change.
 *
 * Both sides come in the order of the key's bytes, so that one pass through both tells everything.
 */
import { createHash } from 'node:crypto';
import { ArchivoltError, cancelled } from '../errors.js';
import { encodeTuple, fieldsOf, Unfitting, type LocalValue } from './binary.js';
import type { Spool } from './spool.js';
import { COLLECTIONS, followsRows, isSecret, pages, POINTS, type Ask, type PushedTable } from './tables.js';

export interface LocalRow {
  values: LocalValue[];
  /** Its columns as COPY takes them. */
  tuple: Buffer;
  digest: Buffer;
}

export interface Visitor {
  /** A row that is here alone, or differs from the server's. `key`: the fields of its key. */
  changed(row: LocalRow, key: readonly Buffer[], isNew: boolean): void;
  /** A row that is on the server alone. */
  missing(key: readonly Buffer[]): void;
}

export interface Comparison {
  unchanged: number;
  /** Of the rows here, as far as they are nobody else's doing: two that are equal hold the same. */
  state: string;
}

const DIGEST_BYTES = 16;

/** `digests`: the keys and digests of the server, in the order of the key. `secrets`: whether secrets take part. */
export async function compare(
  ask: Ask,
  table: PushedTable,
  digests: Spool,
  secrets: boolean,
  visitor: Visitor,
  { signal, onRows }: { signal?: AbortSignal | undefined; onRows: (count: number) => void },
): Promise<Comparison> {
  const state = createHash('sha256');
  const there = digests.tuples();
  let next = keyed(there.next().value, table);
  let unchanged = 0;
  for await (const page of isSecret(table.name) && !secrets ? [] : pages(ask, table)) {
    for (const values of page) {
      const row = rowOf(table, values, secrets);
      const fields = fieldsOf(row.tuple);
      const key = table.key.map((name) => fields[table.columns.findIndex((column) => column.name === name)] as Buffer);
      if (counts(table, key)) state.update(row.digest);
      while (next !== null && order(next.key, key) < 0) {
        visitor.missing(next.key);
        next = keyed(there.next().value, table);
      }
      if (next === null || order(next.key, key) > 0) {
        visitor.changed(row, key, true);
        continue;
      }
      if (next.digest?.equals(row.digest) === true) unchanged++;
      else visitor.changed(row, key, false);
      next = keyed(there.next().value, table);
    }
    if (signal?.aborted === true) throw cancelled();
    onRows(page.length);
  }
  for (; next !== null; next = keyed(there.next().value, table)) visitor.missing(next.key);
  return { unchanged, state: state.digest('hex') };
}

interface Keyed {
  key: Buffer[];
  digest: Buffer | null;
}

function keyed(tuple: Buffer | void, table: PushedTable): Keyed | null {
  if (tuple === undefined) return null;
  const fields = fieldsOf(tuple);
  return { key: fields.slice(0, table.key.length) as Buffer[], digest: fields[table.key.length] ?? null };
}

function order(one: readonly Buffer[], other: readonly Buffer[]): number {
  for (const [at, field] of one.entries()) {
    const sign = field.compare(other[at] as Buffer);
    if (sign !== 0) return sign;
  }
  return 0;
}

/** The audit trail grows by itself, and vectors of rows follow these. */
function counts({ name }: PushedTable, [first]: readonly Buffer[]): boolean {
  if (name === 'audit_log') return false;
  return (name !== COLLECTIONS && name !== POINTS) || !followsRows(String(first));
}

function rowOf(table: PushedTable, row: Record<string, unknown>, secrets: boolean): LocalRow {
  const values = table.columns.map(({ name }) =>
    !secrets && isSecret(table.name, name) ? null : (row[name] as LocalValue),
  );
  const tuple = tupleOf(table, values);
  return { values, tuple, digest: createHash('sha256').update(tuple).digest().subarray(0, DIGEST_BYTES) };
}

function tupleOf(table: PushedTable, values: readonly LocalValue[]): Buffer {
  const kinds = table.columns.map(({ kind }) => kind);
  try {
    return encodeTuple(kinds, values);
  } catch (error) {
    if (!(error instanceof Unfitting)) throw error;
    const at = values.findIndex((value, place) => !fits(() => encodeTuple(kinds.slice(place, place + 1), [value])));
    const column = table.columns[at]?.name ?? '';
    const id = table.key.map((name) => String(values[table.columns.findIndex((one) => one.name === name)])).join('/');
    throw new ArchivoltError(
      'CONSTRAINT',
      `${table.name}.${column} of the row ${JSON.stringify(id)} ${error.message}. Correct it and push again.`,
      {
        table: table.name,
        column,
      },
    );
  }
}

function fits(encode: () => Buffer): boolean {
  try {
    encode();
    return true;
  } catch {
    return false;
  }
}
