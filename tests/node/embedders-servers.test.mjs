import test from 'node:test';
import assert from 'node:assert/strict';
import { ArchivoltError, openWorkspace } from '../../dist/node.js';
import { ollamaEmbedder } from '../../dist/embedders/ollama.js';
import { openaiEmbedder } from '../../dist/embedders/openai.js';
import { letterVector, send, startEmbeddingServer } from '../support/embedding-server.mjs';

const expected = (text) => Float32Array.from(letterVector(text));
const texts = Array.from({ length: 11 }, (_, at) => 'abcdefghijk'.slice(0, 11 - at).repeat(at + 1));

for (const [name, make, path] of [
  ['ollama', ollamaEmbedder, ''],
  ['openai', openaiEmbedder, '/v1'],
]) {
  const started = async (t, options = {}) => {
    const server = await startEmbeddingServer((end) => t.after(end));
    const embedder = await make({ model: 'letters', url: `${server.url}${path}/`, retries: 2, ...options });
    server.requests.length = 0;
    return { server, embedder };
  };

  test(`${name}: texts go in batches and vectors come back in the order of the texts`, async (t) => {
    const { server, embedder } = await started(t, { batchSize: 4 });
    assert.equal(embedder.dimensions, 27);
    assert.deepEqual(await embedder.embedDocuments(texts), texts.map(expected));
    assert.deepEqual(
      server.requests.map(({ body }) => body.input.length),
      [4, 4, 3],
    );
    assert.deepEqual(await embedder.embedDocuments([]), []);
    assert.equal(server.requests.length, 3, 'no texts, no request');
  });

  test(`${name}: batches are bounded by characters too, and a text beyond the bound goes alone`, async (t) => {
    const { server, embedder } = await started(t, { batchCharacters: 100 });
    await embedder.embedDocuments(['a'.repeat(60), 'b'.repeat(40), 'c'.repeat(300), 'd']);
    assert.deepEqual(
      server.requests.map(({ body }) => body.input.map((text) => text.length)),
      [[1, 40], [60], [300]],
    );
  });

  test(`${name}: documents and queries get their own prefixes`, async (t) => {
    const { embedder } = await started(t, { documentPrefix: 'doc: ', queryPrefix: 'q: ' });
    assert.deepEqual(await embedder.embedDocuments(['x']), [expected('doc: x')]);
    assert.deepEqual(await embedder.embedQueries(['x']), [expected('q: x')]);
  });

  test(`${name}: shorter vectors are asked for`, async (t) => {
    const { server, embedder } = await started(t, { truncateTo: 5 });
    assert.equal(embedder.dimensions, 5);
    const [vector] = await embedder.embedDocuments(['zzz']);
    assert.deepEqual([...vector], letterVector('zzz', 5));
    assert.equal(server.requests[0].body.dimensions, 5);
  });

  test(`${name}: with dimensions given, nothing is asked before the first text`, async () => {
    const embedder = await make({ model: 'letters', url: `http://127.0.0.1:9${path}`, dimensions: 27, retries: 0 });
    assert.equal(embedder.dimensions, 27);
    await assert.rejects(embedder.embedDocuments(['x']), { code: 'IO_ERROR', retry: 'call' });
  });

  test(`${name}: what may pass is tried again, after the pause that the server asks for`, async (t) => {
    const { server, embedder } = await started(t);
    server.next.push(
      (_, response) => send(response, 503, { error: 'loading model' }, { 'retry-after': '0' }),
      (_, response) =>
        send(response, 429, { error: { message: 'slow down' } }, { 'retry-after': new Date(0).toUTCString() }),
    );
    assert.deepEqual(await embedder.embedDocuments(['abc']), [expected('abc')]);
    assert.equal(server.requests.length, 3);
  });

  test(`${name}: after the last try the failure is told, and a pause of minutes is not waited for`, async (t) => {
    const { server, embedder } = await started(t);
    const overloaded = (_, response) =>
      send(response, 500, { error: { message: 'overloaded' } }, { 'retry-after': '0' });
    server.next.push(overloaded, overloaded, overloaded);
    await assert.rejects(embedder.embedDocuments(['abc']), {
      code: 'IO_ERROR',
      message: /overloaded/,
      detail: { status: 500 },
    });
    assert.equal(server.requests.length, 3);
    server.next.push((_, response) => send(response, 429, {}, { 'retry-after': '3600' }));
    await assert.rejects(embedder.embedDocuments(['abc']), { code: 'IO_ERROR', detail: { status: 429 } });
    assert.equal(server.requests.length, 4);
  });

  test(`${name}: a connection that breaks off is tried again`, async (t) => {
    const { server, embedder } = await started(t);
    server.next.push((request) => {
      request.socket.destroy();
      return true;
    });
    assert.deepEqual(await embedder.embedDocuments(['abc']), [expected('abc')]);
  });

  test(`${name}: what repeating cannot mend is not repeated`, async (t) => {
    const { server, embedder } = await started(t);
    for (const [status, code] of [
      [400, 'INVALID_ARGUMENT'],
      [403, 'FAILED_PRECONDITION'],
      [404, 'NOT_FOUND'],
      [413, 'INVALID_ARGUMENT'],
      [418, 'FAILED_PRECONDITION'],
    ]) {
      server.requests.length = 0;
      server.next.push((_, response) => send(response, status, { error: { message: `no:\n\t${'x'.repeat(2000)}` } }));
      await assert.rejects(embedder.embedDocuments(['abc']), (error) => {
        assert.ok(error instanceof ArchivoltError);
        assert.equal(error.code, code);
        assert.ok(error.message.length < 500 && !error.message.includes('\n'));
        return true;
      });
      assert.equal(server.requests.length, 1);
    }
  });

  test(`${name}: answers that are no embeddings are refused`, async (t) => {
    const { server, embedder } = await started(t);
    const wrong = [
      'no JSON',
      'null',
      '[]',
      '{}',
      { embeddings: [], data: [] },
      { embeddings: [[]], data: [{ index: 0, embedding: [] }] },
      { embeddings: [['1']], data: [{ index: 0, embedding: ['1'] }] },
      { embeddings: [[1, 2]], data: [{ index: 0, embedding: [1, 2] }] }, // another model's
      { embeddings: [letterVector('a'), letterVector('b')], data: [{ index: 7, embedding: letterVector('a') }] },
      `{"embeddings": [[1e999${',1'.repeat(26)}]], "data": [{"index": 0, "embedding": [1e999${',1'.repeat(26)}]}]}`,
      {
        embeddings: [],
        data: [
          { index: 0, embedding: letterVector('a') },
          { index: 0, embedding: letterVector('b') },
        ],
      },
      { embeddings: 'x', data: [{ index: 0, embedding: '!!' }] },
    ];
    for (const content of wrong) {
      server.next.push((_, response) => send(response, 200, content));
      await assert.rejects(embedder.embedDocuments(['abc']), { code: 'FAILED_PRECONDITION' }, JSON.stringify(content));
    }
    assert.equal(server.next.length, 0);
  });

  test(`${name}: a call is cancelled while it waits for the answer, for the next try, and before it starts`, async (t) => {
    const { server, embedder } = await started(t);
    const waiting = new AbortController();
    server.next.push(() => {
      waiting.abort();
      return true; // no answer, ever
    });
    await assert.rejects(embedder.embedDocuments(['abc'], waiting.signal), { code: 'CANCELLED' });
    const pausing = new AbortController();
    server.next.push((_, response) => {
      response.on('finish', () => setImmediate(() => pausing.abort()));
      return send(response, 503, {}, { 'retry-after': '30' });
    });
    await assert.rejects(embedder.embedDocuments(['abc'], pausing.signal), { code: 'CANCELLED' });
    server.requests.length = 0;
    await assert.rejects(embedder.embedDocuments(['abc'], AbortSignal.abort()), { code: 'CANCELLED' });
    assert.equal(server.requests.length, 0);
  });

  test(`${name}: a server that does not answer ends in TIMEOUT`, async (t) => {
    const { server, embedder } = await started(t, { timeoutMs: 200, retries: 0, dimensions: 27 });
    server.next.push(() => true);
    await assert.rejects(embedder.embedDocuments(['abc']), { code: 'TIMEOUT' });
  });

  test(`${name}: another place is not followed to`, async (t) => {
    const { server, embedder } = await started(t, { retries: 0 });
    server.next.push((_, response) => send(response, 307, '', { location: `${server.url}/elsewhere` }));
    await assert.rejects(embedder.embedDocuments(['abc']), { code: 'IO_ERROR' });
    assert.ok(server.requests.every(({ path: asked }) => asked !== '/elsewhere'));
  });

  test(`${name}: an unknown model and wrong options are named`, async (t) => {
    const server = await startEmbeddingServer((end) => t.after(end));
    const url = `${server.url}${path}`;
    await assert.rejects(make({ model: 'nobody', url }), { code: 'NOT_FOUND', message: /nobody/ });
    for (const options of [
      null,
      'letters',
      {},
      { model: '' },
      { model: 7 },
      { model: 'letters', url: 'here' },
      { model: 'letters', url: 'file:///etc' },
      { model: 'letters', url: 'http://me:secret@127.0.0.1' },
      { model: 'letters', url: `${url}?key=1` },
      { model: 'letters', url, dimension: 3 },
      { model: 'letters', url, dimensions: 0 },
      { model: 'letters', url, batchSize: 1.5 },
      { model: 'letters', url, retries: -1 },
      { model: 'letters', url, headers: { 'x y': '1' } },
      { model: 'letters', url, headers: { x: 1 } },
      { model: 'letters', url, headers: { x: 'a\nb: c' } },
      { model: 'letters', url, metric: 'manhattan' },
      { model: 'letters', url, fetch: 'fetch' },
    ]) {
      await assert.rejects(make(options), { code: 'INVALID_ARGUMENT' }, JSON.stringify(options));
    }
  });

  test(`${name}: a workspace finds by meaning with it, and what the server refuses is told to the caller`, async (t) => {
    const { server, embedder } = await started(t);
    const workspace = await openWorkspace({ name: 'letters', storage: 'memory', embedder });
    t.after(() => workspace.close());
    const { documents } = await workspace.documents.ingest([
      { filename: 'a.md', content: 'aaa aaa aab' },
      { filename: 'z.md', content: 'zzz zzz zzy' },
    ]);
    assert.deepEqual(
      documents.map(({ status }) => status),
      ['indexed', 'indexed'],
    );
    const { hits } = await workspace.search('zz', { mode: 'semantic', kinds: ['documents'], limit: 1 });
    assert.equal(hits[0].title, 'z.md');
    server.next.push((_, response) => send(response, 403, { error: { message: 'quota used up' } }));
    await assert.rejects(workspace.search('aa bb', { mode: 'semantic' }), {
      code: 'FAILED_PRECONDITION',
      message: /quota used up/,
    });
  });
}

