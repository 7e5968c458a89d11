// Calls at the wrong time: at once, twice, after closing, inside transactions, without a worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';
import { refuses } from '../support/misuse.mjs';
import { openForTest } from '../support/workspaces.mjs';

test('two hundred calls at once are each answered, and each write is there once', async (t) => {
  const workspace = await openForTest(t);
  const tags = workspace.table('tags');
  const wish = new Error('roll me back');
  const kinds = [
    (i) => tags.insert({ name: `row ${i}` }),
    () => tags.count(),
    () => workspace.query('SELECT 1'),
    (i) => workspace.transaction((tx) => tx.table('tags').insert({ name: `transaction ${i}` })),
    (i) => workspace.search(`words ${i}`),
    (i) => workspace.documents.ingest({ filename: `${i}.md`, content: `document ${i}` }),
    () => tags.find({ signal: AbortSignal.abort() }),
    (i) =>
      workspace.transaction(async (tx) => {
        await tx.table('tags').insert({ name: `undone ${i}` });
        throw wish;
      }),
    () => tags.insert({ name: 'row 0' }),
    () => workspace.status(),
  ];
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => kinds[i % 10](i)));
  const expected = ['', '', '', '', '', '', 'CANCELLED', wish, 'ALREADY_EXISTS', ''];
  outcomes.forEach(({ reason }, i) =>
    assert.equal(reason === wish ? wish : (reason?.code ?? ''), expected[i % 10], `call ${i}`),
  );
  assert.equal(await tags.count({ name: { startsWith: 'row' } }), 20);
  assert.equal(await tags.count({ name: { startsWith: 'transaction' } }), 20);
  assert.equal(await tags.count({ name: { startsWith: 'undone' } }), 0);
  assert.equal(await workspace.table('documents').count({ status: 'indexed' }), 20);
});

test('many small commits with full text in them go on', async (t) => {
  const workspace = await openForTest(t);
  const { id: user_id } = await workspace.table('users').insert({ email: 'ann@example.org' });
  for (let i = 0; i < 40; i++)
    await workspace.transaction((tx) => tx.table('decisions').insert({ user_id, title: `decision ${i}`, options: [] }));
  const { hits } = await workspace.search('decision', { kinds: ['decisions'], mode: 'keyword', limit: 50 });
  assert.equal(hits.length, 40);
});

test('what a call was given may be changed as soon as the call is made', async (t) => {
  const { collections } = await openForTest(t);
  await collections.create({ name: 'col', dimensions: 2 });
  const vector = new Float32Array(2);
  const calls = [];
  for (let i = 1; i <= 5; i++) {
    vector.set([i, 1]);
    calls.push(collections.upsert('col', [{ id: `p${i}`, vector }]));
  }
  await Promise.all(calls);
  for (let i = 1; i <= 5; i++) assert.deepEqual([...(await collections.get('col', `p${i}`)).vector], [i, 1]);
});

test('bodies that are none, that throw at once and that wait for the workspace', async (t) => {
  const workspace = await openForTest(t);
  const tags = workspace.table('tags');
  await refuses('no body', () => workspace.transaction(), 'INVALID_ARGUMENT', /body/);
  const mine = new TypeError('mine');
  await assert.rejects(
    workspace.transaction(() => {
      throw mine;
    }),
    (error) => error === mine,
  );
  assert.equal(await workspace.transaction(() => 5), 5);
  for (const sql of ['COMMIT', 'ROLLBACK', 'SAVEPOINT x'])
    await refuses(sql, () => workspace.transaction((tx) => tx.execute(sql)), 'INVALID_ARGUMENT');
  // The inner one waits for the outer one, which waits for it: the outer one gives way, and its message says why.
  const nested = workspace.transaction(async (tx) => {
    await tx.table('tags').insert({ name: 'outer' });
    await workspace.transaction((inner) => inner.table('tags').insert({ name: 'inner' }));
  });
  await refuses('nested', () => nested, 'TIMEOUT', /methods of the transaction itself/);
  assert.deepEqual(
    (await tags.find()).map(({ name }) => name),
    ['inner'],
  );
});

