// The cache through the package: what comes back, when it ends, counters, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertUnpolluted, bottomless, HALF, refusesAll } from '../support/misuse.mjs';
import { openForTest, temporaryFolder } from '../support/workspaces.mjs';

test('JSON values come back as they went in', async (t) => {
  const { cache } = await openForTest(t);
  const values = [
    null,
    true,
    false,
    0,
    -0.5,
    1e21,
    2 ** 53,
    '',
    'e\u0301 \u0000 \ud83d\ude00',
    HALF,
    [],
    {},
    [[[1]]],
    { a: { b: [null] } },
    JSON.parse('{"__proto__": {"polluted": 1}}'),
    'x'.repeat(1_000_000),
  ];
  for (const [i, value] of values.entries()) {
    await cache.set(`value:${i}`, value);
    assert.deepEqual(await cache.get(`value:${i}`), value);
  }
  await cache.set('date', { at: new Date(0), left: undefined });
  assert.deepEqual(await cache.get('date'), { at: '1970-01-01T00:00:00.000Z' });
  assert.equal(await cache.get('nothing'), undefined);
  assert.equal(await cache.delete('date'), true);
  assert.equal(await cache.delete('date'), false);
  assertUnpolluted();
});

test('the shapes of Redis have their documented times', async (t) => {
  const workspace = await openForTest(t);
  const { cache } = workspace;
  const seconds = { 'session:abc': 3600, 'rate_limit:u:/x': 60, 'bmad_cache:p:h': 300, other: 3600 };
  for (const key of Object.keys(seconds)) await cache.set(key, { user_id: 'u', role: 'architect' });
  const rows = await workspace.query(
    'SELECT key, namespace, (expires_at - created_at) / 1000000 AS s FROM cache_entries',
  );
  assert.deepEqual(Object.fromEntries(rows.map(({ key, s }) => [key, s])), seconds);
  assert.deepEqual(rows.map(({ namespace }) => namespace).sort(), ['bmad_cache', 'default', 'rate_limit', 'session']);
});

test('what has ended is not answered', async (t) => {
  const workspace = await openForTest(t);
  const { cache } = workspace;
  await cache.set('short', 1, { ttlSeconds: 1000 });
  await cache.set('long', 1, { ttlSeconds: 1000 });
  assert.equal(await cache.get('short'), 1);
  await workspace.table('cache_entries').update('short', { expires_at: new Date(Date.now() - 1) });
  assert.equal(await cache.get('short'), undefined);
  assert.equal(await cache.get('long'), 1);
  assert.equal((await cache.stats()).entries, 1);
  await cache.sweep();
  assert.equal(await workspace.table('cache_entries').count(), 1);
});

test('entries and counters survive a restart', async (t) => {
  const storage = { directory: temporaryFolder(t) };
  const first = await openForTest(t, { storage });
  await first.cache.set('session:abc', { user_id: 'u' });
  await first.cache.increment('visits', 41);
  await first.cache.hit('u', '/api', { limit: 2, windowSeconds: 600 });
  await first.close();
  const { cache } = await openForTest(t, { storage });
  assert.deepEqual(await cache.get('session:abc'), { user_id: 'u' });
  assert.equal(await cache.increment('visits'), 42);
  assert.equal((await cache.hit('u', '/api', { limit: 2 })).remaining, 0);
  assert.equal((await cache.hit('u', '/api', { limit: 2 })).allowed, false);
});

