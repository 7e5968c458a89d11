// Opening, closing, calling: the package's life cycle in Node, in memory and in a directory.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ArchivoltError, deleteWorkspace, isArchivoltError, listWorkspaces, openWorkspace } from '../../dist/node.js';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

test('a row survives closing and reopening, and the closed file is a plain SQLite file', async (t) => {
  const directory = temporaryFolder(t);
  const options = { name: 'notes', storage: { directory } };
  const first = await openWorkspace(options);
  const made = await first.table('projects').insert({ name: 'Bridge', tags: ['stone'], created_at: new Date(0) });
  assert.match(made.id, /^[0-9a-f-]{36}$/);
  assert.equal(made.created_at, '1970-01-01T00:00:00Z');
  await first.close();
  const file = readFileSync(path.join(directory, 'notes/archivolt.db'));
  assert.equal(file.subarray(0, 15).toString('latin1'), 'SQLite format 3');
  assert.equal(file.length, file.readUInt32BE(28) * file.readUInt16BE(16), 'no reserve is left behind');
  assert.ok(!existsSync(path.join(directory, 'notes/archivolt.lock')));

  const second = await openWorkspace(options);
  assert.deepEqual(await second.table('projects').get(made.id), made);
  const status = await second.status();
  assert.equal(status.storage, 'directory');
  assert.equal(status.persisted, true);
  assert.equal(status.encrypted, false);
  assert.equal(status.role, 'leader');
  assert.ok(status.schemaVersion >= 1 && status.usage > 0);
  await second.close();
});

test('workspaces are listed and deleted', async (t) => {
  const directory = temporaryFolder(t);
  assert.deepEqual(await listWorkspaces({ directory: path.join(directory, 'none') }), []);
  const open = await openWorkspace({ name: 'a', storage: { directory } });
  const other = await openWorkspace({ name: 'b', storage: { directory } });
  await other.close();
  const list = await listWorkspaces({ directory });
  assert.deepEqual(
    list.map(({ name, encrypted }) => ({ name, encrypted })),
    [
      { name: 'a', encrypted: false },
      { name: 'b', encrypted: false },
    ],
  );
  assert.ok(list.every(({ bytes, modifiedAt }) => bytes > 0 && !Number.isNaN(Date.parse(modifiedAt))));
  await assert.rejects(deleteWorkspace('a', { directory }), withCode('BUSY'));
  await open.close();
  await deleteWorkspace('a', { directory });
  assert.deepEqual(
    (await listWorkspaces({ directory })).map(({ name }) => name),
    ['b'],
  );
  await assert.rejects(deleteWorkspace('a', { directory }), withCode('NOT_FOUND'));
  await assert.rejects(deleteWorkspace('../b', { directory }), withCode('INVALID_ARGUMENT'));
});

test('options that are wrong are refused by name before anything is opened', async (t) => {
  const directory = temporaryFolder(t);
  const wrong = [
    [{ name: 'x' }, /options\.storage/],
    [{ name: '', storage: 'memory' }, /name/],
    [{ name: '..', storage: 'memory' }, /name/],
    [{ name: 'a/b', storage: 'memory' }, /name/],
    [{ name: 'x', storage: 'disk' }, /options\.storage/],
    [{ name: 'x', storage: { directory: 5 } }, /options\.storage\.directory/],
    [{ name: 'x', storage: 'memory', durability: 'none' }, /options\.durability/],
    [{ name: 'x', storage: 'memory', passphrase: 5 }, /options\.passphrase/],
    [{ name: 'x', storage: 'memory', password: 'secret' }, /options\.password: no such option/],
    [{ name: 'x', storage: 'memory', embedder: { model: 'm', dimensions: 0 } }, /options\.embedder\.dimensions/],
    [null, /options/],
  ];
  for (const [options, message] of wrong)
    await assert.rejects(openWorkspace(options), withCode('INVALID_ARGUMENT', message));
  await assert.rejects(openWorkspace({ name: 'x', storage: 'opfs' }), withCode('UNSUPPORTED', /directory/));
  await assert.rejects(
    openWorkspace({ name: 'x', storage: 'memory', signal: AbortSignal.abort() }),
    withCode('CANCELLED'),
  );
  assert.deepEqual(await listWorkspaces({ directory }), []);
});

