// Vector collections through the package: points in, nearest ones out, vectors as Float32Array.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openForTest, withCode } from '../support/workspaces.mjs';

test('points are written, found, read and deleted', async (t) => {
  const workspace = await openForTest(t);
  const { collections } = workspace;
  await collections.create({ name: 'code', dimensions: 4, metric: 'cosine' });
  const unit = (axis) => new Float32Array(4).map((_, i) => (i === axis ? 1 : 0));
  await collections.upsert(
    'code',
    [0, 1, 2, 3].map((axis) => ({ id: `p${axis}`, vector: unit(axis), payload: { axis, even: axis % 2 === 0 } })),
  );
  const list = await collections.list();
  assert.equal(list.find(({ name }) => name === 'code').count, 4);

  const point = await collections.get('code', 'p2');
  assert.deepEqual(point, { id: 'p2', vector: unit(2), payload: { axis: 2, even: true } });
  assert.equal(await collections.get('code', 'none'), null);

  const near = new Float32Array([0.1, 1, 0.2, 0]);
  const hits = await collections.query('code', near, { limit: 2, exact: true });
  assert.deepEqual(
    hits.map(({ id }) => id),
    ['p1', 'p2'],
  );
  assert.ok(hits[0].distance < hits[1].distance && hits[0].score > hits[1].score);
  const filtered = await collections.query('code', near, { limit: 1, filter: { axis: 3 } });
  assert.deepEqual(
    filtered.map(({ id }) => id),
    ['p3'],
  );

  assert.equal(await collections.delete('code', ['p1', 'none']), 1);
  assert.deepEqual(
    (await collections.query('code', near, { limit: 1 })).map(({ id }) => id),
    ['p2'],
  );
  await collections.compact('code');
  assert.equal(await collections.drop('code'), true);
  assert.equal(await collections.drop('code'), false);
  await assert.rejects(collections.query('code', near), withCode('NOT_FOUND'));
});

test('vectors of the wrong kind or length are refused', async (t) => {
  const { collections } = await openForTest(t);
  await collections.create({ name: 'c', dimensions: 2 });
  await assert.rejects(
    collections.upsert('c', [{ id: 'a', vector: [1, 2] }]),
    withCode('INVALID_ARGUMENT', /points\[0\]\.vector/),
  );
  await assert.rejects(
    collections.upsert('c', [{ id: 'a', vector: new Float32Array(3) }]),
    withCode('INVALID_ARGUMENT'),
  );
  await assert.rejects(collections.query('c', new Float32Array(3)), withCode('INVALID_ARGUMENT'));
  await assert.rejects(
    collections.create({ name: 'd', dimensions: 0 }),
    withCode('INVALID_ARGUMENT', /spec\.dimensions/),
  );
  await assert.rejects(collections.create({ name: 'c', dimensions: 2 }), withCode('ALREADY_EXISTS'));
});
