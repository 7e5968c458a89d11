// Every write that leaves a mark is done once, however often leaders that end have it asked again: the second answer is the first one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { importSource } from '../support/source.mjs';

const { hasMark, PROTOCOL_VERSION } = await importSource('sharing/repeat', 'protocol/messages');

const options = {
  storage: 'memory',
  embedder: { kind: 'none' },
  durability: 'full',
  readOnly: false,
  slowQueryMs: 1000,
  wasmUrl: null,
  lockToken: '',
};

/** A worker without its client, so that requests may carry marks as another tab's do. */
function connect(t) {
  const worker = new Worker(new URL('../../dist/worker-node.js', import.meta.url));
  t.after(() => worker.terminate());
  const waiting = new Map();
  worker.on('message', (message) => message.kind === 'reply' && waiting.get(message.id)?.(message));
  worker.postMessage({ kind: 'hello', version: PROTOCOL_VERSION });
  let lastId = 0;
  return async (method, params, more = {}) => {
    const id = ++lastId;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    worker.postMessage({ kind: 'request', id, method, params, ...more });
    const { ok, value, error } = await answer;
    if (!ok) throw Object.assign(new Error(), error);
    return value;
  };
}

test('a write that is asked again answers as it did, and is not done again', async (t) => {
  const call = connect(t);
  await call('workspace.open', { ...options, name: 'once' });
  let marks = 0;
  /** Asks twice with one mark and answers what both times was said. */
  const twice = async (method, params) => {
    assert.ok(hasMark({ method }), `${method} leaves a mark`);
    const id = `call:${'a'.repeat(32)}:${++marks}`;
    const first = await call(method, params, { once: { id, again: false, done: [] } });
    assert.deepEqual(await call(method, params, { once: { id, again: true, done: [] } }), first, method);
    return first;
  };
  const n = async (sql) => (await call('sql.query', { sql })).rows[0][0];

  const { id: user } = await call('records.insert', {
    table: 'users',
    row: { username: 'ada', email: 'ada@example.org' },
  });
  await twice('records.insert', { table: 'tags', row: { name: 'one' } });
  assert.equal(
    (await twice('records.insertMany', { table: 'tags', rows: [{ name: 'two' }, { name: 'three' }] })).ids.length,
    2,
  );
  assert.equal(await n('SELECT count(*) FROM tags'), 3);
  const rows = Array.from({ length: 1000 }, (_, i) => ({ name: `of many ${i}` }));
  assert.equal((await twice('records.insertMany', { table: 'tags', rows })).ids.length, 1000);
  assert.deepEqual(await call('sql.execute', { sql: "DELETE FROM tags WHERE name GLOB 'of many*'" }), {
    changes: 1000,
  });
  assert.deepEqual(await twice('sql.execute', { sql: "UPDATE tags SET name = name || '!'" }), { changes: 3 });
  assert.equal(await n("SELECT count(*) FROM tags WHERE name GLOB '*!!'"), 0);

  assert.equal(await twice('cache.increment', { key: 'n', by: 2 }), 2);
  assert.equal(await twice('cache.increment', { key: 'n', by: 2 }), 4);
  assert.equal((await twice('cache.hit', { subject: 'ada', endpoint: '/', limit: 2 })).remaining, 1);
  assert.equal(await twice('cache.delete', { key: 'n' }), true);
  assert.equal(await call('cache.get', { key: 'n' }), null);
  await call('cache.set', { key: 'k', json: '1' });
  assert.equal(await twice('cache.clear', { namespace: 'default' }), 1);
  await twice('cache.sweep', {});

  await twice('collections.create', { name: 'c', dimensions: 2 });
  const points = ['p', 'q'].map((id, at) => ({ id, vector: new Float32Array([1, at]) }));
  await call('collections.upsert', { name: 'c', points });
  assert.equal(await twice('collections.delete', { name: 'c', ids: ['p'] }), 1);
  const hits = await call('collections.query', { name: 'c', vector: new Float32Array([1, 0]) });
  assert.deepEqual(
    hits.map(({ id }) => id),
    ['q'],
  );
  assert.equal(await twice('collections.drop', { name: 'c' }), true);
  assert.deepEqual(await call('collections.list', {}), []);

  const sources = [{ filename: 'a.md', content: 'A keystone locks the arch.' }];
  const { documents } = await call('documents.ingest', { sources });
  assert.equal(await twice('documents.remove', { id: documents[0].id }), true);
  assert.equal(await n('SELECT count(*) FROM documents'), 0);
  assert.deepEqual((await call('search', { query: 'keystone', mode: 'keyword' })).hits, []);

  await twice('settings.set', { level: 'dynamic', values: { temperature: 0.5 } });
  assert.equal((await call('settings.history', { field: 'temperature' })).length, 1);
  const achievement = { type: 'first_document', name: 'First document', points: 10 };
  assert.equal((await twice('accounts.award', { user, achievement })).awarded, true);
  assert.equal((await call('accounts.achievements', { user })).points, 10);
  const { token } = await call('accounts.createSession', { user });
  assert.equal(await twice('accounts.endSession', { token }), true);
  await call('accounts.createSession', { user });
  assert.equal(await twice('accounts.endSessions', { user }), 1);
  await twice('accounts.sweepSessions', {});
  const { id: key } = await call('accounts.issueKey', { user, name: 'ci' });
  assert.equal(await twice('accounts.revokeKey', { id: key }), true);
  const provider = { user, provider: 'openai' };
  await call('accounts.storeProviderKey', { ...provider, secret: 's', passphrase: 'p' });
  assert.equal(await twice('accounts.removeProviderKey', provider), true);

  assert.deepEqual((await call('maintenance.health', { full: true })).ok, true);
  assert.equal(await n("SELECT count(*) FROM migration_state WHERE id GLOB 'call:*'"), marks);
});

