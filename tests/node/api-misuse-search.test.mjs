// Search, collections and embedders with wrong and hostile arguments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HALF, assertUnpolluted, bottomless, refuses, refusesAll } from '../support/misuse.mjs';
import { openForTest } from '../support/workspaces.mjs';

const v = (...numbers) => new Float32Array(numbers);

test('any text is a query; what is no text or no option is refused', async (t) => {
  const workspace = await openForTest(t);
  await workspace.documents.ingest({ filename: 'a.md', content: 'A queue decouples services. 漢字 and 😀 are kept.' });
  const syntax = [
    '"',
    '""',
    '"unclosed',
    'a OR',
    'NEAR(a b)',
    'AND',
    'NOT x',
    'col:val',
    '*',
    'a*',
    '^x',
    '-x',
    '(((',
    '{a b}: c',
  ];
  const scripts = [
    '   ',
    '!!!',
    '漢字',
    '😀',
    '👨‍👩‍👧',
    'مرحبا',
    'e\u0301',
    "'; DROP TABLE documents; --",
    '%',
    'x'.repeat(1e6),
  ];
  const words = Array.from({ length: 10_000 }, (_, i) => `w${i}`).join(' ');
  for (const query of [...syntax, ...scripts, words]) {
    const { hits } = await workspace.search(query);
    assert.ok(Array.isArray(hits), query.slice(0, 20));
  }
  for (const query of [undefined, null, 5, {}, '', HALF])
    await refuses(`search ${String(query)}`, () => workspace.search(query), 'INVALID_ARGUMENT', /query/);
  const wrong = [
    [null, /options/],
    [{ knds: [] }, /options\.knds/],
    [{ kinds: ['x'] }, /kinds\[0\]/],
    [{ kinds: 'documents' }, /kinds/],
    [{ limit: 0 }, /limit/],
    [{ limit: 1e9 }, /limit/],
    [{ offset: 1e9 }, /offset/],
    [{ mode: 'x' }, /mode/],
    [{ fusion: { method: 'x' } }, /method/],
    [{ fusion: { method: 'rrf', k: -1 } }, /k must/],
    [{ fusion: { method: 'weighted', bm25: NaN, semantic: 1 } }, /bm25/],
    [{ where: 5 }, /where/],
    [{ where: { "category' OR 1=1 --": 'x' } }, /column/],
    [{ where: bottomless('not') }, /cannot be sent/],
    [{ vector: [1] }, /Float32Array/],
    [{ vector: v(1, 2, 3) }, /vector/],
    [{ vector: new Float32Array(128).fill(NaN) }, /NaN/],
    [{ snippet: { tokens: 1e6 } }, /tokens/],
    [{ snippet: { before: HALF } }, /before/],
  ];
  for (const [options, message] of wrong)
    await refuses(
      `options ${Object.keys(options ?? {})}`,
      () => workspace.search('queue', options),
      'INVALID_ARGUMENT',
      message,
    );
  await refuses('for nobody', () => workspace.search('queue', { user: 'nobody' }), 'NOT_FOUND', /user/);
  await refuses('cancelled', () => workspace.search('queue', { signal: AbortSignal.abort() }), 'CANCELLED');
  assert.equal((await workspace.search('queue decouples')).hits.length, 1);
});

