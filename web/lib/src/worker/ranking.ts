/**
 * What is done with a search's hits after the core has ranked them, and with words of the query that nothing holds. Loaded by the first
 * search that needs it.
 *
 * Hits pass through pure functions (ranking/), in this order: near-duplicates are left out, the rest is diversified, passages of one
 * document become one hit, a page is cut, its hits get their surroundings. All but the last two see the best 100 hits, whatever page is
 * asked for, so that pages are parts of one list; what is behind those follows as the core ranked it.
 */
import { invalidArgument } from '../errors.js';
import type { Params } from '../protocol/messages.js';
import { duplicatesOf } from '../ranking/collapse.js';
import { diversified, similarities } from '../ranking/diversify.js';
import { joined, taken, type Chunk, type Reach } from '../ranking/surroundings.js';
import type { SearchHit, SearchKind, SearchResult } from '../types.js';
import type { CoreMethods, Engine } from './engine.js';
import { corrected } from './corrections.js';

/** How many of the best hits are looked at. */
const LOOKED_AT = 100;
/** What the core takes. */
const MOST_HITS = 1000;
const MOST_OFFSET = 10_000;
const CHARACTERS = 4000;
const MOST_CHARACTERS = 100_000;
/** A chunk is seldom shorter than this; at most so many neighbours on each side are read. */
const SHORT_CHUNK = 200;
const MOST_NEIGHBOURS = 200;

type Search = Params<'search'>;
/** With where its vector comes from. */
type Given = CoreMethods['search']['params'];

/** What a ranking asks of the session. */
export interface SearchHost {
  /** Embeds the query, then runs `search` with the core to itself; `given` is what the core is asked. */
  find(params: Search, search: (engine: Engine, given: Given) => SearchResult): Promise<SearchResult>;
  /** Has the core to itself. */
  run<T>(work: (engine: Engine) => T): Promise<T>;
}

/** `plain`: the answer so far, to a search that asks for nothing but a look at its words. */
export async function rank(host: SearchHost, params: Search, plain?: SearchResult): Promise<SearchResult> {
  if (plain !== undefined && showsWords(plain, params.query)) return plain;
  const started = performance.now();
  const characters = charactersOf(params);
  const corrections = params.correct === false ? undefined : await corrected((work) => host.run(work), params);
  if (corrections === undefined && plain !== undefined) return plain;
  const asked = corrections === undefined ? params : { ...params, query: corrections.query };
  const result = await host.find(asked, (engine, given) => {
    const meant = corrections && given.embed === 'builtin' ? { ...given, meaning: corrections.meaning(engine) } : given;
    return plain === undefined ? new Ranked(engine, meant, characters).search() : engine.call('search', meant);
  });
  const { took } = result;
  const total = Math.max(took.total, performance.now() - started);
  const rankMs = Math.max(0, total - took.embed - took.bm25 - took.semantic - took.fuse);
  return {
    ...result,
    ...(corrections && { corrected: corrections.corrected }),
    took: { ...took, rank: rankMs, total },
  };
}

/** Whether each word of a query stands in what is shown of its hits, so that none can be misspelt. */
function showsWords({ hits }: SearchResult, query: string): boolean {
  const wordsIn = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const shown = new Set(wordsIn(hits.map(({ snippet }) => snippet).join(' ')));
  return wordsIn(query).every((word) => shown.has(word));
}

function charactersOf({ expand }: Search): number {
  const characters = (typeof expand === 'object' ? expand.characters : undefined) ?? CHARACTERS;
  if (characters <= MOST_CHARACTERS) return characters;
  const argument = 'options.expand.characters';
  throw invalidArgument(`${argument}: must be at most ${MOST_CHARACTERS}.`, { argument });
}

class Ranked {
  readonly #engine: Engine;
  readonly #params: Given;
  readonly #reach: Reach | undefined;
  readonly #characters: number;
  /** Hits of documents to the passages that were merged in them, themselves included, best first. */
  readonly #passages = new Map<SearchHit, SearchHit[]>();

  constructor(engine: Engine, params: Given, characters: number) {
    this.#engine = engine;
    this.#params = params;
    const { expand } = params;
    this.#reach = typeof expand === 'object' ? expand.to : expand;
    this.#characters = characters;
  }