test('a write that fails leaves no mark, and is done when it is asked again', async (t) => {
  const call = connect(t);
  await call('workspace.open', { ...options, name: 'once' });
  const once = { id: `call:${'b'.repeat(32)}:1`, again: false, done: [] };
  await assert.rejects(call('collections.delete', { name: 'none', ids: ['p'] }, { once }), { code: 'NOT_FOUND' });
  await call('collections.create', { name: 'none', dimensions: 2 });
  await call('collections.upsert', { name: 'none', points: [{ id: 'p', vector: new Float32Array([1, 0]) }] });
  assert.equal(await call('collections.delete', { name: 'none', ids: ['p'] }, { once: { ...once, again: true } }), 1);
});

test('many rows are inserted in slices: all of them or none, and the worker listens meanwhile', async (t) => {
  const call = connect(t);
  await call('workspace.open', { ...options, name: 'once' });
  const count = async () => (await call('sql.query', { sql: 'SELECT count(*) FROM tags' })).rows[0][0];
  const rows = Array.from({ length: 5000 }, (_, i) => ({ name: `tag ${i}` }));
  const order = [];
  const inserting = call('records.insertMany', { table: 'tags', rows }).finally(() => order.push('inserted'));
  const counting = count().finally(() => order.push('counted'));
  // What needs no database is answered between two slices; what does waits for the commit.
  await assert.rejects(call('no.such', {}), { code: 'INVALID_ARGUMENT' }).finally(() => order.push('heard'));
  const { ids } = await inserting;
  assert.deepEqual([new Set(ids).size, await counting, order], [5000, 5000, ['heard', 'inserted', 'counted']]);
  assert.equal((await call('records.get', { table: 'tags', id: ids[4321] })).name, 'tag 4321');

  const broken = rows.map(({ name }, i) => (i === 4321 ? { colour: 'red' } : { name: `more ${name}` }));
  await assert.rejects(call('records.insertMany', { table: 'tags', rows: broken }), (error) => {
    assert.match(error.message, /^Row 4321: /);
    assert.equal(error.detail.row, 4321);
    return error.code === 'INVALID_ARGUMENT';
  });
  assert.equal(await count(), 5000);
  const tooMany = Array.from({ length: 100_001 }, () => ({}));
  await assert.rejects(call('records.insertMany', { table: 'tags', rows: tooMany }), { code: 'INVALID_ARGUMENT' });
});
