// Tables and SQL with wrong, hostile and enormous arguments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { HALF, assertUnpolluted, bottomless, refuses, refusesAll } from '../support/misuse.mjs';
import { openForTest } from '../support/workspaces.mjs';

test('tables that are none, rows that are none', async (t) => {
  const workspace = await openForTest(t);
  const tags = workspace.table('tags');
  for (const name of ['', 5, null, undefined])
    await refuses(`table ${name}`, () => workspace.table(name), 'INVALID_ARGUMENT');
  for (const name of [
    'nope',
    '__proto__',
    'constructor',
    'sqlite_master',
    'tags; DROP TABLE tags',
    'tags\0',
    HALF,
    'decisions_fts',
  ])
    await refuses(`find in ${name}`, () => workspace.table(name).find(), 'INVALID_ARGUMENT', /table/);
  const cycle = { name: 'x' };
  cycle.metadata = cycle;
  const rows = {
    none: [undefined, /row: expected an object, got undefined/],
    null: [null, /row/],
    number: [5, /row/],
    array: [[], /row/],
    empty: [{}, /tags\.name/],
    'null name': [{ name: null }, /tags\.name/],
    'number for text': [{ name: 5 }, /tags\.name must be text/],
    'bytes for text': [{ name: new Uint8Array(3) }, /tags\.name must be text/],
    huge: [{ name: 'x'.repeat(5_000_000) }, /tags\.name/],
    'half a character': [{ name: HALF }, /name: text with a lone surrogate/],
    NUL: [{ name: 'a\0b' }, /tags\.name .*NUL/],
    'unknown column': [{ name: 'x', nope: 1 }, /nope/],
    'a column of every object': [{ name: 'x', constructor: 1 }, /constructor/],
    'a prototype': [JSON.parse('{"name":"x","__proto__":{"polluted":1}}'), /__proto__/],
    'a function': [{ name: () => 1 }, /cannot be sent/],
    'a map': [{ name: new Map() }, /a Map/],
    'no number': [{ name: NaN }, /not finite/],
    'an id that is none': [{ id: '', name: 'x' }, /tags\.id/],
    'a getter that throws': [
      {
        get name() {
          throw new Error('mine');
        },
      },
      /mine/,
    ],
    'a cycle': [cycle, /a cycle/],
    'no end': [{ name: 'x', metadata: bottomless() }, /cannot be sent/],
  };
  for (const [label, [row, message]] of Object.entries(rows))
    await refuses(label, () => tags.insert(row), 'INVALID_ARGUMENT', message);
  await refusesAll([
    ['insertMany null', () => tags.insertMany(null), undefined, /rows/],
    ['insertMany [null]', () => tags.insertMany([{ name: 'a' }, null]), undefined, /rows\[1\]/],
    ['insertMany twice the same', () => tags.insertMany([{ name: 'a' }, { name: 'a' }]), 'ALREADY_EXISTS', /Row 1/],
  ]);
  assert.equal(await tags.count(), 0, 'nothing was written');
  assert.deepEqual(await tags.insertMany([]), { ids: [] });
  const names = ['é', 'e\u0301', '😀', 'مرحبا', "'; DROP TABLE tags; --", '%', '_'];
  for (const name of names) assert.equal((await tags.insert({ name })).name, name);
  assert.equal(await tags.count(), names.length);
  assertUnpolluted();
});

test('keys, patches and conditions', async (t) => {
  const tags = (await openForTest(t)).table('tags');
  const { id } = await tags.insert({ name: 'kept' });
  for (const wrong of [undefined, null, 5, [], {}, { nope: 1 }, '', '\0', HALF, 'x'.repeat(1e6)])
    for (const method of ['get', 'update', 'delete'])
      await refuses(
        `${method} ${String(wrong).slice(0, 9)}`,
        () => tags[method](wrong, { name: 'x' }),
        'INVALID_ARGUMENT',
        /id/,
      );
  assert.equal(await tags.get("' OR 1=1 --"), null);
  assert.equal(await tags.delete("' OR 1=1 --"), false);
  let nested = { name: 'x' };
  for (let i = 0; i < 60; i++) nested = { or: [nested, { name: 'y' }] };
  await refusesAll([
    ['update nobody', () => tags.update('nope', { name: 'x' }), 'NOT_FOUND'],
    ['update nothing', () => tags.update(id, null), undefined, /patch/],
    ['update the id', () => tags.update(id, { id: 'other' }), undefined, /tags\.id/],
    ['count 5', () => tags.count(5), undefined, /where/],
    ['find null', () => tags.find(null), undefined, /options/],
    ['find with an unknown option', () => tags.find({ wher: {} }), undefined, /options\.wher/],
  ]);
  const finds = [
    { where: 5 },
    { where: [] },
    { where: { nope: 1 } },
    { where: { "name' OR 1=1": 1 } },
    { where: JSON.parse('{"__proto__": 1}') },
    { where: { name: { bogus: 1 } } },
    { where: { name: { contains: 5 } } },
    { where: { name: { in: Array(40_000).fill('x') } } },
    { where: { or: 5 } },
    { where: { not: 5 } },
    { where: { or: Array(5000).fill({ name: 'x' }) } },
    { where: nested },
    { where: bottomless('not') },
    { orderBy: 'nope' },
    { orderBy: 'name; DROP TABLE tags' },
    { orderBy: 5 },
    { limit: -1 },
    { limit: 1.5 },
    { limit: '5' },
    { limit: 2 ** 53 },
    { offset: NaN },
    { signal: 5 },
  ];
  for (const [index, options] of finds.entries())
    await refuses(`find ${index}`, () => tags.find(options), 'INVALID_ARGUMENT');
  await refuses('find cancelled', () => tags.find({ signal: AbortSignal.abort() }), 'CANCELLED');
  for (const none of [
    { where: { name: { contains: '%' } } },
    { where: { name: { in: [] } } },
    { where: { or: [] } },
    { limit: 0 },
    { offset: 2 ** 53 - 1 },
  ])
    assert.deepEqual(await tags.find(none), [], JSON.stringify(none));
  assert.equal((await tags.get(id)).name, 'kept');
});

