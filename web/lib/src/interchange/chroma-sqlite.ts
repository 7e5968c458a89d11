/**
 * The database of a Chroma that keeps its data in a folder (chroma.sqlite3, of 0.4 to 1.x): a table of points for each collection.
 *
 * Texts and metadata are in its tables. Vectors are in its queue of writes, as far as Chroma has not emptied it, and else in the index
 * beside the file (chroma-index.ts); points whose vector is in neither come without one.
 */
import { cancelled } from '../errors.js';
import { ChromaIndex, type Beside } from './chroma-index.js';
import type { OtherFile } from './other-file.js';
import type { RowBatch, SourceTable, SourceValue } from './source.js';

const ROWS = 500;
const NEEDED = ['collections', 'segments', 'embeddings', 'embedding_metadata', 'embeddings_queue'];
const COLUMNS = ['id', 'vector', 'document', 'metadata', 'uri'];
const DOCUMENT = 'chroma:document';
const URI = 'chroma:uri';
const METRICS = new Map<unknown, 'cosine' | 'ip' | 'l2'>([
  ['cosine', 'cosine'],
  ['ip', 'ip'],
  ['l2', 'l2'],
]);

/** Whether these are the tables of a Chroma. */
export function isChroma(tables: readonly string[]): boolean {
  return NEEDED.every((name) => tables.includes(name));
}

/** A table of points by collection. */
export function chromaTables(other: OtherFile, file: string, beside?: Beside): SourceTable[] {
  const collections = other.query(`SELECT id, name FROM collections ORDER BY name, id`).rows;
  return collections.map(([id, name]) => new ChromaCollection(other, String(id), beside).table(String(name), file));
}

class ChromaCollection {
  readonly #other: OtherFile;
  readonly #id: string;
  readonly #beside: Beside | undefined;
  readonly #columns: string;
  /** Where in the queue the latest vector of a point is. */
  #places: Map<string, unknown> | undefined;
  #index: Promise<ChromaIndex | undefined> | undefined;

  constructor(other: OtherFile, id: string, beside: Beside | undefined) {
    this.#other = other;
    this.#beside = beside;
    this.#id = id;
    // Older ones have no values that are true or false.
    const hasTruth = has(other, 'embedding_metadata', 'bool_value');
    this.#columns = `id, key, string_value, int_value, float_value, ${hasTruth ? 'bool_value' : 'NULL'}`;
  }

