// Documents in, answers out: ingest of real and of awkward files, search, cancellation, external embedders.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { realDocuments } from '../support/corpus.mjs';
import { openForTest, withCode } from '../support/workspaces.mjs';

const bytes = (...values) => new Uint8Array(values).buffer;

test('real documents are taken in, whole, and are found again', async (t) => {
  const workspace = await openForTest(t);
  // Packages carry copies of one another's documents; each content counts once here.
  const contents = new Set();
  const files = realDocuments({ files: 60, kinds: ['markdown'] })
    .filter((file) => !contents.has(file.read().toString()) && contents.add(file.read().toString()))
    .slice(0, 12);
  assert.equal(files.length, 12);
  const phases = new Set();
  let finished = 0;
  const report = await workspace.documents.ingest(
    files.map((file) => ({ filename: file.name, content: new Blob([file.read()]) })),
    {
      onProgress: ({ phase, done, total }) => {
        phases.add(phase);
        assert.ok(total === null || done <= total, `${phase}: ${done} of ${total}`);
        if (phase === 'documents') finished = done;
      },
    },
  );
  assert.deepEqual(
    report.documents.map(({ filename, status }) => ({ filename, status })),
    files.map(({ name }) => ({ filename: name, status: 'indexed' })),
  );
  assert.equal(finished, files.length);
  assert.ok(phases.has('read') && phases.has('documents'));
  for (const [index, { id, chunks }] of report.documents.entries()) {
    const row = await workspace.table('documents').get(id);
    const source = files[index].read();
    assert.equal(row.content_hash, `sha256:${createHash('sha256').update(source).digest('hex')}`);
    assert.equal(row.size_bytes, source.length);
    const parts = await workspace.documents.chunks(id);
    assert.equal(parts.length, chunks);
    for (const part of parts) assert.equal(part.chunk_text, row.content.slice(part.start_char, part.end_char));
  }
  const { hits, took } = await workspace.search('babel', { mode: 'keyword' });
  assert.ok(hits.length > 0);
  assert.ok(hits.every((hit) => hit.kind === 'documents' && hit.legs.bm25.rank >= 1));
  assert.ok(took.total >= 0);
  const hybrid = await workspace.search('how do I install this package');
  assert.ok(hybrid.hits.length > 0);
  assert.ok(hybrid.hits.some((hit) => hit.legs.semantic !== undefined));
});

test('the same bytes twice give the first document back', async (t) => {
  const workspace = await openForTest(t);
  const source = { filename: 'a.md', content: '# Title\n\nSome words about caching.' };
  const first = await workspace.documents.ingest(source);
  const second = await workspace.documents.ingest([{ ...source, filename: 'copy.md' }, source]);
  const { id, chunks } = first.documents[0];
  assert.deepEqual(second.documents, [
    { id, filename: 'copy.md', status: 'duplicate', chunks },
    { id, filename: 'a.md', status: 'duplicate', chunks },
  ]);
});

test('every awkward file has a clear outcome and the rest goes on', async (t) => {
  const workspace = await openForTest(t);
  const report = await workspace.documents.ingest([
    { filename: 'empty.md', content: '' },
    { filename: 'junk.bin', content: bytes(1, 2, 0, 3) },
    { filename: 'paper.pdf', content: new Blob(['%PDF-1.7\n...']) },
    { filename: 'latin.txt', content: bytes(0x47, 0x72, 0xf6, 0xdf, 0x65) },
    {
      filename: 'page.html',
      content: '<title>Page</title><h1>Valves</h1><p>Check the <b>relief valve</b> weekly.</p>',
    },
    { filename: 'notes.txt', content: new TextEncoder().encode('A plain note about valves.').buffer },
  ]);
  assert.deepEqual(
    report.documents.map(({ status, error }) => [status, error?.code]),
    [
      ['failed', 'INVALID_ARGUMENT'],
      ['failed', 'UNSUPPORTED'],
      ['failed', 'UNSUPPORTED'],
      ['failed', 'INVALID_ARGUMENT'],
      ['indexed', undefined],
      ['indexed', undefined],
    ],
  );
  assert.match(report.documents[2].error.message, /PDF/);
  const rows = await workspace.table('documents').find({ where: { status: 'failed' }, orderBy: 'filename' });
  assert.deepEqual(
    rows.map(({ filename }) => filename),
    ['empty.md', 'junk.bin', 'latin.txt', 'paper.pdf'],
  );
  assert.ok(rows.every(({ error_message }) => error_message.length > 0));
  assert.ok(report.documents.every(({ id }) => id.length > 0));
  const { hits } = await workspace.search('relief valve', { mode: 'keyword' });
  assert.equal(hits[0].documentId, report.documents[4].id);
});

