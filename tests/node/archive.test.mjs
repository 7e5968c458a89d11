// Everything of a workspace goes out and comes in again: as it was, once, whatever stands in between.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openWorkspace } from '../../dist/node.js';
import { readMaps } from '../../tools/check-maps.mjs';
import { assertSame, contentOf } from '../support/contents.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { embedded } from '../support/until.mjs';
import { duringCall, openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const everything = (workspace, secrets = true) => workspace.export({ system: 'archivolt', format: 'jsonl', secrets });
const bringIn = (workspace, blob, options = {}) => workspace.import(blob, { system: 'archivolt', ...options });
const total = (report, what) => Object.values(report.tables).reduce((sum, counts) => sum + counts[what], 0);
const lines = (rows) => new Blob(rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`));
const linesOf = async (blob) => (await blob.text()).split('\n').slice(0, -1);
const base64 = (values) => Buffer.from(Float32Array.from(values).buffer).toString('base64');

/** Lines that are the same in every workspace that holds the data: all but what a workspace keeps of itself. */
async function shared(workspace) {
  const all = await linesOf(await everything(workspace));
  return all
    .filter((line) => !/^\{"table":"migration_state".*"import:/.test(line))
    .filter((line) => !/^\{"table":"vector_(?:collections|points)".*"(?:name|collection)":"archivolt:/.test(line))
    .filter((line) => !/^\{"table":"audit_log".*"action":"import"/.test(line))
    .sort();
}

/** Rows of five systems and rows made here, documents with chunks and vectors, collections of callers. */
async function fill(workspace) {
  for (const map of readMaps().values())
    await workspace.import(new Blob([dumpOf(sampleRows(map, 3))]), { system: map.system });
  const { id } = await workspace
    .table('users')
    .insert({ username: 'ann', email: 'ann@example.org', extra: { a: [1] } });
  await workspace.accounts.setPassword(id, 'correct horse battery');
  const conversation = await workspace.table('conversations').insert({ title: 'Talk', user_id: id });
  for (const content of ['first', '漢字 🙂 \u0001 e\u0301', '']) {
    const row = { conversation_id: conversation.id, sender: 'user', role: 'user', content };
    await workspace.table('messages').insert(row);
  }
  await workspace.settings.set({ scope: 'user', userId: id }, { temperature: 0.25 }).catch(() => undefined);
  await workspace.cache.set('key', { deep: [1.5, null] });
  await workspace.documents.ingest({ filename: 'a.md', content: '# Breakers\n\nA circuit breaker stops a cascade.' });
  await workspace.collections.create({ name: 'mine', dimensions: 3, metric: 'l2', payloadSchema: { kind: 'text' } });
  await workspace.collections.upsert('mine', [
    { id: 'x', vector: Float32Array.of(0.1, -2, 3e-20), payload: { kind: 'a', deep: { n: 1.0 } } },
    { id: 'y \u00fc "', vector: Float32Array.of(1, 2, 3) },
  ]);
  // JSON as another program writes it.
  await workspace.execute('UPDATE users SET extra = ? WHERE id = ?', [
    '{ "n": 1.0, "big": 123456789012345678901234567890, "e": 1E5 }',
    id,
  ]);
  // Imported passages get their vectors in the background, and two exports say the same afterwards.
  await embedded(workspace);
  return id;
}

test('everything comes in as it was, once, also packed', async (t) => {
  const workspace = await openForTest(t);
  const user = await fill(workspace);
  const blob = await everything(workspace);
  const before = await shared(workspace);
  const copy = await openForTest(t, { name: 'copy' });
  const dry = await bringIn(copy, blob, { dryRun: true });
  assert.equal(await copy.table('users').count(), 0);
  const report = await bringIn(copy, blob);
  assert.deepEqual(dry, report);
  assert.deepEqual(report.rejects, []);
  assert.equal(total(report, 'added') + report.tables.systems.unchanged, total(report, 'read'));
  for (const { table, reason } of report.skipped) assert.match(`${table}: ${reason}`, /^(migration_state|archivolt:)/);
  assert.deepEqual(await shared(copy), before, 'line by line');
  assertSame(await contentOf(copy), await contentOf(workspace), 'content');
  assert.ok(await copy.accounts.verifyPassword(user, 'correct horse battery'));
  const found = await copy.collections.query('mine', Float32Array.of(0.1, -2, 3e-20), { limit: 1 });
  assert.equal(found[0].id, 'x');
  const { hits } = await copy.search('breaker cascade');
  assert.ok(
    hits.some(({ kind }) => kind === 'document' || kind === 'documents'),
    JSON.stringify(hits[0]),
  );

  const again = await bringIn(copy, new Blob([gzipSync(Buffer.from(await blob.arrayBuffer()))]));
  assert.equal(total(again, 'unchanged'), total(again, 'read'), JSON.stringify(again.tables));
  assert.deepEqual(await shared(copy), before);
  const audit = await copy.table('audit_log').find({ where: { action: 'import', resource_id: 'archivolt' } });
  assert.equal(audit.length, 2, 'one entry stands for an import');
});

test('an embedder of the same model embeds no chunk again; the vectors of another stay out', async (t) => {
  const workspace = await openForTest(t);
  await workspace.documents.ingest({ filename: 'a.md', content: '# Breakers\n\nA circuit breaker stops a cascade.' });
  const blob = await everything(workspace);
  const same = await openForTest(t, { name: 'same' });
  assert.equal((await bringIn(same, blob)).tables.vector_points.added, 1);
  const [chunk] = await same.table('document_chunks').find({});
  const both = [workspace, same].map((one) => one.collections.get('document_chunks', chunk.id));
  const [there, here] = await Promise.all(both);
  assert.deepEqual(here.vector, there.vector);
  await same.documents.ingest({ filename: 'b.md', content: 'More of the same.' });

  const embedder = {
    model: 'other',
    dimensions: 128,
    metric: 'cosine',
    embedDocuments: async (texts) => texts.map(() => new Float32Array(128).fill(1)),
  };
  for (const [name, choice, reason] of [
    ['other', embedder, /vectors are of archivolt-static.* and here other embeds/],
    ['none', null, /nobody embeds here/],
  ]) {
    const other = await openForTest(t, { name, embedder: choice });
    const report = await bringIn(other, blob);
    assert.match(report.skipped.find(({ table }) => table === 'document_chunks').reason, reason);
    assert.deepEqual(report.rejects, []);
    assert.equal(report.tables.vector_points.read, 0);
    assert.equal(await other.table('document_chunks').count(), 1);
    assert.deepEqual(await other.collections.list(), []);
    if (choice !== null) await other.documents.ingest({ filename: 'b.md', content: 'Nothing stands in the way.' });
  }
});

test('without secrets users come in as they are there, and rows that are here keep theirs', async (t) => {
  const workspace = await openForTest(t);
  const user = await fill(workspace);
  const blob = await everything(workspace, false);
  const copy = await openForTest(t, { name: 'copy' });
  const report = await bringIn(copy, blob);
  assert.deepEqual(report.rejects, []);
  assert.equal((await copy.table('users').get(user)).password_hash, null);
  assert.equal(report.tables.api_keys, undefined);
  const back = await bringIn(workspace, blob);
  assert.equal(total(back, 'unchanged'), total(back, 'read'));
  assert.ok(await workspace.accounts.verifyPassword(user, 'correct horse battery'), 'what is not in the file stays');
});

test('what changed is updated, and what stands in the way is set aside', async (t) => {
  const workspace = await openForTest(t);
  const ann = await workspace.table('users').insert({ username: 'ann', email: 'ann@example.org' });
  const bo = await workspace.table('users').insert({ username: 'bo', email: 'bo@example.org' });
  await workspace.table('projects').insert({ name: 'P', owner_id: ann.id });
  const copy = await openForTest(t, { name: 'copy' });
  const own = await copy.table('users').insert({ username: 'other', email: 'ann@example.org' });
  const first = await bringIn(copy, await everything(workspace));
  assert.deepEqual(
    first.rejects.map(({ table, sourceId }) => [table, sourceId]),
    [
      ['users', ann.id],
      ['projects', (await workspace.table('projects').find({}))[0].id],
    ],
  );
  assert.match(first.rejects[0].reason, /email/);
  assert.equal((await copy.table('users').get(own.id)).email, 'ann@example.org', 'never overwritten');
  assert.equal(await copy.table('users').get(ann.id), null);
  const [kept] = await copy.table('import_rejects').find({ where: { source_table: 'users' } });
  assert.deepEqual([kept.source_id, kept.row.username], [ann.id, 'ann']);

  await copy.table('users').delete(own.id);
  await workspace.table('users').update(bo.id, { username: 'bob' });
  const second = await bringIn(copy, await everything(workspace));
  assert.deepEqual(second.tables.users, { read: 2, added: 1, updated: 1, unchanged: 0, rejected: 0 });
  assert.equal((await copy.table('users').get(bo.id)).username, 'bob');
  assert.equal(await copy.table('import_rejects').count(), 0, 'what fits now is no reject any more');
});

test('collections and points that do not fit are set aside', async (t) => {
  const workspace = await openForTest(t);
  await workspace.collections.create({ name: 'taken', dimensions: 2, metric: 'cosine' });
  await workspace.collections.upsert('taken', [{ id: 'a', vector: Float32Array.of(1, 0), payload: { n: 1 } }]);
  const collection = (name, dims, more = {}) => ({
    table: 'vector_collections',
    row: { id: `c-${name}`, origin: 'local', name, dims, metric: 'cosine', ...more },
  });
  const point = (collection, point, vector, more = {}) => ({
    table: 'vector_points',
    row: { id: `p-${collection}-${point}`, collection, point, vector, payload: null, ...more },
  });
  const file = lines([
    point('fresh', 'a', base64([1, 2, 3]), { created_at: '2026-01-30T10:00:00.123456Z', relevance_score: 0.5 }),
    point('fresh', 'long', base64([1, 2, 3, 4])),
    point('fresh', 'nan', base64([1, NaN, 3])),
    point('fresh', 'zero', base64([0, 0, 0])),
    point('fresh', 'noise', 'no base64'),
    point('fresh', 'chunk', base64([1, 2, 3]), { chunk: 'nowhere' }),
    point('fresh', 'list', base64([1, 2, 3]), { payload: [1] }),
    point('fresh', 'new', base64([1, 2, 3]), { sparse: [1] }),
    point('fresh', '', base64([1, 2, 3])),
    point('taken', 'a', base64([0, 1]), { payload: { n: 2 } }),
    point('taken', 'b', base64([1, 1])),
    point('other', 'a', base64([1, 2])),
    point('nowhere', 'a', base64([1, 2])),
    collection('taken', 2),
    collection('fresh', 3, { payload_schema: { kind: 'text' }, model: 'm' }),
    collection('int8', 3, { quantization: 'int4' }),
    collection('', 3),
    collection('huge', 70_000),
    collection('odd', 3, { metric: "'); DROP TABLE users; --" }),
  ]);
  const report = await bringIn(workspace, file);
  assert.deepEqual(report.tables.vector_collections, { read: 6, added: 1, updated: 0, unchanged: 1, rejected: 4 });
  assert.deepEqual(report.tables.vector_points, { read: 13, added: 2, updated: 1, unchanged: 0, rejected: 10 });
  const reason = (id) => report.rejects.find(({ sourceId }) => sourceId === id)?.reason ?? '';
  assert.match(reason('fresh#long'), /3 values of float32/);
  assert.match(reason('fresh#nan'), /finite/);
  assert.match(reason('fresh#zero'), /direction/);
  assert.match(reason('fresh#noise'), /base64/);
  assert.match(reason('fresh#list'), /object/);
  assert.match(reason('fresh#new'), /sparse is no column/);
  assert.match(reason('nowhere#a'), /collection/);
  const taken = await workspace.collections.get('taken', 'a');
  assert.deepEqual([Array.from(taken.vector), taken.payload], [[0, 1], { n: 2 }]);
  const [hit] = await workspace.collections.query('fresh', Float32Array.of(1, 2, 3), { limit: 1 });
  assert.equal(hit.id, 'a');
  const { rows } = await rowsOf(
    workspace,
    "SELECT id, created_at, relevance_score FROM vector_points WHERE point_uid = 'a'",
  );
  assert.ok(
    rows.some(([id, at]) => id === 'p-fresh-a' && at === 1769767200123456),
    JSON.stringify(rows),
  );
  const again = await bringIn(workspace, file);
  assert.equal(again.tables.vector_points.unchanged, 3, JSON.stringify(again.tables));
  assert.equal(await workspace.table('import_rejects').count(), report.rejected);

  const wider = lines([collection('fresh', 4), point('fresh', 'a', base64([1, 2, 3, 4]))]);
  const refused = await bringIn(workspace, wider);
  assert.equal(refused.rejected, 2);
  assert.match(refused.rejects[0].reason, /fresh has 3 dimensions and the metric cosine here, 4 and cosine there/);
});

async function rowsOf(workspace, sql) {
  const found = await workspace.query(sql);
  return { rows: found.map((row) => Object.values(row)) };
}

test('lines that anybody may have written are rows or rejects, and never more', async (t) => {
  const workspace = await openForTest(t);
  const row = (more) => ({ table: 'users', row: { id: 'u', origin: 'local', username: 'u', ...more } });
  const file = lines([
    row({ id: 'plain' }),
    row({ id: 'newer', username: 'newer', shoe_size: { eu: 44.0 }, 'o\'"; DROP': [1], nothing: null, extra: { a: 1 } }),
    row({ id: 'both', username: 'both', a: 1, extra: { a: 2 } }),
    row({ id: 'list', username: 'list', new: 1, extra: [1] }),
    row({ id: 7 }),
    row({ id: null, username: 'null' }),
    { table: 'users', row: { username: 'no id' } },
    row({ id: 'time', username: 'time', created_at: 'yesterday' }),
    row({ id: 'flag', username: 'flag', is_admin: 1, login_count: '3' }),
    row({ id: 'big', username: 'big', login_count: 1e300 }),
    row({ id: "'); DROP TABLE users; --", username: "'); DROP TABLE users; --" }),
    row({ id: 'x'.repeat(201), username: 'long id' }),
    row({ id: 'origin', username: 'origin', origin: 'nowhere' }),
    '{"table":"users","row":{"id":"\\u0065sc","us\\u0065rname":"\\ud83d\\ude42","origin":"local","__proto__":{"x":1}}}',
    '{"table":"users","row":{"id":"half","username":"a","origin":"local"}',
    '{"table":"users","row":7}',
    'null',
    '[1]',
    '"text"',
    { table: 'tags', row: { id: 't', name: 'tag', colour: 'red' } },
    { table: '__proto__', row: { id: 1 } },
    { table: 'constructor', row: { id: 1 } },
    { table: 'sqlite_schema', row: { name: 'x' } },
    { table: 'schema_migrations', row: { version: 99 } },
    { table: 'retention_policies', row: { table_name: 'users' } },
    { table: 'embedding_queue', row: { kind: 'messages', row_pk: 1 } },
    { table: 'later', row: { id: 1 } },
  ]);
  const report = await bringIn(workspace, file);
  const ids = (await workspace.table('users').find({ orderBy: 'id' })).map(({ id }) => id);
  assert.deepEqual(ids, ["'); DROP TABLE users; --", 'esc', 'newer', 'plain']);
  const newer = await workspace.table('users').get('newer');
  assert.deepEqual(newer.extra, { a: 1, shoe_size: { eu: 44 }, 'o\'"; DROP': [1] });
  const escaped = await workspace.table('users').get('esc');
  assert.equal(escaped.username, '🙂');
  assert.equal(Object.keys(escaped.extra).join(), '__proto__');
  const why = (id) => report.rejects.find(({ sourceId }) => sourceId === id)?.reason ?? '';
  assert.match(why('both'), /a is no column that this version has, and extra has its own/);
  assert.match(why('list'), /extra is no object/);
  assert.match(why('time'), /created_at/);
  assert.match(why('t'), /colour is no column/);
  const names = ['__proto__', 'constructor', 'embedding_queue', 'later', 'retention_policies', 'schema_migrations'];
  assert.deepEqual(report.skipped.map(({ table }) => table).sort(), [...names, 'sqlite_schema']);
  assert.equal(report.rejected, await workspace.table('import_rejects').count());
  assert.ok((await workspace.health({ full: true })).ok);
  const again = await bringIn(workspace, file);
  assert.deepEqual([again.tables.users.unchanged, again.rejected], [4, report.rejected]);
});

test('files of other kinds are refused', async (t) => {
  const workspace = await openForTest(t);
  for (const text of [
    'id,name\n1,a\n',
    '[{"id":1}]',
    'COPY public.users (id) FROM stdin;\n1\n\\.\n',
    '{"a":1}\n{"a":2}\n',
  ])
    await assert.rejects(bringIn(workspace, new Blob([text])), withCode('INVALID_ARGUMENT'));
  await assert.rejects(bringIn(workspace, new Blob([])), withCode('INVALID_ARGUMENT'));
});

/** A workspace's file of many messages. */
async function large(t, count) {
  const workspace = await openForTest(t, { name: 'large', embedder: null });
  const conversation = await workspace.table('conversations').insert({ title: 'c' });
  const rows = Array.from({ length: count }, (_, n) => ({
    conversation_id: conversation.id,
    sender: 'user',
    role: 'user',
    content: `message ${n} ${'x'.repeat(300)}`,
  }));
  await workspace.table('messages').insertMany(rows);
  return { blob: await everything(workspace), content: await contentOf(workspace) };
}

test('an import that is cancelled goes on where it stopped', async (t) => {
  const { blob, content } = await large(t, 8000);
  const workspace = await openForTest(t, { embedder: null });
  const abort = new AbortController();
  let taken = 0;
  const cut = bringIn(workspace, blob, {
    signal: abort.signal,
    onProgress: ({ phase, done }) => phase === 'messages' && (taken = done),
  });
  const rejected = assert.rejects(cut, withCode('CANCELLED'));
  const isDue = () => taken >= 2000;
  await duringCall(workspace, cut, isDue, () => abort.abort());
  await rejected;
  const before = await workspace.table('messages').count();
  assert.ok(before >= 2000 && before < 8000, `${before} rows`);
  const report = await bringIn(workspace, blob);
  assert.equal(report.tables.messages.added, 8000, 'the counts go on as well');
  assertSame(await contentOf(workspace), content, 'resumed');
});

test('a process that is killed leaves batches that the next import goes on from', async (t) => {
  const { blob, content } = await large(t, 8000);
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'everything.jsonl');
  const directory = path.join(folder, 'workspace');
  writeFileSync(file, Buffer.from(await blob.arrayBuffer()));
  const script = `
    import { readFileSync } from 'node:fs';
    import { openWorkspace } from ${JSON.stringify(new URL('../../dist/node.js', import.meta.url).href)};
    const workspace = await openWorkspace({ name: 'w', storage: { directory: ${JSON.stringify(directory)} }, embedder: null });
    const onProgress = ({ phase, done }) => console.log(phase, done);
    await workspace.import(new Blob([readFileSync(${JSON.stringify(file)})]), { system: 'archivolt', onProgress });
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const data of child.stdout) if (/^messages [1-9]/m.test(String(data))) break;
  child.kill('SIGKILL');
  await exited;
  const workspace = await openWorkspace({ name: 'w', storage: { directory }, embedder: null });
  t.after(() => workspace.close());
  assert.ok((await workspace.table('messages').count()) > 0);
  const report = await bringIn(workspace, blob);
  assert.equal(report.tables.messages.read, 8000);
  assertSame(await contentOf(workspace), content, 'resumed');
});
