// A backup that is restored while texts of rows are with the page's embedder: what comes back belongs to rows that are gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedded } from '../support/until.mjs';
import { openForTest } from '../support/workspaces.mjs';

const ROWS = 70; // a batch has 64

/** Something that is waited for until the test opens it. */
function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { open, opened };
}

/** Vectors that begin with `mark`. Its first calls open a gate each and wait for another. */
function embedderOf(model, mark, gates = []) {
  const calls = [];
  return {
    model,
    dimensions: 2,
    calls,
    async embedDocuments(texts) {
      const at = gates[calls.push(texts.length) - 1];
      at?.asked.open();
      await at?.answers.opened;
      return texts.map(({ length }) => new Float32Array([mark, length]));
    },
  };
}

async function backupOf(t) {
  const workspace = await openForTest(t, { name: 'other', embedder: embedderOf('c', 1) });
  const user = await workspace.table('users').insert({ username: 'ann' });
  const { id } = await workspace.table('conversations').insert({ user_id: user.id, title: 'Talk' });
  await workspace
    .table('messages')
    .insertMany(
      Array.from({ length: ROWS }, (_, i) => ({ conversation_id: id, role: 'user', content: `Message ${i}` })),
    );
  await embedded(workspace);
  return workspace.backup();
}

test('vectors that come after a restore are not taken, and all rows are asked for again', async (t) => {
  const backup = await backupOf(t);
  const gates = [0, 1].map(() => ({ asked: gate(), answers: gate() }));
  const embedder = embedderOf('d', 2, gates);
  const workspace = await openForTest(t, { embedder });
  // The same rows with vectors of another embedder, of the same length: they are discarded, and the texts are asked for.
  await workspace.restore(backup);
  await gates[0].asked.opened;
  await workspace.restore(backup);
  gates[0].answers.open();
  await gates[1].asked.opened;
  // An error would stand there until all is done.
  assert.equal((await workspace.status()).embedding.error, null);
  assert.deepEqual(embedder.calls, [64, 64]);
  gates[1].answers.open();
  await embedded(workspace);
  const rows = await workspace.query(
    `SELECT c.name, c.model, p.vector FROM vector_points p JOIN vector_collections c ON c.id = p.collection_id`,
  );
  assert.equal(rows.length, ROWS);
  for (const { name, model, vector } of rows) {
    assert.deepEqual([name, model], ['archivolt:messages', 'd']);
    assert.equal(new Float32Array(vector.slice().buffer)[0], 2);
  }
  assert.equal((await workspace.status()).embedding.error, null);
});