  search(): SearchResult {
    const { offset = 0, limit = this.#usualLimit() } = this.#params;
    // The core says what is wrong with them.
    if (limit > MOST_HITS || offset > MOST_OFFSET) return this.#ask(limit, offset);
    const result = this.#ask(LOOKED_AT, 0);
    const list = this.#merged(this.#diversified(this.#collapsed(result.hits)));
    const hits = list.slice(offset, offset + limit);
    const behind = LOOKED_AT + Math.max(0, offset - list.length);
    if (hits.length < limit && result.hits.length === LOOKED_AT && behind <= MOST_OFFSET) {
      hits.push(...this.#ask(limit - hits.length, behind).hits);
    }
    if (this.#reach !== undefined) for (const hit of hits) this.#surround(hit, this.#reach);
    return { ...result, hits };
  }

  #ask(limit: number, offset: number): SearchResult {
    return this.#engine.call('search', { ...this.#params, limit, offset });
  }

  #usualLimit(): number {
    const { user, conversation } = this.#params;
    const settings = this.#engine.call('settings.resolve', {
      ...(user !== undefined && { user }),
      ...(conversation !== undefined && { conversation }),
    } as Params<'settings.resolve'>);
    return settings['num_documents']!.value as number;
  }

  #collapsed(hits: SearchHit[]): SearchHit[] {
    if (this.#params.collapse !== true) return hits;
    for (const [index, of] of duplicatesOf(hits.map(wholeText)).entries()) {
      const { kind, id } = hits[index]!;
      if (of !== index) (hits[of]!.duplicates ??= []).push({ kind, id });
    }
    const left = new Set(hits.flatMap(({ duplicates = [] }) => duplicates.map(keyOf)));
    return hits.filter((hit) => !left.has(keyOf(hit)));
  }

  #diversified(hits: SearchHit[]): SearchHit[] {
    const { diversity = 0 } = this.#params;
    if (diversity === 0 || hits.length < 3) return hits;
    const vectors = this.#vectors(hits);
    const similarity = similarities(hits.map((hit) => ({ text: hit.text, vector: vectors.get(keyOf(hit)) })));
    const scores = hits.map(({ score }) => score);
    return diversified(scores, similarity, diversity).map((index) => hits[index]!);
  }

  /** Stored vectors of hits by kind and id; rows that still wait for theirs have none. */
  #vectors(hits: readonly SearchHit[]): Map<string, Float32Array> {
    const out = new Map<string, Float32Array>();
    for (const kind of new Set(hits.map((hit) => hit.kind))) {
      const ids = hits.filter((hit) => hit.kind === kind).map(({ id }) => id);
      const name = kind === 'documents' ? 'document_chunks' : `archivolt:${kind}`;
      const column = kind === 'documents' ? 'chunk_id' : 'point_uid';
      const rows = this.#rows(
        `SELECT p.${column}, p.vector FROM json_each(?1) AS wanted CROSS JOIN vector_collections AS c CROSS JOIN vector_points AS p
         WHERE c.origin = 'local' AND c.name = ?2 AND p.collection_id = c.id AND p.${column} = wanted.value`,
        [JSON.stringify(ids), name],
      );
      for (const [id, bytes] of rows as [string, Uint8Array][]) {
        out.set(keyOf({ kind, id }), new Float32Array(bytes.slice().buffer));
      }
    }
    return out;
  }

  /** Passages of one document in its best hit, in the order of the document. */
  #merged(hits: SearchHit[]): SearchHit[] {
    if (this.#reach === undefined) return hits;
    const byDocument = new Map<string, SearchHit>();
    const list = hits.filter((hit) => {
      const { documentId } = hit;
      if (documentId === undefined) return true;
      const best = byDocument.get(documentId);
      if (best === undefined) byDocument.set(documentId, hit);
      this.#passages.set(best ?? hit, [...(this.#passages.get(best ?? hit) ?? []), hit]);
      return best === undefined;
    });
    for (const [hit, passages] of this.#passages) {
      const duplicates = passages.flatMap((passage) => passage.duplicates ?? []);
      if (duplicates.length > 0) hit.duplicates = duplicates;
    }
    return list;
  }

  #surround(hit: SearchHit, reach: Reach): void {
    const { documentId } = hit;
    if (documentId === undefined) return;
    const hits = this.#passages.get(hit) ?? [hit];
    const places = new Map(
      this.#rows('SELECT id, chunk_index FROM document_chunks WHERE id IN (SELECT value FROM json_each(?1))', [
        JSON.stringify(hits.map(({ id }) => id)),
      ]) as [string, number][],
    );
    const place = (passage: { id: string }): number => places.get(passage.id) ?? 0;
    hit.passages = hits.map(passageOf).sort((a, b) => place(a) - place(b));
    let length = 0;
    const found = hits.filter(({ text }, at) => (length += text.length) <= this.#characters || at === 0).map(place);
    const chunks = this.#around(documentId, found, reach);
    hit.surroundings = joined(taken(chunks, found, reach, this.#characters));
  }

  /** The chunks of the document at these indexes and beside them. */
  #around(documentId: string, found: readonly number[], reach: Reach): Chunk[] {
    const most = Math.min(MOST_NEIGHBOURS, Math.ceil(this.#characters / SHORT_CHUNK / found.length));
    const rows = this.#rows(
      `SELECT c.chunk_index, c.heading, c.chunk_text, c.start_char, c.end_char, c.offset_unit
       FROM json_each(?1) AS wanted CROSS JOIN document_chunks AS c
       WHERE c.document_id = ?2 AND c.chunk_index BETWEEN wanted.value - ?3 AND wanted.value + ?3`,
      [JSON.stringify(found), documentId, reach === 'neighbours' ? 1 : most],
    );
    return (rows as ChunkRow[]).map(([index, heading, text, start, end, unit]) => {
      const hasOffsets = unit === 'utf16' && start !== null && end !== null;
      return { index, heading, text, ...(hasOffsets && { start, end }) };
    });
  }

  #rows(sql: string, params: unknown[]): unknown[][] {
    return this.#engine.call('sql.query', { sql, params } as Params<'sql.query'>).rows;
  }
}

type ChunkRow = [number, string | null, string, number | null, number | null, string | null];

/** What a hit says: of decisions, stories and code the title is a part of it. */
const wholeText = ({ kind, title, text }: SearchHit): string =>
  kind === 'documents' || kind === 'messages' ? text : `${title}\n${text}`;

const keyOf = ({ kind, id }: { kind: SearchKind; id: string }): string => `${kind}/${id}`;

function passageOf({ id, start, end, score }: SearchHit): NonNullable<SearchHit['passages']>[number] {
  return { id, ...(start !== undefined && end !== undefined && { start, end }), score };
}
