// Pull from a real PostgreSQL server: what was pushed comes back as it was, and nothing that is only here is lost unasked.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readMaps } from '../../tools/check-maps.mjs';
import { pull, push } from '../../dist/postgres.js';
import { assertSame, contentOf } from '../support/contents.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { addMessages, changed, contents, startServer, USERS } from '../support/servers.mjs';
import { openForTest, withCode } from '../support/workspaces.mjs';

const database = startServer(after);

/** Two machines of one person, and what both reach. */
async function twoMachines(t) {
  const { to, psql } = database();
  const from = { connection: to.connection };
  const desk = await openForTest(t, { name: 'shared', embedder: null });
  const laptop = await openForTest(t, { name: 'shared', embedder: null });
  return { to, from, psql, desk, laptop };
}

test('everything that was pushed is in an empty workspace after a pull', async (t) => {
  const { to, from, desk, laptop } = await twoMachines(t);
  for (const map of readMaps().values()) {
    await desk.import(new Blob([dumpOf(sampleRows(map, 3))]), { system: map.system });
  }
  await desk.execute(
    "UPDATE users SET first_name = 'Zoë ' || char(1) || '\u{1F600}', created_at = 1769766600123457 WHERE pk = 1",
  );
  const report = await push(desk, { ...to, secrets: true });
  const pulled = await pull(laptop, from);
  assert.deepEqual(pulled.left, {});
  assert.equal(pulled.revision, report.revision);
  assertSame(await contentOf(laptop), await contentOf(desk), 'the copy');
  assert.deepEqual(changed(await pull(laptop, from)), {});
  assert.deepEqual(changed(await push(laptop, { ...to, secrets: true })), {});
});

test('two workspaces take turns, and only what changed travels', async (t) => {
  const { to, from, desk, laptop } = await twoMachines(t);
  await addMessages(desk, 1200);
  await push(desk, to);
  assert.deepEqual(changed(await pull(laptop, from)), { conversations: '1 0 0', messages: '1200 0 0' });

  await laptop.execute("UPDATE messages SET content = 'changed', updated_at = 1 WHERE id = 'message-000007'");
  await laptop.execute("DELETE FROM messages WHERE id = 'message-000008'");
  await laptop.table('messages').insert({ id: 'new', conversation_id: 'talk', role: 'user', content: 'new' });
  // A conversation tells the time of its last message.
  assert.deepEqual(changed(await push(laptop, to)), { conversations: '0 1 0', messages: '1 1 1' });
  assert.deepEqual(changed(await pull(desk, from)), { conversations: '0 1 0', messages: '1 1 1' });
  assertSame(await contentOf(desk), await contentOf(laptop), 'both');

  await desk.table('conversations').delete('talk');
  assert.deepEqual(changed(await push(desk, to)), { conversations: '0 0 1', messages: '0 0 1200' });
  assert.deepEqual(changed(await pull(laptop, from)), { conversations: '0 0 1', messages: '0 0 1200' });
  assertSame(await contentOf(laptop), await contentOf(desk), 'both, without messages');
});

test('what only this workspace has is not lost unless that is wanted', async (t) => {
  const { to, from, desk, laptop } = await twoMachines(t);
  await desk.execute(USERS, [2]);
  await push(desk, to);
  await laptop.table('users').insert({ id: 'mine', username: 'mine' });
  await assert.rejects(pull(laptop, from), withCode('CONFLICT', /1 rows.*Push them first.*force/));
  assert.equal(await laptop.table('users').count(), 1);
  assert.deepEqual(changed(await pull(laptop, { ...from, force: true })), { users: '2 0 1' });
  assert.equal(await laptop.table('users').get('mine'), null);

  // Both changed: neither way goes without a word.
  await laptop.execute("UPDATE users SET bio = 'laptop' WHERE id = 'user-00001'");
  await desk.execute("UPDATE users SET bio = 'desk' WHERE id = 'user-00001'");
  await push(desk, to);
  await assert.rejects(push(laptop, to), withCode('CONFLICT'));
  await assert.rejects(pull(laptop, from), withCode('CONFLICT'));
  assert.deepEqual(changed(await push(laptop, { ...to, force: true })), { users: '0 1 0' });
  assert.deepEqual(changed(await pull(desk, from)), { users: '0 1 0' });
  assert.equal((await desk.table('users').get('user-00001')).bio, 'laptop');
});

