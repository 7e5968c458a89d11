/**
 * The search: runs as one types, drops what was overtaken, keeps the last results in view until new ones are there.
 * The query, mode and kinds live in the URL; going back from a document finds the results as they were.
 */
import { batch, effect, signal } from '@preact/signals';
import { ArchivoltError, type SearchKind, type SearchOptions, type SearchResult, type Workspace } from 'archivolt';
import { goTo, place, replacePlace, type SearchMode, type SearchPlace } from '../../route';
import { asArchivoltError, workspace } from '../../workspace';
import { report } from '../notices/state';
import { refresh } from '../status/state';
import { MARK_AFTER, MARK_BEFORE } from './snippet';

export type Hit = SearchResult['hits'][number];
export type Took = SearchResult['took'];

const DEBOUNCE_MS = 120;
export const PAGE_HITS = 20;
const SNIPPET_TOKENS = 44;

const initial = place.peek();
export const query = signal('query' in initial ? initial.query : '');
export const mode = signal<SearchMode>(initial.name === 'search' ? initial.mode : 'hybrid');
/** Empty: everything. */
export const kinds = signal<readonly SearchKind[]>(initial.name === 'search' ? initial.kinds : []);

/** Documents are told apart by their paths; a hit carries only the title. */
export const paths = signal<ReadonlyMap<string, string>>(new Map());

export interface Results {
  query: string;
  hits: readonly Hit[];
  took: Took;
  /** Whether there may be more than is shown. */
  more: boolean;
  /** Words that nothing holds, and what was searched for instead. */
  corrected: NonNullable<SearchResult['corrected']>;
}
/** The results in view; null before the first search and after the box was cleared. */
export const results = signal<Results | null>(null);
export const searching = signal(false);
/** Whether the last search ended with an error; the error itself is a notice. */
export const failed = signal(false);

/** The words are searched for as they are typed, also those that nothing holds. */
const asTyped = signal(false);
/** Passages that say nearly the same as a better one are shown too. */
export const unfolded = signal(false);

let running: AbortController | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

async function learnPaths(open: Workspace, hits: readonly Hit[]): Promise<void> {
  const ids = [...new Set(hits.flatMap((hit) => hit.documentId ?? []))].filter((id) => !paths.peek().has(id));
  if (ids.length === 0) return;
  const rows = await open.query<{ id: string; path: string }>(
    `SELECT id, filename AS path FROM documents WHERE filename IS NOT NULL AND id IN (${ids.map(() => '?').join()})`,
    ids,
  );
  paths.value = new Map([...paths.peek(), ...rows.map(({ id, path }) => [id, path] as const)]);
}

export function optionsFor(offset: number, signal: AbortSignal): SearchOptions {
  return {
    limit: PAGE_HITS,
    offset,
    mode: mode.peek(),
    correct: !asTyped.peek(),
    collapse: !unfolded.peek(),
    snippet: { tokens: SNIPPET_TOKENS, before: MARK_BEFORE, after: MARK_AFTER },
    signal,
    ...(kinds.peek().length > 0 ? { kinds: [...kinds.peek()] } : {}),
  };
}

/** Where the documents' vectors are another model's they are found by their words; the bar over the page says so. */
async function find(open: Workspace, words: string, options: SearchOptions): Promise<SearchResult> {
  try {
    return await open.search(words, options);
  } catch (error) {
    if (!(error instanceof ArchivoltError) || error.detail['storedModel'] === undefined) throw error;
    void refresh();
    return open.search(words, { ...options, mode: 'keyword' });
  }
}

/** Searches now, in place of whatever search is running. */
export async function searchNow(): Promise<void> {
  clearTimeout(timer);
  running?.abort();
  const words = query.peek().trim();
  const open = workspace.peek();
  if (words === '' || !open) {
    batch(() => {
      searching.value = false;
      if (words === '') results.value = null;
    });
    return;
  }
  const mine = new AbortController();
  running = mine;
  batch(() => {
    searching.value = true;
    failed.value = false;
  });
  try {
    const { hits, took, corrected = [] } = await find(open, words, optionsFor(0, mine.signal));
    await learnPaths(open, hits);
    if (mine.signal.aborted) return;
    results.value = { query: words, hits, took, more: hits.length === PAGE_HITS, corrected };
  } catch (error) {
    if (mine.signal.aborted) return;
    batch(() => {
      failed.value = true;
      results.value = null;
    });
    report(error);
  } finally {
    if (running === mine) searching.value = false;
  }
}

/** Adds the next page of hits below the present ones. */
export async function searchMore(): Promise<void> {
  const present = results.peek();
  const open = workspace.peek();
  if (!present || !open) return;
  const mine = new AbortController();
  running?.abort();
  running = mine;
  searching.value = true;
  try {
    const { hits } = await find(open, present.query, optionsFor(present.hits.length, mine.signal));
    await learnPaths(open, hits);
    if (mine.signal.aborted) return;
    results.value = { ...present, hits: [...present.hits, ...hits], more: hits.length === PAGE_HITS };
  } catch (error) {
    if (asArchivoltError(error).code !== 'CANCELLED') report(error);
  } finally {
    if (running === mine) searching.value = false;
  }
}

/** A search typed over an open document is a new step in the history; further keystrokes change that step. */
function keepInUrl(): void {
  const here: SearchPlace = { name: 'search', query: query.peek(), mode: mode.peek(), kinds: [...kinds.peek()] };
  if (place.peek().name === 'search') replacePlace(here);
  else goTo(here);
}

/** The text in the box changed. Shows the results page, since that is where the answer will be. */
export function setQuery(words: string): void {
  query.value = words;
  asTyped.value = false;
  keepInUrl();
  clearTimeout(timer);
  if (words.trim() === '') void searchNow();
  else timer = setTimeout(() => void searchNow(), DEBOUNCE_MS);
}

/** What was searched for: the query with its corrections. */
export function searchedFor({ query: typed, corrected }: Results): string {
  return corrected.reduce((words, { from, to }) => words.replaceAll(from, to), typed);
}

export function searchAsTyped(): void {
  asTyped.value = true;
  void searchNow();
}

export function setUnfolded(next: boolean): void {
  unfolded.value = next;
  void searchNow();
}

export function setMode(next: SearchMode): void {
  mode.value = next;
  keepInUrl();
  void searchNow();
}

/** Adds a kind to the search or takes it out; `null` searches everything. */
export function toggleKind(kind: SearchKind | null): void {
  const now = kinds.peek();
  if (kind === null) kinds.value = [];
  else kinds.value = now.includes(kind) ? now.filter((other) => other !== kind) : [...now, kind];
  keepInUrl();
  void searchNow();
}

/** The back button, a link or a reload brought another search into the URL. */
effect(() => {
  const here = place.value;
  if (here.name !== 'search') return;
  const same = here.query === query.peek() && here.mode === mode.peek() && here.kinds.join() === kinds.peek().join();
  if (same) return;
  batch(() => {
    query.value = here.query;
    mode.value = here.mode;
    kinds.value = here.kinds;
  });
  void searchNow();
});

/** A search that came with the URL runs as soon as the workspace is open. */
effect(() => {
  if (workspace.value && query.peek() !== '') void searchNow();
});