test('a document leaves with its chunks and no search finds it', async (t) => {
  const workspace = await openForTest(t);
  const { documents } = await workspace.documents.ingest({ filename: 'a.md', content: 'quokkas are marsupials' });
  assert.equal((await workspace.search('quokkas')).hits.length, 1);
  assert.equal(await workspace.documents.remove(documents[0].id), true);
  assert.equal(await workspace.documents.remove(documents[0].id), false);
  assert.equal((await workspace.search('quokkas')).hits.length, 0);
  assert.equal(await workspace.table('document_chunks').count(), 0);
});

test('an ingest gives way to other calls', async (t) => {
  const workspace = await openForTest(t);
  const content = 'A sentence about architecture and its trade-offs, with words.\n\n'.repeat(120_000);
  // What the worker said, in its own order.
  const order = [];
  const ingest = workspace.documents
    .ingest({ filename: 'long.md', content }, { onProgress: ({ phase }) => order.push(phase) })
    .finally(() => order.push('ended'));
  while (!order.includes('ended')) {
    await workspace.table('tags').count();
    order.push('answer');
  }
  assert.equal((await ingest).documents[0].status, 'indexed');
  // Progress is told at most every 50 ms, so that a short phase may go untold.
  const begun = order.findIndex((phase) => phase === 'chunk' || phase === 'embed');
  const slices = order.slice(begun, order.indexOf('write'));
  assert.ok(begun > 0, order.join(' '));
  assert.ok(slices.includes('answer'), `no call came in between two slices: ${order.join(' ')}`);
});

test('cancellation keeps what was finished and nothing of the rest', async (t) => {
  const workspace = await openForTest(t);
  const abort = new AbortController();
  const long = 'Words that take a while to take in, again and again.\n\n'.repeat(200_000);
  const ingest = workspace.documents.ingest(
    [
      { filename: 'short.md', content: 'A short document.' },
      { filename: 'long.md', content: long },
    ],
    {
      signal: abort.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'documents' && done === 1) abort.abort();
      },
    },
  );
  await assert.rejects(ingest, withCode('CANCELLED'));
  const rows = await workspace.table('documents').find();
  assert.deepEqual(
    rows.map(({ filename, status }) => [filename, status]),
    [['short.md', 'indexed']],
  );
  assert.equal(await workspace.table('document_chunks').count(), 1);
  const again = await workspace.documents.ingest({ filename: 'after.md', content: 'Still works.' });
  assert.equal(again.documents[0].status, 'indexed');
  await assert.rejects(
    workspace.documents.ingest({ filename: 'x.md', content: 'x' }, { signal: AbortSignal.abort() }),
    withCode('CANCELLED'),
  );
});

test('closing during an ingest cancels it', async (t) => {
  const workspace = await openForTest(t);
  let outcome;
  await new Promise((begun) => {
    const content = 'words and words\n\n'.repeat(500_000);
    const ingest = workspace.documents.ingest({ filename: 'long.md', content }, { onProgress: begun });
    outcome = assert.rejects(ingest, withCode('CANCELLED'));
  });
  await workspace.close();
  await outcome;
});

/** Three dimensions: the share of vowels, of spaces, of the rest. */
const letters = {
  model: 'letters',
  dimensions: 3,
  async embedDocuments(texts) {
    return texts.map((text) => {
      const vowels = text.match(/[aeiou]/gi)?.length ?? 0;
      const spaces = text.match(/\s/g)?.length ?? 0;
      return new Float32Array([vowels, spaces, text.length - vowels - spaces]);
    });
  },
};

