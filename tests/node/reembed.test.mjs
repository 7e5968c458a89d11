// All vectors anew by another embedder: searches go on, a kill loses nothing, the old vectors go.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorkspace } from '../../dist/node.js';
import { filesOf } from '../support/plaintext.mjs';
import { embedded, until } from '../support/until.mjs';
import { duringCall, temporaryFolder, withCode } from '../support/workspaces.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Vectors by the letters of a text; each model begins with a number of its own, whose bytes are looked for in files. */
function letters(model, mark, dimensions = 28) {
  const asked = [];
  const embed = (texts) =>
    Promise.resolve(
      texts.map((text) => {
        const vector = new Float32Array(dimensions);
        vector[0] = mark;
        for (const letter of text.toLowerCase()) {
          const at = letter.charCodeAt(0) - 96;
          if (at > 0 && at < 27) vector[1 + (at % (dimensions - 1))] += 100;
        }
        return vector;
      }),
    );
  return {
    model,
    dimensions,
    asked,
    queries: [],
    embedDocuments(texts) {
      asked.push(...texts);
      return embed(texts);
    },
    embedQueries(texts) {
      this.queries.push(...texts);
      return embed(texts);
    },
  };
}
const bytesOf = (number) => Buffer.from(new Float32Array([number]).buffer);
const A = () => letters('a', 1.2345678);
const B = () => letters('b', 2.3456789, 20);

const sources = (count) =>
  Array.from({ length: count }, (_, i) => ({
    filename: `d${i}.md`,
    content: `# Part ${i}\n\nThe ${'abcdefghij'[i % 10].repeat(9)} of number ${i} stands here.`,
  }));

async function fill(workspace, documents = 150, messages = 150) {
  const { documents: report } = await workspace.documents.ingest(sources(documents));
  assert.ok(report.every(({ status }) => status === 'indexed'));
  const user = await workspace.table('users').insert({ username: 'ann' });
  const { id } = await workspace.table('conversations').insert({ user_id: user.id, title: 'Talk' });
  await workspace
    .table('messages')
    .insertMany(
      Array.from({ length: messages }, (_, i) => ({ conversation_id: id, role: 'user', content: `Message ${i} zzz` })),
    );
  if (messages > 0) await embedded(workspace);
  return report;
}

const semantic = (workspace, kinds = ['documents']) =>
  workspace.search('jjjjjjjjj', { mode: 'semantic', kinds, limit: 3 });
async function assertWhole(workspace, model) {
  const health = await workspace.health();
  assert.deepEqual(
    Object.entries(health.vectors).filter(([, { ok }]) => !ok),
    [],
  );
  assert.ok(!Object.keys(health.vectors).some((name) => /:(old|new)$/.test(name)), Object.keys(health.vectors).join());
  const rows = await workspace.query(
    `SELECT c.name, c.model, count(*) AS points FROM vector_collections c JOIN vector_points p ON p.collection_id = c.id GROUP BY 1, 2`,
  );
  const [counts] = await workspace.query(
    'SELECT (SELECT count(*) FROM document_chunks) AS chunks, (SELECT count(*) FROM messages) AS messages',
  );
  for (const { name, model: made, points } of rows) {
    assert.equal(made, model, name);
    if (name === 'document_chunks') assert.equal(points, counts.chunks);
    if (name === 'archivolt:messages') assert.equal(points, counts.messages);
  }
}