test('SQL that is none, that does too much, and parameters that are none', async (t) => {
  const workspace = await openForTest(t);
  await workspace.table('tags').insert({ name: 'kept' });
  const row = "INSERT INTO tags (id, name) VALUES ('b', 'b')";
  const queries = [
    undefined,
    null,
    5,
    '',
    '   ',
    '--',
    'SELECT',
    'SELECT 1; SELECT 2',
    'SELECT a',
    'SELECT \0',
    `SELECT '${HALF}'`,
  ]
    .concat([row, 'DELETE FROM tags', 'PRAGMA user_version = 5', "ATTACH 'x' AS y", "SELECT load_extension('x')"])
    .concat([
      'BEGIN',
      'COMMIT',
      'VACUUM',
      `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`,
      'SELECT zeroblob(2000000000)',
    ]);
  for (const sql of queries) await refuses(`query ${sql}`.slice(0, 60), () => workspace.query(sql), 'INVALID_ARGUMENT');
  const writes = [
    '',
    'SELECT 1',
    'DROP TABLE tags',
    'CREATE TABLE x (a)',
    'BEGIN',
    'COMMIT',
    'SAVEPOINT a',
    'VACUUM',
    'DELETE FROM sqlite_master',
  ]
    .concat([
      "ATTACH ':memory:' AS q",
      'PRAGMA foreign_keys = 0',
      'PRAGMA writable_schema = 1',
      'DELETE FROM tags; DELETE FROM tags',
    ])
    .concat(['DELETE FROM decisions_fts', 'DELETE FROM schema_migrations']);
  for (const sql of writes) await refuses(`execute ${sql}`, () => workspace.execute(sql), 'INVALID_ARGUMENT');
  for (const params of [
    undefined,
    [],
    [1, 2],
    5,
    null,
    [undefined],
    [{}],
    [Symbol('x')],
    [2n ** 64n],
    [NaN],
    [HALF],
    ['a\0b'],
    [new Date(NaN)],
    { b: 1 },
  ])
    await refuses(`params ${inspect(params)}`, () => workspace.query('SELECT :a', params), 'INVALID_ARGUMENT');
  await refuses(
    'a prototype',
    () => workspace.query('SELECT :a', JSON.parse('{"__proto__":1,"a":2}')),
    'INVALID_ARGUMENT',
    /__proto__/,
  );
  for (const statements of [
    null,
    [null],
    [{}],
    [{ sql: 5 }],
    [{ sql: row }, { sql: 'nonsense' }],
    [{ sql: row }, { sql: 'COMMIT' }, { sql: 'nonsense' }],
  ])
    await refuses(`batch ${JSON.stringify(statements)}`, () => workspace.batch(statements), 'INVALID_ARGUMENT');
  await refuses('sql as a function', () => workspace.sql('SELECT 1'), 'INVALID_ARGUMENT', /template tag/);
  assert.deepEqual(await workspace.sql`SELECT ${"x'; DROP TABLE tags"} AS a`, [{ a: "x'; DROP TABLE tags" }]);
  const [named] = await workspace.query('SELECT 1 AS __proto__, 2 AS constructor');
  assert.deepEqual(Object.entries(named), [
    ['__proto__', 1],
    ['constructor', 2],
  ]);
  assert.deepEqual(await workspace.batch([]), []);
  assert.equal(await workspace.table('tags').count(), 1, 'nothing was written, nothing was lost');
  assertUnpolluted();
});
