// Transactions over messages: all or nothing, nobody sees what is not committed, idle ones end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openForTest, withCode } from '../support/workspaces.mjs';

const names = async (workspace) => (await workspace.table('tags').find({ orderBy: 'name' })).map(({ name }) => name);

test('a transaction commits all of its writes and returns the result of its body', async (t) => {
  const workspace = await openForTest(t);
  const result = await workspace.transaction(async (tx) => {
    await tx.table('tags').insert({ name: 'a' });
    await tx.execute('INSERT INTO tags (id, name) VALUES (?, ?)', ['x', 'b']);
    return tx.query('SELECT name FROM tags ORDER BY name');
  });
  assert.deepEqual(result, [{ name: 'a' }, { name: 'b' }]);
  assert.deepEqual(await names(workspace), ['a', 'b']);
});

test('a body that throws rolls back and its error comes through', async (t) => {
  const workspace = await openForTest(t);
  const own = new Error('mine');
  await assert.rejects(
    workspace.transaction(async (tx) => {
      await tx.table('tags').insert({ name: 'a' });
      throw own;
    }),
    (error) => error === own,
  );
  assert.deepEqual(await names(workspace), []);
});

test('others wait and never see what is not committed', async (t) => {
  const workspace = await openForTest(t);
  let counted;
  await workspace.transaction(async (tx) => {
    await tx.table('tags').insert({ name: 'a' });
    counted = workspace.table('tags').count();
    const early = await Promise.race([counted, new Promise((resolve) => setTimeout(resolve, 100, 'waiting'))]);
    assert.equal(early, 'waiting');
    await tx.table('tags').insert({ name: 'b' });
  });
  assert.equal(await counted, 2);
});

test('transactions run one after the other, in the order of their calls', async (t) => {
  const workspace = await openForTest(t);
  await workspace.table('tags').insert({ id: 'n', name: '0' });
  const increment = () =>
    workspace.transaction(async (tx) => {
      const { name } = await tx.table('tags').get('n');
      await tx.table('tags').update('n', { name: String(Number(name) + 1) });
    });
  await Promise.all(Array.from({ length: 20 }, increment));
  assert.deepEqual(await names(workspace), ['20']);
});

test('a statement that fails leaves the transaction usable', async (t) => {
  const workspace = await openForTest(t);
  await workspace.transaction(async (tx) => {
    await tx.table('tags').insert({ name: 'a' });
    await assert.rejects(tx.table('tags').insert({ name: 'a' }), withCode('ALREADY_EXISTS'));
    await tx.table('tags').insert({ name: 'b' });
  });
  assert.deepEqual(await names(workspace), ['a', 'b']);
});

test('the handle is dead once the transaction has ended', async (t) => {
  const workspace = await openForTest(t);
  let kept;
  await workspace.transaction(async (tx) => void (kept = tx));
  await assert.rejects(kept.execute('DELETE FROM tags'), withCode('FAILED_PRECONDITION'));
  await assert.rejects(workspace.transaction('body'), withCode('INVALID_ARGUMENT', /body/));
});

test('idle over five seconds rolls back, tells TIMEOUT and lets others go on', async (t) => {
  const workspace = await openForTest(t);
  await assert.rejects(
    workspace.transaction(async (tx) => {
      await tx.table('tags').insert({ name: 'lost' });
      const waiting = workspace.table('tags').count();
      assert.equal(await waiting, 0, 'the rollback comes before the next caller');
      await tx.table('tags').insert({ name: 'late' });
    }),
    withCode('TIMEOUT'),
  );
  assert.deepEqual(await names(workspace), []);
});

test('closing rolls back an open transaction', async (t) => {
  const workspace = await openForTest(t);
  await assert.rejects(
    workspace.transaction(async (tx) => {
      await tx.table('tags').insert({ name: 'lost' });
      await workspace.close();
      await tx.table('tags').insert({ name: 'late' });
    }),
    withCode('FAILED_PRECONDITION'),
  );
});