test('ollama: the digest of the model is its fingerprint, and another digest is another embedder', async (t) => {
  const server = await startEmbeddingServer((end) => t.after(end));
  const make = () => ollamaEmbedder({ model: 'letters', url: server.url, keepAlive: '5m', truncateText: false });
  const first = await make();
  assert.equal(first.fingerprint, `ollama:${'a'.repeat(64)}`);
  const { body } = server.requests[0];
  assert.deepEqual([body.keep_alive, body.truncate], ['5m', false]);
  const workspace = await openWorkspace({ name: 'one', storage: 'memory', embedder: first });
  t.after(() => workspace.close());
  await workspace.documents.ingest([{ filename: 'a.md', content: 'aaa' }]);
  const [{ fingerprint }] = await workspace.query('SELECT fingerprint FROM vector_collections WHERE model = ?', [
    'letters',
  ]);
  assert.equal(fingerprint, first.fingerprint);
  server.models = [{ name: 'letters:latest', digest: 'b'.repeat(64) }];
  assert.equal((await make()).fingerprint, `ollama:${'b'.repeat(64)}`);
  server.models = [{ name: 'letters:latest', digest: '<script>' }];
  assert.equal((await make()).fingerprint, undefined);
  server.models = 'none';
  assert.equal((await make()).fingerprint, undefined);
});

