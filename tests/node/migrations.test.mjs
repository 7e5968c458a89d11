// Versions of the schema through the package: down and up with data, the copy before each, and what stops them.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { refusesAll } from '../support/misuse.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const backupFiles = (folder) => readdirSync(folder).filter((name) => name.startsWith('backup'));
const later = (report, version) => report.filter((entry) => entry.version > version && entry.appliedAt !== null);

async function latestOf(workspace) {
  return (await workspace.migrations.list()).at(-1).version;
}

test('list and current say what is applied', async (t) => {
  const { migrations } = await openForTest(t);
  const list = await migrations.list();
  assert.deepEqual(
    list.map(({ version }) => version),
    list.map((_, i) => i + 1),
  );
  for (const { appliedAt, reversible, name } of list) {
    assert.match(appliedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.equal(reversible, true);
    assert.match(name, /^\w+$/);
  }
  assert.equal(await migrations.current(), list.at(-1).version);
  assert.deepEqual(await migrations.backups(), []);
});

for (const storage of ['memory', 'directory']) {
  test(`down and up again with rows, after a copy (${storage})`, async (t) => {
    const directory = temporaryFolder(t);
    const workspace = await openForTest(t, storage === 'memory' ? {} : { storage: { directory } });
    const { migrations } = workspace;
    const latest = await latestOf(workspace);
    const user = await workspace.table('users').insert({ username: 'ann' });
    const code = await workspace
      .table('code_examples')
      .insert({ user_id: user.id, title: 'T', code_content: 'getUserName()' });
    await workspace.documents.ingest({ filename: 'a.md', content: '# Breaker\n\nA circuit breaker.' });

    const down = await migrations.migrate(latest - 1);
    assert.deepEqual(down.applied, [latest]);
    assert.match(down.backup, new RegExp(`^backup-v${latest}-\\d{8}T\\d{9}Z\\.db$`));
    assert.equal(await migrations.current(), latest - 1);
    assert.deepEqual(later(await migrations.list(), latest - 1), []);
    assert.equal((await workspace.status()).schemaVersion, latest - 1);
    for (const call of [
      () => workspace.table('users').find(),
      () => workspace.query('SELECT 1'),
      () => workspace.search('breaker', { mode: 'keyword' }),
      () => workspace.health(),
      () => workspace.privacy.applyRetention(),
      () => workspace.transaction(async () => 1),
      () => workspace.documents.ingest({ filename: 'b.md', content: 'b' }),
    ])
      await assert.rejects(call, withCode('FAILED_PRECONDITION', /migrat/));

    const up = await migrations.migrate(latest);
    assert.deepEqual(up.applied, [latest]);
    assert.equal((await workspace.table('code_examples').get(code.id)).code_content, 'getUserName()');
    assert.equal((await workspace.search('breaker')).hits.length, 1);
    assert.equal((await workspace.health({ full: true })).fullText.code_examples_fts, true);
    // Tables that came back are followed, and audited.
    const told = new Promise((resolve) =>
      workspace.on('change', ({ tables }) => {
        if (tables.includes('code_examples') && tables.includes('audit_log')) resolve(tables);
      }),
    );
    await workspace.table('code_examples').update(code.id, { title: 'New' });
    await told;

    const backups = await migrations.backups();
    assert.deepEqual(
      backups.map(({ version }) => version),
      [latest - 1, latest],
    );
    assert.equal(backups[1].name, down.backup);
    const blob = await migrations.readBackup(down.backup);
    assert.equal(blob.size, backups[1].bytes);
    assert.equal(await blob.slice(0, 15).text(), 'SQLite format 3');
    if (storage === 'directory') assert.equal(backupFiles(path.join(directory, 'test')).length, 2);
  });
}

test('rows that have their vectors go down and up, and get them again', async (t) => {
  const workspace = await openForTest(t);
  const { id } = await workspace.table('users').insert({ username: 'ann' });
  const conversation = await workspace.table('conversations').insert({ user_id: id, title: 'Talk' });
  await workspace.table('messages').insert({
    conversation_id: conversation.id,
    role: 'user',
    content: 'How often do tomatoes want water?',
  });
  const embedded = async () => {
    const found = () => workspace.search('watering tomatoes', { mode: 'semantic', kinds: ['messages'] });
    for (let i = 0; i < 400; i++) {
      await found();
      if ((await workspace.status()).embedding.pending === 0) return (await found()).hits.length;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return -1;
  };
  assert.equal(await embedded(), 1);
  const latest = await workspace.migrations.current();
  await workspace.migrations.migrate(latest - 1);
  await workspace.migrations.migrate(latest);
  assert.equal(await embedded(), 1);
  assert.ok((await workspace.health({ full: true })).ok);
});

test('a copy is a whole workspace of its version', async (t) => {
  const directory = temporaryFolder(t);
  const workspace = await openForTest(t, { storage: { directory } });
  const latest = await latestOf(workspace);
  await workspace.table('tags').insertMany(Array.from({ length: 300 }, (_, i) => ({ name: `tag ${i}` })));
  const { backup } = await workspace.migrations.migrate(latest - 1);
  const bytes = new Uint8Array(await (await workspace.migrations.readBackup(backup)).arrayBuffer());
  await openWorkspace({ name: 'copy', storage: { directory } }).then((made) => made.close());
  writeFileSync(path.join(directory, 'copy/archivolt.db'), bytes);
  const copy = await openForTest(t, { name: 'copy', storage: { directory } });
  assert.equal(await copy.migrations.current(), latest);
  assert.equal(await copy.table('tags').count(), 300);
  assert.equal((await copy.health({ full: true })).ok, true);
});

test('a dry run tells the steps and does nothing', async (t) => {
  const { migrations } = await openForTest(t);
  const latest = await migrations.current();
  assert.deepEqual(await migrations.migrate(0, { dryRun: true }), {
    applied: Array.from({ length: latest }, (_, i) => latest - i),
    backup: null,
  });
  assert.equal(await migrations.current(), latest);
  assert.deepEqual(await migrations.backups(), []);
  assert.deepEqual(await migrations.migrate(latest), { applied: [], backup: null });
});

test('the newest three copies stay', async (t) => {
  const directory = temporaryFolder(t);
  const { migrations } = await openForTest(t, { storage: { directory } });
  const latest = await migrations.current();
  const made = [];
  for (let i = 0; i < 5; i++) made.push((await migrations.migrate(latest - ((i + 1) % 2))).backup);
  assert.deepEqual(
    (await migrations.backups()).map(({ name }) => name),
    made.slice(-3).reverse(),
  );
  assert.equal(backupFiles(path.join(directory, 'test')).length, 3);
});

test('opening brings an older schema up, after a copy', async (t) => {
  const options = { name: 'o', storage: { directory: temporaryFolder(t) } };
  const first = await openWorkspace(options);
  const latest = await latestOf(first);
  await first.table('tags').insert({ name: 'kept' });
  await first.migrations.migrate(1);
  await first.close();
  const reader = await openWorkspace({ ...options, readOnly: true });
  assert.equal((await reader.status()).schemaVersion, 1);
  await assert.rejects(reader.migrations.migrate(latest), withCode('FAILED_PRECONDITION'));
  await reader.close();
  const second = await openForTest(t, options);
  assert.equal(await second.migrations.current(), latest);
  assert.equal(await second.table('tags').count(), 1);
  assert.deepEqual(
    (await second.migrations.backups()).map(({ version }) => version),
    [1, latest],
  );
});

test('wrong calls are refused, and change nothing', async (t) => {
  const workspace = await openForTest(t);
  const { migrations } = workspace;
  const latest = await migrations.current();
  await refusesAll([
    ['no version', () => migrations.migrate()],
    ['a version that does not exist', () => migrations.migrate(latest + 1)],
    ['a huge version', () => migrations.migrate(2 ** 40)],
    ['a version below zero', () => migrations.migrate(-1)],
    ['a text', () => migrations.migrate('1')],
    ['an unknown option', () => migrations.migrate(1, { dry: true })],
    ['an empty name', () => migrations.readBackup('')],
    ['another file', () => migrations.readBackup('archivolt.db'), 'NOT_FOUND'],
    ['a path', () => migrations.readBackup('../archivolt.db'), 'NOT_FOUND'],
  ]);
  assert.equal(await migrations.current(), latest);
  await workspace.close();
  await assert.rejects(migrations.migrate(1), withCode('FAILED_PRECONDITION'));
});

test('two migrations at once come one after the other', async (t) => {
  const { migrations } = await openForTest(t);
  const latest = await migrations.current();
  const [down, up] = await Promise.all([migrations.migrate(latest - 1), migrations.migrate(latest)]);
  assert.deepEqual([down.applied, up.applied], [[latest], [latest]]);
  assert.equal(await migrations.current(), latest);
});
