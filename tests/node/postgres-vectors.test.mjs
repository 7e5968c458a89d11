// Vectors on a server with pgvector (PGlite): bit for bit, indexed, and found as docs/server.md says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { pull, push } from '../../dist/postgres.js';
import { startPglite } from '../support/pglite.mjs';
import { openForTest, withCode } from '../support/workspaces.mjs';

const server = await startPglite(after);

const bits = (vector) => [...new Uint32Array(Float32Array.from(vector).buffer)];

async function withCollections(t) {
  const workspace = await openForTest(t, { name: 'vectors' });
  const { collections } = workspace;
  await collections.create({ name: 'handbook', dimensions: 3 });
  await collections.create({ name: 'far', dimensions: 3, metric: 'l2' });
  await collections.create({ name: 'long', dimensions: 2100, metric: 'ip', payloadSchema: { part: 'keyword' } });
  await collections.upsert('handbook', [
    { id: 'near', vector: Float32Array.of(1, 0.1, -0), payload: { title: 'Circuit breaker' } },
    { id: 'small', vector: Float32Array.of(1e-45, -1e-40, 3.4028234663852886e38) },
    { id: 'away', vector: Float32Array.of(-1, 0.30000001192092896, 2 ** -126), payload: { a: [1, null], b: 'ü' } },
  ]);
  await collections.upsert('far', [{ id: 'near', vector: Float32Array.of(3, 4, 0) }]);
  await collections.upsert('long', [
    {
      id: 'x',
      vector: Float32Array.from({ length: 2100 }, (_, at) => Math.fround(1 / (at + 3))),
      payload: { part: 'p' },
    },
  ]);
  await workspace.documents.ingest({ filename: 'a.md', content: '# Breaker\n\nStop calling a service that fails.' });
  return workspace;
}

const POINTS =
  "SELECT c.name || '/' || p.point_uid AS name, p.vector, p.payload FROM vector_points p JOIN vector_collections c " +
  "ON c.id = p.collection_id WHERE c.name NOT GLOB 'archivolt:*' ORDER BY 1";

test('arrays become vectors when pgvector is asked for, and a vector too long for it is named', async (t) => {
  // Before the other test: it brings the extension.
  const to = { url: server.url, schema: 'arrays' };
  const workspace = await openForTest(t);
  await workspace.collections.create({ name: 'mine', dimensions: 2 });
  await workspace.collections.upsert('mine', [{ id: 'a', vector: Float32Array.of(1, 2) }]);
  const type = async () =>
    (
      await server.query(
        'SELECT pg_typeof(embedding)::text AS type, embedding::real[] AS vector FROM arrays.vector_points',
      )
    )[0];
  await push(workspace, { ...to, vectors: 'array' });
  assert.deepEqual(await type(), { type: 'real[]', vector: [1, 2] });
  const { tables } = await push(workspace, to);
  assert.deepEqual(tables.vector_points, { inserted: 0, updated: 0, deleted: 0, unchanged: 1 });
  assert.deepEqual(await type(), { type: 'vector', vector: [1, 2] });

  await workspace.collections.create({ name: 'wide', dimensions: 16_001 });
  await workspace.collections.upsert('wide', [{ id: 'w', vector: new Float32Array(16_001).fill(1) }]);
  await assert.rejects(
    push(workspace, to),
    withCode('CONSTRAINT', /vector_points\.embedding of the row "wide\/w" has more than the 16,000 dimensions/),
  );
  assert.equal((await server.query('SELECT count(*)::int AS count FROM arrays.vector_points'))[0].count, 1);
});

test('vectors come to pgvector and back bit for bit, and the documented query finds them by its index', async (t) => {
  const workspace = await withCollections(t);
  const report = await push(workspace, { url: server.url });
  assert.deepEqual(report.tables.vector_points, { inserted: 6, updated: 0, deleted: 0, unchanged: 0 });
  for (const { name, vector } of await workspace.query(POINTS)) {
    const [collection, point] = name.split('/');
    const [row] = await server.query(
      'SELECT embedding::real[] AS vector FROM archivolt.vector_points WHERE collection = $1 AND point = $2',
      [collection, point],
    );
    assert.deepEqual(bits(row.vector), bits(new Float32Array(Uint8Array.from(vector).buffer)), name);
  }
  const indexes = await server.query(
    "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'archivolt' AND indexdef LIKE '%hnsw%' ORDER BY 1",
  );
  assert.deepEqual(
    indexes.map(({ name }) => name),
    ['vector_points_hnsw_128_cosine', 'vector_points_hnsw_3_cosine', 'vector_points_hnsw_3_l2'],
  );

  const [, documented] = /```sql\n(SELECT point[\s\S]*?);\n```/.exec(readFileSync('docs/server.md', 'utf8'));
  const given = [report.workspaceId, '[1,0,0]'];
  const found = await server.query(documented, given);
  assert.deepEqual(
    found.map(({ point }) => point),
    ['near', 'small', 'away'],
  );
  assert.deepEqual(found[0].payload, { title: 'Circuit breaker' });
  const hits = await workspace.collections.query('handbook', Float32Array.of(1, 0, 0));
  assert.deepEqual(
    hits.map(({ id }) => id),
    found.map(({ point }) => point),
  );
  await server.query('SET enable_seqscan = off');
  await server.query('SET enable_sort = off');
  const plan = await server.query(`EXPLAIN ${documented}`, given);
  assert.match(JSON.stringify(plan), /vector_points_hnsw_3_cosine/);

  const copy = await openForTest(t, { name: 'vectors' });
  const pulled = await pull(copy, { url: server.url });
  assert.deepEqual(pulled.left, {});
  assert.deepEqual(await copy.query(POINTS), await workspace.query(POINTS));
  assert.deepEqual(
    (await copy.collections.query('far', Float32Array.of(0, 0, 0))).map(({ id }) => id),
    ['near'],
  );

  await workspace.collections.upsert('handbook', [{ id: 'near', vector: Float32Array.of(0, 1, 0) }]);
  await workspace.collections.delete('handbook', ['small']);
  await workspace.collections.drop('far');
  const { tables } = await push(workspace, { url: server.url });
  assert.deepEqual(tables.vector_points, { inserted: 0, updated: 1, deleted: 2, unchanged: 3 });
  await pull(copy, { url: server.url });
  assert.deepEqual(await copy.query(POINTS), await workspace.query(POINTS));
});
