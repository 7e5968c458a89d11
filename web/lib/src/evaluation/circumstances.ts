/** What an answer depends on beside its question: settings, embedders, and what is searched. Kept with it, to say later what changed. */
import type { SearchKind, Workspace } from '../types.js';

export interface Circumstances {
  /** Settings that search asks, as they were resolved. */
  settings: Record<string, unknown>;
  /** Who made the vectors, by collection: model, fingerprint and dimensions. */
  embedders: Record<string, string>;
  /** What is searched, by kind: how many rows, and when one changed last. `selection`: which documents a scope leaves out. */
  data: Record<string, string>;
}

/** Something that is not as it was. null: it was not there, or is not any more. */
export interface Change {
  what: 'setting' | 'embedder' | 'data';
  /** A setting's name, a collection's, or a kind's. */
  name: string;
  from: string | null;
  to: string | null;
}

export interface Scope {
  user?: string;
  conversation?: string;
}

const SETTINGS = ['bm25_weight', 'num_documents', 'semantic_weight', 'use_hybrid_search'];

/** Rows and the newest change of them. A chunk has no time of its own: those of its document hold. */
const DATA: Record<SearchKind, string> = {
  documents: `SELECT count(*) AS rows, max(updated_at) AS at, max(pk) AS last, total(chunks_count) AS parts FROM documents
    WHERE is_deleted = 0`,
  decisions: 'SELECT count(*) AS rows, max(updated_at) AS at, max(pk) AS last, 0 AS parts FROM decisions',
  stories: 'SELECT count(*) AS rows, max(updated_at) AS at, max(pk) AS last, 0 AS parts FROM stories',
  code_examples: 'SELECT count(*) AS rows, max(updated_at) AS at, max(pk) AS last, 0 AS parts FROM code_examples',
  messages: 'SELECT count(*) AS rows, max(updated_at) AS at, max(pk) AS last, 0 AS parts FROM messages',
  ai_requests: 'SELECT count(*) AS rows, max(completed_at) AS at, max(pk) AS last, 0 AS parts FROM ai_requests',
};
export const KINDS = Object.keys(DATA) as SearchKind[];

const SELECTION = `SELECT group_concat(pick, ' ') AS picks FROM (
  SELECT document_id || ':' || enabled AS pick FROM conversation_document_overrides WHERE conversation_id = ?2
  UNION ALL SELECT document_id || '/' || enabled FROM user_document_defaults
    WHERE user_id = coalesce(?1, (SELECT user_id FROM conversations WHERE id = ?2)) ORDER BY 1)`;

/** As they are now. NOT_FOUND: no such user or conversation. */
export async function circumstancesOf(
  workspace: Workspace,
  kinds: readonly SearchKind[],
  scope: Scope,
): Promise<Circumstances> {
  const { user, conversation } = scope;
  const resolved = await workspace.settings.resolve({
    ...(user === undefined ? {} : { user }),
    ...(conversation === undefined ? {} : { conversation }),
  });
  const settings = Object.fromEntries(SETTINGS.map((name) => [name, resolved[name]?.value ?? null]));
  const made = await workspace.query<{ name: string; model: string | null; fingerprint: string | null; dims: number }>(
    `SELECT name, model, fingerprint, dims FROM vector_collections
     WHERE origin = 'local' AND name IN (${kinds.map(() => '?').join()}) ORDER BY name`,
    kinds.map((kind) => (kind === 'documents' ? 'document_chunks' : `archivolt:${kind}`)),
  );
  const embedders = Object.fromEntries(
    made.map(({ name, model, fingerprint, dims }) => [name, [model, fingerprint, dims].join(' ')]),
  );
  const data: Record<string, string> = {};
  for (const kind of kinds) {
    const [row] = await workspace.query<{ rows: number; at: number | null; last: number | null; parts: number }>(
      DATA[kind],
    );
    data[kind] = [row?.rows ?? 0, row?.at ?? '', row?.last ?? '', row?.parts ?? 0].join(' ');
  }
  if (user !== undefined || conversation !== undefined) {
    const [row] = await workspace.query<{ picks: string | null }>(SELECTION, [user ?? null, conversation ?? null]);
    data['selection'] = await digestOf(row?.picks ?? '');
  }
  return { settings, embedders, data };
}

/** What differs, settings first. Of data the number of rows is told, where it differs; else only that something did. */
export function changesBetween(before: Circumstances, now: Circumstances): Change[] {
  const text = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value));
  const plain = (value: unknown) => (typeof value === 'string' ? value : null);
  const rows = (value: unknown) => plain(value)?.split(' ')[0] ?? null;
  return [
    ...differing('setting', before.settings, now.settings, text),
    ...differing('embedder', before.embedders, now.embedders, plain),
    ...differing('data', before.data, now.data, plain).map((change) => ({
      ...change,
      from: change.name === 'selection' ? null : rows(change.from),
      to: change.name === 'selection' ? null : rows(change.to),
    })),
  ];
}

function differing(
  what: Change['what'],
  before: Record<string, unknown>,
  now: Record<string, unknown>,
  tell: (value: unknown) => string | null,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    const [from, to] = [tell(before[name]), tell(now[name])];
    return from === to ? [] : [{ what, name, from, to }];
  });
}

async function digestOf(value: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(value)));
  return [...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What was kept, read back: a row may come from another hand. */
export function readCircumstances(value: unknown): Circumstances {
  const { settings, embedders, data } = members(value);
  return {
    settings: members(settings),
    embedders: members(embedders) as Record<string, string>,
    data: members(data) as Record<string, string>,
  };
}

/** An object's members; none of what is no object. */
export function members(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