test('closing in the middle of everything answers everything', async (t) => {
  const workspace = await openForTest(t);
  const tags = workspace.table('tags');
  const open = [
    ...Array.from({ length: 20 }, (_, i) => tags.insert({ name: `t${i}` })),
    workspace.transaction((tx) => tx.table('tags').insert({ name: 'tx' })),
    workspace.documents.ingest({ filename: 'a.md', content: 'text '.repeat(100_000) }),
    workspace.search('text'),
  ];
  const closing = [workspace.close(), workspace.close()];
  for (const { reason } of await Promise.allSettled(open))
    assert.ok(reason === undefined || ['CANCELLED', 'FAILED_PRECONDITION'].includes(reason.code), reason);
  await Promise.all(closing);
  const { documents, collections } = workspace;
  const calls = {
    count: () => tags.count(),
    query: () => workspace.query('SELECT 1'),
    batch: () => workspace.batch([]),
    transaction: () => workspace.transaction(async () => 1),
    search: () => workspace.search('x'),
    status: () => workspace.status(),
    ingest: () => documents.ingest({ filename: 'a', content: 'b' }),
    list: () => collections.list(),
  };
  for (const [label, call] of Object.entries(calls)) await refuses(label, call, 'FAILED_PRECONDITION', /closed/);
  tags.watch({}, () => assert.fail('a closed workspace has nothing to tell'))();
});

test('a watch ends with its signal, without an error', async (t) => {
  const workspace = await openForTest(t);
  const tags = workspace.table('tags');
  const abort = new AbortController();
  const heard = [];
  const failed = [];
  const second = new Promise((resolve) => {
    tags.watch(
      { signal: abort.signal },
      (rows) => {
        heard.push(rows.length);
        if (heard.length === 2) resolve();
      },
      (error) => failed.push(error),
    );
  });
  tags.watch({ signal: AbortSignal.abort() }, () => assert.fail('ended before it began'));
  await tags.count();
  await tags.insert({ name: 'a' });
  await second;
  abort.abort();
  const told = new Promise((resolve) => workspace.on('change', resolve));
  await tags.insert({ name: 'b' });
  await told;
  await tags.count();
  assert.deepEqual(heard, [0, 1]);
  assert.deepEqual(failed, []);
});

test('when the worker is lost, calls and watches hear of it', async () => {
  const { openWith } = await importSource('client/open');
  let events;
  const answers = {
    'workspace.open': (id) => ({ kind: 'reply', id, ok: true, value: null }),
    'records.find': (id) => ({ kind: 'reply', id, ok: true, value: [] }),
  };
  const endpoint = {
    post({ kind, id, method }) {
      const answer = kind === 'hello' ? { kind, version: 1 } : answers[method]?.(id);
      if (answer !== undefined) queueMicrotask(() => events.message(answer));
    },
    listen: (given) => (events = given),
    terminate: () => undefined,
  };
  const workspace = await openWith({ defaultStorage: 'memory', base: () => 'file:///', start: () => endpoint }, 'lost');
  const tags = workspace.table('tags');
  const told = [];
  tags.watch(
    {},
    () => undefined,
    (error) => told.push(error.code),
  );
  tags.watch({}, () => undefined);
  await tags.find();
  const open = Promise.allSettled([workspace.status(), workspace.query('SELECT 1'), workspace.transaction(() => 1)]);
  events.lost('it crashed');
  events.lost('and was told twice');
  assert.deepEqual(
    (await open).map(({ reason }) => reason.code),
    ['WORKER_LOST', 'WORKER_LOST', 'WORKER_LOST'],
  );
  assert.deepEqual(told, ['WORKER_LOST']);
  await assert.rejects(workspace.status(), { code: 'WORKER_LOST' });
  await workspace.close();
});
