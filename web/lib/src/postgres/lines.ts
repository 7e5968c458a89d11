/** Rows of a server as lines of an export of everything (docs/interchange.md), which the workspace imports. */
import { randomUUID } from 'node:crypto';
import { fromMicros } from '../interchange/times.js';
import { decode, fieldsOf, type LocalValue } from './binary.js';
import type { Place } from './schema.js';
import { COLLECTIONS, isSecret, POINTS, type PushedTable, type ServerKind } from './tables.js';

/** What points are called in such a file. */
const POINT_NAMES: Readonly<Record<string, string>> = {
  chunk_id: 'chunk',
  code_symbol_id: 'code_symbol',
  embedding: 'vector',
};

/** `secrets`: whether they are on the server; otherwise what is here stays. */
export function lineOf(table: PushedTable, tuple: Buffer, vectors: Place['vectors'], secrets: boolean): Buffer {
  const fields = fieldsOf(tuple);
  const members = table.columns.flatMap(({ name, kind }, at) => {
    if (!secrets && isSecret(table.name, name)) return [];
    const wire = kind === 'vector' && vectors === 'array' ? 'array' : kind;
    const called = table.name === POINTS ? (POINT_NAMES[name] ?? name) : name;
    return [`${JSON.stringify(called)}:${textOf(kind, decode(wire, fields[at] ?? null))}`];
  });
  // It names a new one; a collection that is here keeps its id.
  if (table.name === COLLECTIONS) members.push(`"id":"${randomUUID()}"`);
  return Buffer.from(`{"table":${JSON.stringify(table.name)},"row":{${members.join(',')}}}\n`);
}

function textOf(kind: ServerKind, value: LocalValue): string {
  if (value === null) return 'null';
  switch (kind) {
    case 'boolean':
      return Number(value) === 0 ? 'false' : 'true';
    case 'timestamp':
      return JSON.stringify(fromMicros(Number(value), 'iso'));
    case 'json':
      return (value as string).replace(/[\r\n]+/g, ' ');
    case 'blob':
    case 'vector':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'));
    case 'integer':
    case 'hundredths':
    case 'real':
      return String(value);
    default:
      return JSON.stringify(value);
  }
}