test('another embedder takes over: searches use the old vectors until the new ones are all there', async (t) => {
  const directory = temporaryFolder(t);
  const [a, b] = [A(), B()];
  const workspace = await openWorkspace({ name: 'test', storage: { directory }, embedder: a });
  await fill(workspace);
  const progress = [];
  const during = [];
  let searching;
  // The embedder waits for a search, so that at least one falls between two batches.
  const slow = {
    ...b,
    embedDocuments: async (texts) => {
      searching ??= Promise.all([semantic(workspace), semantic(workspace, ['messages'])]).then((found) => {
        during.push(...found);
      });
      await searching;
      if (b.asked.length === 64)
        await workspace.documents.ingest({ filename: 'late.md', content: 'Came in meanwhile: jjjjjjjjj jjjjjjjjj.' });
      return b.embedDocuments(texts);
    },
  };
  await workspace.documents.reembed(slow, { onProgress: (at) => progress.push(at) });
  assert.ok(during.every(({ hits, reembedding }) => hits.length > 0 && reembedding === undefined));
  assert.ok(a.queries.length >= 2);
  assert.ok(progress.every(({ done, total }, i) => done <= total && (i === 0 || done >= progress[i - 1].done)));
  assert.equal(progress.at(-1).phase, 'done');

  const { hits } = await semantic(workspace);
  assert.equal(hits[0].title, 'late.md');
  assert.ok(b.queries.length > 0, 'the new embedder embeds queries');
  await workspace.documents.ingest({ filename: 'after.md', content: 'Came in afterwards.' });
  assert.ok(b.asked.some((text) => text.includes('afterwards')));
  await assertWhole(workspace, 'b');
  await workspace.close();
  for (const bytes of Object.values(filesOf(directory)))
    assert.ok(!bytes.includes(bytesOf(1.2345678)), 'an old vector is left');
  assert.ok(Object.values(filesOf(directory)).some((bytes) => bytes.includes(bytesOf(2.3456789))));

  const again = await openWorkspace({ name: 'test', storage: { directory }, embedder: b });
  assert.equal((await semantic(again)).hits[0].title, 'late.md');
  assert.equal((await again.status()).embedding.other, null);
  await again.close();
});

