// Push to a real PostgreSQL server: whole, incremental, all or nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { readMaps } from '../../tools/check-maps.mjs';
import { push } from '../../dist/postgres.js';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { addMessages, changed, contents, startServer, USERS } from '../support/servers.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const database = startServer(after);

test('an empty workspace is tables with nothing in them but the systems', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  const report = await push(workspace, to);
  assert.deepEqual(changed(report), { systems: '6 0 0' });
  assert.match(report.workspaceId, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(psql('SELECT count(*), min(workspace_id::text) FROM archivolt.systems'), `6|${report.workspaceId}`);
  assert.equal(psql('SELECT count(*) FROM archivolt.users'), '0');
});

test('every key, unique index and reference begins with the workspace, as Citus needs it', async (t) => {
  const { to, psql } = database();
  await push(await openForTest(t, { embedder: null }), to);
  const first = `(SELECT attname FROM pg_attribute WHERE attrelid = $ AND attnum = key[0]) <> 'workspace_id'`;
  const of = `JOIN pg_class c ON c.oid = $ JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'archivolt'`;
  const indexes = `SELECT c.relname FROM (SELECT indrelid, indkey::int2[] AS key FROM pg_index WHERE indisunique) i ${of.replace('$', 'indrelid')} AND ${first.replace('$', 'indrelid')}`;
  assert.equal(psql(indexes), '');
  assert.ok(
    Number(psql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'archivolt' AND indexdef LIKE '%UNIQUE%'")) > 60,
  );
  const references = `SELECT conname FROM pg_constraint o ${of.replace('$', 'conrelid')} AND contype = 'f' AND (
    (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) <> 'workspace_id' OR
    (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]) <> 'workspace_id')`;
  assert.equal(psql(references), '');
  assert.ok(Number(psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f'")) > 80);
});

test('a second push sends what changed and nothing else; without a change it writes nothing', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await workspace.execute(USERS, [12_000]);
  assert.deepEqual(changed(await push(workspace, to)), { systems: '6 0 0', users: '12000 0 0' });

  const before = psql('SELECT xmin, revision FROM archivolt.workspaces');
  const again = await push(workspace, to);
  assert.deepEqual(changed(again), {});
  assert.equal(again.tables.users.unchanged, 12_000);
  assert.equal(psql('SELECT xmin, revision FROM archivolt.workspaces'), before, 'nothing was written');

  // None of these is told by a time: one keeps it, one goes back, and a row takes another's place.
  await workspace.execute("UPDATE users SET display_name = 'x', updated_at = 1 WHERE id = 'user-00001'");
  await workspace.execute("UPDATE users SET bio = 'y', updated_at = 0 WHERE id = 'user-11999'");
  await workspace.execute("DELETE FROM users WHERE id = 'user-12000'");
  await workspace.execute("INSERT INTO users(id, username, created_at) VALUES ('user-12001', 'new', 1)");
  assert.deepEqual(changed(await push(workspace, to)), { users: '1 2 1' });
  assert.equal(
    psql(
      "SELECT id, display_name, bio FROM archivolt.users WHERE display_name = 'x' OR bio = 'y' OR id > 'user-11999' ORDER BY 1",
    ),
    'user-00001|x|\nuser-11999||y\nuser-12001||',
  );
});

test('two rows may exchange what is unique, and a row may become the child of a new one', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await workspace.execute(USERS, [2]);
  await workspace.table('projects').insert({ id: 'p', name: 'P', owner_id: 'user-00001' });
  await push(workspace, to);
  await workspace.batch([
    { sql: "UPDATE users SET username = 'between' WHERE id = 'user-00001'" },
    { sql: "UPDATE users SET username = 'name 1' WHERE id = 'user-00002'" },
    { sql: "UPDATE users SET username = 'name 2' WHERE id = 'user-00001'" },
    { sql: "INSERT INTO users(id, username) VALUES ('zz', 'zz')" },
    { sql: "UPDATE projects SET owner_id = 'zz' WHERE id = 'p'" },
  ]);
  assert.deepEqual(changed(await push(workspace, to)), { users: '1 2 0', projects: '0 1 0' });
  assert.equal(
    psql('SELECT id, username FROM archivolt.users ORDER BY id'),
    'user-00001|name 2\nuser-00002|name 1\nzz|zz',
  );
});

test('values come to the server as they are', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await workspace.table('users').insert({
    id: 'u1',
    username: 'zoe',
    last_name: '',
    display_name: 'Zoë \u{1F600} e\u0301',
    bio: 'tab\t back\\slash \\N "quoted" \u0001',
    created_at: '2026-01-30T10:30:00.123457Z',
    preferences: { a: [1, null] },
  });
  await workspace.execute(
    "UPDATE users SET login_count = ?, first_name = 'nul' || char(0) || 'char', extra = ? WHERE id = 'u1'",
    [9223372036854775807n, '{"b" : 1e2, "a":"\\u0000", "b":2}'],
  );
  await workspace.execute(
    "INSERT INTO cloud_estimates(id, origin, environment, monthly_cost_e2, compute_cost_e2, storage_cost_e2) VALUES ('c1', 'archi', 'x', -12345, 5, 9223372036854775807), ('c2', 'archi', 'x', 0, NULL, 100000000)",
  );
  await workspace.execute("INSERT INTO sprints(id, start_date) VALUES ('s1', '2024-02-29')");
  await workspace.execute(
    "INSERT INTO ai_requests(id, kind, agent_type, temperature, duration, created_at) VALUES ('r', 'agent_interaction', 'x', 0.1, 9e999, -62135596800000001)",
  );
  await push(workspace, to);
  const user = psql(
    "SELECT last_name = '', first_name = E'nul\\x01\\x01char', bio, extra, preferences, login_count, extract(microseconds FROM created_at), email IS NULL FROM archivolt.users",
  );
  assert.equal(
    user,
    't|t|tab\t back\\slash \\N "quoted" \u0001\u0002|{"b" : 1e2, "a":"\\u0000", "b":2}|{"a":[1,null]}|9223372036854775807|123457|t',
  );
  assert.equal(psql('SELECT display_name FROM archivolt.users'), 'Zoë \u{1F600} e\u0301');
  assert.equal(
    psql('SELECT monthly_cost, compute_cost, storage_cost FROM archivolt.cloud_estimates ORDER BY id'),
    '-123.45|0.05|92233720368547758.07\n0.00||1000000.00',
  );
  assert.equal(psql('SELECT start_date FROM archivolt.sprints'), '2024-02-29');
  assert.equal(
    psql("SELECT temperature, duration, created_at AT TIME ZONE 'UTC' FROM archivolt.ai_requests"),
    '0.1|Infinity|0001-12-31 23:59:59.999999 BC',
  );
});

