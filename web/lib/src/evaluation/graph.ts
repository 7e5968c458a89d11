/** How much of what an exact search finds the graphs find: of a collection's points, and of the passages of documents. */
import { filled, fn, options as checkOptions, positive, signal } from '../client/check.js';
import { ArchivoltError } from '../errors.js';
import type { Metric, SearchHit, Workspace } from '../types.js';
import { stopIfAborted } from './aborted.js';
import { estimate, type Estimate } from './metrics.js';

export interface GraphRecallOptions {
  /** Points that are looked for, spread over the collection. Default 100. */
  sample?: number;
  /** Neighbours of each. Default 10. */
  limit?: number;
  /** As of `collections.query`: how widely the graph is searched. */
  ef?: number;
  signal?: AbortSignal;
}

const NEIGHBOURS = 10;

/** The share of the nearest points, found by an exact search, that the collection's graph finds as well. NOT_FOUND, FAILED_PRECONDITION for an empty one. */
export async function graphRecall(
  workspace: Workspace,
  collection: string,
  options: GraphRecallOptions = {},
): Promise<{ recall: Estimate; sample: number }> {
  filled('collection', collection);
  checkOptions('options', options, { sample: positive, limit: positive, ef: positive, signal });
  const { sample = 100, limit = NEIGHBOURS, ef } = options;
  const points = await workspace.collections.count(collection);
  if (points === 0) throw new ArchivoltError('FAILED_PRECONDITION', `The collection ${collection} is empty.`);
  const ids = await workspace.query<{ id: string }>(
    `SELECT id FROM (SELECT p.point_uid AS id, row_number() OVER (ORDER BY p.pk) AS at FROM vector_points p
       WHERE p.collection_id = (SELECT id FROM vector_collections WHERE origin = 'local' AND name = ?1))
     WHERE at % max(1, ?2) = 0 LIMIT ?3`,
    [collection, Math.floor(points / sample), sample],
  );
  const shares: number[] = [];
  for (const { id } of ids) {
    stopIfAborted(options.signal);
    const point = await workspace.collections.get(collection, id);
    if (point === null) continue;
    const nearest = await workspace.collections.query(collection, point.vector, { limit, exact: true });
    const found = await workspace.collections.query(collection, point.vector, {
      limit,
      ...(ef === undefined ? {} : { ef }),
    });
    const there = new Set(found.map((hit) => hit.id));
    shares.push(nearest.filter((hit) => there.has(hit.id)).length / Math.max(1, nearest.length));
  }
  return { recall: estimate(shares), sample: shares.length };
}

export interface PassageRecallOptions {
  /** Passages whose neighbours are looked for, spread over all, at most 1000. Default 100. */
  sample?: number;
  /** Neighbours of each, at most 100. Default 10. */
  limit?: number;
  /** Passages that were compared, of how many. */
  onProgress?: (done: number, of: number) => void;
  signal?: AbortSignal;
}

/** Vectors that are read at once: about two megabytes at 256 values each. */
const BATCH = 2000;
/** Two sums of the same products in another order may differ by this share. */
const ROUNDING = 1e-5;

/** The similarity that search gives two vectors (`src/vector/vector_index.cc`): of their product and of each one's with itself. */
const SIMILARITY: Record<Metric, (product: number, a: number, b: number) => number> = {
  cosine: (product, a, b) => product / Math.sqrt(a * b),
  ip: (product) => product,
  l2: (product, a, b) => 1 / (1 + a - 2 * product + b),
};

/** As search leaves them out (`src/search/document_filter.cc`). */
const PASSAGES = `FROM vector_points p JOIN document_chunks c ON c.id = p.chunk_id JOIN documents d ON d.id = c.document_id
  WHERE p.collection_id = (SELECT id FROM vector_collections WHERE origin = 'local' AND name = 'document_chunks')
    AND d.is_deleted = 0 AND d.status IS NOT 'failed'
    AND NOT EXISTS (SELECT 1 FROM projects g WHERE g.id = d.project_id AND g.deleted_at IS NOT NULL)`;

/**
 * The share of the passages nearest to each of a sample that a semantic search finds, which asks the graph where there are enough of
 * them. The exact search is made here: it reads every vector once. A hit counts too when it is as near as the last of the nearest, so
 * that of equal passages any will do. FAILED_PRECONDITION without passages that have vectors, or when they change meanwhile; CANCELLED.
 */
