// Documents on their way in while another embedder takes over, in the orders of steps that the queue before the core allows. The worker's
// own parts over the real core, in this thread: who has the lane next is for the test to say, so that nothing depends on time.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { DATABASE_FILE, Embedding, Engine, IngestRun, Lane, MemoryFiles, compileAsset, loadEngine, reembed } =
  await importSource(
    'worker/ingest',
    'worker/embedding',
    'worker/engine',
    'worker/lane',
    'loader/load-engine',
    'loader/read-assets',
    'storage/memory',
    'storage/host-files',
  );
let files;
const module = await loadEngine(
  new URL('../../build/wasm-release/', import.meta.url).href,
  { find: (name) => files.find(name), temporary: () => files.temporary() },
  compileAsset,
);
const table = new Uint8Array(await readFile(new URL('../../dist/embedder.semb', import.meta.url)));

const BUILTIN = { kind: 'builtin' };
const outside = (model, dimensions) => ({ kind: 'external', model, dimensions, metric: 'cosine' });
const A = outside('a', 3);
const B = outside('b', 5);
/** The page's request that brings B. */
const BRINGS_B = 7;
const never = new AbortController().signal;
const nothing = () => undefined;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const until = async (isDue) => {
  while (!isDue()) await turn();
};

/** The worker's parts, with A or the built-in table as the embedder. */
class Rig {
  /** What the page was asked to embed and has not answered. */
  asked = [];
  /** How often the lane was asked for. */
  queued = 0;
  /** Told of each call to the core, while the lane is held. */
  onCall = nothing;
  /** In the place of an ingest's own slices: 0 is over its time after one look. */
  budgetMs;

  static open(t, choice) {
    const rig = new Rig();
    files = new MemoryFiles();
    rig.core = new Engine(module, nothing);
    rig.core.open({ path: DATABASE_FILE, readOnly: false, fullSync: true });
    t.after(() => rig.core.close());
    rig.choice = choice;
    rig.lane = new Lane();
    rig.lane.acquire = (signal) => (rig.queued++, Lane.prototype.acquire.call(rig.lane, signal));
    const engine = { call: (method, params, actor) => rig.#call(method, params, actor) };
    const post = (message) => rig.asked.push(message);
    rig.embedding = new Embedding(choice, engine, rig.lane, async () => table, post);
    rig.host = { engine, lane: rig.lane, embedding: rig.embedding };
    if (choice.kind === 'external') engine.call('embedder.use', choice);
    return rig;
  }

  #call(method, params, actor) {
    const isSlice = method === 'ingest.step' && this.budgetMs !== undefined;
    const answer = this.core.call(method, isSlice ? { ...params, budgetMs: this.budgetMs } : params, actor);
    this.onCall(method);
    return answer;
  }

  query(sql) {
    return this.core.call('sql.query', { sql }).rows;
  }

  ingest(filename) {
    const sources = [{ filename, content: `Text of ${filename} about bridges.` }];
    return new IngestRun(this.host, { sources }, '', never, nothing).run();
  }

  reembed() {
    return reembed(this.host, B, BRINGS_B, never, nothing, nothing);
  }

  /** The page's embedder answers the oldest question: vectors that say how long a text is. */
  answer() {
    const { call, texts, request } = this.asked.shift();
    const { dimensions } = request === BRINGS_B ? B : this.choice;
    const vectors = texts.map((text) => new Float32Array(dimensions).fill(text.length));
    this.embedding.receive({ kind: 'embedded', call, ok: true, vectors });
  }

  fail() {
    const { call } = this.asked.shift();
    const error = { code: 'FAILED_PRECONDITION', message: 'the model is gone', detail: {} };
    this.embedding.receive({ kind: 'embedded', call, ok: false, error });
  }

  /** What `work` resolves with, while the page answers all that it is asked. */
  async end(work) {
    let ended = false;
    const end = () => (ended = true);
    work.then(end, end);
    await until(() => {
      if (this.asked.length > 0) this.answer();
      return ended;
    });
    return work;
  }

  /** Does `act`, after which something more waits for the lane. */
  async queueing(act) {
    const before = this.queued;
    act();
    await until(() => this.queued > before);
  }

