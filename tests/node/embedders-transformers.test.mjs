import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { openWorkspace } from '../../dist/node.js';
import { transformersEmbedder } from '../../dist/embedders/transformers.js';
import { writeTinyModel } from '../support/tiny-model.mjs';

let folder;
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-model-'));
  writeTinyModel(folder, 'tiny', {
    '[UNK]': [0, 0, 0, 1],
    bridge: [1, 0, 0, 0],
    viaduct: [0.9, 0.1, 0, 0],
    beam: [0, 1, 0, 0],
    invoice: [0, 0, 1, 0],
    'query:': [0, 0, 0, 0],
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function loaded(t, options) {
  const embedder = await transformersEmbedder(options);
  t.after(() => embedder.dispose());
  return embedder;
}

const near = (vector, expected) =>
  vector.length === expected.length && vector.every((value, at) => Math.abs(value - expected[at]) < 1e-5);

test('texts become the mean of their tokens, of length 1, whatever batch they come in', async (t) => {
  const embedder = await loaded(t, { model: 'tiny', localModelPath: folder, batchSize: 2 });
  assert.deepEqual([embedder.model, embedder.dimensions, embedder.metric], ['tiny', 4, 'cosine']);
  assert.match(embedder.fingerprint, /^transformers:main:fp32:mean:unit$/);
  const texts = ['bridge beam', 'bridge', 'invoice invoice invoice', 'beam bridge bridge beam beam beam', 'viaduct'];
  const vectors = await embedder.embedDocuments(texts);
  const length = Math.hypot(2, 4);
  assert.ok(near(vectors[0], [Math.SQRT1_2, Math.SQRT1_2, 0, 0]), String(vectors[0]));
  assert.ok(near(vectors[1], [1, 0, 0, 0]), 'padded beside a longer text, it is still its own mean');
  assert.ok(near(vectors[2], [0, 0, 1, 0]));
  assert.ok(near(vectors[3], [2 / length, 4 / length, 0, 0]), String(vectors[3]));
  assert.deepEqual(await embedder.embedDocuments([]), []);
});

test('normalize and pooling are what was asked for, and part of the fingerprint', async (t) => {
  const embedder = await loaded(t, { model: 'tiny', localModelPath: folder, normalize: false, pooling: 'cls' });
  assert.match(embedder.fingerprint, /cls:raw$/);
  const [vector] = await embedder.embedDocuments(['viaduct beam']);
  assert.ok(near(vector, [0.9, 0.1, 0, 0]), 'the first token alone');
});

test('a workspace searches by meaning with it', async (t) => {
  const embedder = await loaded(t, { model: 'tiny', localModelPath: folder });
  const workspace = await openWorkspace({ name: 'tiny', storage: 'memory', embedder });
  try {
    await workspace.documents.ingest([
      { filename: 'a.md', content: 'bridge bridge' },
      { filename: 'b.md', content: 'invoice' },
    ]);
    const { hits } = await workspace.search('viaduct', { mode: 'semantic', kinds: ['documents'], limit: 1 });
    assert.equal(hits[0].title ?? hits[0].name, 'a.md');
    const [row] = await workspace.query("SELECT model, fingerprint, dims FROM vector_collections WHERE model = 'tiny'");
    assert.deepEqual({ ...row }, { model: 'tiny', fingerprint: embedder.fingerprint, dims: 4 });
  } finally {
    await workspace.close();
  }
});

test('a cancelled call ends, a disposed embedder says so, a missing model and a wrong option are named', async () => {
  const embedder = await transformersEmbedder({ model: 'tiny', localModelPath: folder });
  await assert.rejects(embedder.embedDocuments(['beam'], AbortSignal.abort()), { code: 'CANCELLED' });
  await embedder.dispose();
  await embedder.dispose();
  await assert.rejects(embedder.embedQueries(['beam']), { code: 'FAILED_PRECONDITION' });
  await assert.rejects(transformersEmbedder({ model: 'missing', localModelPath: folder }), {
    code: 'FAILED_PRECONDITION',
    message: /missing/,
  });
  await assert.rejects(transformersEmbedder({ model: '' }), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(transformersEmbedder({ model: 'tiny', poling: 'mean' }), {
    code: 'INVALID_ARGUMENT',
    message: /poling/,
  });
  await assert.rejects(transformersEmbedder({ model: 'tiny', localModelPath: folder, pooling: 'max' }), {
    code: 'INVALID_ARGUMENT',
  });
});
