// Databases of SQLite as the real applications write them, made by the sqlite3 program: WAL mode, triggers, full text, hostile schemas.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

/** The path of a database that these statements make. */
function database(t, statements) {
  const file = path.join(temporaryFolder(t), 'database.db');
  execFileSync('sqlite3', [file], { input: statements.join('\n') });
  return file;
}

const STORY_TABLES = [
  'PRAGMA journal_mode=WAL;',
  `CREATE TABLE user_stories (id INTEGER PRIMARY KEY AUTOINCREMENT, feature_description TEXT NOT NULL,
     gherkin_output TEXT NOT NULL, story_metadata TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);`,
  'CREATE TABLE sessions (id TEXT PRIMARY KEY, user_id TEXT, preferences TEXT, created_at TIMESTAMP);',
  `CREATE VIRTUAL TABLE user_stories_fts USING fts5(feature_description, gherkin_output, content='user_stories',
     content_rowid='id');`,
  `CREATE TRIGGER user_stories_ai AFTER INSERT ON user_stories BEGIN INSERT INTO user_stories_fts(rowid,
     feature_description, gherkin_output) VALUES (new.id, new.feature_description, new.gherkin_output); END;`,
];

test("AutoDevHub's own file of two tables, in WAL mode", async (t) => {
  const file = database(t, [
    ...STORY_TABLES,
    `INSERT INTO user_stories VALUES (7, 'As a user I log in' || char(10) || 'so that I am known', 'Feature: Login ü👍',
       '{"confidence_score": 0.5, "tags": []}', '2025-08-01 10:00:00.123456', '2025-08-02T10:00:00');`,
    "INSERT INTO user_stories VALUES (8, '', '', NULL, '2025-08-01 10:00:00', NULL);",
    "INSERT INTO sessions VALUES ('0b7c8d1e-0000-4000-8000-000000000001', 'someone', '{\"theme\":\"dark\"}', '2025-08-01 10:00:00');",
  ]);
  assert.deepEqual([...readFileSync(file).subarray(18, 20)], [2, 2], 'a database in WAL mode');
  const workspace = await openForTest(t);
  const report = await workspace.import(file, { system: 'autodevhub' });
  assert.deepEqual(report.rejects, []);
  assert.equal(report.tables.user_stories.added, 2);
  assert.equal(report.tables.sessions.added, 1);
  const [story] = await workspace.table('stories').find({ where: { origin_id: '7' } });
  assert.deepEqual(
    [story.title, story.description, story.user_story, story.metadata, story.created_at, story.updated_at],
    [
      'As a user I log in',
      'As a user I log in\nso that I am known',
      'Feature: Login ü👍',
      { confidence_score: 0.5, tags: [] },
      '2025-08-01T10:00:00.123456Z',
      '2025-08-02T10:00:00Z',
    ],
  );
  const [session] = await workspace.table('auth_sessions').find();
  assert.equal(session.expires_at, '2025-08-02T10:00:00Z');
  assert.equal((await workspace.search('login', { kinds: ['stories'], mode: 'keyword' })).hits.length, 1);
  assert.equal((await workspace.import(file, { system: 'autodevhub' })).tables.user_stories.unchanged, 2);
  assert.ok((await workspace.health({ full: true })).ok);
});

test("SoftArchitect's application: projects, conversations, messages", async (t) => {
  const file = database(t, [
    'CREATE TABLE projects (id TEXT PRIMARY KEY, name TEXT UNIQUE, path TEXT, description TEXT, created_at TEXT, updated_at TEXT, metadata TEXT);',
    'CREATE TABLE conversations (id TEXT PRIMARY KEY, project_id TEXT, title TEXT, created_at TEXT, updated_at TEXT);',
    'CREATE TABLE messages (id TEXT PRIMARY KEY, conversation_id TEXT, role TEXT, content TEXT, created_at TEXT);',
    "INSERT INTO projects VALUES ('p1', 'Alpha', '/tmp/a', NULL, '2026-02-01T10:00:00', '2026-02-01T10:00:00', '{\"k\": 1}');",
    "INSERT INTO conversations VALUES ('c1', 'p1', 'Talk', '2026-02-01T10:00:00', '2026-02-01T10:00:00');",
    "INSERT INTO messages VALUES ('m1', 'c1', 'USER', 'Which database?', '2026-02-01T10:00:00.5'), ('m2', 'c1', 'ASSISTANT', 'SQLite.', '2026-02-01T10:00:01');",
    "INSERT INTO messages VALUES ('m3', 'gone', 'USER', 'Lost', '2026-02-01T10:00:00');",
  ]);
  const workspace = await openForTest(t);
  const report = await workspace.import(file, { system: 'softarchitect' });
  assert.equal(report.rejected, 1, 'a message of no conversation');
  assert.match(report.rejects[0].reason, /conversation/);
  const [project] = await workspace.table('projects').find();
  assert.deepEqual([project.name, project.workspace_path, project.extra], ['Alpha', '/tmp/a', { metadata: { k: 1 } }]);
  const messages = await workspace.table('messages').find({ orderBy: 'created_at' });
  assert.deepEqual(
    messages.map(({ role, content }) => [role, content]),
    [
      ['user', 'Which database?'],
      ['assistant', 'SQLite.'],
    ],
  );
  const [conversation] = await workspace.table('conversations').find();
  assert.deepEqual([conversation.project_id, conversation.last_message_at], [project.id, '2026-02-01T10:00:01Z']);
});