  table(name: string, file: string): SourceTable {
    const [[count = 0] = []] = this.#other.query(`SELECT count(*) FROM embeddings e WHERE ${OF_COLLECTION}`, [
      this.#id,
    ]).rows;
    return {
      ...{ name, schema: null, database: null, file, columns: COLUMNS, types: null },
      points: { metric: this.#metric() },
      count: Number(count),
      rows: (options = {}) => this.#rows(options),
    };
  }

  async *#rows({ cursor, signal }: Parameters<SourceTable['rows']>[0] = {}): AsyncGenerator<RowBatch> {
    let after = cursor ?? '';
    for (;;) {
      if (signal?.aborted) throw cancelled();
      const from = after === '' ? [] : [Number(after)];
      const found = this.#other.query(
        `SELECT e.id, e.embedding_id FROM embeddings e WHERE ${OF_COLLECTION}${from.length > 0 ? ' AND e.id > ?' : ''} ` +
          `ORDER BY e.id LIMIT ${ROWS}`,
        [this.#id, ...from],
      ).rows;
      const last = found.at(-1);
      if (last === undefined) return;
      after = String(last[0]);
      const metadata = this.#metadata(found.map(([id]) => id));
      const vectors = await this.#vectors(found.map(([, point]) => String(point)));
      const rows = found.map(([id, point]): SourceValue[] => {
        const { [DOCUMENT]: document = null, [URI]: uri = null, ...rest } = metadata.get(id) ?? {};
        return [String(point), vectors.get(String(point)) ?? null, document, rest, uri];
      });
      yield { columns: COLUMNS, rows, cursor: after };
      await Promise.resolve();
    }
  }

  #metadata(ids: unknown[]): Map<unknown, Record<string, SourceValue>> {
    const found = new Map<unknown, Record<string, SourceValue>>();
    const sql = `SELECT ${this.#columns} FROM embedding_metadata WHERE id IN (${places(ids)}) ORDER BY id, key`;
    for (const [id, key, ...values] of this.#other.query(sql, ids).rows) {
      const [text, whole, real, truth] = values as (SourceValue | undefined)[];
      const metadata = found.get(id) ?? {};
      found.set(id, metadata);
      const value = text ?? whole ?? real ?? (truth === null || truth === undefined ? null : Number(truth) !== 0);
      Object.defineProperty(metadata, String(key), { value, enumerable: true, configurable: true, writable: true });
    }
    return found;
  }

  async #vectors(points: readonly string[]): Promise<Map<string, Float32Array>> {
    this.#places ??= new Map(
      this.#other
        .query(
          "SELECT id, max(seq_id) FROM embeddings_queue WHERE topic LIKE '%' || ? AND vector IS NOT NULL GROUP BY id",
          [this.#id],
        )
        .rows.map(([id, place]) => [String(id), place]),
    );
    const wanted = points.flatMap((point) => this.#places?.get(point) ?? []);
    const sql = `SELECT id, vector, encoding FROM embeddings_queue WHERE seq_id IN (${places(wanted)})`;
    const found = new Map<string, Float32Array>();
    for (const [id, bytes, encoding] of this.#other.query(sql, wanted).rows) {
      const vector = vectorOf(bytes, encoding);
      if (vector !== null) found.set(String(id), vector);
    }
    const left = points.filter((point) => !found.has(point));
    const index = left.length > 0 ? await this.#indexed() : undefined;
    if (index === undefined) return found;
    for (const point of left) {
      const vector = await index.vector(point);
      if (vector !== null) found.set(point, vector);
    }
    return found;
  }

  #indexed(): Promise<ChromaIndex | undefined> {
    const [[segment] = []] = this.#other.query("SELECT id FROM segments WHERE collection = ? AND scope = 'VECTOR'", [
      this.#id,
    ]).rows;
    const beside = this.#beside;
    if (beside === undefined || typeof segment !== 'string') return Promise.resolve(undefined);
    return (this.#index ??= ChromaIndex.open(segment, beside));
  }

  #metric(): 'cosine' | 'ip' | 'l2' {
    const told = this.#other.query(
      "SELECT str_value FROM collection_metadata WHERE collection_id = ? AND key = 'hnsw:space'",
      [this.#id],
    ).rows[0]?.[0];
    if (has(this.#other, 'collections', 'config_json_str')) {
      const [[text = null] = []] = this.#other.query('SELECT config_json_str FROM collections WHERE id = ?', [
        this.#id,
      ]).rows;
      const space = spaceOf(text);
      if (space !== undefined) return METRICS.get(space) ?? 'l2';
    }
    // Chroma's own default.
    return METRICS.get(told) ?? 'l2';
  }
}

const OF_COLLECTION = "e.segment_id IN (SELECT s.id FROM segments s WHERE s.collection = ? AND s.scope = 'METADATA')";

const places = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

function has(other: OtherFile, table: string, column: string): boolean {
  return other.query('SELECT 1 FROM pragma_table_info(?) WHERE name = ?', [table, column]).rows.length > 0;
}

function vectorOf(bytes: unknown, encoding: unknown): Float32Array | null {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length % 4 !== 0) return null;
  const { buffer } = bytes.slice();
  if (encoding === 'INT32') return Float32Array.from(new Int32Array(buffer));
  const vector = encoding === 'FLOAT32' ? new Float32Array(buffer) : null;
  return vector?.every(Number.isFinite) === true ? vector : null;
}

/** The space of an index's configuration, as versions since 0.6 write it. */
function spaceOf(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    const config = JSON.parse(text) as Record<
      string,
      { hnsw?: { space?: unknown }; spann?: { space?: unknown }; space?: unknown } | null
    > | null;
    const { vector_index: index, hnsw_configuration: older } = config ?? {};
    return index?.hnsw?.space ?? index?.spann?.space ?? older?.space;
  } catch {
    return undefined;
  }
}
