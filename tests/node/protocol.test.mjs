// The wire: versions, lost workers, what is sent and what is not. The worker is played by the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { Connection } = await importSource('client/connection');
const { PROTOCOL_VERSION } = await importSource('protocol/messages');
const { Dispatcher } = await importSource('worker/dispatcher');
const { engineAsset } = await importSource('loader/assets');
const { hasSimd, hasRelaxedSimd } = await importSource('loader/features');

/** An endpoint whose worker is `answer(message, reply)`. */
function endpoint(answer) {
  const fake = {
    sent: [],
    terminated: false,
    post(message) {
      structuredClone(message);
      fake.sent.push(message);
      queueMicrotask(() => answer(message, (reply) => fake.events.message(reply)));
    },
    listen: (events) => (fake.events = events),
    terminate: () => (fake.terminated = true),
  };
  return fake;
}

const greet = (message, reply) => message.kind === 'hello' && reply({ kind: 'hello', version: PROTOCOL_VERSION });
const error = (code) => (caught) => {
  assert.equal(caught.code, code);
  return true;
};

test('a worker of another release is refused, and the message says which side is old', async () => {
  for (const [version, older] of [
    [PROTOCOL_VERSION + 1, /the page is the older one/],
    [PROTOCOL_VERSION - 1, /the worker is the older one/],
  ]) {
    const fake = endpoint((message, reply) => message.kind === 'hello' && reply({ kind: 'hello', version }));
    const connection = new Connection(fake, null, () => {});
    const request = connection.request('workspace.status', {});
    await assert.rejects(request, (caught) => error('PROTOCOL_MISMATCH')(caught) && older.test(caught.message));
    assert.ok(fake.terminated);
    assert.deepEqual(
      fake.sent.map(({ kind }) => kind),
      ['hello'],
      'nothing but the greeting was sent',
    );
  }
});

test('a worker refuses requests of a page of another release', async () => {
  const posted = [];
  const dispatcher = new Dispatcher({}, (message) => posted.push(message));
  dispatcher.receive({ kind: 'hello', version: PROTOCOL_VERSION + 1 });
  dispatcher.receive({ kind: 'request', id: 1, method: 'workspace.status', params: {} });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(posted[0], { kind: 'hello', version: PROTOCOL_VERSION });
  assert.equal(posted[1].error.code, 'PROTOCOL_MISMATCH');
});

test('unknown methods and calls before opening are answered, inherited names are no methods', async () => {
  const posted = [];
  const dispatcher = new Dispatcher({}, (message) => posted.push(message));
  dispatcher.receive({ kind: 'hello', version: PROTOCOL_VERSION });
  const methods = ['nonsense', 'constructor', 'tags.find', 'workspace.status'];
  methods.forEach((method, id) => dispatcher.receive({ kind: 'request', id, method, params: {} }));
  dispatcher.receive({ kind: 'request', id: 9, method: 'search', params: {}, tx: 'tx-1' });
  dispatcher.receive({ kind: 'cancel', id: 77 });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    posted.slice(1).map(({ id, error: { code } }) => [id, code]),
    [
      [0, 'INVALID_ARGUMENT'],
      [1, 'INVALID_ARGUMENT'],
      [2, 'INVALID_ARGUMENT'],
      [3, 'FAILED_PRECONDITION'],
      [9, 'FAILED_PRECONDITION'],
    ],
  );
});

test('a lost worker rejects what is open and what comes later', async () => {
  const fake = endpoint(greet);
  const connection = new Connection(fake, null, () => {});
  const open = connection.request('workspace.status', {});
  await new Promise((resolve) => setImmediate(resolve));
  fake.events.lost('it crashed');
  await assert.rejects(open, (caught) => error('WORKER_LOST')(caught) && /it crashed/.test(caught.message));
  await assert.rejects(connection.request('workspace.status', {}), error('WORKER_LOST'));
});

test('aborting sends one cancel, and the reply decides', async () => {
  const fake = endpoint((message, reply) => {
    greet(message, reply);
    if (message.kind === 'cancel') {
      reply({ kind: 'reply', id: message.id, ok: false, error: { code: 'CANCELLED', message: 'stopped' } });
    }
  });
  const connection = new Connection(fake, null, () => {});
  const abort = new AbortController();
  const request = connection.request('search', { query: 'x' }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 5);
  await assert.rejects(request, error('CANCELLED'));
  assert.deepEqual(
    fake.sent.map(({ kind }) => kind),
    ['hello', 'request', 'cancel'],
  );
  await assert.rejects(connection.request('search', { query: 'x' }, { signal: abort.signal }), error('CANCELLED'));
  assert.equal(fake.sent.length, 3, 'a request that was cancelled before is not sent');
});

test('arguments that cannot be cloned are refused in the page', async () => {
  const connection = new Connection(endpoint(greet), null, () => {});
  await assert.rejects(
    connection.request('records.insert', { table: 't', row: { f() {} } }),
    error('INVALID_ARGUMENT'),
  );
});

test('an error of a newer release is still an error of the package', async () => {
  const fake = endpoint((message, reply) => {
    greet(message, reply);
    if (message.kind === 'request')
      reply({ kind: 'reply', id: message.id, ok: false, error: { code: 'FROM_TOMORROW', message: 'm' } });
  });
  await assert.rejects(new Connection(fake, null, () => {}).request('workspace.status', {}), error('INTERNAL'));
});

test('the engine variant follows what the host can do and what the caller names', () => {
  assert.equal(hasSimd(), true);
  assert.equal(typeof hasRelaxedSimd(), 'boolean');
  const name = (url, relaxed) => {
    const asset = engineAsset(url, relaxed);
    return `${asset.variant} ${asset.url.href.slice(asset.url.href.lastIndexOf('/') + 1)}`;
  };
  assert.equal(name(null, false), 'baseline engine.wasm');
  assert.equal(name(null, true), 'relaxed engine-relaxed.wasm');
  assert.equal(name('https://example.org/assets/', true), 'relaxed engine-relaxed.wasm');
  assert.equal(name('https://example.org/assets/engine-4f2a.wasm', true), 'baseline engine-4f2a.wasm');
  assert.equal(name('https://example.org/assets/engine-relaxed-4f2a.wasm', false), 'relaxed engine-relaxed-4f2a.wasm');
});
