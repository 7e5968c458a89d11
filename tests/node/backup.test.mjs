// The whole workspace out as one file and in again: in memory and in a directory, sealed and not, and what a restore does to calls
// around it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { assertSameRows, bytesOfBlob, dump, fill } from '../support/backups.mjs';
import { refusesAll } from '../support/misuse.mjs';
import { officialDatabase } from '../support/official.mjs';
import { embedded, until } from '../support/until.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const unfinished = (directory) => readdirSync(path.join(directory, 'test')).filter((name) => name.endsWith('.part'));

for (const kind of ['memory', 'directory']) {
  for (const passphrase of [undefined, 'correct horse battery staple']) {
    const options = passphrase === undefined ? {} : { passphrase };
    test(`${kind}, ${passphrase === undefined ? 'plain' : 'sealed'}: every row comes back, into another workspace too`, async (t) => {
      const directory = temporaryFolder(t);
      const storage = kind === 'memory' ? 'memory' : { directory };
      const workspace = await openForTest(t, { storage });
      await fill(workspace, { size: 1_500_000, settled: true });
      assert.equal((await workspace.status()).lastBackupAt, null);
      const phases = [];
      const before = new Date().toISOString();
      const blob = await workspace.backup({ ...options, onProgress: ({ phase }) => phases.push(phase) });
      assert.deepEqual([...new Set(phases)], ['copy', 'check', 'write']);
      const { lastBackupAt } = await workspace.status();
      assert.ok(lastBackupAt >= before && lastBackupAt <= new Date(Date.now() + 1000).toISOString());
      const saved = await dump(workspace);
      if (kind === 'directory') assert.deepEqual(unfinished(directory), []);

      await fill(workspace, { name: 'bob' });
      await workspace.execute('DELETE FROM tags');
      const report = await workspace.restore(blob, options);
      assertSameRows(await dump(workspace), saved);
      assert.equal(report.rows.users, 1);
      assert.equal(report.rows.document_chunks, saved.document_chunks.length);
      assert.equal(report.schemaVersion, await workspace.migrations.current());
      assert.equal((await workspace.status()).lastBackupAt, lastBackupAt);
      const { hits } = await workspace.search('what stops failing calls');
      assert.ok(hits.some(({ legs }) => legs.semantic !== undefined));
      assert.ok(!hits.some(({ title }) => /bob/.test(title)));
      assert.equal((await workspace.collections.query('ann-points', new Float32Array([1, 2]))).length, 1);
      assert.deepEqual((await workspace.health({ full: true })).integrity, []);
      // Rules and audit hold as before.
      await assert.rejects(workspace.table('tags').insert({ name: 'ann-1' }), withCode('ALREADY_EXISTS'));
      await workspace.table('tags').insert({ name: 'after' });
      assert.equal(await workspace.table('audit_log').count({ resource_type: 'tags', action: 'insert' }), 3);
      assert.ok(await workspace.accounts.verifyPassword(saved.users[0].id, 'correct horse'));

      const other = await openForTest(t, { name: 'other', storage });
      await other.restore(blob, options);
      assertSameRows(await dump(other), saved);
    });
  }
}

test('a directory keeps what was restored', async (t) => {
  const directory = temporaryFolder(t);
  const { openWorkspace } = await import('../../dist/node.js');
  const first = await openWorkspace({ name: 'test', storage: { directory } });
  await fill(first, { settled: true });
  const blob = await first.backup();
  const saved = await dump(first);
  await fill(first, { name: 'bob', size: 300_000 });
  await first.restore(blob);
  await first.close();
  assert.deepEqual(readdirSync(path.join(directory, 'test')).sort(), [
    'archivolt.db',
    'archivolt.db-journal',
    'archivolt.db-wal',
    'archivolt.mark',
  ]);
  const again = await openForTest(t, { storage: { directory } });
  assertSameRows(await dump(again), saved);
  assert.ok((await again.health({ full: true })).ok);
});

test('without a passphrase it is an ordinary database', async (t) => {
  const workspace = await openForTest(t);
  await fill(workspace);
  const blob = await workspace.backup();
  assert.equal(blob.type, 'application/vnd.sqlite3');
  const bytes = await bytesOfBlob(blob);
  const file = path.join(temporaryFolder(t), 'copy.db');
  writeFileSync(file, bytes);
  const sql =
    "PRAGMA integrity_check; SELECT username FROM users; SELECT count(*) FROM document_chunks_fts('breaker');";
  const { stdout, stderr } = spawnSync('sqlite3', ['-readonly', file, sql], { encoding: 'utf8' });
  assert.equal(stdout, 'ok\nann\n1\n', stderr);
  const db = officialDatabase(bytes);
  assert.equal(db.selectValue('PRAGMA integrity_check'), 'ok');
  assert.equal(db.selectValue('SELECT count(*) FROM tags'), 2);
  db.close();
});