test('calls after close are refused, closing twice is fine, dispose closes', async (t) => {
  const workspace = await openForTest(t);
  const pending = workspace.table('projects').insert({ name: 'on its way' });
  await workspace.close();
  assert.equal((await pending).name, 'on its way', 'a call before close is finished');
  await workspace.close();
  await assert.rejects(workspace.status(), withCode('FAILED_PRECONDITION'));
  await assert.rejects(workspace.table('projects').find(), withCode('FAILED_PRECONDITION'));
  await assert.rejects(workspace.documents.ingest({ filename: 'a.md', content: 'a' }), withCode('FAILED_PRECONDITION'));
  const disposed = await openForTest(t, { name: 'disposed' });
  await disposed[Symbol.asyncDispose]();
  await assert.rejects(disposed.status(), withCode('FAILED_PRECONDITION'));
});

test('errors carry code, detail and what may be repeated', async (t) => {
  const workspace = await openForTest(t);
  const users = workspace.table('users');
  await users.insert({ email: 'a@example.org', origin: 'local' });
  const error = await users.insert({ email: 'a@example.org', origin: 'local' }).catch((caught) => caught);
  assert.ok(error instanceof ArchivoltError && error instanceof Error);
  assert.ok(isArchivoltError(error, 'ALREADY_EXISTS') && !isArchivoltError(error, 'BUSY'));
  assert.equal(error.retry, 'never');
  assert.equal(error.detail.table, 'users');
  await assert.rejects(workspace.table('nonsense').find(), withCode('INVALID_ARGUMENT', /nonsense/));
  await assert.rejects(users.insert({ nonsense: 1 }), withCode('INVALID_ARGUMENT', /nonsense/));
  await assert.rejects(users.insert({ metadata: { f() {} } }), withCode('INVALID_ARGUMENT'));
  await assert.rejects(users.insert({ display_name: '\ud800' }), withCode('INVALID_ARGUMENT', /display_name/));
  await assert.rejects(users.insert({ display_name: 'a\0b' }), withCode('INVALID_ARGUMENT', /display_name/));
  await assert.rejects(
    users.get(5),
    withCode('INVALID_ARGUMENT', /^id: expected a string or an object of key columns, got a number/),
  );
  await assert.rejects(users.find({ limt: 1 }), withCode('INVALID_ARGUMENT', /options\.limt/));
  await assert.rejects(users.insert([]), withCode('INVALID_ARGUMENT', /^row: expected an object, got an array/));
  await assert.rejects(users.update('missing', { bio: 'x' }), withCode('NOT_FOUND'));
  assert.equal(await users.get('missing'), null);
  assert.equal(await users.delete('missing'), false);
  assert.equal(await users.count(), 1, 'the workspace is usable after every error');
});

