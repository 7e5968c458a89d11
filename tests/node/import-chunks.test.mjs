// Chunks that come in with vectors of another model: they keep those, and get vectors of the workspace's own embedder.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openForTest } from '../support/workspaces.mjs';

const PASSAGES = [
  'The circuit breaker opens after five failed calls and closes again when the service answers.',
  'Tomatoes need water in the morning and a place in the sun.',
  'Each tenant has a schema of its own, so that a query never reads rows of another one.',
];
const vectorOf = (seed) => `[${Array.from({ length: 384 }, (_, i) => Math.fround(Math.sin(seed + i))).join(',')}]`;
const row = (...fields) => `${fields.join('\t')}\n`;
const dump = (passages) =>
  new Blob([
    'COPY public.documents (id, resource_hash, file_path, display_name, source_type, created_at) FROM stdin;\n',
    row(7, 'hash-7', '/docs/notes.md', 'Notes', 'local_files', '2026-01-30 10:00:00'),
    '\\.\n\nCOPY public.document_chunks (id, document_id, chunk_index, chunk_text, embedding, created_at) FROM stdin;\n',
    ...passages.map((text, at) => row(at + 1, 7, at, text, vectorOf(at), '2026-01-30 10:00:00')),
    '\\.\n',
  ]);

async function settled(workspace) {
  while ((await workspace.status()).embedding.pending > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function found(workspace, query) {
  const { hits } = await workspace.search(query, { mode: 'semantic' });
  return hits[0]?.text;
}

test('imported chunks are found by their meaning once they are embedded in the background', async (t) => {
  const workspace = await openForTest(t);
  const { rejects, tables } = await workspace.import(dump(PASSAGES), { system: 'archi' });
  assert.deepEqual(rejects, []);
  assert.equal(tables.document_chunks.added, PASSAGES.length);
  await settled(workspace);
  assert.equal(await found(workspace, 'watering plants in the garden'), PASSAGES[1]);
  assert.equal(await found(workspace, 'isolation of customers in one database'), PASSAGES[2]);
  const own = await workspace.collections.query(
    'archi:document_chunks',
    Float32Array.from({ length: 384 }, (_, i) => Math.fround(Math.sin(2 + i))),
    { limit: 1 },
  );
  assert.equal(own.length, 1, 'their own vectors stay');
  assert.ok((await workspace.health({ full: true })).ok);
  const again = await workspace.import(dump(PASSAGES), { system: 'archi' });
  assert.equal(again.tables.document_chunks.unchanged, PASSAGES.length);
});
