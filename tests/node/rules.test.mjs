// Rules on write, through the package: both ways in, nothing written, and a message that says what to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openForTest } from '../support/workspaces.mjs';

const broken =
  (table, column, rule, code = 'CONSTRAINT') =>
  (error) => {
    assert.equal(error.code, code, error.message);
    assert.deepEqual([error.detail.table, error.detail.column, error.detail.rule], [table, column, rule]);
    assert.match(error.message, new RegExp(`${table}\\.${column} must `));
    return true;
  };

test('a broken rule is refused by tables, by SQL and in a batch, and nothing is written', async (t) => {
  const workspace = await openForTest(t);
  const story = { id: 's', title: 'x', story_points: 22 };
  const sql = "INSERT INTO stories(id, title, story_points) VALUES ('s', 'x', 22)";
  const refusal = broken('stories', 'story_points', 'range');
  await assert.rejects(workspace.table('stories').insert(story), refusal);
  await assert.rejects(workspace.table('stories').insertMany([{ title: 'good' }, story]), refusal);
  await assert.rejects(workspace.execute(sql), refusal);
  await assert.rejects(
    workspace.batch([{ sql: "INSERT INTO stories(id, title) VALUES ('g', 'good')" }, { sql }]),
    refusal,
  );
  await assert.rejects(
    workspace.transaction((tx) => tx.execute(sql)),
    refusal,
  );
  assert.equal(await workspace.table('stories').count(), 0);
  assert.equal(await workspace.table('audit_log').count(), 0);
  await workspace.table('stories').insert({ ...story, story_points: 21 });
  await assert.rejects(workspace.table('stories').update('s', { story_points: -1 }), refusal);
  await assert.rejects(workspace.execute("UPDATE stories SET title = ' \t'"), broken('stories', 'title', 'not blank'));
  assert.equal((await workspace.table('stories').get('s')).title, 'x');
});

test('names are trimmed on every path, and the full-text index stays sound', async (t) => {
  const workspace = await openForTest(t);
  const { id, title } = await workspace.table('stories').insert({ title: '  Two  words\u3000' });
  assert.equal(title, 'Two  words');
  await workspace.execute('UPDATE stories SET title = ?', [' other walrus ']);
  assert.equal((await workspace.table('stories').get(id)).title, 'other walrus');
  await workspace.execute("INSERT INTO stories(id, title) VALUES ('raw', ' walrus ')");
  assert.equal((await workspace.table('stories').get('raw')).title, 'walrus');
  const found = await workspace.query("SELECT count(*) AS n FROM stories_fts('walrus')");
  assert.deepEqual(found, [{ n: 2 }]);
  await workspace.execute('DELETE FROM stories');
  assert.deepEqual(await workspace.query("SELECT count(*) AS n FROM stories_fts('walrus')"), [{ n: 0 }]);
});

test('forms of addresses: e-mail, web and repository', async (t) => {
  const workspace = await openForTest(t);
  const users = workspace.table('users');
  await users.insert({ email: 'ada@example.com', avatar_url: 'https://example.com/a.png' });
  await assert.rejects(users.insert({ email: 'ada' }), broken('users', 'email', 'email'));
  await assert.rejects(users.insert({ avatar_url: 'ftp://x' }), broken('users', 'avatar_url', 'url'));
  const projects = workspace.table('projects');
  await projects.insert({ name: 'p', repository_url: 'git@example.com:o/r.git' });
  await assert.rejects(
    projects.insert({ name: 'q', repository_url: 'somewhere' }),
    broken('projects', 'repository_url', 'url'),
  );
});

test('a name of a project is unique for its owner among those that live', async (t) => {
  const workspace = await openForTest(t);
  const { id: owner_id } = await workspace.table('users').insert({ username: 'ada' });
  const projects = workspace.table('projects');
  const { id } = await projects.insert({ name: 'Atlas', owner_id });
  await assert.rejects(
    projects.insert({ name: ' Atlas ', owner_id }),
    broken('projects', 'name', 'unique', 'ALREADY_EXISTS'),
  );
  await projects.insert({ name: 'Atlas' });
  await projects.update(id, { deleted_at: new Date().toISOString() });
  await projects.insert({ name: 'Atlas', owner_id });
  await assert.rejects(
    projects.update(id, { deleted_at: null }),
    broken('projects', 'name', 'unique', 'ALREADY_EXISTS'),
  );
});

