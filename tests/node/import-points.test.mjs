// Points of Qdrant and Chroma come in as points, and as the rows that they stand for.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { bytesOf, officialDatabase } from '../support/official.mjs';
import { openForTest, withCode } from '../support/workspaces.mjs';
import { zip } from '../support/zip.mjs';

const json = (name, value) => new File([JSON.stringify(value)], `${name}.json`);
const vector = (dimensions, seed) => Array.from({ length: dimensions }, (_, i) => Math.fround(Math.sin(i * seed + 1)));
const total = (report, what) => Object.values(report.tables).reduce((sum, counts) => sum + counts[what], 0);
const database = gunzipSync(readFileSync(new URL('../fixtures/chroma-1.0.1.sqlite3.gz', import.meta.url)));

/** Symbols as Gemini EA keeps them in Qdrant. */
const symbol = (n, dimensions = 768) => ({
  id: n % 2 === 0 ? n : `7f1d0a52-0000-4000-8000-00000000000${n}`,
  vector: vector(dimensions, n),
  payload: {
    file_path: `src/${n}.ts`,
    function_name: `run${n}`,
    language: 'ts',
    project_id: 'p1',
    code_snippet: `function run${n}() {}`,
    imports: ['a', 'b'],
    complexity: n + 0.5,
    last_modified: '2026-01-30T10:30:00Z',
    beyond: { the: ['document', 12345678901234567890n.toString()] },
  },
});

test('points of Qdrant are found at once, with their payload, and stand for symbols of code', async (t) => {
  const workspace = await openForTest(t);
  const points = [1, 2, 3].map((n) => symbol(n));
  const file = json('code_embeddings', { result: { points, next_page_offset: null }, status: 'ok', time: 0.1 });
  const dry = await workspace.import(file, { system: 'gemini_ea', dryRun: true });
  const report = await workspace.import(file, { system: 'gemini_ea' });
  assert.deepEqual(dry, report);
  assert.deepEqual(report.rejects, []);
  assert.deepEqual(report.tables.code_embeddings, { read: 3, added: 3, updated: 0, unchanged: 0, rejected: 0 });
  const [hit] = await workspace.collections.query('code_embeddings', Float32Array.from(points[1].vector), { limit: 1 });
  assert.equal(hit.id, '2');
  assert.deepEqual(hit.payload, points[1].payload);
  const kept = await workspace.collections.get('code_embeddings', points[0].id);
  assert.deepEqual(Array.from(kept.vector), points[0].vector, 'bit for bit');
  const symbols = await workspace.table('code_symbols').find({ orderBy: 'file_path' });
  assert.deepEqual(
    [symbols[0].origin, symbols[0].function_name, symbols[0].imports, symbols[0].complexity, symbols[0].last_modified],
    ['gemini_ea', 'run1', ['a', 'b'], 1.5, '2026-01-30T10:30:00Z'],
  );
  const [{ id }] = await workspace.query("SELECT code_symbol_id AS id FROM vector_points WHERE point_uid = '2'");
  assert.equal(id, symbols[1].id);

  points[1].payload.beyond = null;
  const changed = await workspace.import(json('code_embeddings', points), { system: 'gemini_ea' });
  assert.deepEqual(changed.tables.code_embeddings, { read: 3, added: 0, updated: 1, unchanged: 2, rejected: 0 });
  await workspace.table('code_symbols').delete(id);
  assert.equal(await workspace.collections.get('code_embeddings', '2'), null, 'a point goes with its row');
});