test('counters lose nothing when many count at once', async (t) => {
  const { cache } = await openForTest(t);
  const sums = await Promise.all(Array.from({ length: 200 }, () => cache.increment('n')));
  assert.deepEqual(
    sums.sort((a, b) => a - b),
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  const hits = await Promise.all(Array.from({ length: 50 }, () => cache.hit('u', '/e', { limit: 10 })));
  assert.equal(hits.filter(({ allowed }) => allowed).length, 10);
  assert.equal(new Set(hits.map(({ resetAt }) => resetAt)).size, 1);
  assert.equal(await cache.get('rate_limit:u:/e'), 10);
  assert.equal(await cache.delete('rate_limit:u:/e'), true);
  assert.equal((await cache.hit('u', '/e', { limit: 10 })).remaining, 9);
});

test('a namespace is cleared alone', async (t) => {
  const { cache } = await openForTest(t);
  await cache.set('session:a', 1);
  await cache.set('b', 2, { namespace: 'session' });
  await cache.set('bmad_cache:p:h', 3);
  const stats = await cache.stats();
  assert.equal(stats.entries, 3);
  assert.deepEqual(stats.namespaces.session, { entries: 2, bytes: 12 });
  assert.equal(await cache.clear('session'), 2);
  assert.equal(await cache.get('bmad_cache:p:h'), 3);
  assert.equal(await cache.clear(), 1);
});

test('above its bound the cache forgets what was longest unused', async (t) => {
  const { cache } = await openForTest(t);
  const { maxEntries } = await cache.stats();
  for (let i = 0; i < maxEntries; i += 500)
    await Promise.all(Array.from({ length: 500 }, (_, j) => cache.set(`k:${i + j}`, i + j)));
  assert.equal((await cache.stats()).entries, maxEntries);
  await cache.set('one more', 1);
  const { entries } = await cache.stats();
  assert.ok(entries <= maxEntries && entries >= maxEntries * 0.9, `${entries}`);
  assert.equal(await cache.get('one more'), 1);
  assert.equal(await cache.get(`k:${maxEntries - 1}`), maxEntries - 1);
  assert.equal(await cache.get('k:0'), undefined);
});

test('wrong calls are refused before anything is written', async (t) => {
  const { cache } = await openForTest(t);
  const cycle = {};
  cycle.self = cycle;
  const bad = [
    undefined,
    () => 1,
    Symbol('s'),
    1n,
    NaN,
    Infinity,
    new Map(),
    new Set(),
    new Uint8Array(1),
    cycle,
    [() => 1],
    { a: NaN },
  ];
  await refusesAll([
    ...bad.map((value) => [`value ${String(value)}`, () => cache.set('k', value), undefined, /value/]),
    ['bottomless', () => cache.set('k', bottomless()), undefined, /value/],
    ['too large', () => cache.set('k', 'x'.repeat(5_000_000)), undefined, /5000002 bytes/],
    ...[undefined, null, '', 5, {}, 'a\0b', HALF, 'k'.repeat(1025)].flatMap((key) => [
      [`set ${String(key)?.slice(0, 9)}`, () => cache.set(key, 1)],
      ['get', () => cache.get(key)],
      ['delete', () => cache.delete(key)],
      ['increment', () => cache.increment(key)],
      ['subject', () => cache.hit(key, 'e', { limit: 1 })],
      ['endpoint', () => cache.hit('s', key, { limit: 1 })],
    ]),
    ...[0, -1, NaN, Infinity, '5', 1e12].flatMap((ttlSeconds) => [
      [`ttl ${ttlSeconds}`, () => cache.set('k', 1, { ttlSeconds }), undefined, /ttlSeconds/],
      [
        `window ${ttlSeconds}`,
        () => cache.hit('s', 'e', { limit: 1, windowSeconds: ttlSeconds }),
        undefined,
        /windowSeconds/,
      ],
    ]),
    ['option', () => cache.set('k', 1, { ttl: 5 }), undefined, /ttl/],
    ['namespace', () => cache.set('k', 1, { namespace: '' }), undefined, /namespace/],
    ['by', () => cache.increment('k', 0.5), undefined, /by/],
    ['by', () => cache.increment('k', 2 ** 53), undefined, /by/],
    ['no options', () => cache.hit('s', 'e'), undefined, /options/],
    ['no limit', () => cache.hit('s', 'e', {}), undefined, /limit/],
    ['limit 0', () => cache.hit('s', 'e', { limit: 0 }), undefined, /limit/],
    ['clear', () => cache.clear(''), undefined, /namespace/],
  ]);
  assert.equal((await cache.stats()).entries, 0);
  assert.equal((await cache.stats()).counters, 0);
  await cache.set('k', 'text');
  await refusesAll([['a text', () => cache.increment('k'), 'FAILED_PRECONDITION', /whole number/]]);
  assert.equal(await cache.get('k'), 'text');
});
