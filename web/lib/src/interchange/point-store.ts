/** Points of vector collections as rows of the database, written one by one in the transaction of the caller. */
import type { ImportHost } from './import-host.js';
import { Unfit } from './unfit.js';

export type Outcome = 'added' | 'updated' | 'unchanged';

export interface Collection {
  name: string;
  id: string;
  dimensions: number;
  metric: string;
}

const MOST_ID = 800;

export class PointStore {
  readonly #host: ImportHost;

  constructor(host: ImportHost) {
    this.#host = host;
  }

  /** The collection of this name, a local one first. */
  find(name: string): Collection | undefined {
    const [row] = this.query(
      "SELECT id, dims, metric FROM vector_collections WHERE name = ? ORDER BY origin <> 'local' LIMIT 1",
      [name],
    );
    if (row === undefined) return undefined;
    const [id, dims, metric] = row;
    return { name, id: String(id), dimensions: Number(dims), metric: String(metric) };
  }

  /** Which of the points are there: texts of `key`. */
  present(points: readonly (readonly [collection: string | null, point: string | null])[]): Set<string> {
    const found = this.query(
      'SELECT p.collection_id, p.point_uid FROM json_each(?) j JOIN vector_collections c ON c.name = j.value ->> 0 ' +
        'JOIN vector_points p ON p.collection_id = c.id AND p.point_uid = j.value ->> 1',
      [JSON.stringify(points)],
    );
    return new Set(found.map(([collection, point]) => key(String(collection), String(point))));
  }

  /**
   * Writes a point with those columns of vector_points that are given. `present`: which points are there; this one is added.
   * Throws Unfit, and CONSTRAINT for a reference without its row.
   */
  write(
    collection: Collection,
    { id = crypto.randomUUID(), point }: { id?: string; point: string },
    columns: ReadonlyMap<string, unknown>,
    present: Set<string>,
  ): Outcome {
    if (point === '' || point.length > MOST_ID) throw new Unfit(`the point's id must have 1 to ${MOST_ID} characters`);
    const names = [...columns.keys()];
    const all = ['id', 'collection_id', 'point_uid', ...names];
    const changes = this.execute(
      `INSERT INTO vector_points(${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')}) ` +
        `ON CONFLICT(collection_id, point_uid) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')} ` +
        `WHERE ${names.map((name) => `${name} IS NOT excluded.${name}`).join(' OR ')}`,
      [id, collection.id, point, ...columns.values()],
    );
    const is = key(collection.id, point);
    if (!present.has(is)) {
      present.add(is);
      return 'added';
    }
    return changes > 0 ? 'updated' : 'unchanged';
  }

  query(sql: string, params: unknown[]): unknown[][] {
    return this.#host.call('sql.query', { sql, params }).rows;
  }

  execute(sql: string, params: unknown[]): number {
    return this.#host.call('sql.execute', { sql, params }).changes;
  }
}

const key = (collection: string, point: string): string => `${collection} ${point}`;

/** The bytes of a vector that the collection takes. Throws Unfit. `mayBeZero`: where an embedder knew nothing of a text. */
export function checkedVector(
  vector: Float32Array,
  { dimensions, metric }: Pick<Collection, 'dimensions' | 'metric'>,
  mayBeZero = false,
): Uint8Array {
  if (vector.length !== dimensions) throw new Unfit(`vector must be ${dimensions} values of float32`);
  if (!vector.every(Number.isFinite)) throw new Unfit('vector has a value that is no finite number');
  if (metric === 'cosine' && !mayBeZero && vector.every((value) => value === 0))
    throw new Unfit('vector has no direction');
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}
