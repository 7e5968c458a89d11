// The audit trail, through the package: who, what, from what to what, in the same transaction.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openForTest } from '../support/workspaces.mjs';

const entries = (workspace, resource_type) =>
  workspace.table('audit_log').find({ where: { resource_type }, orderBy: 'id' });

test('every change of a row leaves one entry with who, what, old and new', async (t) => {
  const workspace = await openForTest(t);
  const { id: ada } = await workspace.table('users').insert({ username: 'ada' });
  workspace.actAs(ada);
  const { id } = await workspace.table('teams').insert({ name: 'Blue', description: 'first' });
  workspace.actAs('a job');
  await workspace.table('teams').update(id, { name: 'Green', description: 'first' });
  await workspace.table('teams').update(id, { name: 'Green' });
  workspace.actAs(null);
  await workspace.execute('DELETE FROM teams');
  const list = await entries(workspace, 'teams');
  assert.deepEqual(
    list.map((entry) => [entry.action, entry.resource_id, entry.actor, entry.user_id]),
    [
      ['insert', id, ada, ada],
      ['update', id, 'a job', null],
      ['delete', id, null, null],
    ],
  );
  const [insert, update, removal] = list;
  assert.equal(insert.old_value, null);
  const added = JSON.parse(insert.new_value);
  assert.deepEqual([added.id, added.name, added.description], [id, 'Blue', 'first']);
  assert.deepEqual([JSON.parse(update.old_value), JSON.parse(update.new_value)], [{ name: 'Blue' }, { name: 'Green' }]);
  assert.equal(JSON.parse(removal.old_value).name, 'Green');
  assert.equal(removal.new_value, null);
});

