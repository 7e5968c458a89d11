/** The shapes in which Qdrant and Chroma give their points. */
import type { SourceValue } from '../source.js';

/** Members of what Chroma's `collection.get()` answers. */
export const CHROMA_MEMBERS = ['ids', 'embeddings', 'metadatas', 'documents', 'uris', 'data', 'included'];

const POINT_MEMBERS = new Set(['id', 'vector', 'payload', 'version', 'score', 'shard_key', 'order_value']);

/** Whether an object with these members is a point of Qdrant. `needsVector`: where nothing else says that it may be one. */
export function isPoint(members: readonly string[], needsVector: boolean): boolean {
  return (
    members.includes('id') &&
    (members.includes('vector') || (!needsVector && members.includes('payload'))) &&
    members.every((name) => POINT_MEMBERS.has(name))
  );
}

/** Names of members that hold vectors: arrays of numbers that need not be exact beyond a double. */
export const VECTOR_MEMBERS: ReadonlySet<string> = new Set(['vector', 'embeddings']);

export type JsonObject = { [name: string]: SourceValue };

export function isObject(value: SourceValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Float32Array)
  );
}

/** The vector, or undefined when it is no array of finite numbers. */
export function toVector(value: SourceValue | undefined): Float32Array | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const vector = new Float32Array(value.length);
  for (let at = 0; at < value.length; at++) {
    const item = value[at];
    vector[at] =
      typeof item === 'number' ? item : typeof item === 'bigint' || typeof item === 'string' ? Number(item) : NaN;
    if (!Number.isFinite(vector[at])) return undefined;
  }
  return vector;
}

/** The rows of a point, one for each of its vectors; a text where something of it cannot be read. */
export function pointRows(point: JsonObject): { rows: JsonObject[]; problem: string } {
  const { id = null, payload = null, vector = null } = point;
  if (vector === null) return { rows: [{ id, vector, payload }], problem: '' };
  if (!isObject(vector)) {
    const dense = toVector(vector) ?? null;
    return { rows: [{ id, vector: dense, payload }], problem: dense === null ? NOT_DENSE : '' };
  }
  const rows: JsonObject[] = [];
  let problem = '';
  for (const [name, value] of Object.entries(vector)) {
    const dense = toVector(value);
    if (dense === undefined) problem = NOT_DENSE;
    else rows.push({ id, vector: dense, payload, vector_name: name });
  }
  // A point without a vector that can be read still has its payload.
  return { rows: rows.length > 0 ? rows : [{ id, vector: null, payload }], problem };
}

const NOT_DENSE = 'A vector of the point is not a list of finite numbers (sparse and multiple vectors are not read).';
