// Push and pull and their server: how it is reached, what it must be, and what stands in the way.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { pull, push } from '../../dist/postgres.js';
import { refusesAll } from '../support/misuse.mjs';
import { changed, contents, startServer, USERS } from '../support/servers.mjs';
import { importSource } from '../support/source.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const database = startServer(after);

test('wrong calls are refused before a server is asked', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const connection = { host: '/nowhere' };
  const rows = [
    ['no workspace', {}, { connection }, /workspace/],
    ['no server', workspace, {}, /either url or connection/],
    ['two servers', workspace, { connection, url: 'postgres://x' }, /either/],
    ['another protocol', workspace, { url: 'https://me:geheim@x/y' }, /options\.url/],
    ['no address', workspace, { url: 'postgres://me:geheim@[nope/y' }, /options\.url/],
    ['an empty schema', workspace, { connection, schema: '' }, /options\.schema/],
    ['a long schema', workspace, { connection, schema: 'ü'.repeat(32) }, /63 bytes/],
    ['a schema of the server', workspace, { connection, schema: 'pg_mine' }, /pg_/],
    ['everybody’s schema', workspace, { connection, schema: 'public' }, /of its own/],
    ['NUL in a schema', workspace, { connection, schema: 'a\0b' }, /control/],
    ['no UUID', workspace, { connection, workspaceId: 'mine' }, /UUID/],
    ['an unknown option', workspace, { connection, shema: 'x' }, /options\.shema/],
    ['a port that is none', workspace, { connection: { port: 'x' } }, /port/],
    ['a signal that is none', workspace, { connection, signal: true }, /signal/],
  ];
  await refusesAll(
    rows.flatMap(([label, to, options, message]) => [
      [`push: ${label}`, () => push(to, options), undefined, message],
      [`pull: ${label}`, () => pull(to, options), undefined, message],
    ]),
  );
  await refusesAll([
    ['secrets', () => push(workspace, { connection, secrets: 1 })],
    ['vectors', () => push(workspace, { connection, vectors: 'halfvec' })],
    ['pull has no secrets', () => pull(workspace, { connection, secrets: true })],
  ]);
});

test('a closed workspace is refused', async (t) => {
  const { to } = database();
  const directory = temporaryFolder(t);
  const workspace = await openForTest(t, { name: 'w', storage: { directory }, embedder: null });
  await workspace.close();
  await assert.rejects(push(workspace, to), withCode('FAILED_PRECONDITION', /closed/));
  await assert.rejects(pull(workspace, { connection: to.connection }), withCode('FAILED_PRECONDITION', /closed/));
});