test('a process that is killed in the middle loses nothing: the next one goes on', async (t) => {
  const directory = temporaryFolder(t);
  const first = await openWorkspace({ name: 'test', storage: { directory }, embedder: A() });
  await fill(first, 300, 0);
  await first.close();
  const script = `
    const { openWorkspace } = await import(${JSON.stringify(new URL('../../dist/node.js', import.meta.url).href)});
    const vectors = (texts, size) => texts.map(() => new Float32Array(size).fill(1));
    const embedder = (model, dimensions, wait) => ({
      model, dimensions, embedDocuments: async (texts) => { await wait?.(); return vectors(texts, dimensions); },
    });
    const workspace = await openWorkspace({
      name: 'test', storage: { directory: ${JSON.stringify(directory)} }, embedder: embedder('a', 28),
    });
    let batches = 0;
    const wait = () => {
      if (++batches < 4) return;
      console.log('stuck');
      return new Promise((resolve) => setTimeout(resolve, 3_600_000));
    };
    await workspace.documents.reembed(embedder('b', 20, wait));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  assert.equal(String((await once(child.stdout, 'data'))[0]).trim(), 'stuck');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const b = B();
  const second = await openWorkspace({ name: 'test', storage: { directory }, embedder: A() });
  assert.ok((await semantic(second)).hits.length > 0, 'the old vectors serve');
  await second.documents.reembed(b);
  assert.equal(b.asked.length, 300 - 3 * 64);
  await assertWhole(second, 'b');
  await second.close();
});

for (const passphrase of [undefined, 'correct horse battery staple'])
  test(`where the old embedder is gone${passphrase ? ', encrypted' : ''}: refused, begun, found by words, done`, async (t) => {
    const directory = temporaryFolder(t);
    const open = (embedder) =>
      openWorkspace({ name: 'test', storage: { directory }, ...(passphrase && { passphrase }), embedder });
    const first = await open(A());
    await fill(first, 150, 20);
    await first.close();
    const b = B();
    const workspace = await open(b);
    await assert.rejects(workspace.search('number'), withCode('FAILED_PRECONDITION', /documents\.reembed/));
    await assert.rejects(semantic(workspace), withCode('FAILED_PRECONDITION', /documents\.reembed/));
    const [refused] = (await workspace.documents.ingest(sources(151).slice(150))).documents;
    assert.equal(refused.status, 'failed');
    assert.deepEqual((await workspace.status()).embedding.other, { model: 'a', dimensions: 28, begun: false });

    const controller = new AbortController();
    let reached = 0;
    const stopped = workspace.documents.reembed(undefined, {
      signal: controller.signal,
      onProgress: ({ done }) => (reached = done),
    });
    const rejected = assert.rejects(stopped, withCode('CANCELLED'));
    const isDue = () => reached >= 64;
    await duringCall(workspace, stopped, isDue, () => controller.abort());
    await rejected;
    assert.equal((await workspace.status()).embedding.other.begun, true);
    const found = await workspace.search('number 77', { kinds: ['documents'] });
    assert.equal(found.reembedding, true);
    assert.equal(found.hits[0].title, 'Part 77');
    assert.equal(found.hits[0].legs.semantic, undefined);
    await assert.rejects(semantic(workspace), withCode('FAILED_PRECONDITION'));
    const [came] = (await workspace.documents.ingest({ filename: 'late.md', content: 'Late jjjjjjjjj jjjjjj.' }))
      .documents;
    assert.equal(came.status, 'indexed');

    const before = b.asked.length;
    await workspace.documents.reembed();
    assert.ok(b.asked.length - before <= 151 - 64, 'what was embedded is not embedded again');
    assert.equal((await workspace.status()).embedding.other, null);
    const { hits, reembedding } = await semantic(workspace);
    assert.equal(reembedding, undefined);
    assert.equal(hits[0].title, 'late.md');
    await embedded(workspace);
    await assertWhole(workspace, 'b');
    await workspace.close();
    for (const bytes of Object.values(filesOf(directory))) assert.ok(!bytes.includes(bytesOf(1.2345678)));
  });

test('back to the built-in table, whose slices leave room for other calls', async (t) => {
  const directory = temporaryFolder(t);
  const first = await openWorkspace({ name: 'test', storage: { directory }, embedder: A() });
  await fill(first, 200, 50);
  await first.close();
  const workspace = await openWorkspace({ name: 'test', storage: { directory } });
  let ended = false;
  const all = workspace.documents.reembed().finally(() => (ended = true));
  await assert.rejects(workspace.documents.reembed(), withCode('BUSY'));
  let answered = 0;
  while (!ended) {
    await workspace.table('tags').count();
    answered++;
  }
  await all;
  assert.ok(answered > 1);
  const models = () => workspace.query('SELECT DISTINCT model FROM vector_collections');
  // Rows follow in the background.
  await until(async () => (await models()).length === 1);
  await embedded(workspace);
  const [{ model }] = await models();
  await assertWhole(workspace, model);
  assert.ok((await workspace.search('number', { mode: 'semantic' })).hits.length > 0);
  await workspace.documents.reembed();
  await workspace.close();
});

test('documents that come in all the time are embedded by whoever is present at the end', async (t) => {
  const workspace = await openWorkspace({ name: 'test', storage: 'memory', embedder: A() });
  t.after(() => workspace.close());
  await fill(workspace, 100, 0);
  let ended = false;
  const coming = (async () => {
    for (let i = 0; !ended || i < 20; i++) {
      const { documents } = await workspace.documents.ingest({ filename: `c${i}.md`, content: `Coming ${i}.` });
      assert.equal(documents[0].status, 'indexed', JSON.stringify(documents[0].error));
    }
  })();
  const b = B();
  await workspace.documents.reembed(b).finally(() => (ended = true));
  await coming;
  await assertWhole(workspace, 'b');
});

test('an embedder that fails, a workspace without one, one that closes, and wrong arguments', async (t) => {
  const workspace = await openWorkspace({ name: 'test', storage: 'memory', embedder: null });
  t.after(() => workspace.close());
  await fill(workspace, 100, 0);
  await assert.rejects(workspace.documents.reembed(), withCode('FAILED_PRECONDITION', /Name the one/));
  for (const wrong of [null, 7, {}, { ...B(), dimensions: 0 }, { ...B(), embedDocuments: 1 }])
    await assert.rejects(workspace.documents.reembed(wrong), withCode('INVALID_ARGUMENT', /embedder/));
  await assert.rejects(workspace.documents.reembed(B(), { onProgres: () => 0 }), withCode('INVALID_ARGUMENT'));
  await assert.rejects(workspace.documents.reembed({ ...B(), dimensions: 20_000 }), withCode('INVALID_ARGUMENT'));

  const b = B();
  let calls = 0;
  const failing = {
    ...b,
    embedDocuments: (texts) =>
      ++calls < 2 ? b.embedDocuments(texts) : Promise.reject(new Error('the model is not there')),
  };
  await assert.rejects(workspace.documents.reembed(failing), withCode('FAILED_PRECONDITION', /not there/));
  await assert.rejects(
    workspace.documents.reembed({ ...b, embedDocuments: () => Promise.resolve([]) }),
    withCode('INVALID_ARGUMENT'),
  );
  await workspace.documents.reembed(b);
  assert.equal(b.asked.length, 100);
  await assertWhole(workspace, 'b');
  assert.ok((await semantic(workspace)).hits.length > 0);

  const stuck = workspace.documents.reembed({ ...A(), embedDocuments: () => new Promise(() => undefined) });
  const outcome = assert.rejects(stuck, (error) => ['CANCELLED', 'FAILED_PRECONDITION'].includes(error.code));
  await workspace.table('tags').count();
  await workspace.close();
  await outcome;
});