test("collections that a map does not name are the system's own; other dimensions and metrics stand beside", async (t) => {
  const workspace = await openForTest(t);
  const one = (dimensions, seed) => [{ id: 1, vector: vector(dimensions, seed), payload: {} }];
  await workspace.import(json('notes', one(3, 1)), { system: 'archi' });
  await workspace.import(json('notes', one(4, 2)), { system: 'archi' });
  await workspace.import(json('code_embeddings', [symbol(1)]), { system: 'gemini_ea' });
  await workspace.import(json('code_embeddings', [symbol(1, 384)]), { system: 'gemini_ea' });
  const named = { id: 5, vector: { text: vector(2, 1), image: vector(3, 1) }, payload: { a: 1 } };
  await workspace.import(json('both', [named]), { system: 'gemini_ea' });
  const listed = (await workspace.collections.list()).map(({ name, dimensions, count }) => [name, dimensions, count]);
  assert.deepEqual(listed, [
    ['archi:notes', 3, 1],
    ['archi:notes:4', 4, 1],
    ['code_embeddings', 768, 1],
    ['code_embeddings:384', 384, 1],
    ['gemini_ea:both:image', 3, 1],
    ['gemini_ea:both:text', 2, 1],
  ]);
  assert.equal(await workspace.table('code_symbols').count(), 1, 'one row, however many vectors');
});

test('points that do not fit are set aside', async (t) => {
  const workspace = await openForTest(t);
  const report = await workspace.import(
    json('code_embeddings', [
      { id: 1, vector: vector(3, 1), payload: { file_path: 'a', complexity: 'much' } },
      { id: 2, vector: [0, 0, 0], payload: {} },
      { id: 3, payload: { file_path: 'b' } },
      { id: 4, payload: { other: "'); DROP TABLE users; --" } },
      { id: 'x'.repeat(801), vector: vector(3, 1), payload: {} },
      { id: 6, vector: vector(3, 1), payload: { ['__proto__']: 1, document: '\u0000 ü 🙂' } },
    ]),
    { system: 'gemini_ea' },
  );
  const why = Object.fromEntries(report.rejects.map(({ sourceId, reason }) => [sourceId.slice(0, 3), reason]));
  assert.match(why['1'], /complexity is no number/);
  assert.match(why['2'], /no direction/);
  assert.match(why['4'], /no vector: export it with/);
  assert.match(why['xxx'], /1 to 800 characters/);
  assert.equal(report.rejected, 4);
  assert.equal(await workspace.table('import_rejects').count(), 4);
  assert.equal(await workspace.table('code_symbols').count(), 1, 'a symbol without its vector is a symbol');
  assert.match(report.skipped[0].reason, /without a vector/);
  assert.equal(await workspace.collections.count('code_embeddings:3').catch(() => 1), 1);
});

/** What Chroma's collection.get() answers. */
const answer = (count) => {
  const rows = Array.from({ length: count }, (_, n) => n);
  return {
    ids: rows.map((n) => `md5-${n}`),
    embeddings: rows.map((n) => vector(4, n)),
    documents: rows.map((n) => `Passage ${n} about quokkas`),
    metadatas: rows.map((n) => ({ source: `docs/${n % 2}.md`, title: `T${n}`, ...(n < 4 ? { chunk_index: n } : {}) })),
    uris: null,
    data: null,
    included: ['embeddings', 'metadatas', 'documents'],
  };
};

test('points of Chroma are chunks of the documents that they name', async (t) => {
  const workspace = await openForTest(t);
  const file = json('softarchitect_knowledge_base', answer(6));
  const report = await workspace.import(file, { system: 'softarchitect' });
  assert.deepEqual(report.rejects, []);
  assert.equal(total(report, 'added'), 6);
  const documents = await workspace.table('documents').find({ orderBy: 'file_path' });
  assert.deepEqual(
    documents.map((row) => [row.file_path, row.filename, row.origin, row.chunks_count, row.collection_ref]),
    [
      ['docs/0.md', '0.md', 'softarchitect', 3, 'softarchitect_knowledge_base'],
      ['docs/1.md', '1.md', 'softarchitect', 3, 'softarchitect_knowledge_base'],
    ],
  );
  const chunks = await workspace
    .table('document_chunks')
    .find({ where: { document_id: documents[0].id }, orderBy: 'chunk_index' });
  assert.deepEqual(
    chunks.map((row) => [row.chunk_index, row.heading, row.chunk_text]),
    [
      [0, 'T0', 'Passage 0 about quokkas'],
      [2, 'T2', 'Passage 2 about quokkas'],
      [3, 'T4', 'Passage 4 about quokkas'],
    ],
  );
  const { hits } = await workspace.search('quokkas');
  assert.equal(hits.length > 0, true);
  const name = 'softarchitect:softarchitect_knowledge_base';
  const [hit] = await workspace.collections.query(name, Float32Array.from(vector(4, 3)), { limit: 1 });
  assert.deepEqual([hit.id, hit.payload.document, hit.payload.title], ['md5-3', 'Passage 3 about quokkas', 'T3']);
  const again = await workspace.import(file, { system: 'softarchitect' });
  assert.equal(total(again, 'unchanged'), 6, JSON.stringify(again));
  await workspace.table('documents').delete(documents[1].id);
  assert.equal(await workspace.collections.get(name, 'md5-3'), null);
});