test('no failure to reach a server shows a password', async (t) => {
  const { cluster, connection, psql } = database();
  psql("CREATE ROLE guest LOGIN PASSWORD 'right'");
  const hba = path.join(cluster.folder, 'data/pg_hba.conf');
  writeFileSync(hba, `local all guest scram-sha-256\n${readFileSync(hba, 'utf8')}`);
  psql('SELECT pg_reload_conf()');
  const workspace = await openForTest(t, { embedder: null });
  const closed = net.createServer();
  await new Promise((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address();
  await new Promise((resolve) => closed.close(resolve));

  const user = { ...connection, user: 'guest', password: 'geheim' };
  const failures = [
    [{ connection: user }, 'INVALID_ARGUMENT', /user or password/],
    [{ connection: { ...connection, password: 'geheim', database: 'nowhere' } }, 'NOT_FOUND', /database/],
    [{ connection: { ...connection, user: 'nobody', password: 'geheim' } }, 'INVALID_ARGUMENT', /user or password/],
    [{ url: `postgres://me:geheim@127.0.0.1:${port}/x` }, 'IO_ERROR', /ECONNREFUSED/],
    [{ url: 'postgres://me:geheim@nowhere.invalid/x' }, 'IO_ERROR', /reached/],
    [{ connection: { ...user, host: '/nowhere' } }, 'IO_ERROR', /ENOENT/],
  ];
  for (const [options, code, message] of failures) {
    for (const call of [push, pull]) {
      const error = await call(workspace, options).then(
        () => assert.fail('it was reached'),
        (reason) => reason,
      );
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.cause) ?? ''}`, /geheim/);
    }
  }
  await assert.rejects(
    push(workspace, { connection: { ...user, password: 'right' }, vectors: 'array' }),
    withCode('FAILED_PRECONDITION', /Grant the right/),
  );
  const [{ entries }] = await workspace.query(
    "SELECT group_concat(details || ifnull(new_value, '')) AS entries FROM audit_log",
  );
  assert.doesNotMatch(String(entries), /geheim/);
});

test('a server is PostgreSQL 15 or newer', async () => {
  const { checkVersion } = await importSource('postgres/server');
  for (const version of [150_000, 150_018, 170_005, 200_000]) checkVersion(version);
  for (const [version, name] of [
    [140_013, '14'],
    [90_624, '9.6'],
  ]) {
    assert.throws(() => checkVersion(version), withCode('UNSUPPORTED', new RegExp(`PostgreSQL ${name};.*15 or newer`)));
  }
});

test('without pgvector vectors are refused, unless arrays were asked for', async (t) => {
  const { connection, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await assert.rejects(push(workspace, { connection }), withCode('UNSUPPORTED', /pgvector.*vectors: 'array'/));
  assert.equal(psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'archivolt'"), '0');
  await push(workspace, { connection, vectors: 'array' });
  await assert.rejects(push(workspace, { connection }), withCode('UNSUPPORTED', /pgvector/));
});

test('a schema that holds something else is left alone', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  psql('CREATE SCHEMA archivolt; CREATE TABLE archivolt.users (id int); INSERT INTO archivolt.users VALUES (7)');
  await assert.rejects(push(workspace, to), withCode('ALREADY_EXISTS', /options\.schema/));
  await assert.rejects(pull(workspace, { connection: to.connection }), withCode('NOT_FOUND', /Push one first/));
  assert.equal(psql('SELECT id FROM archivolt.users'), '7');
  psql('CREATE SCHEMA empty');
  assert.deepEqual(changed(await push(workspace, { ...to, schema: 'empty' })), { systems: '6 0 0' });
});

test("a schema's name is a name, whatever it says", async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await push(workspace, to);
  for (const schema of [`x"; DROP SCHEMA archivolt CASCADE; --`, "o'brien", 'Übersicht \u{1F600}', 'select']) {
    assert.deepEqual(changed(await push(workspace, { ...to, schema })), { systems: '6 0 0' }, schema);
    assert.deepEqual(changed(await push(workspace, { ...to, schema })), {}, schema);
    assert.deepEqual(changed(await pull(workspace, { connection: to.connection, schema })), {}, schema);
  }
  assert.equal(psql('SELECT count(*) FROM archivolt.systems'), '6');
  assert.equal(psql(`SELECT count(*) FROM "x""; DROP SCHEMA archivolt CASCADE; --".systems`), '6');
});

test('tables of a newer version are left alone, those of an older one are brought up to date', async (t) => {
  const { to, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await workspace.table('users').insert({ id: 'u1', username: 'ada', bio: 'wrote the first program' });
  await push(workspace, to);
  const before = contents(psql);
  psql('UPDATE archivolt.archivolt_schema SET version = 99');
  await assert.rejects(push(workspace, to), withCode('SCHEMA_TOO_NEW', /version 99/));
  await assert.rejects(pull(workspace, { connection: to.connection }), withCode('SCHEMA_TOO_NEW'));
  psql(
    'UPDATE archivolt.archivolt_schema SET version = 1; ALTER TABLE archivolt.users DROP COLUMN bio; DROP TABLE archivolt.user_teams',
  );
  await assert.rejects(pull(workspace, { connection: to.connection }), withCode('FAILED_PRECONDITION', /Push once/));
  assert.deepEqual(changed(await push(workspace, to)), { users: '0 1 0' });
  assert.equal(psql('SELECT bio FROM archivolt.users'), 'wrote the first program');
  assert.equal(psql('SELECT count(*) FROM archivolt.user_teams'), '0');
  assert.equal(contents(psql).length, before.length);
});

test('a user without the right to make tables pushes into those that are there', async (t) => {
  const { to, connection, psql } = database();
  const workspace = await openForTest(t, { embedder: null });
  await push(workspace, to);
  psql(`CREATE ROLE writer LOGIN; GRANT USAGE ON SCHEMA archivolt TO writer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA archivolt TO writer`);
  await workspace.execute(USERS, [3]);
  const writer = { ...to, connection: { ...connection, user: 'writer' } };
  assert.deepEqual(changed(await push(workspace, writer)), { users: '3 0 0' });
  psql('REVOKE DELETE ON archivolt.users FROM writer');
  await workspace.execute('DELETE FROM users');
  await assert.rejects(push(workspace, writer), withCode('FAILED_PRECONDITION', /Grant the right/));
});

test('where Citus is, every table is distributed by the workspace', async (t) => {
  const { to, psql } = database();
  // Citus is not among Debian's packages: this takes its place and notes what it is asked for.
  psql(`SET allow_system_table_mods = on;
    CREATE TABLE public.asked (name regclass, by text, with_table text);
    CREATE FUNCTION pg_catalog.create_distributed_table(name regclass, by text, colocate_with text DEFAULT 'default') RETURNS void
      LANGUAGE sql AS 'INSERT INTO public.asked VALUES (name, by, colocate_with)';
    INSERT INTO pg_extension VALUES (99999, 'citus', 10, 'pg_catalog'::regnamespace, false, '13.0', NULL, NULL)`);
  await push(await openForTest(t, { embedder: null }), to);
  assert.equal(
    psql(
      "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'archivolt' AND relkind = 'r' AND relname <> 'archivolt_schema' AND c.oid NOT IN (SELECT name FROM asked)",
    ),
    '0',
  );
  assert.equal(
    psql('SELECT DISTINCT by, with_table FROM asked ORDER BY 2'),
    'workspace_id|"archivolt".workspaces\nworkspace_id|default',
  );
});
