/** Searches that are kept with what they found, to be run again and compared. Of a hit its id, ranks and scores are kept, never its words. */
import { filled, object, options as checkOptions, signal, text } from '../client/check.js';
import { ArchivoltError, invalidArgument } from '../errors.js';
import type { JsonValue, Row, SearchHit, SearchKind, SearchOptions, Workspace } from '../types.js';
import { stopIfAborted } from './aborted.js';
import {
  changesBetween,
  circumstancesOf,
  KINDS,
  members,
  readCircumstances,
  type Change,
  type Circumstances,
  type Scope,
} from './circumstances.js';
import { MODES } from './evaluate.js';

/** Where a search found something, and why there. */
export type StoredHit = Pick<SearchHit, 'kind' | 'id' | 'documentId' | 'start' | 'end' | 'score' | 'context' | 'legs'>;

export interface FoundThen {
  /** ISO 8601 UTC. */
  at: string;
  /** The best first. */
  hits: StoredHit[];
  circumstances: Circumstances;
}

export interface StoredSearch extends FoundThen {
  id: string;
  query: string;
  /** Whose search it was; null: nobody's in particular. It goes with him when he is erased. */
  user: string | null;
  /** As they were given, but for the signal. */
  options: Omit<SearchOptions, 'signal'>;
}

/** `title`: as it is called now, of a passage the headings above it; null: it is not there any more. */
export interface ReplayedHit {
  rank: number;
  title: string | null;
  hit: StoredHit;
}

export interface MovedHit extends ReplayedHit {
  /** Its rank when the search was kept. */
  from: number;
  /** It is another passage of the document that stood at `from`. */
  otherPassage?: true;
}

/** A kept search beside the same search now; ranks count from 1. */
export interface Replay {
  stored: StoredSearch;
  now: FoundThen;
  stayed: MovedHit[];
  moved: MovedHit[];
  came: ReplayedHit[];
  /** Their rank is the one they had. */
  went: ReplayedHit[];
  changes: Change[];
}

const MOST_HITS = 100;
const LONGEST_QUERY = 10_000;
const LONGEST_OPTIONS = 100_000;
const MOST_SEARCHES = 10_000;

/**
 * Searches, and keeps what was found with all that it depends on. INVALID_ARGUMENT: more than 100 hits, a query of more than 10,000
 * characters, options of more than 100,000 as JSON; errors of `search`. FAILED_PRECONDITION: there are 10,000 already.
 */
export async function storeSearch(
  workspace: Workspace,
  query: string,
  options: SearchOptions = {},
): Promise<StoredSearch> {
  if (text('query', query).length > LONGEST_QUERY)
    throw invalidArgument(`query: a search that is kept has at most ${LONGEST_QUERY} characters.`);
  const { signal: abort, ...given } = object('options', options) as SearchOptions;
  const asked = optionsAsJson(given);
  const found = await run(workspace, query, options);
  const user = await ownerOf(workspace, given);
  const row = await workspace.transaction(async (tx) => {
    stopIfAborted(abort);
    const table = tx.table('stored_searches');
    if ((await table.count({ kind: 'replay' })) >= MOST_SEARCHES)
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        `A workspace keeps at most ${MOST_SEARCHES} searches. Remove some.`,
      );
    return table.insert({
      kind: 'replay',
      user_id: user,
      question: query,
      result: { ...found, options: asked } as unknown as JsonValue,
      created_at: new Date(found.at),
    });
  });
  return readRow(row);
}

/** Those that are kept, the newest first. `user`: only his; without one all. */
export async function storedSearches(
  workspace: Workspace,
  options: { user?: string; signal?: AbortSignal } = {},
): Promise<StoredSearch[]> {
  checkOptions('options', options, { user: filled, signal });
  stopIfAborted(options.signal);
  const rows = await workspace.table('stored_searches').find({
    where: { kind: 'replay', ...(options.user === undefined ? {} : { user_id: options.user }) },
    orderBy: ['-created_at', '-id'],
    limit: MOST_SEARCHES,
  });
  return rows.map(readRow);
}

/** Whether there was such a search. */
export async function removeStoredSearch(workspace: Workspace, id: string): Promise<boolean> {
  filled('id', id);
  const { changes } = await workspace.execute("DELETE FROM stored_searches WHERE id = ?1 AND kind = 'replay'", [id]);
  return changes > 0;
}

