// SQL of callers that is made to do harm: to write where it may only read, to see secrets, to never end, to hold up others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';

const options = { storage: 'memory', embedder: null };
const FOREVER = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)';
const invalid = { code: 'INVALID_ARGUMENT' };

async function opened(name) {
  const workspace = await openWorkspace({ name, ...options });
  const { id } = await workspace.table('users').insert({ username: 'ada', password_hash: 'HASH-OF-ADA' });
  return { workspace, id };
}

/** Every row of every table, and the schema. */
async function everything(workspace) {
  const tables = await workspace.query('SELECT name, sql FROM sqlite_schema ORDER BY name');
  const rows = {};
  for (const { name, sql } of tables) {
    if (!/^CREATE TABLE/.test(sql ?? '')) continue;
    rows[name] = await workspace.query(`SELECT * FROM "${name}"`, [], { secrets: true });
  }
  return { tables, rows };
}

const WRITES = [
  "INSERT INTO teams (id, name) VALUES ('t', 'x')",
  "INSERT INTO teams (id, name) VALUES ('t', 'x') RETURNING id",
  "REPLACE INTO teams (id, name) VALUES ('t', 'x')",
  "UPDATE users SET username = 'eve'",
  'DELETE FROM users RETURNING *',
  "WITH a AS (SELECT 1) INSERT INTO teams (id, name) SELECT 't', 'x' FROM a",
  'WITH a AS (DELETE FROM users RETURNING id) SELECT * FROM a',
  'EXPLAIN DELETE FROM users',
  "ATTACH DATABASE 'other.db' AS other",
  "ATTACH ':memory:' AS other",
  'DETACH DATABASE main',
  "VACUUM INTO 'copy.db'",
  'VACUUM',
  'REINDEX',
  'ANALYZE',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s',
  'RELEASE s',
  'CREATE TABLE t (a)',
  'CREATE TEMP TABLE t (a)',
  'CREATE TEMP VIEW v AS SELECT 1',
  'CREATE VIEW v AS SELECT * FROM users',
  'CREATE TEMP TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END',
  'CREATE VIRTUAL TABLE t USING fts5(a)',
  'CREATE INDEX i ON users (username)',
  'DROP TABLE users',
  'ALTER TABLE users ADD COLUMN a',
  "UPDATE sqlite_schema SET sql = ''",
  'DELETE FROM sqlite_schema',
  'DELETE FROM sqlite_sequence',
  "INSERT INTO sqlite_stat1 VALUES ('users', NULL, '1')",
  'PRAGMA writable_schema = ON',
  'PRAGMA user_version = 9',
  'PRAGMA application_id = 9',
  'PRAGMA foreign_keys = OFF',
  'PRAGMA journal_mode = DELETE',
  'PRAGMA trusted_schema = ON',
  'PRAGMA wal_checkpoint(TRUNCATE)',
  'PRAGMA incremental_vacuum',
  'PRAGMA optimize',
  'PRAGMA integrity_check',
  "PRAGMA key = 'x'",
  "PRAGMA rekey = 'x'",
  "PRAGMA hexkey = '00'",
  "PRAGMA cipher = 'chacha20'",
  "PRAGMA temp_store_directory = '/'",
  'SELECT * FROM pragma_user_version(9)',
  'SELECT * FROM pragma_optimize(65534)',
  'SELECT * FROM pragma_journal_mode',
  'SELECT * FROM pragma_wal_checkpoint',
  'SELECT * FROM pragma_integrity_check',
  "SELECT sqlite3mc_config('cipher', 'chacha20')",
  "SELECT sqlite3mc_codec_data('raw_key')",
  "SELECT load_extension('x')",
  "SELECT writefile('x', 'y')",
  "SELECT readfile('/etc/passwd')",
  "SELECT edit('x')",
  "SELECT fts3_tokenizer('simple')",
  "SELECT archivolt_identifiers('a')",
  'SELECT * FROM dbstat',
  'SELECT * FROM sqlite_dbpage',
  'SELECT * FROM sqlite_stmt',
  "INSERT INTO document_chunks_fts (document_chunks_fts) VALUES ('rebuild')",
  "INSERT INTO document_chunks_fts (document_chunks_fts, rank) VALUES ('merge', 500)",
  'DELETE FROM document_chunks_fts_data',
  "SELECT * FROM document_chunks_fts WHERE document_chunks_fts MATCH 'x' UNION SELECT * FROM (DELETE FROM users)",
  'SELECT 1; DELETE FROM users',
  'SELECT 1;;DELETE FROM users',
  '/* SELECT */ DELETE FROM users -- SELECT',
  '\uFEFFDELETE FROM users',
];

