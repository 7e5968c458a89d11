/**
 * `archivolt/evaluation`: how well a workspace's own search answers judged queries, and how much of what an exact search finds the
 * graph of a collection finds. Nothing leaves the device, and nothing is written.
 */
import { among, array, filled, fn, options as checkOptions, positive, signal } from '../client/check.js';
import { KIND } from '../client/search.js';
import { ArchivoltError } from '../errors.js';
import type { SearchHit, SearchKind, SearchOptions, Workspace } from '../types.js';
import { checkQuery, FIELDS, type JudgedQuery } from './judged.js';
import { compare, estimate, MEASURES, scoreRanking } from './metrics.js';
import type { Difference, Estimate, Measure, Scores } from './metrics.js';

export { readJudgedQueries } from './judged.js';
export { compare, estimate, MEASURES, scoreRanking } from './metrics.js';
export type { Difference, Estimate, JudgedQuery, Measure, Scores };

const MODES = ['keyword', 'semantic', 'hybrid'] as const;
export type Mode = (typeof MODES)[number];

export interface EvaluationOptions {
  /** Default: all three. */
  modes?: Mode[];
  /** Default: documents. Hits of other kinds are compared by id and title. */
  kinds?: SearchKind[];
  /** Whose selection of documents and settings hold. */
  user?: string;
  conversation?: string;
  /** After each search: how many are done, of how many. */
  onProgress?: (done: number, of: number) => void;
  signal?: AbortSignal;
}

export interface EvaluationReport {
  queries: number;
  modes: Partial<Record<Mode, { measures: Record<Measure, Estimate>; scores: Scores[] }>>;
  /** What hybrid search gains over each other mode that was asked. */
  gains: Partial<Record<Mode, Record<Measure, Difference>>>;
}

const DEPTH = 10;
/** Passages asked for, so that ten different documents are among them. */
const PASSAGES = 50;

/** How each mode of search answers the queries. INVALID_ARGUMENT names the query that is none; CANCELLED after an abort; errors of `search`. */
export async function evaluate(
  workspace: Workspace,
  queries: JudgedQuery[],
  options: EvaluationOptions = {},
): Promise<EvaluationReport> {
  const judged = array('queries', queries).map((query, index) => checkQuery(`queries[${index}]`, query));
  if (judged.length === 0) throw new ArchivoltError('INVALID_ARGUMENT', 'queries: at least one is needed.');
  checkOptions('options', options, {
    modes: (argument, value) =>
      array(argument, value).forEach((mode, at) => among(...MODES)(`${argument}[${at}]`, mode)),
    kinds: (argument, value) => array(argument, value).forEach((kind, at) => KIND(`${argument}[${at}]`, kind)),
    user: filled,
    conversation: filled,
    onProgress: fn,
    signal,
  });
  const { modes = [...MODES], kinds = ['documents'], onProgress, ...scope } = options;
  const documents = new Documents(workspace);
  const search: SearchOptions = { kinds, limit: PASSAGES, ...scope };
  const scores = new Map<Mode, Scores[]>(modes.map((mode) => [mode, []]));
  let done = 0;
  for (const query of judged) {
    for (const [mode, found] of scores) {
      const { hits } = await workspace.search(query.question, { ...search, mode });
      found.push(scoreRanking(new Set(query.sources.map(folded)), await rankedSources(hits, query, documents)));
      onProgress?.(++done, judged.length * scores.size);
    }
  }
  const column = (mode: Mode, measure: Measure) => (scores.get(mode) ?? []).map((score) => score[measure]);
  const report: EvaluationReport = { queries: judged.length, modes: {}, gains: {} };
  for (const [mode, found] of scores) {
    report.modes[mode] = { measures: each((measure) => estimate(column(mode, measure))), scores: found };
    if (mode !== 'hybrid' && scores.has('hybrid'))
      report.gains[mode] = each((measure) => compare(column('hybrid', measure), column(mode, measure)));
  }
  return report;
}

export interface GraphRecallOptions {
  /** Points that are looked for, spread over the collection. Default 100. */
  sample?: number;
  /** Neighbours of each. Default 10. */
  limit?: number;
  /** As of `collections.query`: how widely the graph is searched. */
  ef?: number;
  signal?: AbortSignal;
}

/** The share of the nearest points, found by an exact search, that the collection's graph finds as well. NOT_FOUND, FAILED_PRECONDITION for an empty one. */
export async function graphRecall(
  workspace: Workspace,
  collection: string,
  options: GraphRecallOptions = {},
): Promise<{ recall: Estimate; sample: number }> {
  filled('collection', collection);
  checkOptions('options', options, { sample: positive, limit: positive, ef: positive, signal });
  const { sample = 100, limit = DEPTH, ef } = options;
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
    options.signal?.throwIfAborted();
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

const folded = (value: string) => value.trim().toLowerCase();

function each<V>(value: (measure: Measure) => V): Record<Measure, V> {
  return Object.fromEntries(MEASURES.map((measure) => [measure, value(measure)])) as Record<Measure, V>;
}

/** What each hit is, documents once: the source that it is, each source once, or a name that is none. */
async function rankedSources(hits: SearchHit[], query: JudgedQuery, documents: Documents): Promise<string[]> {
  const open = new Set(query.sources.map(folded));
  const seen = new Set<string>();
  const ranked: string[] = [];
  for (const hit of hits) {
    const item = hit.documentId ?? `${hit.kind}:${hit.id}`;
    if (seen.has(item)) continue;
    seen.add(item);
    const names = await documents.namesOf(hit, query.source_match_field ?? FIELDS);
    const source = names.find((name) => open.delete(name));
    ranked.push(source ?? `\0${item}`);
    if (ranked.length === DEPTH) break;
  }
  return ranked;
}

/** Fields of the documents that were met. */
class Documents {
  readonly #workspace: Workspace;
  readonly #rows = new Map<string, Record<string, unknown>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  async namesOf(hit: SearchHit, fields: readonly string[]): Promise<string[]> {
    if (hit.documentId === undefined) return [hit.id, hit.title].map(folded);
    const row = this.#rows.get(hit.documentId) ?? (await this.#read(hit.documentId));
    return fields.flatMap((field) => (typeof row[field] === 'string' ? [folded(row[field])] : []));
  }

  async #read(id: string): Promise<Record<string, unknown>> {
    const row = ((await this.#workspace.table('documents').get(id)) ?? {}) as Record<string, unknown>;
    const metadata = typeof row.metadata === 'object' && row.metadata !== null ? row.metadata : {};
    const fields = { ...metadata, ...row };
    this.#rows.set(id, fields);
    return fields;
  }
}