test('a row may come that has what was unique of one that goes', async (t) => {
  const { to, from, desk, laptop } = await twoMachines(t);
  await desk.table('users').insert({ id: 'old', username: 'ada' });
  await desk.table('projects').insert({ id: 'p', name: 'Engine', owner_id: 'old' });
  await push(desk, to);
  await pull(laptop, from);
  await desk.batch([
    { sql: "UPDATE users SET username = 'away' WHERE id = 'old'" },
    { sql: "INSERT INTO users(id, username) VALUES ('new', 'ada')" },
    { sql: "UPDATE projects SET owner_id = 'new' WHERE id = 'p'" },
    { sql: "DELETE FROM users WHERE id = 'old'" },
  ]);
  await push(desk, to);
  const { left } = await pull(laptop, from);
  assert.deepEqual(left, {});
  assertSame(await contentOf(laptop), await contentOf(desk), 'both');
});

test('who was erased is erased on every machine that pulls, and on the server', async (t) => {
  const { to, from, psql, desk, laptop } = await twoMachines(t);
  await desk.table('users').insert({ id: 'u1', username: 'charles.babbage', email: 'charles@example.org' });
  await desk.table('users').insert({ id: 'u2', username: 'ada' });
  await desk.table('users').update('u1', { bio: 'known as charles.babbage' });
  await push(desk, to);
  await pull(laptop, from);
  await desk.privacy.eraseUser('u1');
  await push(desk, to);
  assert.doesNotMatch(contents(psql).join(), /charles/);
  await pull(laptop, from);
  await push(laptop, to);
  assert.doesNotMatch(contents(psql).join(), /charles/);
  assert.equal(await laptop.table('users').count(), 1);
  const [{ trail }] = await laptop.query(
    "SELECT group_concat(ifnull(old_value, '') || ifnull(new_value, '')) AS trail FROM audit_log",
  );
  assert.doesNotMatch(trail, /charles/);
});

test('secrets that are not on the server stay where they are', async (t) => {
  const { to, from, desk, laptop } = await twoMachines(t);
  await desk.table('users').insert({ id: 'u1', username: 'ada' });
  await push(desk, to);
  await pull(laptop, from);
  await laptop.accounts.setPassword('u1', 'correct horse battery');
  await laptop.accounts.issueApiKey('u1');
  await desk.execute("UPDATE users SET bio = 'countess', updated_at = 1");
  await push(desk, to);
  await pull(laptop, { ...from, force: true });
  const [row] = await laptop.query('SELECT bio, password_hash IS NOT NULL AS has FROM users', [], { secrets: true });
  assert.deepEqual(row, { bio: 'countess', has: 1 });
  assert.equal((await laptop.accounts.apiKeys('u1')).length, 1);
});

test('there is nothing to pull where nothing was pushed', async (t) => {
  const { to, from, desk } = await twoMachines(t);
  await assert.rejects(pull(desk, from), withCode('NOT_FOUND', /Push one first/));
  await push(desk, to);
  const workspaceId = '11111111-2222-4333-8444-555555555555';
  await assert.rejects(pull(desk, { ...from, workspaceId }), withCode('NOT_FOUND', /options\.workspaceId/));
});

test('a pull that is cancelled is completed by the next', async (t) => {
  const { to, from, desk, laptop } = await twoMachines(t);
  await addMessages(desk, 1200);
  await push(desk, to);
  for (const phase of ['systems', 'receive messages']) {
    const controller = new AbortController();
    const onProgress = (progress) => progress.phase === phase && controller.abort();
    await assert.rejects(
      pull(laptop, { ...from, signal: controller.signal, onProgress }),
      withCode('CANCELLED'),
      phase,
    );
  }
  assert.deepEqual(changed(await pull(laptop, from)), { conversations: '1 0 0', messages: '1200 0 0' });
  assertSame(await contentOf(laptop), await contentOf(desk), 'both');
});