test('texts of Chroma without embeddings are chunks', async (t) => {
  const workspace = await openForTest(t);
  const file = json('softarchitect_knowledge_base', { ...answer(2), embeddings: null });
  const report = await workspace.import(file, { system: 'softarchitect' });
  assert.deepEqual([report.rejected, total(report, 'added')], [0, 2]);
  assert.match(report.skipped[0].reason, /without a vector/);
  const other = await workspace.import(json('other', { ...answer(2), embeddings: null }), { system: 'archi' });
  assert.equal(other.rejected, 2);
});

test("the database of a real Chroma comes in as its collections' points", async (t) => {
  const workspace = await openForTest(t);
  const file = new File([database], 'chroma.sqlite3');
  const dry = await workspace.import(file, { system: 'softarchitect', dryRun: true });
  const report = await workspace.import(file, { system: 'softarchitect' });
  assert.deepEqual(dry, report);
  assert.deepEqual(report.rejects, []);
  assert.deepEqual(Object.keys(report.tables).sort(), ['plain', 'softarchitect_knowledge_base']);
  const listed = (await workspace.collections.list()).map(({ name, dimensions, metric, count }) => [
    name,
    dimensions,
    metric,
    count,
  ]);
  assert.deepEqual(listed, [
    ['softarchitect:plain', 2, 'l2', 2],
    ['softarchitect:softarchitect_knowledge_base', 4, 'cosine', 6],
  ]);
  const name = 'softarchitect:softarchitect_knowledge_base';
  // As the engine itself answers: updated, upserted, and the deleted one gone.
  const point = async (id) => workspace.collections.get(name, id);
  assert.deepEqual(await point('id-1'), {
    id: 'id-1',
    vector: Float32Array.of(0.5, 0.25, 0.125, 1),
    payload: {
      chunk_index: 0,
      extra: 'yes',
      flag: false,
      n: 1,
      score: 1.5,
      source: 'docs/1.md',
      document: 'Chunk 1 anew',
    },
  });
  assert.deepEqual((await point('id-2')).vector, Float32Array.of(9, 8, 7, 6));
  assert.equal(await point('id-6'), null);
  assert.equal((await workspace.collections.get('softarchitect:plain', 'ü')).vector[1], 4);
  assert.equal(await workspace.table('document_chunks').count(), 6);
  const zipped = zip([{ name: 'chroma/chroma.sqlite3', content: database }]);
  const again = await workspace.import(new Blob([zipped]), { system: 'softarchitect' });
  assert.equal(total(again, 'unchanged'), 8, JSON.stringify(again));
});

