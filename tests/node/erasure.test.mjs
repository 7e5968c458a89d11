// The right to erasure and to a copy, end to end: a marker in every place that can hold something about a user is looked for in the
// raw bytes of every file of the workspace, before and after.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { refusesAll } from '../support/misuse.mjs';
import { until } from '../support/until.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

/** Names of the files that hold the text or bytes. */
function filesWith(folder, needle) {
  const bytes = Buffer.from(needle);
  return readdirSync(folder).filter((name) => readFileSync(path.join(folder, name)).includes(bytes));
}

/** Marks that stay in the file when nobody erases: the text of a row that was deleted since may be gone already. */
const lasting = (marks) => Object.entries(marks).filter(([place]) => place !== 'edited' && place !== 'deletedmessage');

const vector = (seed, dimensions = 64) =>
  Float32Array.from({ length: dimensions }, (_, i) => Math.sin(seed * 1000 + i * 7.31));

/** Rows of one user in every table that can hold them; answers ids and the markers, by where they stand. */
async function fill(workspace, tag) {
  const at = new Date();
  const table = (name) => workspace.table(name);
  const marks = {};
  // Words of letters only, so that full text keeps each as one term; stemming leaves an x at the end alone.
  const mark = (place) => (marks[place] = `${tag}zq${place.replace(/[^a-z]/g, '')}x`);
  const email = `${mark('email')}@example.org`;
  const user = await table('users').insert({
    username: mark('username'),
    email,
    display_name: mark('displayname'),
    bio: mark('bio'),
    preferences: { note: mark('preferences') },
    password_hash: mark('hash'),
    password_scheme: 'unknown',
  });
  const id = user.id;
  await table('user_preferences').insert({ user_id: id, system_prompt: mark('prompt') });
  await table('auth_sessions').insert({
    user_id: id,
    token_hash: mark('token'),
    ip_address: mark('ip'),
    user_agent: mark('agent'),
    data: { x: mark('sessiondata') },
    expires_at: new Date(Date.now() + 1e8),
  });
  await table('api_keys').insert({ user_id: id, kind: 'issued', key_hash: mark('keyhash'), label: mark('label') });
  await table('achievements').insert({ user_id: id, achievement_type: 't', achievement_name: mark('achievement') });
  const team = await table('teams').insert({ name: `team of ${tag}s` });
  await table('user_teams').insert({ user_id: id, team_id: team.id, role: mark('teamrole') });
  const project = await table('projects').insert({
    owner_id: id,
    name: mark('project'),
    settings: { x: mark('settings') },
  });
  const epic = await table('epics').insert({ project_id: project.id, title: mark('epic') });
  const story = await table('stories').insert({
    epic_id: epic.id,
    title: mark('story'),
    description: mark('storytext'),
  });
  await table('tasks').insert({ story_id: story.id, title: mark('task') });
  const decision = await table('decisions').insert({
    user_id: id,
    title: mark('decision'),
    rationale: mark('rationale'),
    options: [mark('option')],
  });
  await table('code_examples').insert({ user_id: id, title: 'c', code_content: `const ${mark('code')} = 1` });
  await table('ai_requests').insert({
    kind: 'query',
    user_id: id,
    prompt_text: mark('prompttext'),
    response_text: mark('response'),
    request_payload: { x: mark('payload') },
  });
  const conversation = await table('conversations').insert({ user_id: id, title: mark('conversation') });
  const own = await table('messages').insert({
    conversation_id: conversation.id,
    user_id: id,
    role: 'user',
    content: mark('message'),
  });
  await table('messages').insert({ conversation_id: conversation.id, role: 'assistant', content: mark('reply') });
  await table('feedback').insert({
    message_id: own.id,
    user_id: id,
    kind: 'comment',
    comment: mark('comment'),
    feedback_at: at,
  });
  await table('agent_traces').insert({
    conversation_id: conversation.id,
    pipeline_name: 'p',
    events: [mark('event')],
    started_at: at,
  });
  const { documents } = await workspace.documents.ingest({
    filename: `${mark('filename')}.md`,
    content: `# ${mark('heading')}\n\n${mark('documenttext')} is written in uppercase as ZQ${tag.toUpperCase()}SHOUTX`,
    owner: id,
    metadata: { x: mark('metadata') },
  });
  assert.equal(documents[0].status, 'indexed', JSON.stringify(documents[0]));
  const tagRow = await table('tags').insert({ name: mark('tagname') });
  await table('entity_tags').insert({ entity_type: 'decision', entity_id: decision.id, tag_id: tagRow.id });
  for (const [key, value] of [
    [`session:${mark('sessionkey')}`, JSON.stringify({ user_id: id, email, x: mark('sessionvalue') })],
    [`bmad_cache:${project.id}:${mark('cachekey')}`, JSON.stringify({ x: mark('cachevalue') })],
  ])
    await table('cache_entries').insert({
      key,
      namespace: 'n',
      value,
      created_at: at,
      last_used_at: at,
      expires_at: new Date(Date.now() + 1e8),
    });
  await table('rate_limits').insert({
    subject: id,
    endpoint: mark('endpoint'),
    window_start: at,
    expires_at: new Date(Date.now() + 1e8),
  });
  await table('import_rejects').insert({
    origin: 'local',
    source_table: 'users',
    reason: 'r',
    row: { email, name: mark('reject') },
    rejected_at: at,
  });
  await table('audit_log').insert({
    user_id: id,
    actor: user.username,
    action: 'login',
    resource_type: 'users',
    resource_id: id,
    old_value: JSON.stringify({ x: mark('auditold') }),
    value_format: 'json',
    details: { x: mark('auditdetails') },
    ip_address: mark('auditip'),
    user_agent: mark('auditagent'),
    created_at: at,
  });
  // What was deleted before the erasure is known from the trail and from the segments of full text alone.
  const gone = await table('messages').insert({
    conversation_id: conversation.id,
    user_id: id,
    role: 'user',
    content: mark('deletedmessage'),
  });
  await table('messages').update(gone.id, { content: `${marks.deletedmessage} ${mark('edited')}` });
  await table('messages').delete(gone.id);
  const points = vector(tag.charCodeAt(0));
  await workspace.collections.upsert('notes', [
    { id: mark('point'), vector: points, payload: { user_id: id, text: mark('pointpayload') } },
  ]);
  marks.id = id;
  return { id, email, marks, points, project, conversation };
}