test('reading SQL writes nothing, whatever it is', async () => {
  const { workspace } = await opened('untrusted-writes');
  const before = await everything(workspace);
  for (const sql of WRITES) await assert.rejects(workspace.query(sql), invalid, sql);
  await workspace.transaction(async (tx) => {
    for (const sql of WRITES) await assert.rejects(tx.query(sql), invalid, sql);
  });
  assert.deepEqual(await everything(workspace), before);
  assert.equal((await workspace.health({ full: true })).ok, true);
  await workspace.close();
});

test('writing SQL touches rows of ordinary tables alone', async () => {
  const { workspace } = await opened('untrusted-execute');
  const before = await everything(workspace);
  const rows =
    /^(INSERT INTO teams|REPLACE INTO teams|UPDATE users|DELETE FROM users|WITH a AS \(SELECT 1\) INSERT|\/\* SELECT|\uFEFF)/;
  for (const sql of WRITES.filter((text) => !rows.test(text)).concat(
    'INSERT INTO schema_migrations (version) VALUES (9)',
    'UPDATE schema_migrations SET version = 99',
    'DELETE FROM audit_log',
    "UPDATE audit_log SET action = 'x'",
    'DELETE FROM retention_policies',
    'DELETE FROM embedding_queue',
    'DELETE FROM vector_graphs',
    'SELECT 1',
  ))
    await assert.rejects(workspace.execute(sql), invalid, sql);
  assert.deepEqual(await everything(workspace), before);
  await workspace.close();
});

test('no secret leaves through SQL unless it is asked for', async () => {
  const { workspace, id } = await opened('untrusted-secrets');
  await workspace.accounts.createSession(id);
  await workspace.accounts.issueApiKey(id, { label: 'ci' });
  const secrets = { users: 'password_hash', auth_sessions: 'token_hash', api_keys: 'key_hash' };
  for (const [table, column] of Object.entries(secrets)) {
    for (const sql of [
      `SELECT * FROM ${table}`,
      `SELECT ${column.toUpperCase()} FROM main."${table}"`,
      `SELECT count(*) FROM ${table} WHERE ${column} GLOB 'H*'`,
      `SELECT id FROM ${table} ORDER BY ${column}`,
      `SELECT (SELECT max(${column}) FROM ${table}) AS a`,
      `WITH a AS (SELECT ${column} AS x FROM ${table}) SELECT x FROM a`,
      `SELECT json_group_array(${column}) FROM ${table}`,
    ])
      await assert.rejects(
        workspace.query(sql),
        { code: 'INVALID_ARGUMENT', message: new RegExp(`${table}\\.\\w+ is a secret`) },
        sql,
      );
    assert.notEqual((await workspace.query(`SELECT count(*) AS n FROM ${table}`))[0].n, 0);
    assert.equal((await workspace.query(`SELECT ${column} AS s FROM ${table}`, [], { secrets: true })).length, 1);
  }
  for (const sql of [
    'UPDATE users SET display_name = password_hash',
    "UPDATE users SET username = 'x' WHERE password_hash GLOB 'H*'",
    'UPDATE users SET username = username RETURNING password_hash',
    "INSERT INTO teams (id, name) SELECT 't', password_hash FROM users",
    "INSERT INTO teams (id, name) VALUES ('t', (SELECT token_hash FROM auth_sessions))",
    "WITH a AS (SELECT password_hash AS h FROM users) INSERT INTO teams (id, name) SELECT 't', h FROM a",
    "INSERT INTO teams (id, name) SELECT 't', h FROM (SELECT password_hash AS h FROM users) AS a",
  ])
    await assert.rejects(workspace.execute(sql), { code: 'INVALID_ARGUMENT', message: /is a secret/ }, sql);
  assert.deepEqual(await workspace.query('SELECT username, display_name FROM users'), [
    { username: 'ada', display_name: null },
  ]);
  // A subquery may not take the name of what is trusted, nor reach what the core keeps for its triggers.
  for (const sql of [
    "WITH ARCHIVOLT_UPDATE_users AS (SELECT password_hash AS h FROM users) INSERT INTO teams (id, name) SELECT 't', h FROM archivolt_update_users",
    "UPDATE users SET bio = 'x' WHERE (SELECT x FROM (SELECT archivolt_keep(1) AS x) AS a)",
  ])
    await assert.rejects(workspace.execute(sql), { code: 'INVALID_ARGUMENT', message: /archivolt_/ }, sql);
  await assert.rejects(workspace.query('SELECT * FROM (SELECT archivolt_keep(1) AS x) AS a'), invalid);
  assert.equal((await workspace.execute("UPDATE users SET bio = 'archivolt-static'")).changes, 1);
  // Rules and the trail read them where somebody writes.
  assert.equal((await workspace.execute("UPDATE users SET password_hash = 'OTHER', bio = 'x'")).changes, 1);
  await assert.rejects(workspace.execute('DELETE FROM teams', [], { secrets: true }), invalid);
  await assert.rejects(workspace.query('SELECT 1', [], { secrets: 1 }), invalid);
  await workspace.close();
});