test('a database that only looks like one of Chroma is refused, or what of it cannot be read is left out', async (t) => {
  const workspace = await openForTest(t);
  const made = (sql) => {
    const db = officialDatabase(new Uint8Array(database));
    db.exec(sql);
    return new File([bytesOf(db)], 'chroma.sqlite3');
  };
  await assert.rejects(
    workspace.import(new Blob([database.subarray(0, 40_000)]), { system: 'softarchitect' }),
    (error) => ['INVALID_ARGUMENT', 'CORRUPTION'].includes(error.code),
  );
  const other = made('DROP TABLE collections; CREATE TABLE collections(x)');
  await assert.rejects(workspace.import(other, { system: 'softarchitect' }), withCode('INVALID_ARGUMENT'));
  assert.deepEqual(await workspace.collections.list(), []);
  const odd = made(`
    UPDATE collections SET name = '"); DROP TABLE users; --', config_json_str = '[1' WHERE name = 'plain';
    UPDATE collection_metadata SET str_value = 'minkowski';
    UPDATE embeddings_queue SET encoding = 'FLOAT64' WHERE id = 'a';
    UPDATE embeddings_queue SET vector = x'0000c07f0000c07f' WHERE id = 'ü';
    UPDATE embeddings_queue SET vector = x'00' WHERE id = 'id-1';
    UPDATE embedding_metadata SET key = '__proto__' WHERE key = 'flag';
    DELETE FROM embeddings_queue WHERE id = 'id-3'`);
  const report = await workspace.import(odd, { system: 'softarchitect' });
  assert.deepEqual(
    report.rejects.map(({ sourceId }) => sourceId),
    ['a', 'ü'],
  );
  assert.equal(report.tables.softarchitect_knowledge_base.added, 6, 'a text without its vector is a chunk');
  assert.equal(await workspace.table('document_chunks').count(), 6);
  const [{ count }] = await workspace.collections.list();
  assert.equal(count, 4);
});

test('vectors that Chroma has moved to its index come with the zip of its folder', async (t) => {
  const workspace = await openForTest(t);
  const folder = readFileSync(new URL('../fixtures/chroma-1.0.1-folder.zip', import.meta.url));
  const report = await workspace.import(new Blob([folder]), { system: 'softarchitect' });
  assert.deepEqual([report.rejects, report.skipped], [[], []]);
  const name = 'softarchitect:softarchitect_knowledge_base';
  assert.equal(await workspace.collections.count(name), 13);
  // By its nature the cosine's index has directions: close to what went in, of unit length.
  const close = async (id, given) => {
    const { vector } = await workspace.collections.get(name, id);
    const length = Math.hypot(...given);
    given.forEach((value, at) => assert.ok(Math.abs(vector[at] - value / length) < 1e-6, `${id}: ${vector}`));
  };
  for (const n of [0, 1, 3, 5, 9]) await close(`id-${n}`, [Math.sin(n + 1), Math.cos(n), 0.1 * n, 1]);
  await close('id-4', [4, 3, 2, 1]);
  await close('id-10', [1, 2, 3, 4]);
  assert.deepEqual(
    (await workspace.collections.get(name, 'id-13')).vector,
    Float32Array.of(13, 1, 2, 3),
    'of the queue',
  );
  assert.equal(await workspace.collections.get(name, 'id-2'), null);

  const alone = await openForTest(t, { name: 'alone' });
  const entries = await unzipped(folder);
  const without = zip(entries.filter((entry) => !entry.name.endsWith('.pickle')));
  const texts = await alone.import(new Blob([without]), { system: 'softarchitect' });
  assert.match(texts.skipped[0].reason, /without a vector/);
  assert.equal(await alone.table('document_chunks').count(), 13);
  assert.equal(await alone.collections.count(name), 1);
});

test('a damaged index gives no vectors', async (t) => {
  const entries = await unzipped(readFileSync(new URL('../fixtures/chroma-1.0.1-folder.zip', import.meta.url)));
  const changed = (ending, change) =>
    zip(entries.map((entry) => (entry.name.endsWith(ending) ? { ...entry, content: change(entry.content) } : entry)));
  const patched = (at, value) => (content) => {
    const copy = Buffer.from(content);
    copy.writeBigUInt64LE(value, at);
    return copy;
  };
  for (const [what, file] of [
    ['a version', changed('header.bin', patched(0, 9n))],
    ['more elements than bytes', changed('header.bin', patched(20, 1n << 40n))],
    ['elements without a size', changed('header.bin', patched(28, 0n))],
    ['a vector behind its number', changed('header.bin', patched(44, 1000n))],
    ['a cut header', changed('header.bin', (content) => content.subarray(0, 10))],
    ['a cut index', changed('data_level0.bin', (content) => content.subarray(0, 100))],
  ]) {
    const workspace = await openForTest(t, { name: what.replaceAll(' ', '-') });
    const report = await workspace.import(new Blob([file]), { system: 'softarchitect' });
    assert.deepEqual([report.tables.softarchitect_knowledge_base.added, report.rejected], [13, 0], what);
    assert.equal(await workspace.collections.count('softarchitect:softarchitect_knowledge_base'), 1, what);
    await workspace.close();
  }
});