test('watches hear of a restore, change events name every table, and calls wait for it', async (t) => {
  const workspace = await openForTest(t);
  await workspace.table('tags').insert({ name: 'old' });
  const blob = await workspace.backup();
  await workspace.table('tags').insert({ name: 'new' });
  const answers = [];
  t.after(workspace.table('tags').watch({ orderBy: 'name' }, (rows) => answers.push(rows.map(({ name }) => name))));
  const events = [];
  workspace.on('change', (event) => events.push(event));
  const restoring = workspace.restore(blob);
  const counted = workspace.table('tags').count();
  await restoring;
  assert.ok([1, 2].includes(await counted));
  await until(() => events.at(-1)?.tables.includes('users'));
  const { tables, rows } = events.at(-1);
  for (const table of ['tags', 'users', 'documents', 'messages']) {
    assert.ok(tables.includes(table), table);
    assert.equal(rows[table], null);
  }
  await until(() => answers.at(-1).length === 1);
  assert.deepEqual(answers.at(-1), ['old']);
});

test('a restore brings the rows that waited for vectors, and they get them', async (t) => {
  const source = await openForTest(t, { name: 'without', embedder: null });
  await fill(source);
  const blob = await source.backup();
  const workspace = await openForTest(t);
  await workspace.search('load the embedder');
  await workspace.restore(blob);
  await embedded(workspace);
  const { hits } = await workspace.search('circuit breaker', { kinds: ['decisions'], mode: 'semantic' });
  assert.equal(hits.length, 1);
});

test('cancelled at any point nothing has changed, and nothing is left beside the database', async (t) => {
  const directory = temporaryFolder(t);
  const workspace = await openForTest(t, { storage: { directory } });
  await fill(workspace, { size: 3_000_000, settled: true });
  const blob = await workspace.backup({ passphrase: 'p' });
  await workspace.execute('DELETE FROM tags');
  const before = await dump(workspace);
  const { lastBackupAt } = await workspace.status();
  const calls = {
    backup: (options) => workspace.backup({ ...options, passphrase: 'p' }),
    restore: (options) => workspace.restore(blob, { ...options, passphrase: 'p' }),
  };
  for (const [name, call] of Object.entries(calls)) {
    await assert.rejects(call({ signal: AbortSignal.abort() }), withCode('CANCELLED'));
    for (const at of ['copy', 'read', 'check', 'write']) {
      const abort = new AbortController();
      let seen = false;
      const onProgress = ({ phase }) => {
        if (phase !== at) return;
        seen = true;
        abort.abort();
      };
      const outcome = await call({ signal: abort.signal, onProgress }).then(
        () => 'done',
        (error) => error.code,
      );
      // The message may come too late for the last part of a backup; a restore of many parts hears it in between.
      assert.ok(seen ? ['CANCELLED', 'done'].includes(outcome) : true, `${name} at ${at}: ${outcome}`);
      if (name === 'restore' && at === 'read') assert.equal(outcome, 'CANCELLED');
      if (outcome === 'done' && name === 'restore') await workspace.execute('DELETE FROM tags');
      assert.deepEqual(unfinished(directory), [], `${name} at ${at}`);
    }
  }
  const ignoring = (rows) => ({ ...rows, audit_log: [], migration_state: [] });
  // Restores that were done after all and backups left their own entries.
  assertSameRows(ignoring(await dump(workspace)), ignoring(before));
  assert.ok((await workspace.status()).lastBackupAt >= lastBackupAt);
});

test('closing ends a backup and a restore, and the data are as they were', async (t) => {
  const directory = temporaryFolder(t);
  const { openWorkspace } = await import('../../dist/node.js');
  const workspace = await openWorkspace({ name: 'test', storage: { directory } });
  await fill(workspace, { size: 2_000_000 });
  const blob = await workspace.backup();
  await workspace.execute('DELETE FROM tags');
  const outcomes = [workspace.restore(blob), workspace.backup({ passphrase: 'p' })].map((call) =>
    call.then(
      () => 'done',
      (error) => error.code,
    ),
  );
  await workspace.close();
  for (const outcome of await Promise.all(outcomes)) assert.ok(['CANCELLED', 'done'].includes(outcome), outcome);
  assert.deepEqual(unfinished(directory), []);
  const again = await openForTest(t, { storage: { directory } });
  assert.ok((await again.health({ full: true })).ok);
  assert.ok([0, 2].includes(await again.table('tags').count()));
});

