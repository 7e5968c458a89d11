// Damaged workspaces through the package: what is said of them, what can be saved, and that no byte of theirs is lost by it.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { contentOf } from '../support/contents.mjs';
import { temporaryFolder, withCode } from '../support/workspaces.mjs';

const PAGE = 8192;

/** A closed workspace with rows of several kinds, and what it holds. */
async function filled(t) {
  const directory = temporaryFolder(t);
  const options = { name: 'w', storage: { directory }, embedder: null };
  const workspace = await openWorkspace(options);
  await workspace.table('tags').insertMany(Array.from({ length: 200 }, (_, i) => ({ name: `tag ${i}` })));
  const stories = Array.from({ length: 400 }, (_, i) => ({
    title: `story ${i}`,
    description: `text ${i} `.repeat(60),
  }));
  await workspace.table('stories').insertMany(stories);
  await workspace.table('users').insert({ username: 'ann', email: 'ann@example.org' });
  await workspace.collections.create({ name: 'mine', dimensions: 3 });
  await workspace.collections.upsert('mine', [{ id: 'x', vector: Float32Array.of(1, 2, 3), payload: { a: 1 } }]);
  const content = await contentOf(workspace);
  await workspace.close();
  return { directory, options, content, file: path.join(directory, 'w/archivolt.db') };
}

/** Pages that hold any of the texts. */
function pagesWith(bytes, text) {
  const pages = new Set();
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) pages.add(Math.floor(at / PAGE));
  return [...pages];
}

function damage(file, pages) {
  const bytes = readFileSync(file);
  for (const page of pages) bytes.fill(0xa5, page * PAGE + 3000, page * PAGE + 3100);
  writeFileSync(file, bytes);
  return bytes;
}

/** Every line is one of those that were there; answers how many are missing, by table. */
function missing(actual, expected) {
  const lost = {};
  for (const [table, lines] of Object.entries(expected)) {
    const there = new Set(actual[table] ?? []);
    for (const line of there) assert.ok(lines.includes(line), `${table}: ${line.slice(0, 200)}`);
    if (there.size < lines.length) lost[table] = lines.length - there.size;
  }
  return lost;
}

test('the rows of sound pages are saved, the damaged file is set aside, listed and given out', async (t) => {
  const { options, content, file } = await filled(t);
  const pages = pagesWith(readFileSync(file), 'text 100 ')
    .concat(pagesWith(readFileSync(file), 'text 300 '))
    .slice(0, 4);
  const bytes = damage(file, pages);

  const looked = await openWorkspace({ ...options, recover: 'salvage', readOnly: true });
  assert.equal(looked.salvaged.setAside, null);
  assert.equal(looked.salvaged.finding.code, 'CORRUPTION');
  assert.deepEqual(
    looked.salvaged.pages.first,
    pages.map((page) => page + 1).sort((a, b) => a - b),
  );
  const first = missing(await contentOf(looked), content);
  await assert.rejects(looked.table('tags').insert({ name: 'no' }), withCode('FAILED_PRECONDITION'));
  assert.ok((await looked.backup()).size > 0);
  await looked.close();
  assert.deepEqual(readFileSync(file), bytes, 'nothing was changed');
  assert.deepEqual(
    readdirSync(path.dirname(file)).filter((name) => /part|damaged/.test(name)),
    [],
  );

  const workspace = await openWorkspace({ ...options, recover: 'salvage' });
  t.after(() => workspace.close());
  const lost = missing(await contentOf(workspace), content);
  assert.deepEqual(lost, first);
  assert.deepEqual(Object.keys(lost), ['stories']);
  assert.ok(lost.stories < 80, `${lost.stories} stories lost`);
  const { tables, setAside } = workspace.salvaged;
  assert.equal(tables.stories.read, 400 - lost.stories);
  assert.deepEqual(tables.tags, { read: 200, lost: 0, refused: 0 });
  assert.equal((await workspace.health({ full: true })).ok, true);
  const [kept] = await workspace.setAside.list();
  assert.equal(kept.name, setAside);
  assert.equal(kept.bytes, bytes.length);
  assert.match(kept.createdAt, /^20\d\d-.*Z$/);
  assert.deepEqual(Buffer.from(await (await workspace.setAside.read(setAside)).arrayBuffer()), bytes);
  await workspace.table('tags').insert({ name: 'goes on' });
  for (const name of ['archivolt.db', '../w/archivolt.db', 'damaged-20260101T000000000Z.db'])
    for (const call of ['read', 'remove']) await assert.rejects(workspace.setAside[call](name), withCode('NOT_FOUND'));
  await assert.rejects(workspace.setAside.read(''), withCode('INVALID_ARGUMENT'));
  await workspace.close();

  const again = await openWorkspace({ ...options, recover: 'salvage' });
  assert.equal(again.salvaged, null, 'a sound workspace is left alone');
  assert.equal(await again.table('tags').count({ name: 'goes on' }), 1);
  await again.setAside.remove(setAside);
  assert.deepEqual(await again.setAside.list(), []);
  await again.close();
});

