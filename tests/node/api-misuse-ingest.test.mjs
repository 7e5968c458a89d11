// Documents that are none: each has an outcome of its own, and the call goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HALF, assertUnpolluted, refuses, refusesAll } from '../support/misuse.mjs';
import { openForTest } from '../support/workspaces.mjs';

const bytes = (...values) => new Uint8Array(values).buffer;
const source = (more) => ({ filename: 'a.md', content: 'some text', ...more });

test('sources and options that are none are refused before anything is read', async (t) => {
  const workspace = await openForTest(t);
  const { documents } = workspace;
  const ingest = (wrong, options) => () => documents.ingest(wrong, options);
  await refusesAll([
    ...[undefined, null, 5, 'x', [null]].map((wrong) => [`source ${wrong}`, ingest(wrong), undefined, /source/]),
    ['no name', ingest({ content: 'x' }), undefined, /source\.filename/],
    ['no content', ingest([source(), { filename: 'a.md' }]), undefined, /source\[1\]\.content/],
    ['a typed array', ingest(source({ content: new Uint8Array(3) })), undefined, /a Blob or an ArrayBuffer/],
    ['tags', ingest(source({ tags: ['a', 5] })), undefined, /tags\[1\]/],
    ['source type', ingest(source({ sourceType: 'disk' })), undefined, /sourceType/],
    ['metadata', ingest(source({ metadata: [] })), undefined, /metadata/],
    ['metadata with a function', ingest(source({ metadata: { x() {} } })), undefined, /cannot be sent/],
    ['unknown member', ingest(source({ titel: 'x' })), undefined, /source\.titel/],
    ['chunks', ingest(source({ chunks: [{ text: 'a' }, {}] })), undefined, /chunks\[1\]\.text/],
    ...[null, 5].map((options) => [`options ${options}`, ingest(source(), options), undefined, /options/]),
    ...[0, 99, 1.5, 1e12].map((chunkSize) => [
      `size ${chunkSize}`,
      ingest(source(), { chunkSize }),
      undefined,
      /100 to 10000/,
    ]),
    ['overlap', ingest(source(), { chunkSize: 200, chunkOverlap: 100 }), undefined, /less than half/],
    ['signal', ingest(source(), { signal: 5 }), undefined, /options\.signal/],
    ['unknown option', ingest(source(), { size: 5 }), undefined, /options\.size/],
    ['cancelled before', ingest(source(), { signal: AbortSignal.abort() }), 'CANCELLED'],
  ]);
  assert.deepEqual(await documents.ingest([]), { documents: [] });
  assert.equal(await workspace.table('documents').count(), 0);
});

test('every document that cannot be taken in is named, and those around it are indexed', async (t) => {
  const workspace = await openForTest(t);
  const failing = {
    'an empty text': [{ content: '' }, 'INVALID_ARGUMENT', /empty/],
    'no bytes': [{ content: bytes() }, 'INVALID_ARGUMENT', /empty/],
    'binary junk': [{ content: bytes(1, 0, 255, 3) }, 'UNSUPPORTED', /NUL/],
    'no UTF-8': [{ content: bytes(0x61, 0xff, 0x62) }, 'INVALID_ARGUMENT', /UTF-8/],
    'half of UTF-16': [{ content: bytes(0xfe, 0xff, 0, 0x61, 0) }, 'INVALID_ARGUMENT', /UTF-16BE/],
    'half a character': [{ content: `a${HALF}` }, 'INVALID_ARGUMENT', /surrogate/],
    NUL: [{ content: 'a\0b' }, 'INVALID_ARGUMENT', /NUL/],
    'deep HTML': [{ filename: 'a.html', content: '<div>'.repeat(100_000) + 'x' }, 'INVALID_ARGUMENT', /nested deeper/],
    'no chunks': [{ content: 'chunks of their own', chunks: [] }, 'INVALID_ARGUMENT', /chunks/],
    'offsets elsewhere': [
      { content: 'abc', chunks: [{ text: 'abc', start: 50, end: 3 }] },
      'INVALID_ARGUMENT',
      /slice/,
    ],
    // What no row can keep leaves an entry without an id.
    'half a name': [{ filename: `a${HALF}.md` }, 'INVALID_ARGUMENT', /filename/, ''],
    'a name with NUL': [{ filename: 'a\0.md' }, 'INVALID_ARGUMENT', /filename/, ''],
    'an endless name': [{ filename: 'a'.repeat(1e6) }, 'INVALID_ARGUMENT', /filename/, ''],
    'a map as metadata': [{ metadata: { x: new Map() } }, 'INVALID_ARGUMENT', /metadata\.x: a Map/, ''],
    'no number in metadata': [{ metadata: { x: NaN } }, 'INVALID_ARGUMENT', /metadata\.x/, ''],
    'an unknown owner': [{ owner: 'nobody' }, 'NOT_FOUND', /user/, ''],
    'an unknown project': [{ project: 'nothing' }, 'NOT_FOUND', /project/, ''],
  };
  for (const [label, [wrong, code, message, id]] of Object.entries(failing)) {
    const around = [`before ${label}`, `after ${label}`].map((content) => ({ filename: `${content}.md`, content }));
    const broken = source({ content: `broken by ${label}`, ...wrong });
    const { documents } = await workspace.documents.ingest([around[0], broken, around[1]]);
    assert.deepEqual(
      documents.map(({ status }) => status),
      ['indexed', 'failed', 'indexed'],
      label,
    );
    const [, { error, chunks, id: failedId }] = documents;
    assert.equal(error.code, code, `${label}: ${error.message}`);
    assert.match(error.message, message, label);
    assert.equal(chunks, 0);
    if (id === undefined) assert.equal((await workspace.table('documents').get(failedId)).status, 'failed', label);
    else assert.equal(failedId, id, label);
  }
  const rows = await workspace.table('documents').count({ status: { nin: ['indexed', 'failed'] } });
  assert.equal(rows, 0, 'nothing is half-written');
});