/** As Python's Chroma writes the names of three of the points: an object of a class of its own, in two protocols. */
const PICKLES = [
  'gAJjY2hyb21hZGIuc2VnbWVudC5pbXBsLnZlY3Rvci5sb2NhbF9wZXJzaXN0ZW50X2huc3cKUGVyc2lzdGVudERhdGEKcQApgXEBfXECKFgOAA' +
    'AAZGltZW5zaW9uYWxpdHlxA0sEWBQAAAB0b3RhbF9lbGVtZW50c19hZGRlZHEESw5YCgAAAG1heF9zZXFfaWRxBUsUWAsAAABpZF90b19sYWJl' +
    'bHEGfXEHKFgEAAAAaWQtMHEISwFYBAAAAGlkLTFxCUsCWAQAAABpZC00cQpLBXVYCwAAAGxhYmVsX3RvX2lkcQt9cQwoSwFoCEsCaAlLBWgKdV' +
    'gMAAAAaWRfdG9fc2VxX2lkcQ19cQ4oaAiKBgEAAAAAAWgJigYCAAAAAAFoCooGBQAAAAABdXViLg==',
  'gASVCAEAAAAAAACMMmNocm9tYWRiLnNlZ21lbnQuaW1wbC52ZWN0b3IubG9jYWxfcGVyc2lzdGVudF9obnN3lIwOUGVyc2lzdGVudERhdGGUk5' +
    'QpgZR9lCiMDmRpbWVuc2lvbmFsaXR5lEsEjBR0b3RhbF9lbGVtZW50c19hZGRlZJRLDowKbWF4X3NlcV9pZJRLFIwLaWRfdG9fbGFiZWyUfZQo' +
    'jARpZC0wlEsBjARpZC0xlEsCjARpZC00lEsFdYwLbGFiZWxfdG9faWSUfZQoSwFoCksCaAtLBWgMdYwMaWRfdG9fc2VxX2lklH2UKGgKigYBAA' +
    'AAAAFoC4oGAgAAAAABaAyKBgUAAAAAAXV1Yi4=',
];

test('the names of an index are read of any pickle that is data, and nothing of one is run', async (t) => {
  const entries = await unzipped(readFileSync(new URL('../fixtures/chroma-1.0.1-folder.zip', import.meta.url)));
  const withVectors = async (bytes) => {
    const file = zip(entries.map((entry) => (entry.name.endsWith('.pickle') ? { ...entry, content: bytes } : entry)));
    const workspace = await openForTest(t, { name: `w${Math.random().toString(36).slice(2)}` });
    const report = await workspace.import(new Blob([file]), { system: 'softarchitect' });
    assert.deepEqual([report.tables.softarchitect_knowledge_base.added, report.rejected], [13, 0]);
    const count = await workspace.collections.count('softarchitect:softarchitect_knowledge_base');
    await workspace.close();
    return count;
  };
  for (const pickle of PICKLES) assert.equal(await withVectors(Buffer.from(pickle, 'base64')), 4);
  const programs = [
    "\x80\x03cos\nsystem\n(S'echo'\ntR.",
    '\x80\x03}(X\xff\xff\xff\x7f',
    'u.',
    '\x80\x04\x8c\x05ab',
    '('.repeat(9),
  ];
  for (const pickle of programs) assert.equal(await withVectors(Buffer.from(pickle, 'latin1')), 1);
});

/** The entries of a zip, unpacked. */
async function unzipped(bytes) {
  const found = [];
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
    const [packed, nameLength, extra] = [
      bytes.readUInt32LE(at + 18),
      bytes.readUInt16LE(at + 26),
      bytes.readUInt16LE(at + 28),
    ];
    const start = at + 30 + nameLength + extra;
    const name = bytes.toString('utf8', at + 30, at + 30 + nameLength);
    found.push({ name, content: inflateRawSync(bytes.subarray(start, start + packed)) });
    at = start + packed;
  }
  return found;
}
