/** The open document: loaded when the place asks for it, dropped when another one is asked for. */
import { computed, effect, signal } from '@preact/signals';
import { place } from '../../route';
import { workspace } from '../../workspace';
import { report } from '../notices/state';

export interface OpenDocument {
  id: string;
  path: string;
  /** The stored text; passages are offsets into it, in UTF-16 units. */
  content: string;
  markdown: boolean;
  bytes: number;
  passages: number;
  addedAt: number | null;
  reason: string | null;
}
export type Reading =
  { state: 'loading'; id: string } | { state: 'open'; document: OpenDocument } | { state: 'missing'; id: string };

export const reading = signal<Reading | null>(null);
/** What the person chose for the open document; null: what suits it. */
export const chosenView = signal<'formatted' | 'source' | null>(null);

/** Above this many characters a formatted page takes too long to lay out on a phone. */
const FORMATTED_LIMIT = 400_000;

/** Formats whose stored text is Markdown: HTML is turned into it when it is read in. */
const MARKDOWN_TYPES = new Set(['text/markdown', 'text/x-markdown', 'text/html', 'application/xhtml+xml']);
const MARKDOWN_SUFFIX = /\.(md|mdx|markdown|mdown|mkdn?|html?|xht|xhtml)$/i;

export const tooLongToFormat = computed(
  () => reading.value?.state === 'open' && reading.value.document.content.length > FORMATTED_LIMIT,
);
export const shownView = computed<'formatted' | 'source'>(() => {
  const now = reading.value;
  if (now?.state !== 'open' || !now.document.markdown || tooLongToFormat.value) return 'source';
  return chosenView.value ?? 'formatted';
});

interface DocumentRow extends Record<string, unknown> {
  id: string;
  path: string | null;
  content: string | null;
  type: string | null;
  bytes: number | bigint | null;
  passages: number | bigint | null;
  added_ms: number | bigint | null;
  reason: string | null;
}

function documentOf(row: DocumentRow): OpenDocument {
  const path = row.path ?? row.id;
  return {
    id: row.id,
    path,
    content: row.content ?? '',
    markdown: MARKDOWN_TYPES.has(row.type ?? '') || MARKDOWN_SUFFIX.test(path),
    bytes: Number(row.bytes ?? 0),
    passages: Number(row.passages ?? 0),
    addedAt: row.added_ms === null ? null : Number(row.added_ms),
    reason: row.reason,
  };
}

const wantedId = computed(() => (place.value.name === 'document' ? place.value.id : null));

effect(() => {
  const id = wantedId.value;
  const open = workspace.value;
  if (id === null || !open) return;
  const now = reading.peek();
  if (now?.state === 'open' && now.document.id === id) return;
  reading.value = { state: 'loading', id };
  chosenView.value = null;
  open
    .query<DocumentRow>(
      `SELECT id, coalesce(filename, display_name, url) AS path, content, mime_type AS type, size_bytes AS bytes, chunks_count AS passages,
              coalesce(indexed_at, ingested_at, created_at) / 1000 AS added_ms, error_message AS reason
         FROM documents WHERE id = ? AND is_deleted = 0`,
      [id],
    )
    .then(([row]) => {
      if (wantedId.peek() !== id) return;
      reading.value = row ? { state: 'open', document: documentOf(row) } : { state: 'missing', id };
    })
    .catch((error: unknown) => {
      if (wantedId.peek() === id) reading.value = { state: 'missing', id };
      report(error);
    });
});

/** A document that is removed while it is open, here or in another tab, is closed. */
effect(() =>
  workspace.value?.on('change', ({ tables }) => {
    const now = reading.peek();
    if (now?.state === 'open' && tables.includes('documents')) void closeIfGone(now.document.id);
  }),
);

async function closeIfGone(id: string): Promise<void> {
  try {
    const rows = await workspace.peek()?.query('SELECT 1 FROM documents WHERE id = ? AND is_deleted = 0', [id]);
    const now = reading.peek();
    if (rows?.length === 0 && now?.state === 'open' && now.document.id === id) reading.value = { state: 'missing', id };
  } catch (error) {
    report(error);
  }
}
