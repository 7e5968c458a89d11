/**
 * The list of documents: a window over the table, fetched in pages as it is scrolled, so that ten thousand documents
 * cost what fifty do. The text of the documents is never loaded for the list.
 */
import { computed, effect, signal } from '@preact/signals';
import type { SqlValue, Workspace } from 'archivolt';
import { SEARCH_KINDS } from '../../route';
import { requireWorkspace, workspace } from '../../workspace';
import { inform, report } from '../notices/state';
import { DOCUMENTS } from './strings';

export const PAGE_ROWS = 50;
/** Commits come in bursts during an import; the list follows at this pace. */
const FOLLOW_MS = 400;
const FILTER_DELAY_MS = 120;

export interface DocumentSummary {
  id: string;
  path: string;
  status: 'indexed' | 'failed' | 'working';
  reason: string | null;
  bytes: number;
  passages: number;
  addedAt: number | null;
}
interface DocumentRow extends Record<string, unknown> {
  id: string;
  path: string | null;
  status: string | null;
  reason: string | null;
  bytes: number | bigint | null;
  passages: number | bigint | null;
  added_ms: number | bigint | null;
}

/** Documents that pass the filter; null until first counted. */
export const matching = signal<number | null>(null);
/** All documents; null until first counted. */
export const documentCount = signal<number | null>(null);
export const filter = signal('');
/** Fetched pages by number. A page that is missing is shown as a blank row until it arrives. */
export const pages = signal<ReadonlyMap<number, readonly DocumentSummary[]>>(new Map());
/** The document whose removal waits for confirmation. */
export const removing = signal<DocumentSummary | null>(null);

/** Whether there is something else to search: what was imported from another system may hold no document. */
const hasRecords = signal(false);
const RECORDS = SEARCH_KINDS.filter((kind) => kind !== 'documents');
const ANY_RECORD = RECORDS.map((table) => `EXISTS (SELECT 1 FROM ${table})`).join(' OR ');

export const isEmpty = computed(() => documentCount.value === 0 && !hasRecords.value);

const LIVE = 'is_deleted = 0';
let shown: readonly number[] = [0];
/** Counts the refreshes, so that an answer to an older question is dropped. */
let generation = 0;

function condition(): { where: string; params: SqlValue[] } {
  const words = filter.peek().trim().toLowerCase();
  if (words === '') return { where: LIVE, params: [] };
  return { where: `${LIVE} AND instr(lower(coalesce(filename, display_name, '')), ?) > 0`, params: [words] };
}

function summaryOf(row: DocumentRow): DocumentSummary {
  return {
    id: row.id,
    path: row.path ?? row.id,
    status:
      row.status === 'failed' ? 'failed' : row.status === 'indexed' || row.status === null ? 'indexed' : 'working',
    reason: row.reason,
    bytes: Number(row.bytes ?? 0),
    passages: Number(row.passages ?? 0),
    addedAt: row.added_ms === null ? null : Number(row.added_ms),
  };
}

async function fetchPage(open: Workspace, page: number): Promise<readonly DocumentSummary[]> {
  const { where, params } = condition();
  const rows = await open.query<DocumentRow>(
    `SELECT id, coalesce(filename, display_name, url) AS path, status, error_message AS reason, size_bytes AS bytes,
            chunks_count AS passages, coalesce(indexed_at, ingested_at, created_at) / 1000 AS added_ms
       FROM documents WHERE ${where} ORDER BY pk DESC LIMIT ? OFFSET ?`,
    [...params, PAGE_ROWS, page * PAGE_ROWS],
  );
  return rows.map(summaryOf);
}

/** Counts again and fetches the pages in view again; other pages are dropped and fetched when scrolled to. */
export async function refresh(): Promise<void> {
  const open = workspace.peek();
  if (!open) return;
  const mine = ++generation;
  try {
    const { where, params } = condition();
    const [counts] = await open.query<{ live: number; passing: number; records: number }>(
      `SELECT (SELECT count(*) FROM documents WHERE ${LIVE}) AS live,
              (SELECT count(*) FROM documents WHERE ${where}) AS passing, ${ANY_RECORD} AS records`,
      params,
    );
    const fetched = await Promise.all(shown.map(async (page) => [page, await fetchPage(open, page)] as const));
    if (mine !== generation) return;
    hasRecords.value = Number(counts?.records ?? 0) !== 0;
    documentCount.value = Number(counts?.live ?? 0);
    matching.value = Number(counts?.passing ?? 0);
    pages.value = new Map(fetched);
  } catch (error) {
    if (mine === generation) report(error);
  }
}

/** Tells which rows are in view; fetches the pages that are missing. */
export function showRows(first: number, last: number): void {
  const from = Math.max(0, Math.floor(first / PAGE_ROWS));
  const to = Math.max(from, Math.floor(last / PAGE_ROWS));
  shown = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const missing = shown.filter((page) => !pages.peek().has(page));
  if (missing.length > 0 && workspace.peek()) void fetchMissing(missing);
}

async function fetchMissing(missing: readonly number[]): Promise<void> {
  const mine = generation;
  try {
    const open = requireWorkspace();
    const fetched = await Promise.all(missing.map(async (page) => [page, await fetchPage(open, page)] as const));
    if (mine === generation) pages.value = new Map([...pages.peek(), ...fetched]);
  } catch (error) {
    report(error);
  }
}

let followTimer: ReturnType<typeof setTimeout> | undefined;
/** Refreshes soon, once for a burst of calls. */
export function refreshSoon(delay: number = FOLLOW_MS): void {
  followTimer ??= setTimeout(() => {
    followTimer = undefined;
    void refresh();
  }, delay);
}

let filterTimer: ReturnType<typeof setTimeout> | undefined;
export function setFilter(words: string): void {
  filter.value = words;
  clearTimeout(filterTimer);
  filterTimer = setTimeout(() => {
    shown = [0];
    void refresh();
  }, FILTER_DELAY_MS);
}

/** Removes the document that was confirmed, with its passages and vectors. */
export async function removeConfirmed(): Promise<void> {
  const document = removing.peek();
  removing.value = null;
  if (!document) return;
  try {
    await requireWorkspace().documents.remove(document.id);
    inform(DOCUMENTS.removed(document.path));
  } catch (error) {
    report(error);
  }
  await refresh();
}

/** Follows the workspace: reads the list when it opens and after every commit from any tab. */
effect(() => {
  const open = workspace.value;
  if (!open) return;
  void refresh();
  return open.on('change', ({ tables }) => {
    if (tables.includes('documents') || RECORDS.some((table) => tables.includes(table) && !hasRecords.peek()))
      refreshSoon();
  });
});