async function prepared(directory, name = 'e') {
  const options = { name, storage: { directory } };
  const workspace = await openWorkspace(options);
  await workspace.collections.create({ name: 'notes', dimensions: 64, metric: 'l2' });
  const ann = await fill(workspace, 'ann');
  const bob = await fill(workspace, 'bob');
  // What the two share: a story of one in the project of the other, a message in the other's conversation.
  const shared = await workspace.table('stories').insert({
    project_id: bob.project.id,
    title: 'shared storyx',
    created_by: ann.id,
    assignee_id: ann.id,
  });
  const guest = await workspace.table('messages').insert({
    conversation_id: bob.conversation.id,
    user_id: ann.id,
    role: 'user',
    content: 'annzqguestx',
  });
  ann.marks.guest = 'annzqguestx';
  return { options, workspace, ann, bob, shared, guest, folder: path.join(directory, name) };
}

test('no byte of an erased user is left in any file, and everything of others is', async (t) => {
  const { options, workspace, ann, bob, shared, guest, folder } = await prepared(temporaryFolder(t));
  const latest = await workspace.migrations.current();
  await workspace.migrations.migrate(latest - 1);
  await workspace.migrations.migrate(latest);
  assert.equal((await workspace.migrations.backups()).length, 2);
  // Until here everything can be found: the test looks in the right places.
  await workspace.close();
  for (const marks of [ann.marks, bob.marks])
    for (const [place, mark] of lasting(marks))
      assert.notDeepEqual(filesWith(folder, mark), [], `${place} is in no file before`);
  assert.notDeepEqual(filesWith(folder, ann.points.buffer), []);
  // A term is kept without what it shares with the one before.
  assert.notDeepEqual(filesWith(folder, 'annshoutx'), [], 'as a term');
  assert.notDeepEqual(filesWith(folder, 'ZQANNSHOUTX'), [], 'as text');

  const again = await openWorkspace(options);
  await again.search('annzqmessagex', { mode: 'keyword' });
  const dry = await again.privacy.eraseUser(ann.id, { dryRun: true });
  assert.equal(dry.purged, false);
  assert.equal((await again.table('users').get(ann.id)).username, ann.marks.username);
  const { erased, pseudonym, purged } = await again.privacy.eraseUser(ann.id);
  assert.equal(purged, true);
  assert.deepEqual(erased, dry.erased);
  for (const table of [
    'users',
    'projects',
    'stories',
    'messages',
    'document_chunks',
    'vector_points',
    'tags',
    'cache_entries',
  ])
    assert.ok(erased[table] >= 1, table);
  assert.deepEqual(await again.migrations.backups(), []);
  for (const [place, mark] of Object.entries(ann.marks))
    assert.deepEqual(filesWith(folder, mark), [], `${place} while the workspace is open`);

  assert.equal(await again.table('users').get(ann.id), null);
  assert.equal(await again.table('messages').get(guest.id), null);
  const left = await again.table('stories').get(shared.id);
  assert.equal(left.title, 'shared storyx');
  assert.equal(left.created_by, null);
  assert.equal(left.assignee_id, null);
  assert.deepEqual((await again.search('annzqmessagex', { mode: 'keyword' })).hits, []);
  assert.equal(await again.collections.get('notes', ann.marks.point), null);
  assert.equal((await again.collections.query('notes', ann.points)).length, 1);
  const trail = await again.table('audit_log').find({ where: { actor: pseudonym } });
  assert.ok(trail.length >= 1);
  for (const entry of trail) assert.deepEqual([entry.user_id, entry.ip_address, entry.user_agent], [null, null, null]);
  const [entry] = await again.table('audit_log').find({ where: { action: 'erase' } });
  assert.equal(entry.resource_id, pseudonym);
  assert.equal(entry.details.erased.users, 1);
  assert.equal((await again.health({ full: true })).ok, true);
  await assert.rejects(again.privacy.eraseUser(ann.id), withCode('NOT_FOUND'));
  await again.close();
  for (const [place, mark] of Object.entries(ann.marks)) assert.deepEqual(filesWith(folder, mark), [], place);
  assert.deepEqual(filesWith(folder, ann.points.buffer), [], 'the vector');
  assert.deepEqual(filesWith(folder, 'ZQANNSHOUTX'), []);
  assert.deepEqual(filesWith(folder, 'annshoutx'), []);
  assert.notDeepEqual(filesWith(folder, 'bobshoutx'), []);
  assert.deepEqual(filesWith(folder, ann.email), []);
  for (const [place, mark] of lasting(bob.marks)) assert.notDeepEqual(filesWith(folder, mark), [], place);
  assert.notDeepEqual(filesWith(folder, bob.points.buffer), []);
});