  /** The lane, at the next turn after the job of a document was opened: its first slice waits behind whoever has it now. */
  whenOpened() {
    return new Promise((resolve) => {
      this.onCall = (method) => {
        if (method !== 'ingest.open') return;
        this.onCall = nothing;
        const before = this.queued + 1;
        void this.lane.acquire().then(async (release) => {
          await until(() => this.queued > before);
          resolve(release);
        });
      };
    });
  }
}

/** A workspace with one document, and its reembedding by B, whose last step comes after the answer that the page still owes. */
async function almostExchanged(t, choice) {
  const rig = Rig.open(t, choice);
  await rig.end(rig.ingest('before.md'));
  const exchanged = rig.reembed();
  await until(() => rig.asked.length > 0);
  return { rig, exchanged };
}

/** The document was taken in, and every passage has the vector that B makes of its text. */
function assertAllByB(rig, report, passages = 2) {
  const outcomes = report.documents.map(({ status, error }) => [status, error]);
  assert.deepEqual(outcomes, [['indexed', undefined]]);
  const collections = rig.query(
    `SELECT c.name, c.model, count(*) FROM vector_collections c JOIN vector_points p ON p.collection_id = c.id GROUP BY 1, 2`,
  );
  assert.deepEqual(collections, [['document_chunks', 'b', passages]]);
  const vectors = rig.query(
    'SELECT p.vector, length(c.chunk_text) FROM vector_points p JOIN document_chunks c ON c.id = p.chunk_id',
  );
  for (const [bytes, length] of vectors)
    assert.deepEqual([...new Float32Array(bytes.slice().buffer)], Array(B.dimensions).fill(length));
}

async function assertBothEnd({ rig, exchanged }, taken) {
  const report = await rig.end(taken);
  await rig.end(exchanged);
  assertAllByB(rig, report);
}

for (const choice of [BUILTIN, A]) {
  test(`exchanged before the slice that ends the chunks, which is over its time: ${choice.kind}`, async (t) => {
    const all = await almostExchanged(t, choice);
    const { rig } = all;
    rig.budgetMs = 0;
    const release = await rig.lane.acquire();
    let taken;
    await rig.queueing(() => (taken = rig.ingest('late.md')));
    await rig.queueing(() => rig.answer());
    release();
    await assertBothEnd(all, taken);
  });

  test(`the exchange waits behind the slice that ends the chunks: ${choice.kind}`, async (t) => {
    const all = await almostExchanged(t, choice);
    const { rig } = all;
    rig.budgetMs = 0;
    const opened = rig.whenOpened();
    const taken = rig.ingest('late.md');
    const release = await opened;
    await rig.queueing(() => rig.answer());
    release();
    await assertBothEnd(all, taken);
  });

  test(`exchanged when a document is about to be opened: ${choice.kind}`, async (t) => {
    const all = await almostExchanged(t, choice);
    const { rig } = all;
    const release = await rig.lane.acquire();
    await rig.queueing(() => rig.answer());
    let taken;
    await rig.queueing(() => (taken = rig.ingest('late.md')));
    release();
    await assertBothEnd(all, taken);
  });

  test(`exchanged where there are no documents yet: ${choice.kind}`, async (t) => {
    const rig = Rig.open(t, choice);
    await rig.embedding.ready(never);
    rig.budgetMs = 0;
    const opened = rig.whenOpened();
    const taken = rig.ingest('first.md');
    const release = await opened;
    let exchanged;
    await rig.queueing(() => (exchanged = rig.reembed()));
    release();
    assertAllByB(rig, await rig.end(taken), 1);
    await rig.end(exchanged);
  });
}

for (const outcome of ['answer', 'fail'])
  test(`exchanged while the embedder before has the texts: ${outcome}`, async (t) => {
    const all = await almostExchanged(t, A);
    const { rig } = all;
    const taken = rig.ingest('late.md');
    await until(() => rig.asked.length === 2);
    rig.answer();
    await all.exchanged;
    assert.equal(rig.asked.length, 1);
    rig[outcome]();
    await assertBothEnd(all, taken);
  });

test('an embedder that fails while it is the present one fails the document', async (t) => {
  const rig = Rig.open(t, A);
  const taken = rig.ingest('late.md');
  await until(() => rig.asked.length > 0);
  rig.fail();
  const { documents } = await taken;
  assert.deepEqual(
    documents.map(({ status, error }) => [status, error.message]),
    [['failed', 'the model is gone']],
  );
});