test('SQL reads and writes with every kind of parameter', async (t) => {
  const workspace = await openForTest(t);
  const big = 9007199254740993n;
  const [row] = await workspace.query('SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, ?5 AS e, ?6 AS f, ?7 AS g', [
    'ü',
    1.5,
    big,
    true,
    null,
    new Uint8Array([1, 2]),
    new Float32Array([1]),
  ]);
  assert.deepEqual(row, {
    a: 'ü',
    b: 1.5,
    c: big,
    d: 1,
    e: null,
    f: new Uint8Array([1, 2]),
    g: new Uint8Array(new Float32Array([1]).buffer),
  });
  const at = new Date(Date.UTC(2026, 0, 30));
  assert.deepEqual(await workspace.sql`SELECT ${at} AS at, ${'x'} AS x`, [{ at: at.getTime() * 1000, x: 'x' }]);
  assert.deepEqual(await workspace.query('SELECT :name AS n', { name: 'v' }), [{ n: 'v' }]);

  const insert = 'INSERT INTO tags (id, name) VALUES (?, ?)';
  assert.deepEqual(await workspace.execute(insert, ['t1', 'one']), { changes: 1 });
  await assert.rejects(workspace.query(insert, ['t2', 'two']), withCode('INVALID_ARGUMENT'));
  await assert.rejects(
    workspace.batch([
      { sql: insert, params: ['t3', 'three'] },
      { sql: insert, params: ['t4', 'three'] },
    ]),
    withCode('ALREADY_EXISTS'),
  );
  assert.deepEqual(await workspace.query('SELECT id FROM tags'), [{ id: 't1' }], 'a batch is all or nothing');
  assert.deepEqual(await workspace.batch([{ sql: insert, params: ['t5', 'five'] }, { sql: 'DELETE FROM tags' }]), [
    { changes: 1 },
    { changes: 2 },
  ]);
  await assert.rejects(workspace.query(5), withCode('INVALID_ARGUMENT', /statement\.sql/));
  await assert.rejects(workspace.query('SELECT ?', [{}]), withCode('INVALID_ARGUMENT', /params\[0\]/));
  await assert.rejects(workspace.sql('SELECT 1'), withCode('INVALID_ARGUMENT', /template/));
});

test('listeners and watches hear of commits', async (t) => {
  const workspace = await openForTest(t);
  const heard = [];
  const off = workspace.on('change', ({ tables }) => heard.push(...tables));
  const answers = [];
  let settle;
  const next = () => new Promise((resolve) => (settle = resolve));
  let answered = next();
  const stop = workspace.table('tags').watch({ orderBy: 'name' }, (rows) => {
    answers.push(rows.map(({ name }) => name));
    settle();
  });
  await answered;
  answered = next();
  await workspace.table('tags').insert({ name: 'b' });
  await answered;
  await workspace.table('projects').insert({ name: 'no tag' });
  answered = next();
  await workspace.table('tags').insert({ name: 'a' });
  await answered;
  assert.deepEqual(answers, [[], ['b'], ['a', 'b']]);
  assert.deepEqual(
    heard.filter((table) => table === 'tags' || table === 'projects'),
    ['tags', 'projects', 'tags'],
  );
  stop();
  off();
  await workspace.table('tags').insert({ name: 'c' });
  assert.equal(answers.length, 3);
  const failed = await new Promise((resolve) =>
    workspace.table('tags').watch({ where: { nonsense: 1 } }, assert.fail, resolve),
  );
  assert.equal(failed.code, 'INVALID_ARGUMENT');
  assert.throws(() => workspace.on('explosion', () => {}), withCode('INVALID_ARGUMENT'));
});

test('a file that is no workspace is refused and stays as it was', async (t) => {
  const directory = temporaryFolder(t);
  const workspace = await openWorkspace({ name: 'x', storage: { directory } });
  await workspace.close();
  const file = path.join(directory, 'x/archivolt.db');
  const junk = Buffer.alloc(8192, 'not a database ');
  writeFileSync(file, junk);
  const error = await openWorkspace({ name: 'x', storage: { directory } }).catch((caught) => caught);
  assert.ok(['CORRUPTION', 'FAILED_PRECONDITION'].includes(error.code), error.code);
  assert.deepEqual(readFileSync(file), junk);
});

test('importing the package starts nothing', async () => {
  // A process of its own: here workers of other tests may still be ending.
  const entry = JSON.stringify(new URL('../../dist/node.js', import.meta.url).href);
  const script = `await import(${entry}); console.log(JSON.stringify(process.getActiveResourcesInfo()))`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.deepEqual(
    JSON.parse(stdout).filter((name) => name === 'MessagePort' || name === 'Worker'),
    [],
  );
  const browser = await import('../../dist/index.js');
  assert.deepEqual(Object.keys(browser).sort(), [
    'ArchivoltError',
    'deleteWorkspace',
    'isArchivoltError',
    'listWorkspaces',
    'openWorkspace',
  ]);
  await assert.rejects(browser.listWorkspaces(), { code: 'UNSUPPORTED' });
});