test('an export holds everything of one user, without secrets, and nothing of others', async (t) => {
  const { workspace, ann, bob, shared } = await prepared(temporaryFolder(t));
  t.after(() => workspace.close());
  const blob = await workspace.privacy.exportUser(ann.id);
  assert.equal(blob.type, 'application/json');
  const text = await blob.text();
  const file = JSON.parse(text);
  assert.equal(file.user, ann.id);
  assert.ok(file.vectors >= 2);
  const secret = ['hash', 'token', 'keyhash', 'sessiondata', 'sessionkey', 'cachekey', 'point', 'pointpayload'];
  const known = (place) => !['deletedmessage', 'edited'].includes(place);
  for (const [place, mark] of Object.entries(ann.marks).filter(([place]) => known(place)))
    assert.equal(text.includes(mark), !secret.includes(place), place);
  assert.ok(file.withheld.includes('users.password_hash'));
  for (const [place, mark] of Object.entries(bob.marks)) assert.ok(!text.includes(mark), `bob's ${place}`);
  assert.equal(file.tables.users[0].id, ann.id);
  assert.deepEqual(file.tables.users[0].preferences, { note: ann.marks.preferences });
  assert.ok(
    file.tables.stories.some(({ id }) => id === shared.id),
    'what he wrote for others',
  );
  await assert.rejects(workspace.privacy.exportUser('nobody'), withCode('NOT_FOUND'));
  const [one, two] = await Promise.all([workspace.privacy.exportUser(ann.id), workspace.privacy.exportUser(bob.id)]);
  assert.equal(JSON.parse(await one.text()).user, ann.id);
  assert.equal(JSON.parse(await two.text()).user, bob.id);
});

test('an export of many long rows comes in pieces while others work', async (t) => {
  const workspace = await openForTest(t);
  const user = await workspace.table('users').insert({ username: 'ann' });
  const conversation = await workspace.table('conversations').insert({ user_id: user.id });
  const content = 'Größe 𝄞 "\\\n'.repeat(2000);
  for (let i = 0; i < 10; i++)
    await workspace
      .table('messages')
      .insertMany(Array.from({ length: 40 }, () => ({ conversation_id: conversation.id, role: 'user', content })));
  const exporting = workspace.privacy.exportUser(user.id);
  let turns = 0;
  const done = exporting.then(() => (turns = -turns));
  while (turns >= 0 && turns < 1000) {
    await workspace.query('SELECT 1');
    if (turns >= 0) turns++;
    else break;
  }
  await done;
  assert.ok(turns < -5, `${turns} calls had their turn`);
  const file = JSON.parse(await (await exporting).text());
  assert.equal(file.tables.messages.length, 400);
  assert.ok(file.tables.messages.every((row) => row.content === content));
});