export async function passageRecall(
  workspace: Workspace,
  options: PassageRecallOptions = {},
): Promise<{ recall: Estimate; sample: number; passages: number }> {
  checkOptions('options', options, { sample: positive, limit: positive, onProgress: fn, signal });
  const sample = Math.min(options.sample ?? 100, 1000);
  const limit = Math.min(options.limit ?? NEIGHBOURS, 100);
  const passages = await countPassages(workspace);
  if (passages === 0) throw new ArchivoltError('FAILED_PRECONDITION', 'No passage has a vector yet.');
  const step = Math.max(1, Math.floor(passages / sample));
  const chosen = await workspace.query<{ vector: Uint8Array }>(
    `SELECT vector FROM (SELECT p.vector AS vector, row_number() OVER (ORDER BY p.pk) AS at ${PASSAGES})
     WHERE at % ?1 = 0 LIMIT ?2`,
    [step, sample],
  );
  const asked = chosen
    .map(({ vector: bytes }) => {
      const vector = floatsOf(bytes);
      return { vector, square: dot(vector, vector), nearest: new Nearest(limit) };
    })
    .filter(({ square }) => square > 0);
  if (asked.length === 0)
    throw new ArchivoltError('FAILED_PRECONDITION', 'No passage of the sample has words that the embedder knows.');

  const similarity = SIMILARITY[await metricOfPassages(workspace)];
  let after = 0;
  for (let done = 0; ;) {
    stopIfAborted(options.signal);
    const rows = await workspace.query<{ pk: number; id: string; vector: Uint8Array }>(
      `SELECT p.pk AS pk, p.chunk_id AS id, p.vector AS vector ${PASSAGES} AND p.pk > ?1 ORDER BY p.pk LIMIT ?2`,
      [after, BATCH],
    );
    for (const { id, vector: bytes } of rows) {
      const vector = floatsOf(bytes);
      const square = dot(vector, vector);
      for (const one of asked)
        if (square > 0) one.nearest.add(id, similarity(dot(one.vector, vector), one.square, square));
    }
    after = rows.at(-1)?.pk ?? after;
    options.onProgress?.((done += rows.length), passages);
    if (rows.length < BATCH) break;
  }

  const shares: number[] = [];
  for (const { vector, nearest } of asked) {
    stopIfAborted(options.signal);
    const { hits } = await workspace.search('', {
      vector,
      limit,
      mode: 'semantic',
      kinds: ['documents'],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const least = nearest.least - ROUNDING * Math.abs(nearest.least);
    const isNear = ({ id, legs }: SearchHit): boolean =>
      nearest.has(id) || (legs.semantic?.score ?? -Infinity) >= least;
    shares.push(hits.filter(isNear).length / nearest.count);
  }
  if ((await countPassages(workspace)) !== passages)
    throw new ArchivoltError('FAILED_PRECONDITION', 'Documents came or went meanwhile. Ask again.');
  return { recall: estimate(shares.map((share) => Math.min(1, share))), sample: shares.length, passages };
}

async function countPassages(workspace: Workspace): Promise<number> {
  const [row] = await workspace.query<{ n: number }>(`SELECT count(*) AS n ${PASSAGES}`);
  return row?.n ?? 0;
}

async function metricOfPassages(workspace: Workspace): Promise<Metric> {
  const [row] = await workspace.query<{ metric: Metric }>(
    "SELECT metric FROM vector_collections WHERE origin = 'local' AND name = 'document_chunks'",
  );
  return row?.metric ?? 'cosine';
}

/** The best few of many. */
class Nearest {
  readonly #best: { id: string; score: number }[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(id: string, score: number): void {
    if (this.#best.length === this.#limit && score <= this.least) return;
    const at = this.#best.findIndex((other) => other.score < score);
    this.#best.splice(at < 0 ? this.#best.length : at, 0, { id, score });
    if (this.#best.length > this.#limit) this.#best.pop();
  }

  has(id: string): boolean {
    return this.#best.some((one) => one.id === id);
  }

  /** The lowest score that is kept. */
  get least(): number {
    return this.#best.at(-1)?.score ?? -Infinity;
  }

  get count(): number {
    return Math.max(1, this.#best.length);
  }
}

/** Copied: the bytes of a row need not be aligned. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