test('a workspace whose first page is gone says so, and opens empty only when that is asked for', async (t) => {
  const { options, file } = await filled(t);
  damage(file, [0]);
  await assert.rejects(openWorkspace(options), withCode('CORRUPTION'));
  await assert.rejects(openWorkspace({ ...options, readOnly: true }), withCode('CORRUPTION'));
  const workspace = await openWorkspace({ ...options, recover: 'salvage' });
  assert.deepEqual(workspace.salvaged.tables, {});
  assert.equal(workspace.salvaged.pages.damaged, 1);
  assert.equal(await workspace.table('tags').count(), 0);
  assert.equal((await workspace.setAside.list()).length, 1);
  await workspace.close();
});

test('a database that was emptied, removed or half set aside is no new workspace', async (t) => {
  const { options, content, file } = await filled(t);
  const aside = path.join(path.dirname(file), 'damaged-20260130T103000123Z.db');
  renameSync(file, aside);
  await assert.rejects(openWorkspace(options), withCode('CORRUPTION', /empty or gone/));
  // As a salvage that a crash ended between two files: another one finds them.
  const back = await openWorkspace({ ...options, recover: 'salvage' });
  assert.equal(back.salvaged, null);
  assert.deepEqual(missing(await contentOf(back), content), {});
  await back.close();
  truncateSync(file, 0);
  await assert.rejects(openWorkspace({ ...options, readOnly: true }), withCode('CORRUPTION', /empty or gone/));
});

test('a bit of the log that flipped is named, and the commits before it are saved', async (t) => {
  const { directory, options } = await filled(t);
  const workspace = await openWorkspace(options);
  await workspace.table('tags').insert({ name: 'before' });
  await workspace.table('tags').insert({ name: 'after' });
  // What a kill leaves.
  const crashed = path.join(directory, 'crashed');
  mkdirSync(crashed);
  for (const name of ['archivolt.db', 'archivolt.db-wal', 'archivolt.mark'])
    copyFileSync(path.join(directory, 'w', name), path.join(crashed, name));
  await workspace.close();
  const log = readFileSync(path.join(crashed, 'archivolt.db-wal'));
  const salts = log.subarray(16, 24);
  let frames = 0;
  while (
    log
      .subarray(32 + frames * (PAGE + 24) + 8)
      .subarray(0, 8)
      .equals(salts)
  )
    frames++;
  log[32 + (frames - 1) * (PAGE + 24) + 24 + 5000] ^= 4;
  writeFileSync(path.join(crashed, 'archivolt.db-wal'), log);
  const options2 = { ...options, name: 'crashed' };
  await assert.rejects(openWorkspace(options2), (error) => {
    assert.equal(error.code, 'CORRUPTION');
    assert.equal(error.detail.file, 'archivolt.db-wal');
    assert.equal(error.detail.frame, frames);
    return true;
  });
  assert.deepEqual(readFileSync(path.join(crashed, 'archivolt.db-wal')), log, 'nothing was changed');
  const saved = await openWorkspace({ ...options2, recover: 'salvage' });
  assert.equal(await saved.table('tags').count({ name: 'before' }), 1);
  assert.deepEqual(
    (await saved.setAside.list()).map(({ name }) => name.replace(/^damaged-\d{8}T\d{9}Z/, '')),
    ['.db', '.db-wal'],
  );
  await saved.close();
});

test('recover is salvage or nothing', async () => {
  for (const recover of ['all', '', true, 1, null])
    await assert.rejects(openWorkspace({ name: 'x', storage: 'memory', recover }), withCode('INVALID_ARGUMENT'));
  const workspace = await openWorkspace({ name: 'x', storage: 'memory', recover: 'salvage' });
  assert.equal(workspace.salvaged, null);
  assert.deepEqual(await workspace.setAside.list(), []);
  await workspace.close();
});