test('SQL that never ends is ended by its time, and nothing of it is kept', async () => {
  const { workspace } = await opened('untrusted-time');
  const late = { code: 'TIMEOUT', message: /took longer than 200 ms/ };
  const limit = { timeoutMs: 200 };
  await assert.rejects(workspace.query(`${FOREVER} SELECT count(*) FROM c`, [], limit), late);
  await assert.rejects(workspace.query(`${FOREVER} SELECT x FROM c WHERE x < 0`, [], limit), late);
  await assert.rejects(
    workspace.query(
      'SELECT count(*) FROM pragma_table_list a, pragma_table_list b, pragma_table_list c, pragma_table_list d',
      [],
      limit,
    ),
    late,
  );
  const insert = `INSERT INTO teams (id, name) ${FOREVER} SELECT 't' || x, 'team' FROM c`;
  await assert.rejects(workspace.execute(insert, [], limit), late);
  await assert.rejects(
    workspace.batch([{ sql: "INSERT INTO teams (id, name) VALUES ('a', 'a')" }, { sql: insert }], limit),
    late,
  );
  assert.equal(await workspace.table('teams').count(), 0);
  await assert.rejects(
    workspace.transaction(async (tx) => {
      await tx.table('teams').insert({ id: 'kept', name: 'kept?' });
      await tx.query(`${FOREVER} SELECT count(*) FROM c`, [], limit);
    }),
    late,
  );
  assert.equal(await workspace.table('teams').count(), 0);
  // A SELECT that is ended leaves its transaction as it is.
  await workspace.transaction(async (tx) => {
    await tx.table('teams').insert({ id: 'kept', name: 'kept' });
    await assert.rejects(tx.query(`${FOREVER} SELECT count(*) FROM c`, [], limit), late);
  });
  assert.equal(await workspace.table('teams').count(), 1);
  assert.equal((await workspace.health({ full: true })).ok, true);
  for (const timeoutMs of [0, -1, 1.5, '5', NaN, null])
    await assert.rejects(workspace.query('SELECT 1', [], { timeoutMs }), invalid, String(timeoutMs));
  await assert.rejects(workspace.query('SELECT 1', [], { timeout: 5 }), invalid);
  await workspace.close();
});