test('collections refuse what they cannot hold, and hold all of a call or nothing', async (t) => {
  const { collections } = await openForTest(t);
  const create = (spec) => () => collections.create(spec);
  await collections.create({ name: 'col', dimensions: 3 });
  await refusesAll([
    ['nothing', create(undefined), undefined, /spec/],
    ['no name', create({ dimensions: 3 }), undefined, /spec\.name/],
    ['an endless name', create({ name: 'x'.repeat(1e5), dimensions: 3 }), undefined, /name/],
    ['half a name', create({ name: HALF, dimensions: 3 }), undefined, /name/],
    ...[undefined, 0, 1.5, 1e9].map((dimensions) => [
      `${dimensions}`,
      create({ name: 'a', dimensions }),
      undefined,
      /dimensions/,
    ]),
    ['another metric', create({ name: 'a', dimensions: 3, metric: 'x' }), undefined, /metric/],
    ['m', create({ name: 'a', dimensions: 3, m: 1e9 }), undefined, /m must/],
    ['efConstruction', create({ name: 'a', dimensions: 3, efConstruction: 1e9 }), undefined, /efConstruction/],
    ['twice', create({ name: 'col', dimensions: 3 }), 'ALREADY_EXISTS'],
    ['drop the built-in one', () => collections.drop('document_chunks'), 'FAILED_PRECONDITION'],
    [
      'write into the built-in one',
      () => collections.upsert('document_chunks', [{ id: 'a', vector: v(1) }]),
      'FAILED_PRECONDITION',
    ],
    ['write into none', () => collections.upsert('nope', [{ id: 'a', vector: v(1) }]), 'NOT_FOUND'],
    ['compact none', () => collections.compact('nope'), 'NOT_FOUND'],
  ]);
  const good = { id: 'good', vector: v(1, 1, 1) };
  const points = {
    none: [undefined, /points/],
    'a hole': [[good, null], /points\[1\]/],
    'no id': [[good, { vector: v(1, 2, 3) }], /points\[1\]\.id/],
    'no vector': [[good, { id: 'a' }], /points\[1\]\.vector/],
    'an array': [[good, { id: 'a', vector: [1, 2, 3] }], /Float32Array/],
    short: [[good, { id: 'a', vector: v(1, 2) }], /2 values/],
    empty: [[good, { id: 'a', vector: v() }], /vector/],
    NaN: [[good, { id: 'a', vector: v(NaN, 1, 1) }], /NaN/],
    infinite: [[good, { id: 'a', vector: v(Infinity, 1, 1) }], /infinit/],
    zero: [[good, { id: 'a', vector: v(0, 0, 0) }], /zero/],
    'an endless id': [[good, { id: 'x'.repeat(1e6), vector: v(1, 1, 1) }], /id/],
    'NUL in an id': [[good, { id: 'a\0', vector: v(1, 1, 1) }], /id/],
    'an array as payload': [[good, { id: 'a', vector: v(1, 1, 1), payload: [] }], /payload/],
    'bytes in a payload': [[good, { id: 'a', vector: v(1, 1, 1), payload: { a: new Uint8Array(2) } }], /bytes/],
    'a payload without end': [[good, { id: 'a', vector: v(1, 1, 1), payload: bottomless() }], /cannot be sent/],
  };
  for (const [label, [list, message]] of Object.entries(points))
    await refuses(label, () => collections.upsert('col', list), 'INVALID_ARGUMENT', message);
  assert.equal(await collections.get('col', 'good'), null, 'nothing was written');
  const payload = JSON.parse('{"n":2,"__proto__":{"polluted":1}}');
  await collections.upsert('col', [good, { ...good, vector: v(3, 2, 1), payload }]);
  const stored = await collections.get('col', 'good');
  assert.deepEqual([...stored.vector], [3, 2, 1], 'the last of two with one id');
  assert.deepEqual(Object.keys(stored.payload).sort(), ['__proto__', 'n']);
  for (const query of [undefined, [1, 2, 3], v(1), v(), v(NaN, 1, 1), v(0, 0, 0)])
    await refuses(`query ${query}`, () => collections.query('col', query), 'INVALID_ARGUMENT', /vector/);
  for (const options of [
    { limit: 0 },
    { limit: 1e9 },
    { ef: 1e9 },
    { exact: 1 },
    { nope: 1 },
    { filter: 5 },
    { filter: { n: { bogus: 1 } } },
    { filter: { 'a"b': 1 } },
    { filter: { '': 1 } },
  ])
    await refuses(JSON.stringify(options), () => collections.query('col', v(1, 1, 1), options), 'INVALID_ARGUMENT');
  for (const filter of [{ "n') OR 1=1 --": 1 }, JSON.parse('{"__proto__":1}'), { constructor: 1 }])
    assert.deepEqual(await collections.query('col', v(1, 1, 1), { filter }), []);
  assert.equal((await collections.query('col', v(1, 1, 1), { filter: { n: 2 } })).length, 1);
  assert.equal(await collections.drop('nope'), false);
  assert.equal(await collections.delete('col', ['good', 'good', 'nope']), 1);
  assertUnpolluted();
});

test('embedders that fail, lie or hang end their own calls only', async (t) => {
  const working = (texts) => Promise.resolve(texts.map(() => v(1, 0, 0)));
  let embedDocuments = working;
  const workspace = await openForTest(t, {
    embedder: { model: 'm', dimensions: 3, embedDocuments: (texts, signal) => embedDocuments(texts, signal) },
  });
  const faults = {
    throws: [
      () => {
        throw new Error('no key');
      },
      'FAILED_PRECONDITION',
      /no key/,
    ],
    'rejects oddly': [() => Promise.reject({ odd: 1 }), 'FAILED_PRECONDITION', /embedder failed/],
    'answers nothing': [() => undefined, 'INVALID_ARGUMENT', /Float32Arrays of 3/],
    'answers too few': [() => Promise.resolve([]), 'INVALID_ARGUMENT', /Float32Arrays of 3/],
    'answers too short': [(texts) => Promise.resolve(texts.map(() => v(1))), 'INVALID_ARGUMENT', /Float32Arrays of 3/],
    'answers functions': [
      (texts) => Promise.resolve(texts.map(() => () => 1)),
      'FAILED_PRECONDITION',
      /embedder failed/,
    ],
    'answers NaN': [(texts) => Promise.resolve(texts.map(() => v(NaN, 0, 0))), 'INVALID_ARGUMENT', /NaN/],
  };
  for (const [label, [fault, code, message]] of Object.entries(faults)) {
    embedDocuments = fault;
    const report = await workspace.documents.ingest({ filename: 'a.md', content: `text for one that ${label}` });
    const [{ status, error }] = report.documents;
    assert.deepEqual([status, error.code], ['failed', code], label);
    assert.match(error.message, message, label);
    await refuses(`search: ${label}`, () => workspace.search('text'), code, message);
  }
  let heard = 0;
  embedDocuments = (_, signal) => new Promise(() => signal.addEventListener('abort', () => heard++));
  const soon = () => ({ signal: AbortSignal.timeout(50) });
  await refuses(
    'ingest, hanging',
    () => workspace.documents.ingest({ filename: 'a.md', content: 'hanging' }, soon()),
    'CANCELLED',
  );
  await refuses('search, hanging', () => workspace.search('hanging', soon()), 'CANCELLED');
  assert.equal(heard, 2, 'the embedder is told');
  embedDocuments = working;
  const [document] = (await workspace.documents.ingest({ filename: 'b.md', content: 'works again' })).documents;
  assert.equal(document.status, 'indexed');
  assert.equal((await workspace.search('works')).hits.length, 1);
});
