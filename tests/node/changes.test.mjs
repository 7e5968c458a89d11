// The 'change' event and watch(): after commits only, told together, with the tables and ids that changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openForTest } from '../support/workspaces.mjs';

const MARK = 'legacy_configs';

/** Returns once everything that was committed before has been told: notices keep their order, so one of a later write proves it. */
async function settled(workspace) {
  const told = new Promise((resolve) => {
    const off = workspace.on('change', ({ tables }) => {
      if (!tables.includes(MARK)) return;
      off();
      resolve();
    });
  });
  await workspace.table(MARK).insert({ config_name: 'mark' });
  await told;
  // The queries of watches left with the notice; this one is answered after them.
  await workspace.query('SELECT 1');
}

/** Gathers the notices of a workspace as one object: table -> sorted ids, or null. */
function listen(workspace) {
  const notices = [];
  workspace.on('change', (detail) => notices.push(detail));
  return {
    notices,
    rows() {
      const all = {};
      for (const { rows } of notices) {
        for (const [table, ids] of Object.entries(rows)) {
          all[table] = ids === null || all[table] === null ? null : [...(all[table] ?? []), ...ids].sort();
        }
      }
      return all;
    },
  };
}

test('a notice names tables and ids of inserted, changed and deleted rows, by every way of writing', async (t) => {
  const workspace = await openForTest(t);
  const heard = listen(workspace);
  await workspace.table('users').insert({ id: 'u1', username: 'ada' });
  await workspace.execute(`UPDATE users SET bio = 'x' WHERE id = 'u1'`);
  await workspace.batch([
    { sql: `INSERT INTO tags(id, name) VALUES ('t1', 'one'), ('t2', 'two')` },
    { sql: `DELETE FROM tags WHERE id = 't1'` },
  ]);
  await settled(workspace);
  assert.deepEqual(heard.rows().tags, ['t1', 't2']);
  assert.ok(heard.rows().users.includes('u1'));
  assert.ok(heard.notices.every(({ tables, rows }) => tables.join() === Object.keys(rows).sort().join()));
});

test('cascades are told, and a table without id by its key columns', async (t) => {
  const workspace = await openForTest(t);
  await workspace.table('users').insert({ id: 'u', username: 'u' });
  await workspace.table('teams').insert({ id: 'x', name: 'x' });
  await workspace.table('user_teams').insert({ user_id: 'u', team_id: 'x' });
  await settled(workspace);
  const heard = listen(workspace);
  await workspace.table('users').delete('u');
  await settled(workspace);
  assert.deepEqual(heard.rows().user_teams, ['u/x']);
  assert.ok(heard.rows().users.includes('u'));
});

test('nothing is told before the commit, nor of a transaction that was rolled back', async (t) => {
  const workspace = await openForTest(t);
  const heard = listen(workspace);
  await workspace.transaction(async (tx) => {
    await tx.table('tags').insert({ id: 'kept', name: 'kept' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(heard.notices, []);
  });
  await assert.rejects(
    workspace.transaction(async (tx) => {
      await tx.table('tags').insert({ id: 'lost', name: 'lost' });
      throw new Error('changed my mind');
    }),
    /changed my mind/,
  );
  await settled(workspace);
  assert.deepEqual(heard.rows().tags, ['kept']);
});

test('a burst of commits is told in few notices, each id once', async (t) => {
  const workspace = await openForTest(t);
  const heard = listen(workspace);
  const ids = Array.from({ length: 200 }, (_, i) => `n${String(i).padStart(3, '0')}`);
  await Promise.all(ids.map((id) => workspace.table('tags').insert({ id, name: id })));
  await settled(workspace);
  assert.deepEqual(heard.rows().tags, ids);
  assert.ok(heard.notices.length < 100, `${heard.notices.length} notices for 200 commits`);
});

test('of more than a thousand rows only the table is named', async (t) => {
  const workspace = await openForTest(t);
  const heard = listen(workspace);
  await workspace.table('tags').insertMany(Array.from({ length: 1001 }, (_, i) => ({ name: `n${i}` })));
  await settled(workspace);
  assert.equal(heard.rows().tags, null);
});

test('a watch calls back only when its answer changed', async (t) => {
  const workspace = await openForTest(t);
  const answers = [];
  const stop = workspace.table('tags').watch({ where: { name: { startsWith: 'a' } }, orderBy: 'name' }, (rows) => {
    answers.push(rows.map(({ name }) => name));
    rows.length = 0; // A listener may do with its rows what it likes.
  });
  await settled(workspace);
  await workspace.table('tags').insert({ id: 'b', name: 'b' });
  await settled(workspace);
  assert.deepEqual(answers, [[]]);
  await workspace.table('tags').insert({ id: 'a', name: 'a' });
  await settled(workspace);
  await workspace.table('tags').delete('b');
  await settled(workspace);
  assert.deepEqual(answers, [[], ['a']]);
  await workspace.table('tags').delete('a');
  await settled(workspace);
  assert.deepEqual(answers, [[], ['a'], []]);
  stop();
});