test('what has no place on the server is named, and the server stays as it was', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await workspace.execute(USERS, [2]);
  await push(workspace, to);
  const before = contents(psql);
  const user = (change) => `UPDATE users SET ${change} WHERE id = 'user-00001'`;
  const wrong = [
    [user('created_at = -9223372036854775807'), /users\.created_at of the row "user-00001" is a time before/],
    [user('created_at = 1, username = hex(randomblob(6000))'), /key is longer .*54000/],
    [
      "INSERT INTO import_rejects(id, origin, source_table, reason, row, rejected_at) VALUES ('r', 'local', 't', 'x', '{}' || char(0) || 'x', 1)",
      /import_rejects\.row of the row "r" .* NUL/,
    ],
  ];
  for (const [sql, message] of wrong) {
    await workspace.execute(sql);
    await assert.rejects(push(workspace, to), withCode('CONSTRAINT', message));
    assert.deepEqual(contents(psql), before);
  }
  await workspace.execute(user("username = 'short'"));
  await workspace.execute('DELETE FROM import_rejects');
  assert.deepEqual(changed(await push(workspace, to)), { users: '0 1 0' });
});

test('secrets go out when they are asked for, and come away again', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await workspace.table('users').insert({ id: 'u1', username: 'ada' });
  await workspace.accounts.setPassword('u1', 'correct horse battery');
  await workspace.accounts.issueApiKey('u1');
  const secrets = 'SELECT count(password_hash), (SELECT count(*) FROM archivolt.api_keys) FROM archivolt.users';
  assert.deepEqual(changed(await push(workspace, to)), { systems: '6 0 0', users: '1 0 0' });
  assert.equal(psql(secrets), '0|0');
  const [{ password, key }] = await workspace.query(
    'SELECT password_hash AS password, key_hash AS key FROM users, api_keys',
    [],
    { secrets: true },
  );
  const everything = contents(psql).join();
  assert.ok(!everything.includes(password) && !everything.includes(key));
  assert.deepEqual(changed(await push(workspace, { ...to, secrets: true })), { users: '0 1 0', api_keys: '1 0 0' });
  assert.equal(psql(secrets), '1|1');
  assert.deepEqual(changed(await push(workspace, to)), { users: '0 1 0', api_keys: '0 0 1' });
  assert.equal(psql(secrets), '0|0');
});