test('who acts is named at opening and checked', async (t) => {
  const workspace = await openForTest(t, { actor: 'importer' });
  await workspace.table('tags').insert({ name: 'a' });
  assert.equal((await entries(workspace, 'tags'))[0].actor, 'importer');
  for (const wrong of ['', 'x'.repeat(201), 'a\0b', '\ud800', 5, {}]) {
    assert.throws(() => workspace.actAs(wrong), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(openForTest(t, { actor: wrong }), { code: 'INVALID_ARGUMENT' });
  }
  workspace.actAs('\u{1F600}'.repeat(200));
  await workspace.table('tags').insert({ name: 'b' });
  assert.equal((await entries(workspace, 'tags'))[1].actor, '\u{1F600}'.repeat(200));
});

test('entries come and go with their transaction; each call has its own actor', async (t) => {
  const workspace = await openForTest(t);
  await assert.rejects(
    workspace.transaction(async (tx) => {
      await tx.table('tags').insert({ name: 'gone' });
      throw new Error('no');
    }),
  );
  await workspace.transaction(async (tx) => {
    workspace.actAs('one');
    await tx.table('tags').insert({ name: 'a' });
    workspace.actAs('two');
    await tx.execute("UPDATE tags SET name = 'b'");
  });
  assert.deepEqual(
    (await entries(workspace, 'tags')).map(({ action, actor }) => [action, actor]),
    [
      ['insert', 'one'],
      ['update', 'two'],
    ],
  );
});

test('one entry a row of a bulk update, cascades included, none for what failed', async (t) => {
  const workspace = await openForTest(t);
  const { id: project_id } = await workspace.table('projects').insert({ name: 'p' });
  await workspace
    .table('stories')
    .insertMany(Array.from({ length: 50 }, (_, i) => ({ title: `s${i}`, project_id, story_points: i % 20 })));
  await workspace.execute('UPDATE stories SET story_points = story_points + 1');
  assert.equal((await entries(workspace, 'stories')).length, 100);
  await assert.rejects(workspace.execute('UPDATE stories SET story_points = story_points + 2'), { code: 'CONSTRAINT' });
  assert.equal((await entries(workspace, 'stories')).length, 100);
  await workspace.table('projects').delete(project_id);
  const removed = (await entries(workspace, 'stories')).filter(({ action }) => action === 'delete');
  assert.equal(removed.length, 50);
});

test('secrets never appear, long values are cut, blobs are counted', async (t) => {
  const workspace = await openForTest(t);
  const users = workspace.table('users');
  const { id } = await users.insert({ username: 'ada', password_hash: 'HASH-1', bio: 'ä'.repeat(5000) });
  await users.update(id, { password_hash: 'HASH-2' });
  await workspace.table('auth_sessions').insert({
    user_id: id,
    token_hash: 'TOKEN-1',
    data: { secret: 'TOKEN-2' },
    expires_at: '2100-01-01T00:00:00Z',
  });
  await workspace.table('api_keys').insert({
    user_id: id,
    kind: 'provider',
    provider: 'x',
    cipher: 'aes',
    ciphertext: new TextEncoder().encode('SEALED'),
  });
  const all = await workspace.table('audit_log').find({ orderBy: 'id' });
  assert.doesNotMatch(JSON.stringify(all), /HASH-|TOKEN-|SEALED/);
  const added = JSON.parse(all[0].new_value);
  assert.equal(added.password_hash, '[secret]');
  assert.equal(added.bio.bytes, 10000);
  assert.equal(added.bio.text, 'ä'.repeat(2048));
  assert.deepEqual(JSON.parse(all[1].new_value), { password_hash: '[secret]' });
});

test('settings leave one entry a field, as text', async (t) => {
  const workspace = await openForTest(t, { actor: 'ada' });
  const { id: user_id } = await workspace.table('users').insert({ username: 'ada' });
  await workspace.table('user_preferences').insert({ user_id, temperature: 0, theme: 'dark', auto_sync: true });
  await workspace.table('user_preferences').update(user_id, { temperature: 0.5, theme: 'dark' });
  const shown = (await entries(workspace, 'user_preferences')).map((entry) => {
    assert.deepEqual([entry.action, entry.resource_id, entry.actor], ['config_change', user_id, 'ada']);
    return [entry.field_name, entry.old_value, entry.new_value];
  });
  assert.deepEqual(shown, [
    ['temperature', null, '0.0'],
    ['theme', null, 'dark'],
    ['auto_sync', null, 'true'],
    ['temperature', '0.0', '0.5'],
  ]);
  const { id: conversation_id } = await workspace.table('conversations').insert({});
  const settings = workspace.table('conversation_settings');
  await settings.insert({ conversation_id, field: 'model', value: 'a/b' });
  await settings.update({ conversation_id, field: 'model' }, { value: 'c/d' });
  assert.deepEqual(
    (await entries(workspace, 'conversation_settings')).map((entry) => [
      entry.resource_id,
      entry.field_name,
      entry.old_value,
      entry.new_value,
    ]),
    [
      [conversation_id, 'model', null, 'a/b'],
      [conversation_id, 'model', 'a/b', 'c/d'],
    ],
  );
});

test('a document leaves one entry, a call on a collection one', async (t) => {
  const workspace = await openForTest(t, { actor: 'ada' });
  const text = Array.from({ length: 200 }, (_, i) => `# Part ${i}\n\nSome words about number ${i}.\n`).join('\n');
  const { documents } = await workspace.documents.ingest({ filename: ' a.md ', content: text });
  assert.equal(documents[0].status, 'indexed');
  assert.ok(documents[0].chunks > 1);
  const [taken, ...more] = await workspace.table('audit_log').find();
  assert.deepEqual(more, []);
  assert.deepEqual([taken.resource_type, taken.resource_id, taken.actor], ['documents', documents[0].id, 'ada']);
  const row = await workspace.table('documents').get(documents[0].id);
  assert.deepEqual([row.filename, row.chunks_count], ['a.md', documents[0].chunks]);
  await workspace.documents.remove(documents[0].id);
  assert.equal(await workspace.table('audit_log').count(), 2);

  await workspace.collections.create({ name: 'c', dimensions: 2 });
  const vector = new Float32Array([1, 0]);
  await workspace.collections.upsert('c', [
    { id: 'a', vector },
    { id: 'b', vector },
  ]);
  await workspace.collections.delete('c', ['a', 'nobody']);
  await workspace.collections.drop('c');
  assert.deepEqual(
    (await entries(workspace, 'vector_collections')).map((entry) => [entry.action, entry.resource_id, entry.details]),
    [
      ['create', 'c', { count: 0 }],
      ['upsert', 'c', { count: 2 }],
      ['delete', 'c', { count: 1 }],
      ['drop', 'c', { count: 1 }],
    ],
  );
});

test('deleting a user leaves the trail, without the key to what is gone', async (t) => {
  const workspace = await openForTest(t);
  const { id } = await workspace.table('users').insert({ username: 'ada' });
  workspace.actAs(id);
  await workspace.table('tags').insert({ name: 'a' });
  await workspace.table('users').delete(id);
  const [entry] = await entries(workspace, 'tags');
  assert.deepEqual([entry.actor, entry.user_id], [id, null]);
  const last = (await entries(workspace, 'users')).at(-1);
  assert.deepEqual([last.action, last.actor, last.user_id], ['delete', id, null]);
});

test('what accounts and privacy do is on record with who asked for it', async (t) => {
  const workspace = await openForTest(t, { actor: 'root' });
  const user = await workspace.table('users').insert({ username: 'ann' });
  workspace.actAs('desk');
  await workspace.accounts.setPassword(user.id, 'correct horse');
  const { token } = await workspace.accounts.createSession(user.id);
  await workspace.accounts.endSession(token);
  await workspace.accounts.issueApiKey(user.id);
  await workspace
    .table('projects')
    .insert({ name: 'Old', deleted_at: '2020-01-01T00:00:00Z', created_at: '2019-01-01T00:00:00Z' });
  await workspace.privacy.applyRetention();
  await workspace.privacy.eraseUser(user.id);
  const done = await workspace.table('audit_log').find({ where: { actor: 'desk' }, orderBy: 'created_at' });
  const made = new Set(done.map(({ action, resource_type }) => `${action} ${resource_type}`));
  for (const entry of [
    'update users',
    'insert auth_sessions',
    'delete auth_sessions',
    'insert api_keys',
    'retention retention_policies',
    'erase users',
  ])
    assert.ok(made.has(entry), `${entry} by desk; there is ${[...made].join(', ')}`);
});
