// Graphs that are stored with their rows: taken back when a workspace is opened, in no copy and no caller's reach.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { until } from '../support/until.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const COUNT = 2_100; // fewer have no graph
const vector = (i) => new Float32Array([Math.cos(i * 12.9898), Math.cos(i * 78.233), Math.cos(i * 37.719)]);
const points = (from, to, shift = 0) =>
  Array.from({ length: to - from }, (_, i) => ({ id: `p${from + i}`, vector: vector(from + i + shift) }));

const graphs = async (workspace) =>
  (await workspace.query('SELECT count(*) AS n FROM vector_graphs WHERE part = 0'))[0].n;
const told = async (workspace) => (await workspace.status()).vectors.find(({ collection }) => collection === 'code');
const nearest = async (workspace, i) =>
  (await workspace.collections.query('code', vector(i), { limit: 1 })).map(({ id }) => id);

async function fill(workspace) {
  await workspace.collections.create({ name: 'code', dimensions: 3, efConstruction: 24 });
  await workspace.collections.upsert('code', points(0, COUNT));
  assert.deepEqual(await nearest(workspace, 7), ['p7'], 'found before anything is linked');
  await until(async () => (await graphs(workspace)) === 1);
}

for (const passphrase of [undefined, 'a long passphrase'])
  test(`a graph is there again at the next start${passphrase === undefined ? '' : ', encrypted'}`, async (t) => {
    const directory = temporaryFolder(t);
    const open = () =>
      openWorkspace({ name: 'g', storage: { directory }, embedder: null, ...(passphrase ? { passphrase } : {}) });
    const first = await open();
    await fill(first);
    assert.equal((await told(first)).restored, 0);
    await first.collections.delete('code', ['p3']);
    await first.collections.upsert('code', points(5, 6, 9_000));
    await first.close();
    const folder = path.join(directory, 'g');
    const marks = readdirSync(folder).filter((name) => readFileSync(path.join(folder, name)).includes('AVGP'));
    assert.deepEqual(marks, passphrase === undefined ? ['archivolt.db'] : []);

    const second = await open();
    t.after(() => second.close());
    assert.deepEqual(await nearest(second, 17), ['p17']);
    const { count, restored } = await told(second);
    assert.deepEqual([count, restored], [COUNT - 1, COUNT - 2]);
    assert.deepEqual(await nearest(second, 9_005), ['p5']);
    assert.notDeepEqual(await nearest(second, 3), ['p3']);

    const file = await second.backup(passphrase === undefined ? {} : { passphrase: null });
    const copy = await openForTest(t, { embedder: null });
    await copy.restore(file);
    assert.equal(await graphs(copy), 0, 'a copy has the rows alone');
    assert.deepEqual(await nearest(copy, 9_005), ['p5']);
    assert.equal((await told(copy)).restored, 0);
    await until(async () => (await graphs(copy)) === 1);
    assert.equal((await second.health({ full: true })).ok, true);
  });

test('callers write nothing into stored graphs, and hear nothing of them', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const heard = [];
  workspace.on('change', (detail) => heard.push(...detail.tables));
  await fill(workspace);
  assert.ok(!heard.includes('vector_graphs'), heard.join(' '));
  for (const sql of ['DELETE FROM vector_graphs', "UPDATE vector_graphs SET bytes = x'00'"])
    await assert.rejects(workspace.execute(sql), withCode('INVALID_ARGUMENT'), sql);
  const [{ n }] = await workspace.query("SELECT count(*) AS n FROM audit_log WHERE resource_type = 'vector_graphs'");
  assert.equal(n, 0);
  const lines = await (await workspace.export({ system: 'archivolt', format: 'jsonl' })).text();
  assert.ok(!lines.includes('vector_graphs'));
  assert.equal(await workspace.collections.drop('code'), true);
  assert.equal(await graphs(workspace), 0);
});