test('two pushes at once are one', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await addMessages(workspace, 3000);
  const reports = await Promise.all([push(workspace, to), push(workspace, to), push(workspace, to)]);
  const inserted = reports.map(({ tables }) => tables.messages.inserted).sort((a, b) => b - a);
  assert.deepEqual(inserted, [3000, 0, 0]);
  assert.equal(psql('SELECT count(*), count(DISTINCT id) FROM archivolt.messages'), '3000|3000');
});

test('a push under an id that another workspace pushed to is refused, or replaces what is there', async (t) => {
  const { to, psql } = database();
  const one = await openForTest(t, { embedder: null });
  const two = await openForTest(t, { embedder: null });
  await one.execute(USERS, [1]);
  await push(one, to);
  await assert.rejects(push(two, to), withCode('CONFLICT', /Pull it first.*workspaceId.*force/));
  assert.equal(psql('SELECT count(*) FROM archivolt.users'), '1');
  assert.deepEqual(changed(await push(two, { ...to, force: true })), { users: '0 0 1' });
  await one.execute(USERS.replace('user-', 'more-').replace("'name '", "'more '"), [1]);
  await assert.rejects(push(one, to), withCode('CONFLICT'));
  const other = await push(one, { ...to, workspaceId: '11111111-2222-4333-8444-555555555555' });
  assert.deepEqual(changed(other), { systems: '6 0 0', users: '2 0 0' });
  assert.equal(psql('SELECT count(*) FROM archivolt.workspaces'), '2');
});

test('a push that is killed in its middle leaves nothing, and the next one is whole', async (t) => {
  const { to, connection, psql } = database();
  const directory = temporaryFolder(t);
  const open = () => openForTest(t, { name: 'killed', storage: { directory } });
  const first = await open();
  await push(first, to);
  const before = contents(psql);
  await addMessages(first, 2000);
  await first.close();
  const child = spawn(process.execPath, ['tests/support/push-child.mjs', directory, JSON.stringify(connection)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  assert.equal(String(said), 'in the middle\n');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(contents(psql), before);
  const report = await push(await open(), to);
  assert.deepEqual(changed(report), { conversations: '1 0 0', messages: '2000 0 0' });
  assert.equal(psql('SELECT count(*) FROM archivolt.messages'), '2000');
});

test('a push whose commit nobody heard of is known again', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  const { revision } = await push(workspace, to);
  // As if the process had ended between the server's commit and its own note.
  await workspace.execute(
    "UPDATE migration_state SET last_checkpoint = json_set(last_checkpoint, '$.revision', 'older', '$.pending', ?) WHERE migration_name LIKE 'postgres:%'",
    [revision],
  );
  await workspace.execute(USERS, [1]);
  assert.deepEqual(changed(await push(workspace, to)), { users: '1 0 0' });
  assert.equal(psql('SELECT count(*) FROM archivolt.users'), '1');
});

test('a push that is cancelled leaves the server as it was', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await push(workspace, to);
  await addMessages(workspace, 2000);
  const before = contents(psql);
  for (const phase of ['messages', 'send conversations', 'send messages']) {
    const controller = new AbortController();
    const onProgress = (progress) => progress.phase === phase && controller.abort();
    await assert.rejects(push(workspace, { ...to, signal: controller.signal, onProgress }), withCode('CANCELLED'));
    assert.deepEqual(contents(psql), before, phase);
  }
  await assert.rejects(push(workspace, { ...to, signal: AbortSignal.abort() }), withCode('CANCELLED'));
  assert.deepEqual(changed(await push(workspace, to)), { conversations: '1 0 0', messages: '2000 0 0' });
});