test('stories may depend on one another, but not in a circle', async (t) => {
  const workspace = await openForTest(t);
  const { ids } = await workspace.table('stories').insertMany([{ title: 'a' }, { title: 'b' }, { title: 'c' }]);
  const [a, b, c] = ids;
  const dependencies = workspace.table('story_dependencies');
  const depend = (story_id, depends_on_id) =>
    dependencies.insert({ story_id, depends_on_id, depends_on_ref: depends_on_id });
  await depend(a, b);
  await depend(b, c);
  await depend(a, c);
  await assert.rejects(depend(c, a), broken('story_dependencies', 'depends_on_id', 'cycle'));
  await assert.rejects(
    workspace.execute('INSERT INTO story_dependencies(story_id, depends_on_ref) VALUES (?, ?)', [a, a]),
    broken('story_dependencies', 'depends_on_ref', 'self'),
  );
});

test('rows of other systems keep what their exports hold', async (t) => {
  const workspace = await openForTest(t);
  const row = { origin: 'socrates', title: ' as it was ', story_points: 99, status: 'WHATEVER' };
  const stored = await workspace.table('stories').insert(row);
  assert.deepEqual([stored.title, stored.story_points, stored.status], [row.title, 99, 'WHATEVER']);
  await assert.rejects(
    workspace.table('stories').insert({ ...row, origin: 'autodevhub', status: 'done' }),
    broken('stories', 'story_points', 'range'),
  );
});

test('the core keeps times, counts and words, whatever path writes', async (t) => {
  const workspace = await openForTest(t);
  const { id } = await workspace.table('stories').insert({ title: 's', status: 'ready' });
  const done = await workspace.table('stories').update(id, { status: 'done' });
  assert.equal(typeof done.completed_at, 'string');
  await workspace.execute("UPDATE stories SET description = 'd', updated_at = 1");
  const after = await workspace.table('stories').get(id);
  assert.ok(after.updated_at > done.updated_at, `${after.updated_at} > ${done.updated_at}`);

  const talk = await workspace.table('conversations').insert({});
  const message = { conversation_id: talk.id, role: 'user', content: 'x' };
  await workspace.table('messages').insert({ ...message, created_at: '2026-01-30T10:00:00Z' });
  const spoken = await workspace.table('conversations').get(talk.id);
  assert.equal(spoken.last_message_at, '2026-01-30T10:00:00Z');

  await workspace.execute("INSERT INTO code_examples(id, title, code_content) VALUES ('c', 'x', 'getUserName()')");
  assert.match((await workspace.table('code_examples').get('c')).identifiers, /\buser\b/);
});

test('what belongs to the core is not for callers', async (t) => {
  const workspace = await openForTest(t);
  await workspace.table('tags').insert({ name: 'a' });
  for (const sql of [
    "UPDATE audit_log SET actor = 'x'",
    'DELETE FROM audit_log',
    "INSERT INTO audit_log(id, action) VALUES ('x', 'y') ON CONFLICT(id) DO UPDATE SET action = 'z'",
    'DELETE FROM embedding_queue',
    'DELETE FROM vector_graphs',
    'UPDATE retention_policies SET keep_days = 0',
    'UPDATE tags SET name = archivolt_actor()',
    'DELETE FROM tags WHERE archivolt_keep(1)',
  ]) {
    await assert.rejects(workspace.execute(sql), { code: 'INVALID_ARGUMENT' }, sql);
  }
  await assert.rejects(workspace.query('SELECT archivolt_id()'), { code: 'INVALID_ARGUMENT' });
  const [entry] = await workspace.table('audit_log').find();
  await assert.rejects(
    workspace.execute('INSERT OR REPLACE INTO audit_log(id, action) VALUES (?, ?)', [entry.id, 'forged']),
    { code: 'CONSTRAINT' },
  );
  assert.deepEqual(await workspace.table('audit_log').find(), [entry]);
  assert.equal((await workspace.table('audit_log').insert({ action: 'note', actor: 'me' })).action, 'note');
});