/** Runs a kept search again, with its own options, and compares. Writes nothing: `keepReplay` does. NOT_FOUND; errors of `search`; CANCELLED. */
export async function replaySearch(
  workspace: Workspace,
  id: string,
  options: { signal?: AbortSignal } = {},
): Promise<Replay> {
  filled('id', id);
  checkOptions('options', options, { signal });
  const row = await workspace.table('stored_searches').get(id);
  if (row?.kind !== 'replay') throw new ArchivoltError('NOT_FOUND', 'There is no kept search with this id.', { id });
  const stored = readRow(row);
  const now = await run(workspace, stored.query, {
    ...stored.options,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { pairs, came, went } = compareHits(stored.hits, now.hits);
  const titles = await titlesOf(workspace, [...now.hits, ...went.map(({ hit }) => hit)]);
  const titled = <H extends { hit: StoredHit }>(one: H) => ({ ...one, title: titles.get(identity(one.hit)) ?? null });
  const kept = pairs.map(titled);
  const stays = (pair: MovedHit) => pair.rank === pair.from && pair.otherPassage === undefined;
  return {
    stored,
    now,
    stayed: kept.filter(stays),
    moved: kept.filter((pair) => !stays(pair)),
    came: came.map(titled),
    went: went.map(titled),
    changes: changesBetween(stored.circumstances, now.circumstances),
  };
}

/** Keeps what a search finds now in place of what it found then. NOT_FOUND: it was removed meanwhile. */
export async function keepReplay(workspace: Workspace, replay: Replay): Promise<StoredSearch> {
  const { stored, now } = object('replay', replay) as unknown as Replay;
  const options = optionsAsJson(stored.options);
  const row = await workspace
    .table('stored_searches')
    .update(stored.id, { result: { ...now, options } as unknown as JsonValue });
  return readRow(row);
}

async function run(workspace: Workspace, query: string, options: SearchOptions): Promise<FoundThen> {
  const scope: Scope = {
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.conversation === undefined ? {} : { conversation: options.conversation }),
  };
  const { hits } = await workspace.search(query, options);
  if (hits.length > MOST_HITS)
    throw invalidArgument(`options.limit: a search that is kept has at most ${MOST_HITS} hits.`, { argument: 'limit' });
  const circumstances = await circumstancesOf(workspace, options.kinds ?? KINDS, scope);
  stopIfAborted(options.signal);
  return { at: new Date().toISOString(), hits: hits.map(placeOf), circumstances };
}

function placeOf({ kind, id, documentId, start, end, score, context, legs }: SearchHit): StoredHit {
  return {
    kind,
    id,
    ...(documentId === undefined ? {} : { documentId }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    score,
    ...(context === undefined ? {} : { context }),
    legs,
  };
}

/** A vector becomes an array of its values, which JSON gives back exactly. */
function optionsAsJson(options: Omit<SearchOptions, 'signal'>): JsonValue {
  const { vector } = options;
  const plain = vector instanceof Float32Array ? { ...options, vector: [...vector] } : options;
  let json: string;
  try {
    json = JSON.stringify(plain);
  } catch {
    throw invalidArgument('options: what is kept has to be JSON.', { argument: 'options' });
  }
  if (json.length > LONGEST_OPTIONS)
    throw invalidArgument(`options: at most ${LONGEST_OPTIONS} characters of JSON are kept.`, { argument: 'options' });
  return JSON.parse(json) as JsonValue;
}

/** A conversation's search is its user's. */
async function ownerOf(workspace: Workspace, { user, conversation }: SearchOptions): Promise<string | null> {
  if (user !== undefined || conversation === undefined) return user ?? null;
  return (await workspace.table('conversations').get(conversation))?.user_id ?? null;
}

const identity = ({ kind, id }: StoredHit): string => `${kind}:${id}`;

/** Who is in both, by id; then, of those left, passages of the same document, the best first: a document that changed has new passages. */
function compareHits(
  before: readonly StoredHit[],
  now: readonly StoredHit[],
): { pairs: Omit<MovedHit, 'title'>[]; came: Omit<ReplayedHit, 'title'>[]; went: Omit<ReplayedHit, 'title'>[] } {
  const open = new Map(before.map((hit, index) => [identity(hit), { rank: index + 1, hit }]));
  const pairs: Omit<MovedHit, 'title'>[] = [];
  const take = (key: string, rank: number, hit: StoredHit, other: boolean) => {
    const was = open.get(key);
    if (was === undefined) return false;
    open.delete(key);
    pairs.push({ rank, hit, from: was.rank, ...(other ? { otherPassage: true as const } : {}) });
    return true;
  };
  const numbered = now.map((hit, index) => ({ rank: index + 1, hit }));
  const fresh = numbered.filter(({ rank, hit }) => !take(identity(hit), rank, hit, false));
  const came = fresh.filter(({ rank, hit }) => {
    const same = [...open].find(([, was]) => hit.documentId !== undefined && was.hit.documentId === hit.documentId);
    return same === undefined || !take(same[0], rank, hit, true);
  });
  pairs.sort((a, b) => a.rank - b.rank);
  return { pairs, came, went: [...open.values()] };
}

const TITLES: Record<SearchKind, string> = {
  documents: `SELECT c.id AS id, coalesce(replace(nullif(c.heading, ''), ' > ', ' › '), d.display_name, d.filename, d.id) AS title
    FROM document_chunks c JOIN documents d ON d.id = c.document_id WHERE d.is_deleted = 0 AND c.id`,
  decisions: 'SELECT id, title FROM decisions WHERE id',
  stories: 'SELECT id, title FROM stories WHERE id',
  code_examples: 'SELECT id, title FROM code_examples WHERE id',
  messages: 'SELECT id, substr(content, 1, 80) AS title FROM messages WHERE id',
  ai_requests: 'SELECT id, substr(coalesce(prompt_text, response_text), 1, 80) AS title FROM ai_requests WHERE id',
};

/** As things are called now. A document whose passage is gone is called by its own name while it is there. */
async function titlesOf(workspace: Workspace, hits: readonly StoredHit[]): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  for (const kind of KINDS) {
    const ids = JSON.stringify(hits.flatMap((hit) => (hit.kind === kind ? [hit.id] : [])));
    const rows = await workspace.query<{ id: string; title: string | null }>(
      `${TITLES[kind]} IN (SELECT value FROM json_each(?1))`,
      [ids],
    );
    for (const { id, title } of rows) titles.set(`${kind}:${id}`, title ?? id);
  }
  const without = hits.filter((hit) => hit.documentId !== undefined && !titles.has(identity(hit)));
  const documents = await workspace.query<{ id: string; title: string }>(
    `SELECT id, coalesce(display_name, filename, id) AS title FROM documents
     WHERE is_deleted = 0 AND id IN (SELECT value FROM json_each(?1))`,
    [JSON.stringify(without.map((hit) => hit.documentId))],
  );
  const names = new Map(documents.map(({ id, title }) => [id, title]));
  for (const hit of without) {
    const name = names.get(hit.documentId ?? '');
    if (name !== undefined) titles.set(identity(hit), name);
  }
  return titles;
}

/** A row may come from another hand, by an import: what is no hit is left out. */
function readRow(row: Row<'stored_searches'>): StoredSearch {
  const { at, hits, circumstances, options } = members(row.result);
  const { vector, kinds, mode, ...rest } = members(options);
  const known = Array.isArray(kinds) ? KINDS.filter((kind) => kinds.includes(kind)) : [];
  const modes = MODES.filter((one) => one === mode).map((one) => ({ mode: one }));
  const floats = Array.isArray(vector) ? { vector: Float32Array.from(vector as number[]) } : {};
  return {
    id: row.id,
    query: row.question,
    user: row.user_id,
    options: {
      ...(rest as StoredSearch['options']),
      ...(known.length > 0 && { kinds: known }),
      ...modes[0],
      ...floats,
    },
    at: typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : (row.created_at ?? ''),
    hits: (Array.isArray(hits) ? hits.slice(0, MOST_HITS) : []).flatMap(readHit),
    circumstances: readCircumstances(circumstances),
  };
}

function readHit(value: unknown): StoredHit[] {
  const hit = members(value);
  const known = KINDS.some((kind) => kind === hit['kind']);
  if (!known || typeof hit['id'] !== 'string' || typeof hit['score'] !== 'number') return [];
  return [{ ...(hit as unknown as StoredHit), legs: members(hit['legs']) as StoredHit['legs'] }];
}
