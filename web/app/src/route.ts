/**
 * Where the page is, kept in the URL's hash so that links can be shared, reloaded and walked back:
 *   #/?q=words&mode=keyword&kinds=documents,messages   the search
 *   #/library                                          the list of documents (its own page on a phone)
 *   #/data/backup                                      what comes in, goes out and is kept; without a section its first
 *   #/doc/<id>?start=120&end=560&q=words               a document, at a passage
 * Offsets are UTF-16 units into the stored content, as the search returns them.
 */
import { signal } from '@preact/signals';
import type { SearchKind } from 'archivolt';

export type SearchMode = 'hybrid' | 'semantic' | 'keyword';
export const SEARCH_MODES: readonly SearchMode[] = ['hybrid', 'semantic', 'keyword'];
export const SEARCH_KINDS: readonly SearchKind[] = [
  'documents',
  'decisions',
  'stories',
  'code_examples',
  'messages',
  'ai_requests',
];

export interface SearchPlace {
  name: 'search';
  query: string;
  mode: SearchMode;
  /** Empty: everything. */
  kinds: SearchKind[];
}
export interface DocumentPlace {
  name: 'document';
  id: string;
  passage: { start: number; end: number } | null;
  query: string;
}
export const DATA_SECTIONS = ['import', 'export', 'backup', 'quality', 'storage'] as const;
export type DataSection = (typeof DATA_SECTIONS)[number];
export interface DataPlace {
  name: 'data';
  section: DataSection;
}
export type Place = SearchPlace | DocumentPlace | DataPlace | { name: 'library' };

/** A whole number of at least 0, or null. */
function offsetOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Reads a hash; anything unknown is the search page. Never throws. */
export function parsePlace(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  const params = new URLSearchParams(search);
  const query = params.get('q') ?? '';
  if (path === '/library') return { name: 'library' };
  if (path === '/data' || path.startsWith('/data/')) {
    const asked = path.slice('/data/'.length);
    return { name: 'data', section: DATA_SECTIONS.find((known) => known === asked) ?? 'import' };
  }
  const id = /^\/doc\/([^/]+)$/.exec(path)?.[1];
  if (id !== undefined) {
    const start = offsetOf(params.get('start'));
    const end = offsetOf(params.get('end'));
    const passage = start !== null && end !== null && end > start ? { start, end } : null;
    return { name: 'document', id: decodePart(id), passage, query };
  }
  const asked = (params.get('kinds') ?? '').split(',');
  const mode = SEARCH_MODES.find((known) => known === params.get('mode')) ?? 'hybrid';
  return { name: 'search', query, mode, kinds: SEARCH_KINDS.filter((kind) => asked.includes(kind)) };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The hash that parsePlace reads back as the same place. */
export function hashOf(place: Place): string {
  const params = new URLSearchParams();
  let path = '/';
  if (place.name === 'library') path = '/library';
  if (place.name === 'data') path = `/data/${place.section}`;
  if (place.name === 'document') {
    path = `/doc/${encodeURIComponent(place.id)}`;
    if (place.passage) {
      params.set('start', String(place.passage.start));
      params.set('end', String(place.passage.end));
    }
    if (place.query) params.set('q', place.query);
  }
  if (place.name === 'search') {
    if (place.query) params.set('q', place.query);
    if (place.mode !== 'hybrid') params.set('mode', place.mode);
    if (place.kinds.length > 0) params.set('kinds', place.kinds.join(','));
  }
  const search = params.toString();
  return search ? `#${path}?${search}` : `#${path}`;
}

/** The present place. Changes by links, by the back button and by `replacePlace`. */
export const place = signal<Place>(parsePlace(location.hash));

/** Whether this visit has a page of ours to go back to, so that "Back" never leaves the application. */
export const cameFromInside = signal(false);

window.addEventListener('hashchange', () => {
  cameFromInside.value = true;
  place.value = parsePlace(location.hash);
});

/** Changes the URL without a new entry in the history: for what changes at every keystroke. */
export function replacePlace(next: Place): void {
  history.replaceState(history.state, '', hashOf(next));
  place.value = next;
}

/** Goes somewhere with a new entry in the history, as a link does, but at once: a link's event comes a task later. */
export function goTo(next: Place): void {
  history.pushState(null, '', hashOf(next));
  cameFromInside.value = true;
  place.value = next;
}
