// Health, slow statements, statistics and free pages through the package.
import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { refusesAll } from '../support/misuse.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const document = (i) => ({ filename: `a${i}.md`, content: `# Part ${i}\n\nA circuit breaker number ${i} opens.` });

test('a used workspace is sound', async (t) => {
  const workspace = await openForTest(t);
  await workspace.documents.ingest([document(1), document(2)]);
  await workspace.table('stories').insert({ title: 'As a user' });
  for (const options of [undefined, { full: true }]) {
    const report = await workspace.health(options);
    assert.equal(report.ok, true, JSON.stringify(report));
    assert.deepEqual(report.integrity, []);
    assert.equal(report.foreignKeys, 0);
    assert.ok(Object.values(report.fullText).every((sound) => sound === true));
    assert.deepEqual(report.vectors.document_chunks, { ok: true, missing: 0, orphaned: 0 });
    assert.equal(report.tables.find(({ name }) => name === 'documents').rows, 2);
    assert.ok(report.tables.find(({ name }) => name === 'documents').indexes > 3);
    assert.ok(!report.tables.some(({ name }) => /_fts|_trigram|^sqlite_/.test(name)));
    assert.ok(report.pageCount > 0);
  }
});

test('a passage of unknown words misses no vector', async (t) => {
  const workspace = await openForTest(t);
  await workspace.documents.ingest([document(1), { filename: 'x.md', content: '# qzxv\n\nqzxvwk zzqjx' }]);
  const { vectors } = await workspace.health();
  assert.deepEqual(vectors.document_chunks, { ok: true, missing: 0, orphaned: 0 });
});

test('a vector removed behind the back of the workspace is missing', async (t) => {
  const workspace = await openForTest(t);
  await workspace.documents.ingest(document(1));
  await workspace.execute('DELETE FROM vector_points');
  const report = await workspace.health();
  assert.equal(report.ok, false);
  assert.deepEqual(report.vectors.document_chunks, { ok: false, missing: 1, orphaned: 0 });
});

test('damaged pages are an answer, not an error', async (t) => {
  const directory = temporaryFolder(t);
  const options = { name: 'd', storage: { directory } };
  const workspace = await openWorkspace(options);
  await workspace.table('tags').insertMany(Array.from({ length: 5000 }, (_, i) => ({ name: `tag number ${i}` })));
  await workspace.close();
  const file = path.join(directory, 'd/archivolt.db');
  const pages = statSync(file).size / 8192;
  const descriptor = openSync(file, 'r+');
  // The last page is read at every open, which then fails; the others wait for whoever asks.
  for (let page = pages - 9; page < pages - 1; page++) writeSync(descriptor, '!', page * 8192 + 4000);
  closeSync(descriptor);
  const damaged = await openWorkspace(options);
  t.after(() => damaged.close());
  const report = await damaged.health({ full: true });
  assert.equal(report.ok, false);
  assert.notEqual(report.integrity.length, 0);
});

test('slow statements are told by an event and in the report, without their parameters', async (t) => {
  const workspace = await openForTest(t, { slowQueryMs: 30 });
  const told = [];
  const end = workspace.on('slowQuery', (detail) => told.push(detail));
  const slow =
    'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000000) SELECT count(*), ? FROM n';
  await workspace.query(slow, ['secret']);
  await workspace.query(slow, ['secret']);
  await workspace.query('SELECT 1');
  const { slowQueries } = await workspace.health();
  const found = slowQueries.find(({ sql }) => sql === slow);
  assert.equal(found.count, 2);
  assert.ok(found.maxMs >= 30);
  assert.deepEqual(
    told.filter(({ sql }) => sql === slow).map(({ ms }) => ms >= 30),
    [true, true],
  );
  assert.ok(!JSON.stringify([told, slowQueries]).includes('secret'));
  end();
  await workspace.query(slow, [1]);
  assert.equal(told.filter(({ sql }) => sql === slow).length, 2);
});

test('every kind of statement counts when everything is slow', async (t) => {
  const workspace = await openForTest(t, { slowQueryMs: 0 });
  await workspace.table('stories').find();
  await workspace.table('stories').count();
  await workspace.search('word', { mode: 'keyword' });
  await workspace.batch([{ sql: 'DELETE FROM tags' }]);
  await workspace.transaction((tx) => tx.query('SELECT 2'));
  const { slowQueries } = await workspace.health();
  for (const sql of ['find stories', 'count stories', 'search', 'DELETE FROM tags', 'SELECT 2'])
    assert.ok(
      slowQueries.some((entry) => entry.sql === sql),
      sql,
    );
  for (let i = 0; i < 150; i++) await workspace.query(`SELECT ${i}`);
  assert.ok((await workspace.health()).slowQueries.length <= 100);
});

test('optimize makes statistics, also in brief at close', async (t) => {
  const options = { name: 'o', storage: { directory: temporaryFolder(t) } };
  const workspace = await openWorkspace(options);
  await workspace.table('tags').insertMany(Array.from({ length: 500 }, (_, i) => ({ name: `t${i}` })));
  await workspace.optimize();
  assert.notDeepEqual(await workspace.query("SELECT 1 FROM sqlite_stat1 WHERE tbl = 'tags'"), []);
  await workspace.close();
  const again = await openWorkspace(options);
  t.after(() => again.close());
  assert.equal((await again.health({ full: true })).ok, true);
});

test('compact gives back what deleted rows held', async (t) => {
  const workspace = await openForTest(t);
  await workspace.compact();
  assert.deepEqual(await workspace.compact(), { freedBytes: 0 });
  const { id } = await workspace.table('documents').insert({ content: 'x'.repeat(1_000_000) });
  await workspace.table('documents').delete(id);
  assert.ok((await workspace.health()).freePages > 100);
  assert.ok((await workspace.compact()).freedBytes > 900_000);
  assert.equal((await workspace.health()).freePages, 0);
});

test('wrong calls are refused, and all of them after closing', async (t) => {
  const workspace = await openForTest(t);
  await refusesAll([
    ['full is no boolean', () => workspace.health({ full: 'yes' })],
    ['an unknown option', () => workspace.health({ quick: true })],
    ['options that are no object', () => workspace.health('full')],
    ['an unknown event', async () => workspace.on('slow', () => {})],
    ['a threshold below zero', () => openWorkspace({ name: 'x', storage: 'memory', slowQueryMs: -1 })],
    ['a threshold that is no number', () => openWorkspace({ name: 'x', storage: 'memory', slowQueryMs: '1' })],
  ]);
  await workspace.close();
  for (const call of ['health', 'optimize', 'compact'])
    await assert.rejects(workspace[call](), withCode('FAILED_PRECONDITION'));
});
