/** Rows of a server as lines of an export of everything (docs/interchange.md), which the workspace imports. */
import { randomUUID } from 'node:crypto';
import { ownForm } from '../interchange/archive-forms.js';
import type { ColumnKind } from '../interchange/targets.gen.js';
import { decode, fieldsOf } from './binary.js';
import type { Place } from './schema.js';
import { COLLECTIONS, isSecret, POINTS, type PushedTable, type ServerKind } from './tables.js';

/** What points are called in such a file. */
const POINT_NAMES: Readonly<Record<string, string>> = {
  chunk_id: 'chunk',
  code_symbol_id: 'code_symbol',
  embedding: 'vector',
};

/** What it is to the workspace. */
function kindHere(kind: ServerKind): ColumnKind {
  if (kind === 'vector') return 'blob';
  return kind === 'hundredths' ? 'integer' : kind;
}

/** `secrets`: whether they are on the server; otherwise what is here stays. */
export function lineOf(table: PushedTable, tuple: Buffer, vectors: Place['vectors'], secrets: boolean): Buffer {
  const fields = fieldsOf(tuple);
  const members = table.columns.flatMap(({ name, kind }, at) => {
    if (!secrets && isSecret(table.name, name)) return [];
    const wire = kind === 'vector' && vectors === 'array' ? 'array' : kind;
    const called = table.name === POINTS ? (POINT_NAMES[name] ?? name) : name;
    return [`${JSON.stringify(called)}:${ownForm(kindHere(kind), decode(wire, fields[at] ?? null))}`];
  });
  // It names a new one; a collection that is here keeps its id.
  if (table.name === COLLECTIONS) members.push(`"id":"${randomUUID()}"`);
  return Buffer.from(`{"table":${JSON.stringify(table.name)},"row":{${members.join(',')}}}\n`);
}