test('openai: the key is sent, asked for anew each time, and in no error; vectors may travel as base64', async (t) => {
  const key = 'sk-secret-0123';
  const server = await startEmbeddingServer((end) => t.after(end), { key });
  let asked = 0;
  const embedder = await openaiEmbedder({
    model: 'letters',
    url: `${server.url}/v1`,
    encoding: 'base64',
    headers: { 'x-team': 'bridges' },
    apiKey: async () => {
      asked++;
      return key;
    },
  });
  assert.deepEqual(await embedder.embedDocuments(['abc', 'zz']), [expected('abc'), expected('zz')]);
  assert.equal(asked, 2);
  assert.equal(server.requests[0].headers['x-team'], 'bridges');
  const wrong = 'sk-wrong-4567';
  await assert.rejects(openaiEmbedder({ model: 'letters', url: `${server.url}/v1`, apiKey: wrong }), (error) => {
    assert.equal(error.code, 'FAILED_PRECONDITION');
    assert.ok(!JSON.stringify([error.message, error.detail, error.stack]).includes(wrong));
    return true;
  });
  await assert.rejects(
    openaiEmbedder({ model: 'letters', url: `${server.url}/v1`, apiKey: `${wrong}\nx: y` }),
    (error) => {
      assert.equal(error.code, 'INVALID_ARGUMENT');
      assert.ok(!`${error.message}${error.cause}`.includes(wrong));
      return true;
    },
  );
  await assert.rejects(
    openaiEmbedder({ model: 'letters', url: 'http://models.example/v1', apiKey: key, dimensions: 3 }),
    {
      code: 'INVALID_ARGUMENT',
      message: /https/,
    },
  );
});