test('a user of strange names is erased without touching his namesakes', async (t) => {
  const workspace = await openForTest(t);
  const users = workspace.table('users');
  for (const id of ['1', "a' OR 1=1 --", 'x/y', 'é́%_', '12']) await users.insert({ id, username: `n${id}` });
  const at = new Date();
  const entry = (key) => ({
    key,
    namespace: 'n',
    value: '"v"',
    created_at: at,
    last_used_at: at,
    expires_at: new Date(Date.now() + 1e8),
  });
  await workspace.table('cache_entries').insertMany(['session:1', 'session:12', 'other:121'].map(entry));
  await workspace.table('audit_log').insertMany(
    ['1', '12'].map((id) => ({
      action: 'update',
      resource_type: 'users',
      resource_id: id,
      actor: id,
      created_at: at,
    })),
  );
  assert.equal((await workspace.privacy.eraseUser('1')).erased.cache_entries, 1);
  assert.equal(await workspace.table('cache_entries').count(), 2);
  assert.equal(await workspace.table('audit_log').count({ resource_id: '12', actor: '12' }), 1);
  for (const id of ["a' OR 1=1 --", 'x/y', 'é́%_'])
    assert.equal((await workspace.privacy.eraseUser(id)).erased.users, 1);
  assert.equal(await users.count(), 1);
});

test('the mark of an erasure whose end was cut short brings it about at the next open', async (t) => {
  const { options, workspace, ann, folder } = await prepared(temporaryFolder(t));
  // Deleted by hand, and the mark that an erasure leaves: as after a crash between its commit and the rewriting.
  const at = new Date();
  const entry = { key: 'k', namespace: 'n', created_at: at, last_used_at: at, expires_at: new Date(Date.now() + 1e8) };
  await workspace.table('cache_entries').insert({ ...entry, value: `"${'leftoverzqx '.repeat(4000)}"` });
  await workspace.execute("DELETE FROM cache_entries WHERE key = 'k'");
  await workspace.execute(
    "INSERT INTO migration_state(id, migration_name, started_at) VALUES ('m', 'archivolt:purge', 0)",
  );
  await workspace.close();
  const again = await openWorkspace(options);
  await until(async () => (await again.table('migration_state').count()) === 0);
  assert.equal((await again.health()).freePages, 0);
  assert.equal((await again.table('users').get(ann.id)).username, ann.marks.username);
  await again.close();
  assert.deepEqual(filesWith(folder, 'leftoverzqx'), []);
});

test('wrong calls are refused', async (t) => {
  const { privacy } = await openForTest(t);
  await refusesAll([
    ['erasing nobody', () => privacy.eraseUser()],
    ['an empty id', () => privacy.eraseUser('')],
    ['an id that is no text', () => privacy.eraseUser(1)],
    ['a user that does not exist', () => privacy.eraseUser('nobody'), 'NOT_FOUND'],
    ['a dry run for nobody', () => privacy.eraseUser('nobody', { dryRun: true }), 'NOT_FOUND'],
    ['an unknown option', () => privacy.eraseUser('x', { dry: true })],
    ['exporting nobody', () => privacy.exportUser()],
    ['an id that is an object', () => privacy.exportUser({ id: 'x' })],
  ]);
});

test('a copy of 100 MB is handed out in parts, whole', { timeout: 120_000 }, async (t) => {
  const workspace = await openForTest(t);
  const { id } = await workspace.table('users').insert({ username: 'ann' });
  const text = 'Tomatoes want sun. '.repeat(27_000);
  for (let i = 0; i < 200; i++)
    await workspace
      .table('ai_requests')
      .insert({ kind: 'query', user_id: id, prompt_text: 'p', request_payload: { i, text } });
  const copying = workspace.privacy.exportUser(id);
  const waited = performance.now();
  await workspace.table('users').get(id);
  const blob = await copying;
  assert.ok(performance.now() > waited);
  assert.ok(blob.size > 100_000_000, `${blob.size} bytes`);
  const copy = JSON.parse(await blob.text());
  const rows = copy.tables.ai_requests;
  assert.equal(rows.length, 200);
  assert.deepEqual(
    rows.map(({ request_payload }) => request_payload.i).sort((a, b) => a - b),
    rows.map((_, i) => i),
  );
  assert.ok(rows.every(({ request_payload }) => request_payload.text === text));
});
