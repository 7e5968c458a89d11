// Vector collections through the package: points in, nearest ones out, vectors as Float32Array.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedded } from '../support/until.mjs';
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

test('a collection of codes answers with true distances from less memory', async (t) => {
  const workspace = await openForTest(t);
  const { collections } = workspace;
  // Numbers from a fixed seed around a few centres.
  let state = 7;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
  const centres = Array.from({ length: 12 }, () => Float32Array.from({ length: 64 }, random));
  const near = (centre) => centre.map((x) => x + 0.6 * random());
  const points = Array.from({ length: 2500 }, (_, i) => ({
    id: `p${i}`,
    vector: near(centres[i % 12]),
    payload: { n: i },
  }));
  for (const name of ['plain', 'coded']) {
    await collections.create({
      name,
      dimensions: 64,
      quantization: name === 'coded' ? 'int8' : 'none',
    });
    await collections.upsert(name, points);
  }
  let hits = 0;
  for (let q = 0; q < 20; q++) {
    const query = near(centres[q % 12]);
    const truth = await collections.query('plain', query, { exact: true });
    const exact = await collections.query('coded', query, { exact: true });
    assert.deepEqual(
      exact.map(({ id }) => id),
      truth.map(({ id }) => id),
    );
    const found = await collections.query('coded', query);
    for (const { id, distance } of found) {
      const same = truth.find((hit) => hit.id === id);
      if (same === undefined) continue;
      hits++;
      assert.ok(Math.abs(same.distance - distance) < 1e-5, 'the stored vector decides');
    }
    const [only] = await collections.query('coded', query, { filter: { n: 17 } });
    assert.equal(only.id, 'p17');
  }
  assert.ok(hits >= 190, `${hits} of 200 found`);
  const { vectors } = await workspace.status();
  const [plain, coded] = ['plain', 'coded'].map((name) => vectors.find(({ collection }) => collection === name));
  assert.deepEqual([plain.quantization, coded.quantization], ['none', 'int8']);
  assert.ok(plain.vectorBytes >= 2500 * 256 && plain.codeBytes === 0);
  assert.ok(coded.codeBytes >= 2500 * 64 && coded.vectorBytes === 0);
  assert.ok(coded.codeBytes < 0.4 * plain.vectorBytes && coded.linkBytes > 0 && coded.bytes < plain.bytes);
  await assert.rejects(
    collections.create({ name: 'x', dimensions: 2, quantization: 'int4' }),
    withCode('INVALID_ARGUMENT'),
  );
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

test('a payload schema is checked at every upsert, all points or none', async (t) => {
  const { collections } = await openForTest(t);
  const payloadSchema = {
    title: 'text',
    language: 'keyword',
    lines: 'integer',
    complexity: 'float',
    reviewed: 'boolean',
    at: 'datetime',
    tags: 'keyword[]',
    'author.name': 'text',
  };
  await collections.create({ name: 'c', dimensions: 2, payloadSchema });
  assert.deepEqual((await collections.list())[0].payloadSchema, payloadSchema);
  const vector = new Float32Array([1, 0]);
  const good = {
    title: 'Größe',
    language: 'ts',
    lines: 3,
    complexity: 2,
    reviewed: true,
    at: '2026-01-30T10:30:00Z',
    tags: ['a', 'b'],
    author: { name: 'Ann' },
    other: { free: [1] },
  };
  await collections.upsert('c', [
    { id: 'good', vector, payload: good },
    { id: 'bare', vector },
    { id: 'null', vector, payload: { title: null } },
  ]);
  assert.deepEqual((await collections.get('c', 'good')).payload, good);
  const wrong = {
    title: 1,
    language: 'x'.repeat(257),
    lines: 1.5,
    complexity: '2',
    reviewed: 1,
    at: 'yesterday',
    tags: ['a', 1],
    author: { name: 7 },
  };
  for (const [field, value] of Object.entries(wrong)) {
    await assert.rejects(
      collections.upsert('c', [
        { id: 'first', vector },
        { id: 'bad', vector, payload: { [field]: value } },
      ]),
      (error) => error.code === 'INVALID_ARGUMENT' && error.message.includes(field) && error.detail.rule !== undefined,
      field,
    );
  }
  assert.equal(await collections.count('c'), 3, 'nothing half-written');
  for (const schema of [{ a: 'string' }, { a: 1 }, { a: 'text[][]' }, { '': 'text' }, 'text', []]) {
    await assert.rejects(
      collections.create({ name: 'd', dimensions: 2, payloadSchema: schema }),
      withCode('INVALID_ARGUMENT', /payloadSchema/),
    );
  }
});

test('payload filters mean the same in graph and in exact search, in counts and in pages', async (t) => {
  const { collections } = await openForTest(t);
  await collections.create({ name: 'c', dimensions: 3 });
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const points = Array.from({ length: 2600 }, (_, i) => ({
    id: `p${String(i).padStart(4, '0')}`,
    vector: new Float32Array([random() - 0.5, random() - 0.5, random() - 0.5]),
    payload: {
      n: i % 100,
      kind: ['a', 'b', 'c'][i % 3],
      tags: [`t${i % 5}`, 'x'],
      deep: { even: i % 2 === 0 },
      at: `2026-01-${String((i % 28) + 1).padStart(2, '0')}T00:00:00Z`,
    },
  }));
  await collections.upsert('c', points);
  const filters = [
    [{ kind: 'a' }, ({ kind }) => kind === 'a'],
    [{ n: { gt: 90 } }, ({ n }) => n > 90],
    [{ n: { gte: 10, lt: 12 } }, ({ n }) => n >= 10 && n < 12],
    [{ n: { lte: 1 } }, ({ n }) => n <= 1],
    [{ n: { between: [5, 6] } }, ({ n }) => n === 5 || n === 6],
    [{ at: { between: ['2026-01-05T00:00:00Z', '2026-01-06T00:00:00Z'] } }, ({ at }) => /-0[56]T/.test(at)],
    [{ kind: { in: ['a', 'c'] } }, ({ kind }) => kind !== 'b'],
    [{ tags: { has: 't3' } }, ({ tags }) => tags.includes('t3')],
    [{ 'deep.even': true }, ({ deep }) => deep.even],
    [{ and: [{ kind: 'a' }, { n: { lt: 50 } }] }, ({ kind, n }) => kind === 'a' && n < 50],
    [{ or: [{ n: 1 }, { n: 2 }] }, ({ n }) => n === 1 || n === 2],
    [{ not: { kind: 'a' } }, ({ kind }) => kind !== 'a'],
    [{ n: -1 }, () => false],
  ];
  const query = new Float32Array([1, 0.2, -0.4]);
  const cosine = (v) => (v[0] + 0.2 * v[1] - 0.4 * v[2]) / Math.hypot(...v);
  for (const [filter, keep] of filters) {
    const expected = points.filter(({ payload }) => keep(payload));
    const nearest = [...expected]
      .sort((a, b) => cosine(b.vector) - cosine(a.vector))
      .slice(0, 5)
      .map(({ id }) => id);
    for (const options of [{ exact: true }, { ef: 400 }]) {
      const hits = await collections.query('c', query, { limit: 5, filter, ...options });
      assert.deepEqual(
        hits.map(({ id }) => id),
        nearest,
        JSON.stringify([filter, options]),
      );
    }
    assert.equal(await collections.count('c', filter), expected.length);
    const listed = [];
    for (let after; ; after = listed.at(-1)) {
      const page = await collections.points('c', { limit: 700, filter, ...(after === undefined ? {} : { after }) });
      listed.push(...page.map(({ id }) => id));
      if (page.length < 700) break;
    }
    assert.deepEqual(
      listed,
      expected.map(({ id }) => id),
    );
  }
  const [point] = await collections.points('c', { limit: 1, vectors: true });
  assert.deepEqual(point, points[0]);
  await assert.rejects(collections.count('c', { n: { near: 1 } }), withCode('INVALID_ARGUMENT'));
  await assert.rejects(collections.points('c', { limit: 0 }), withCode('INVALID_ARGUMENT'));
  await assert.rejects(collections.points('none'), withCode('NOT_FOUND'));
  await assert.rejects(collections.count('none'), withCode('NOT_FOUND'));
});

test('the standard collections are made once, with their payloads', async (t) => {
  const { collections } = await openForTest(t);
  assert.deepEqual(await collections.ensureStandard(), ['code_embeddings', 'knowledge_base']);
  assert.deepEqual(await collections.ensureStandard(), []);
  const [code, knowledge] = await collections.list();
  for (const { dimensions, metric } of [code, knowledge])
    assert.deepEqual({ dimensions, metric }, { dimensions: 768, metric: 'cosine' });
  const vector = new Float32Array(768).fill(0.1);
  await collections.upsert('code_embeddings', [
    {
      id: 'f',
      vector,
      payload: {
        file_path: 'src/a.ts',
        function_name: 'f',
        language: 'typescript',
        project_id: 'p',
        code_snippet: 'function f() {}',
        imports: ['b'],
        complexity: 1.5,
        last_modified: '2026-01-30T10:30:00Z',
      },
    },
  ]);
  await collections.upsert('knowledge_base', [
    {
      id: 'k',
      vector,
      payload: {
        document_id: 'd',
        title: 'T',
        content: 'C',
        category: 'guide',
        tags: ['x'],
        source: 'web',
        created_at: '2026-01-30T10:30:00Z',
        relevance_score: 0.9,
      },
    },
  ]);
  await assert.rejects(
    collections.upsert('knowledge_base', [{ id: 'k', vector, payload: { tags: 'x' } }]),
    withCode('INVALID_ARGUMENT', /tags/),
  );
});

test("the collections of rows' vectors are kept from callers", async (t) => {
  const workspace = await openForTest(t);
  const { collections } = workspace;
  await assert.rejects(
    collections.create({ name: 'archivolt:mine', dimensions: 2 }),
    withCode('INVALID_ARGUMENT', /archivolt:/),
  );
  await workspace.table('stories').insert({ title: 'Backups every night' });
  await embedded(workspace);
  assert.ok((await workspace.status()).vectors.some(({ collection }) => collection === 'archivolt:stories'));
  assert.deepEqual(await collections.list(), []);
  const name = 'archivolt:stories';
  for (const call of [
    () => collections.upsert(name, [{ id: 'x', vector: new Float32Array(128).fill(1) }]),
    () => collections.delete(name, ['x']),
    () => collections.drop(name),
  ])
    await assert.rejects(call, withCode('FAILED_PRECONDITION', /another name/));
});

test('a vector without a direction is refused in points and in chunks alike', async (t) => {
  const workspace = await openForTest(t);
  await workspace.collections.create({ name: 'c', dimensions: 2 });
  await assert.rejects(
    workspace.collections.upsert('c', [{ id: 'a', vector: new Float32Array(2) }]),
    withCode('INVALID_ARGUMENT', /zero vector/),
  );
  const { documents } = await workspace.documents.ingest({
    filename: 'a.txt',
    content: 'text',
    chunks: [{ text: 'text', vector: new Float32Array(2) }],
  });
  assert.equal(documents[0].status, 'failed');
  assert.match(documents[0].error.message, /zero vector/);
});

const many = (count, turn = 0) =>
  Array.from({ length: count }, (_, i) => ({
    id: `p${i}`,
    vector: Float32Array.of(Math.cos(i + turn), Math.sin(i + turn)),
  }));

test('who says nothing leaves the choice of codes to the size', async (t) => {
  const { collections } = await openForTest(t);
  for (const quantization of [undefined, 'auto', 'none', 'int8'])
    await collections.create({ name: `of ${quantization}`, dimensions: 2, ...(quantization && { quantization }) });
  const list = await collections.list();
  assert.deepEqual(list.map(({ quantization }) => quantization).sort(), ['auto', 'auto', 'int8', 'none']);
});

test('many points are written in slices: all or none, with progress and one entry of the audit trail', async (t) => {
  const workspace = await openForTest(t);
  const { collections } = workspace;
  await collections.create({ name: 'code', dimensions: 2 });
  const entries = () => workspace.table('audit_log').count({ action: 'upsert' });
  const before = await entries();

  const told = [];
  await collections.upsert('code', many(5000), { onProgress: (progress) => told.push(progress) });
  assert.equal(await collections.count('code'), 5000);
  assert.equal(await entries(), before + 1);
  assert.ok(told.length > 1, `${told.length} times`);
  assert.deepEqual(told.at(-1), { phase: 'writing points', done: 5000, total: 5000 });
  assert.ok(told.every(({ done }, i) => i === 0 || done > told[i - 1].done));

  // One that cannot be written, at the end: nothing of the call stays.
  const last = { id: 'zero', vector: new Float32Array(2) };
  await assert.rejects(collections.upsert('code', [...many(3000, 1), last]), withCode('INVALID_ARGUMENT'));
  assert.deepEqual((await collections.get('code', 'p7')).vector, Float32Array.of(Math.cos(7), Math.sin(7)));
  assert.equal(await entries(), before + 1);

  // Cancelled in the middle.
  const stop = new AbortController();
  const cancelled = collections.upsert('code', many(20_000, 1), {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(cancelled, withCode('CANCELLED'));
  await assert.rejects(collections.upsert('code', many(2), { signal: stop.signal }), withCode('CANCELLED'));
  assert.equal(await collections.count('code'), 5000);
  assert.equal(await entries(), before + 1);

  // What was there as it came is no change.
  await collections.upsert('code', many(5000));
  assert.equal(await entries(), before + 1);
  for (const options of [{ onProgress: 1 }, { signal: 'now' }, { other: 1 }])
    await assert.rejects(collections.upsert('code', [], options), withCode('INVALID_ARGUMENT'));
  await assert.rejects(collections.upsert('code', many(100_001)), withCode('INVALID_ARGUMENT'));
});
