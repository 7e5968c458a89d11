/**
 * Corrects words of a query that no row holds, by words that rows hold.
 *
 * The index has no list of its words, so it is asked: first for all words at one edit, in one expression; for long words then for what
 * begins as the word does, ever shorter beginnings, and what it marks in the rows found is compared. The number of questions and the
 * rows of each are bounded, and each word is a turn of its own, between which others have the database. A beginning reads the postings of
 * all its words. A query whose words all occur costs one statement.
 */
import type { Params } from '../protocol/messages.js';
import {
  allowedEdits,
  correctableWords,
  nearest,
  nearWords,
  withCorrections,
  type QueryWord,
} from '../ranking/spelling.js';
import { folded } from '../ranking/words.js';
import type { SearchKind, SearchResult } from '../types.js';
import type { Engine } from './engine.js';

const KINDS: readonly SearchKind[] = ['documents', 'decisions', 'stories', 'code_examples', 'messages', 'ai_requests'];
/** So many words of one query are corrected: one with more of them is in another language, or no text. */
const MOST_CORRECTED = 4;
const ROWS = 30;
/** Shorter beginnings stand in too many rows. */
const LEAST_BEGINNING = 4;
/** So many letters at the end may be other ones. */
const MOST_LEFT_OUT = 8;
/** Questions about one beginning, each leaving out the words that the one before showed. */
const ROUNDS = 3;
/** Words tried one after the other until one is found that the search may answer with. */
const TRIED = 5;
const MARK = ['\u0001', '\u0002'] as const;

const indexOf = (kind: SearchKind): string => (kind === 'documents' ? 'document_chunks_fts' : `${kind}_fts`);
const quoted = (word: string): string => `"${word.replaceAll('"', '""').replaceAll('\0', '')}"`;

export interface Corrections {
  query: string;
  corrected: NonNullable<SearchResult['corrected']>;
  /** What the built-in embedder is to embed: a word that its table knows is right, whatever rows hold. */
  meaning(engine: Engine): string;
}

/** Nothing when each word is held by some row, or when no word that is near is. `run` has the core to itself. */
export async function corrected(
  run: <T>(work: (engine: Engine) => T) => Promise<T>,
  params: Params<'search'>,
): Promise<Corrections | undefined> {
  if (params.mode === 'semantic') return undefined;
  const kinds = [...new Set(params.kinds ?? (params.where == null ? KINDS : ['documents' as const]))];
  const words = correctableWords(params.query);
  if (words.length === 0 || kinds.length === 0) return undefined;
  const missing = await run((engine) => withoutRows(engine, kinds, words));
  const to = new Map<string, string>();
  for (const word of missing.slice(0, MOST_CORRECTED)) {
    const best = await run((engine) =>
      candidates(engine, kinds, word.folded)
        .slice(0, TRIED)
        .find((candidate) => isFound(engine, params, candidate)),
    );
    if (best !== undefined) to.set(word.folded, best);
  }
  if (to.size === 0) return undefined;
  const replaced = missing.filter((word) => to.has(word.folded));
  return {
    query: withCorrections(params.query, to),
    corrected: replaced.map(({ text, folded: key }) => ({ from: text, to: to.get(key)! })),
    meaning: (engine) => {
      const { coverage } = engine.call('embedder.embed', { texts: replaced.map(({ text }) => text) });
      const unknown = replaced.filter((_, at) => coverage[at] === 0);
      return withCorrections(params.query, new Map(unknown.map(({ folded: key }) => [key, to.get(key)!])));
    },
  };
}

function withoutRows(engine: Engine, kinds: readonly SearchKind[], words: readonly QueryWord[]): QueryWord[] {
  const inNone = kinds.map(
    (kind) => `NOT EXISTS (SELECT 1 FROM ${indexOf(kind)} WHERE ${indexOf(kind)} MATCH w.value)`,
  );
  const sql = `SELECT w.key FROM json_each(?1) AS w WHERE ${inNone.join(' AND ')} ORDER BY w.key`;
  // As they are typed: the index leaves some marks on letters that `folded` takes away. The last word may be the beginning of one, as
  // the keyword leg takes it.
  const asked = words.map(({ text, last }) => quoted(text) + (last ? '*' : ''));
  const { rows } = engine.call('sql.query', { sql, params: [JSON.stringify(asked)] });
  return rows.map(([at]) => words[at as number]!);
}

/** Words of rows that are near to the word, the best first. */
function candidates(engine: Engine, kinds: readonly SearchKind[], word: string): string[] {
  const found = new Map<string, number>();
  const ask = (expression: string): number => {
    const before = found.size;
    for (const kind of kinds) for (const marked of markedWords(engine, kind, expression)) count(found, marked);
    return found.size - before;
  };
  ask(nearWords(word).map(quoted).join(' OR '));
  let near = nearest(word, found);
  if (near.length > 0 || allowedEdits(word) === 1) return near;
  const letters = [...word].length;
  const least = Math.max(LEAST_BEGINNING, letters - MOST_LEFT_OUT);
  for (let length = letters - 1; length >= least && near.length === 0; length--) {
    const beginning = [...word].slice(0, length).join('');
    for (let round = 0; round < ROUNDS && near.length === 0; round++) {
      const seen = [...found.keys()].filter((other) => folded(other).startsWith(beginning)).map(quoted);
      const others = seen.length === 0 ? '' : ` NOT (${seen.join(' OR ')})`;
      if (ask(`${quoted(beginning)}*${others}`) === 0) break;
      near = nearest(word, found);
    }
  }
  return near;
}

function count(found: Map<string, number>, word: string): void {
  found.set(word, (found.get(word) ?? 0) + 1);
}

/** The words that the expression finds in some rows, each once a row. */
function markedWords(engine: Engine, kind: SearchKind, expression: string): string[] {
  const index = indexOf(kind);
  const { rows } = engine.call('sql.query', {
    sql: `SELECT snippet(${index}, -1, ?2, ?3, '', 64) FROM ${index} WHERE ${index} MATCH ?1 LIMIT ${ROWS}`,
    params: [expression, ...MARK],
  });
  return rows.flatMap(([snippet]) => {
    const parts = String(snippet).split(MARK[0]).slice(1);
    const words = parts.flatMap(
      (part) =>
        part
          .split(MARK[1], 1)[0]!
          .toLowerCase()
          .match(/[\p{L}\p{M}]+/gu) ?? [],
    );
    return [...new Set(words)];
  });
}

/** Whether a row that this search may answer with holds the word. */
function isFound(engine: Engine, params: Params<'search'>, word: string): boolean {
  // The space ends the word: it is no beginning.
  const asked = { ...params, query: `${word} `, mode: 'keyword', embed: 'none', limit: 1, offset: 0 } as const;
  return engine.call('search', asked).hits.length > 0;
}