test("the page's own embedder makes the vectors of documents and queries", async (t) => {
  const queries = [];
  const embedder = { ...letters, embedQueries: (texts) => (queries.push(...texts), letters.embedDocuments(texts)) };
  const workspace = await openForTest(t, { embedder });
  const { documents } = await workspace.documents.ingest([
    { filename: 'vowels.txt', content: 'aeiou aeiou aeiou' },
    { filename: 'rest.txt', content: 'bcdfg bcdfg bcdfg' },
  ]);
  assert.deepEqual(
    documents.map(({ status }) => status),
    ['indexed', 'indexed'],
  );
  const { hits } = await workspace.search('eeee', { mode: 'semantic' });
  assert.deepEqual(queries, ['eeee']);
  assert.equal(hits[0].documentId, documents[0].id);
  assert.equal(hits[0].legs.semantic.rank, 1);
});

test('an embedder that fails or answers nonsense fails its document alone', async (t) => {
  let answer = () => Promise.reject(new Error('model is offline'));
  const embedder = { ...letters, embedDocuments: (texts) => answer(texts) };
  const workspace = await openForTest(t, { embedder });
  const failed = await workspace.documents.ingest({ filename: 'a.txt', content: 'some text' });
  assert.equal(failed.documents[0].status, 'failed');
  assert.match(failed.documents[0].error.message, /model is offline/);
  answer = async (texts) => texts.map(() => new Float32Array(2));
  const wrong = await workspace.documents.ingest({ filename: 'b.txt', content: 'other text' });
  assert.equal(wrong.documents[0].error.code, 'INVALID_ARGUMENT');
  answer = letters.embedDocuments;
  const right = await workspace.documents.ingest({ filename: 'c.txt', content: 'third text' });
  assert.equal(right.documents[0].status, 'indexed');
});

test('precomputed chunks with vectors need no embedder', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const text = 'alpha beta';
  const { documents } = await workspace.documents.ingest({
    filename: 'a.txt',
    content: text,
    chunks: [
      { text: 'alpha', start: 0, end: 5, vector: new Float32Array([1, 0]) },
      { text: 'beta', start: 6, end: 10, vector: new Float32Array([0, 1]) },
    ],
  });
  assert.deepEqual(
    documents.map(({ status, chunks }) => [status, chunks]),
    [['indexed', 2]],
  );
  const { hits } = await workspace.search('x', { mode: 'semantic', vector: new Float32Array([0, 1]) });
  assert.equal(hits[0].text, 'beta');
});

test('content is copied unless its transfer is asked for', async (t) => {
  const workspace = await openForTest(t);
  const kept = new TextEncoder().encode('kept in the page').buffer;
  await workspace.documents.ingest({ filename: 'a.txt', content: kept });
  assert.equal(kept.byteLength, 16);
  const moved = new TextEncoder().encode('moved to the worker').buffer;
  await workspace.documents.ingest({ filename: 'b.txt', content: moved }, { transfer: true });
  assert.equal(moved.byteLength, 0);
});

test('sources and options are checked by name', async (t) => {
  const workspace = await openForTest(t);
  const wrong = [
    [{ filename: 'a' }, {}, /source\.content/],
    [{ filename: '', content: 'x' }, {}, /source\.filename/],
    [[{ filename: 'a', content: 'x', tags: [1] }], {}, /source\[0\]\.tags\[0\]/],
    [{ filename: 'a', content: 'x', sourceType: 'tape' }, {}, /source\.sourceType/],
    [{ filename: 'a', content: 'x', flename: 'b' }, {}, /source\.flename/],
    [{ filename: 'a', content: 'x' }, { chunkSize: 0 }, /options\.chunkSize/],
  ];
  for (const [source, options, message] of wrong) {
    await assert.rejects(workspace.documents.ingest(source, options), withCode('INVALID_ARGUMENT', message));
  }
  await assert.rejects(workspace.search(5), withCode('INVALID_ARGUMENT', /query/));
  await assert.rejects(workspace.search('x', { kinds: ['cats'] }), withCode('INVALID_ARGUMENT', /options\.kinds\[0\]/));
  await assert.rejects(workspace.documents.select('x', true, {}), withCode('INVALID_ARGUMENT', /scope/));
});