test('a hostile schema runs nothing, and odd names are names', async (t) => {
  const file = database(t, [
    'CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT, "x\'); DROP TABLE users; --" TEXT, "quo""te" TEXT);',
    "INSERT INTO users VALUES ('1', 'a@example.org', 'y', 'z');",
    "CREATE VIEW projects AS SELECT 1 AS id, 'from a view' AS name;",
    'CREATE TABLE log (x TEXT);',
    "CREATE TRIGGER bad AFTER INSERT ON users BEGIN INSERT INTO log VALUES ('ran'); END;",
    'PRAGMA writable_schema=ON;',
    "INSERT INTO sqlite_schema VALUES ('table', 'sessions', 'sessions', 0, 'CREATE VIRTUAL TABLE sessions USING fts5(x)');",
  ]);
  const workspace = await openForTest(t);
  const report = await workspace.import(file, { system: 'autodevhub' });
  assert.equal(report.tables.users.read, 1);
  assert.equal(report.tables.projects, undefined, 'views are no tables');
  const [user] = await workspace.table('users').find();
  assert.deepEqual(user.extra, { "x'); DROP TABLE users; --": 'y', 'quo"te': 'z' });
});

test('damaged, cut and foreign files change nothing and say so', async (t) => {
  const whole = database(t, [
    ...STORY_TABLES,
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO user_stories SELECT i, 'Story ' || i || hex(randomblob(40)), 'g', NULL, '2025-08-01 10:00:00', NULL FROM n;",
  ]);
  const bytes = readFileSync(whole);
  const workspace = await openForTest(t);
  const system = 'autodevhub';
  for (const size of [0, 15, 16, 100, 4095, 4096]) {
    await assert.rejects(
      workspace.import(new Blob([bytes.slice(0, size)]), { system }),
      (error) => error.name === 'ArchivoltError',
      `${size}`,
    );
  }
  await assert.rejects(
    workspace.import(new Blob([new Uint8Array(9000).fill(7)]), { system, format: 'sqlite' }),
    withCode('CORRUPTION'),
  );
  for (let size = 8192; size < bytes.length; size += 4096 * 13) {
    // What can still be read comes in, or the file is refused: no half row, no end of the workspace.
    const outcome = await workspace.import(new Blob([bytes.slice(0, size)]), { system }).catch((error) => error);
    if (outcome instanceof Error)
      assert.ok(['CORRUPTION', 'INVALID_ARGUMENT'].includes(outcome.code), `${size}: ${outcome}`);
    assert.ok((await workspace.health({ full: true })).ok);
  }
  const { tables } = await workspace.import(whole, { system });
  assert.equal(tables.user_stories.read, 3000);
  assert.equal(await workspace.table('stories').count(), 3000);
});

test('the copy beside the workspace goes away, and the file stays as it is', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'given.db');
  execFileSync('sqlite3', [file], {
    input: [...STORY_TABLES, "INSERT INTO user_stories VALUES (1, 'a', 'b', NULL, NULL, NULL);"].join('\n'),
  });
  const before = readFileSync(file);
  const workspace = await openForTest(t, { name: 'w', storage: { directory: folder } });
  await workspace.import(file, { system: 'autodevhub' });
  assert.deepEqual(readFileSync(file), before);
  assert.deepEqual(
    readdirSync(path.join(folder, 'w')).filter((name) => name.includes('part')),
    [],
  );
});

/** Lowers the rowids of the table's second leaf, so that reading on behind the greatest comes back to where it was. */
function makeRowidsFall(file, pageSize) {
  const bytes = readFileSync(file);
  const leaves = [];
  for (let at = pageSize; at < bytes.length; at += pageSize) {
    if (bytes[at] === 13 && bytes.readUInt16BE(at + 3) > 100) leaves.push(at);
  }
  const cells = (leaf) =>
    Array.from({ length: bytes.readUInt16BE(leaf + 3) }, (_, i) => leaf + bytes.readUInt16BE(leaf + 8 + 2 * i));
  // The payload's size is one byte of its own, or two.
  const rowidAt = (cell) => cell + (bytes[cell] & 0x80 ? 2 : 1);
  const rowid = (at) => (bytes[at] & 0x80 ? ((bytes[at] & 0x7f) << 7) | bytes[at + 1] : bytes[at]);
  const [second] = leaves.filter((leaf) => rowid(rowidAt(cells(leaf)[0])) > 300);
  cells(second).forEach((cell, i) => {
    const at = rowidAt(cell);
    bytes[at] = 0x80 | ((i + 10) >> 7);
    bytes[at + 1] = (i + 10) & 0x7f;
  });
  writeFileSync(file, bytes);
}

test('a damaged tree in which reading on leads back is refused', { timeout: 60_000 }, async (t) => {
  const file = database(t, [
    'PRAGMA page_size=65536;',
    'CREATE TABLE user_stories (id INTEGER PRIMARY KEY, feature_description TEXT NOT NULL, gherkin_output TEXT NOT NULL);',
    `INSERT INTO user_stories WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 700)
       SELECT i, 'story ' || i, hex(zeroblob(60)) FROM n;`,
  ]);
  makeRowidsFall(file, 65536);
  const workspace = await openForTest(t);
  await assert.rejects(workspace.import(file, { system: 'autodevhub' }), withCode('CORRUPTION', /damaged/));
  await workspace.table('stories').insert({ title: 'goes on' });
});