test('SQL too deep or too branched to compile is refused or ended, and the engine lives', async () => {
  const { workspace } = await opened('untrusted-depth');
  const limit = { timeoutMs: 1000 };
  const nested = (open, inner, close, count) => open.repeat(count) + inner + close.repeat(count);
  const chain = (count, step) =>
    `WITH a0 AS (SELECT 1 x)${Array.from({ length: count }, (_, at) => `,a${at + 1} AS (${step(at)})`).join('')}` +
    `SELECT * FROM a${count}`;
  for (const count of [600, 5000, 30_000]) {
    for (const sql of [
      nested('SELECT * FROM (', 'SELECT 1', ')', count),
      nested('SELECT (', 'SELECT 1', ')', count),
      `SELECT ${'NOT '.repeat(count)}1`,
      `SELECT ${nested('abs(', '1', ')', count)}`,
      `SELECT 1${' UNION SELECT 1'.repeat(count)}`,
      nested('WITH a AS (', 'SELECT 1', ') SELECT * FROM a', count),
      chain(count, (at) => `SELECT*FROM a${at}`),
      `SELECT json('${nested('[', '', ']', count * 2)}')`,
      `SELECT * FROM document_chunks_fts('${nested('(', 'a', ')', count)}')`,
    ])
      await assert.rejects(
        workspace.query(sql, [], limit),
        (error) => /INVALID_ARGUMENT|TIMEOUT/.test(error.code),
        sql.slice(0, 60),
      );
  }
  assert.equal((await workspace.query(chain(300, (at) => `SELECT*FROM a${at}`)))[0].x, 1);
  // Each names the one before twice: 2^40 of them.
  const doubling = chain(40, (at) => `SELECT p.x FROM a${at} p,a${at} q`);
  await assert.rejects(workspace.query(doubling, [], limit), (error) => /INVALID_ARGUMENT|TIMEOUT/.test(error.code));
  await assert.rejects(workspace.query(`SELECT '${'x'.repeat(2 << 20)}'`), invalid);
  await assert.rejects(workspace.query(`SELECT 1 WHERE 'a' LIKE '${'%a'.repeat(4000)}'`), invalid);
  await assert.rejects(workspace.query(`SELECT ${Array(3000).fill('1').join()}`), invalid);
  await assert.rejects(workspace.query('SELECT zeroblob(1000000000)'), invalid);
  await assert.rejects(workspace.query("SELECT replace(printf('%.*c', 100000000, 'x'), 'x', 'xxxxxxxxxx')"), invalid);
  await assert.rejects(workspace.query(`${FOREVER} SELECT x FROM c`), {
    code: 'INVALID_ARGUMENT',
    message: /1000000 rows/,
  });
  await assert.rejects(workspace.query(`${FOREVER} SELECT zeroblob(20000000) FROM c`), {
    code: 'INVALID_ARGUMENT',
    message: /256 MiB/,
  });
  assert.equal((await workspace.query('SELECT 1 AS one'))[0].one, 1);
  assert.deepEqual(await workspace.query("SELECT x'' AS empty"), [{ empty: new Uint8Array() }]);
  await workspace.close();
});

test('a signal ends a statement in its middle, before its time and without waiting for a row', async () => {
  const { workspace } = await opened('untrusted-abort');
  const cancelled = { code: 'CANCELLED' };
  for (const run of [
    (signal) => workspace.query(`${FOREVER} SELECT count(*) FROM c`, [], { signal }),
    (signal) => workspace.query(`${FOREVER} SELECT x FROM c LIMIT 900000`, [], { signal }),
    (signal) =>
      workspace.execute(`INSERT INTO teams (id, name) ${FOREVER} SELECT 't' || x, 'n' FROM c`, [], { signal }),
    (signal) => workspace.batch([{ sql: `DELETE FROM teams WHERE id IN (${FOREVER} SELECT x FROM c)` }], { signal }),
  ]) {
    const abort = new AbortController();
    const running = assert.rejects(run(abort.signal), cancelled);
    // It is in the middle of its work when another call waits behind it.
    const next = workspace.query('SELECT 7 AS seven');
    setTimeout(() => abort.abort(), 100);
    await running;
    assert.equal((await next)[0].seven, 7);
  }
  await assert.rejects(workspace.query('SELECT 1', [], { signal: AbortSignal.abort() }), cancelled);
  assert.equal(await workspace.table('teams').count(), 0);
  await assert.rejects(
    workspace.transaction((tx) =>
      tx.query(`${FOREVER} SELECT count(*) FROM c`, [], { signal: AbortSignal.timeout(100) }),
    ),
    cancelled,
  );
  await workspace.close();
});

test('a long result comes whole and of one moment, although it is read in slices', async () => {
  const { workspace } = await opened('untrusted-slices');
  await workspace
    .table('teams')
    .insertMany(Array.from({ length: 2000 }, (_, at) => ({ id: `t${at}`, name: `n${at}` })));
  const slow = 'SELECT a.id, b.id AS other FROM teams a, teams b WHERE a.pk % 2 = 0 AND b.pk % 7 = 0';
  const reading = workspace.query(slow);
  const writing = workspace.execute("UPDATE teams SET id = 'new-' || id");
  const rows = await reading;
  assert.equal(rows.length, 1000 * 285);
  assert.ok(rows.every(({ id, other }) => id.startsWith('t') && other.startsWith('t')));
  assert.equal((await writing).changes, 2000);
  // What is left half read by an error ends with it: tables may change, and storage be put in order.
  await assert.rejects(
    workspace.query(`${FOREVER} SELECT CASE WHEN x < 400000 THEN x ELSE json('[') END FROM c`),
    invalid,
  );
  await workspace.compact();
  await workspace.close();
});