test('several at once come one after the other', async (t) => {
  const workspace = await openForTest(t);
  await fill(workspace);
  const [first, second] = await Promise.all([workspace.backup(), workspace.backup({ passphrase: 'p' })]);
  await workspace.execute('DELETE FROM tags');
  await Promise.all([workspace.restore(first), workspace.restore(second, { passphrase: 'p' }), workspace.backup()]);
  assert.equal(await workspace.table('tags').count(), 2);
  assert.ok((await workspace.health({ full: true })).ok);
});

test('neither runs where it may not', async (t) => {
  const directory = temporaryFolder(t);
  const { openWorkspace } = await import('../../dist/node.js');
  const writer = await openWorkspace({ name: 'test', storage: { directory } });
  await fill(writer);
  const blob = await writer.backup();
  await writer.transaction(async (tx) => {
    await tx.table('tags').insert({ name: 'open' });
    await assert.rejects(writer.restore(blob), withCode('FAILED_PRECONDITION', /transaction/));
  });
  assert.equal(await writer.table('tags').count(), 3);
  await writer.close();
  await assert.rejects(writer.restore(blob), withCode('FAILED_PRECONDITION'));
  await assert.rejects(writer.backup(), withCode('FAILED_PRECONDITION'));

  const reader = await openForTest(t, { storage: { directory }, readOnly: true });
  await assert.rejects(reader.restore(blob), withCode('FAILED_PRECONDITION', /reading/));
  const before = (await reader.status()).lastBackupAt;
  const copy = await reader.backup();
  assert.ok((await reader.status()).lastBackupAt > before);
  const other = await openForTest(t, { name: 'other' });
  await other.restore(copy);
  assert.equal(await other.table('tags').count(), 3);
});

test('after going down it saves and restores the older schema, and goes up', async (t) => {
  const workspace = await openForTest(t);
  await fill(workspace);
  const latest = await workspace.migrations.current();
  await workspace.migrations.migrate(latest - 1);
  const blob = await workspace.backup();
  const report = await workspace.restore(blob);
  assert.equal(report.schemaVersion, latest - 1);
  assert.equal(await workspace.migrations.current(), latest);
  assert.equal(await workspace.table('tags').count(), 2);
  assert.ok((await workspace.health({ full: true })).ok);
});

test('an ingest that runs meanwhile ends with the documents that fit the new data, or an error of its own', async (t) => {
  const workspace = await openForTest(t);
  await fill(workspace);
  const blob = await workspace.backup();
  const sources = Array.from({ length: 20 }, (_, i) => ({
    filename: `${i}.md`,
    content: `# ${i}\n\n${`word${i} `.repeat(3000)}`,
  }));
  const ingesting = workspace.documents.ingest(sources).catch((error) => error);
  await workspace.restore(blob);
  await ingesting;
  assert.ok((await workspace.health({ full: true })).ok);
  await workspace.documents.ingest({ filename: 'after.md', content: 'After all of it.' });
});

test('wrong arguments are refused before anything happens', async (t) => {
  const workspace = await openForTest(t);
  await workspace.table('tags').insert({ name: 'here' });
  const file = new Blob(['x']);
  await refusesAll([
    ...[undefined, null, 'text', 5, {}, [], new Uint8Array(4), new ArrayBuffer(4)].map((value) => [
      `restore ${String(value)}`,
      () => workspace.restore(value),
      'INVALID_ARGUMENT',
      /file/,
    ]),
    ...[null, 'text', 5, []].flatMap((value) => [
      [`backup options ${value}`, () => workspace.backup(value)],
      [`restore options ${value}`, () => workspace.restore(file, value)],
    ]),
    ['restore passphrase null', () => workspace.restore(file, { passphrase: null })],
    ...['', 5, {}, Symbol.iterator].flatMap((passphrase) => [
      [`backup passphrase ${String(passphrase)}`, () => workspace.backup({ passphrase })],
      [`restore passphrase ${String(passphrase)}`, () => workspace.restore(file, { passphrase })],
    ]),
    ['half a character', () => workspace.backup({ passphrase: '\ud800' })],
    ['a long passphrase', () => workspace.backup({ passphrase: 'x'.repeat(70_000) })],
    ['an option that is not known', () => workspace.backup({ password: 'p' }), 'INVALID_ARGUMENT', /password/],
    ['onProgress', () => workspace.backup({ onProgress: 5 })],
    ['signal', () => workspace.restore(file, { signal: {} })],
  ]);
  assert.equal(await workspace.table('tags').count(), 1);
});
