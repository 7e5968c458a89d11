/** How well a workspace's own search answers judged queries. Nothing is written. */
import { among, array, filled, fn, options as checkOptions, signal } from '../client/check.js';
import { KIND } from '../client/search.js';
import { ArchivoltError } from '../errors.js';
import type { SearchHit, SearchKind, SearchOptions, Workspace } from '../types.js';
import { checkQueries, FIELDS, type JudgedQuery } from './judged.js';
import { compare, estimate, MEASURES, scoreRanking } from './metrics.js';
import type { Difference, Estimate, Measure, Scores } from './metrics.js';

export const MODES = ['keyword', 'semantic', 'hybrid'] as const;
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

/** Whether the named sources were among the first ten documents, as Archi's benchmark asks in its mode SOURCES. */
export interface SourcesFound {
  /** Of the queries, those of which one source was found at least. */
  any: Estimate;
  /** Those of which each was found. */
  all: Estimate;
  /** The share of a query's sources that was found. */
  share: Estimate;
}

export interface ModeReport {
  measures: Record<Measure, Estimate>;
  sources: SourcesFound;
  /** By query, in their order. */
  scores: Scores[];
  /** By query, of each of its sources: its rank among the documents that were found, from 1 to 10; null: not found. */
  ranks: (number | null)[][];
}

export interface EvaluationReport {
  queries: number;
  modes: Partial<Record<Mode, ModeReport>>;
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
  const judged = checkQueries('queries', queries);
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
  const found = new Map(modes.map((mode) => [mode, { scores: [] as Scores[], ranks: [] as (number | null)[][] }]));
  let done = 0;
  for (const query of judged) {
    const sources = query.sources.map(folded);
    for (const [mode, { scores, ranks }] of found) {
      const { hits } = await workspace.search(query.question, { ...search, mode });
      const ranked = await rankedSources(hits, query, documents);
      scores.push(scoreRanking(new Set(sources), ranked));
      ranks.push(sources.map((source) => (ranked.includes(source) ? ranked.indexOf(source) + 1 : null)));
      onProgress?.(++done, judged.length * found.size);
    }
  }
  const report: EvaluationReport = { queries: judged.length, modes: {}, gains: {} };
  const hybrid = found.get('hybrid')?.scores;
  for (const [mode, { scores, ranks }] of found) {
    const measures = each((measure) => estimate(scores.map((score) => score[measure])));
    report.modes[mode] = { measures, sources: sourcesFound(ranks), scores, ranks };
    if (mode !== 'hybrid' && hybrid !== undefined) report.gains[mode] = gainOf(hybrid, scores);
  }
  return report;
}

/** What each query's scores gain over others of the same queries. */
export function gainOf(scores: readonly Scores[], base: readonly Scores[]): Record<Measure, Difference> {
  return each((measure) =>
    compare(
      scores.map((score) => score[measure]),
      base.map((score) => score[measure]),
    ),
  );
}

function sourcesFound(ranks: readonly (number | null)[][]): SourcesFound {
  const shares = ranks.map((of) => of.filter((rank) => rank !== null).length / of.length);
  return {
    any: estimate(shares.map((share) => Number(share > 0))),
    all: estimate(shares.map((share) => Number(share === 1))),
    share: estimate(shares),
  };
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