// ---------------------------------------------------------------- any writes at all

function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test('whatever was written, a push makes the server what a first push would make it', async (t) => {
  const { to, psql } = database();
  // Nothing is embedded in the background between the two pushes that are compared.
  const workspace = await openForTest(t, { embedder: null });
  const maps = [...readMaps().values()];
  const below = numbers(20261122);
  const anyOf = async (table) => {
    const rows = await workspace.query(`SELECT id FROM ${table} ORDER BY id`);
    return rows.length === 0 ? undefined : rows[below(rows.length)].id;
  };
  let made = 0;
  const writes = [
    () => workspace.table('users').insert({ username: `user ${++made}`, preferences: { made } }),
    async () =>
      workspace.table('projects').insert({ name: `project ${++made}`, owner_id: await anyOf('users'), tags: ['a'] }),
    async () => workspace.table('stories').insert({ title: `story ${++made}`, project_id: await anyOf('projects') }),
    async () =>
      workspace.execute('UPDATE stories SET title = title || ?, updated_at = 5 WHERE id = ?', [
        String(++made),
        (await anyOf('stories')) ?? '',
      ]),
    async () =>
      workspace.execute(
        'UPDATE users SET id = id || ? WHERE id = ? AND NOT EXISTS (SELECT 1 FROM projects WHERE owner_id = users.id) AND NOT EXISTS (SELECT 1 FROM audit_log WHERE user_id = users.id)',
        ['x', (await anyOf('users')) ?? ''],
      ),
    async () => workspace.execute('DELETE FROM projects WHERE id = ?', [(await anyOf('projects')) ?? '']),
    async () => workspace.execute('DELETE FROM stories WHERE pk = (SELECT max(pk) FROM stories)'),
    async () =>
      workspace.execute('UPDATE projects SET created_at = created_at - 1, extra = ? WHERE id = ?', [
        '{"a":1}',
        (await anyOf('projects')) ?? '',
      ]),
    async () => {
      const id = await anyOf('users');
      if (id !== undefined && below(3) === 0) await workspace.privacy.eraseUser(id);
    },
    async () => {
      const map = maps[below(maps.length)];
      await workspace.import(new Blob([dumpOf(sampleRows(map, 1 + below(3)))]), { system: map.system });
    },
    () => workspace.documents.ingest({ filename: `f${++made}.md`, content: `# File ${made}\n\nSome text ${made}.` }),
    async () => workspace.documents.remove((await anyOf('documents')) ?? 'none'),
  ];
  for (let round = 0; round < 6; round++) {
    for (let step = 0; step < 12; step++) await writes[below(writes.length)]();
    await push(workspace, to);
    const schema = `whole${round}`;
    await push(workspace, { ...to, schema });
    const rows = contents(psql);
    assert.deepEqual(rows, contents(psql, schema), `round ${round}`);
    assert.ok(rows.length > 6);
    const [{ users }] = await workspace.query('SELECT count(*) AS users FROM users');
    assert.equal(psql('SELECT count(*) FROM archivolt.users'), String(users));
  }
});