test('hostile documents that are documents are taken in whole', async (t) => {
  const workspace = await openForTest(t);
  const polluting = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  const documents = [
    source({ filename: 'cut.html', content: '<p>before the cut</p><a href="never closed' }),
    source({ filename: 'attribute.html', content: `<p>wide</p><a ${'x'.repeat(1e5)}="${'y'.repeat(1e5)}` }),
    source({ filename: 'lists.html', content: '<ul><li>'.repeat(1000) + 'deep text' }),
    source({ filename: 'tables.html', content: '<table><tr><td>'.repeat(1000) + 'deep cell' }),
    source({ filename: 'deep.json', content: '['.repeat(20_000) + ']'.repeat(20_000) }),
    source({ filename: 'cut.json', content: '{"a":' }),
    source({ filename: 'fences.md', content: '```\n'.repeat(2001) }),
    source({ filename: 'quotes.md', content: '> '.repeat(20_000) + 'x' }),
    source({ filename: 'line.txt', content: 'x'.repeat(300_000) }),
    source({ filename: 'wide.txt', content: bytes(0xff, 0xfe, 0x61, 0, 0x62, 0) }),
    source({ filename: '../../etc/\u202epasswd.md', content: 'a name of many directions', metadata: polluting }),
  ];
  const report = await workspace.documents.ingest(documents);
  for (const { filename, status, error } of report.documents)
    assert.equal(status, 'indexed', `${filename}: ${error?.message}`);
  const { metadata } = await workspace.table('documents').get(report.documents.at(-1).id);
  assert.deepEqual(
    Object.keys(metadata).filter((key) => key === '__proto__'),
    ['__proto__'],
  );
  assertUnpolluted();
});

test('many small documents at once, and the same one twice', async (t) => {
  const workspace = await openForTest(t);
  const many = Array.from({ length: 300 }, (_, i) => source({ filename: `${i}.txt`, content: `small ${i % 299}` }));
  const { documents } = await workspace.documents.ingest(many);
  assert.equal(documents.filter(({ status }) => status === 'indexed').length, 299);
  assert.deepEqual([documents.at(-1).status, documents.at(-1).id], ['duplicate', documents[0].id]);
});

test('calls about documents that are not there', async (t) => {
  const { documents } = await openForTest(t);
  const [{ id }] = (await documents.ingest(source())).documents;
  for (const method of ['chunks', 'remove'])
    for (const wrong of [undefined, null, 5, '', HALF, '\0'])
      await refuses(`${method} ${String(wrong)}`, () => documents[method](wrong), 'INVALID_ARGUMENT');
  await refusesAll([
    ['chunks of nothing', () => documents.chunks('nope'), 'NOT_FOUND'],
    ['select nothing', () => documents.select('nope', true, { user: 'u' }), 'NOT_FOUND'],
    ['select for nobody', () => documents.select(id, true, { user: 'nobody' }), 'NOT_FOUND', /user/],
    ['select without a scope', () => documents.select(id, true), undefined, /scope/],
    ['select with two scopes', () => documents.select(id, true, { user: 'a', conversation: 'b' }), undefined, /either/],
    ['select with a number', () => documents.select(id, 1, { user: 'u' }), undefined, /enabled/],
    ['effective of nobody', () => documents.effective({ user: 'nobody' }), 'NOT_FOUND', /user/],
    ['effective of a number', () => documents.effective(5), undefined, /scope/],
  ]);
  assert.equal(await documents.remove("' OR 1=1 --"), false);
  assert.equal((await documents.chunks(id)).length, 1);
});
