// A workspace's own search, judged: queries as Archi keeps them, sources by the fields of documents, and graphs beside exact search.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { evaluate, graphRecall, MEASURES, readJudgedQueries } from '../../dist/evaluation.js';

const refused = (code, words) => (error) => error.code === code && words.test(error.message);

async function handbook(t) {
  const workspace = await openWorkspace({ name: 'judged', storage: 'memory' });
  t.after(() => workspace.close());
  const pages = {
    'backup.md': '# Backups\n\nA copy of the database is made every night and kept for a month.\n',
    'garden.md': '# Garden\n\nTomatoes want sun, and water in the morning.\n',
    'auth.md': '# Login\n\nPasswords are hashed with bcrypt before they are stored.\n',
  };
  const sources = Object.entries(pages).map(([filename, content]) => ({
    filename,
    content,
    url: `https://handbook.example/${filename}`,
    metadata: { source_id: `page ${filename}` },
  }));
  await workspace.documents.ingest(sources);
  return workspace;
}

test('each mode is scored on each query, by what its sources name', async (t) => {
  const workspace = await handbook(t);
  const queries = [
    { question: 'bcrypt passwords', sources: ['AUTH.md '], answer: 'hashed' },
    { question: 'tomatoes', sources: ['https://handbook.example/garden.md'] },
    { question: 'database copy', sources: ['page backup.md'], source_match_field: ['source_id'] },
    { question: 'tomatoes in the sun', sources: ['garden.md'], source_match_field: ['url'] },
  ];
  const steps = [];
  const report = await evaluate(workspace, queries, { onProgress: (done, of) => steps.push([done, of]) });
  assert.equal(report.queries, 4);
  for (const mode of ['keyword', 'semantic', 'hybrid']) assert.equal(report.modes[mode].scores.length, 4, mode);
  const { scores, measures } = report.modes.hybrid;
  assert.deepEqual(
    scores.map(({ mrr10 }) => mrr10),
    [1, 1, 1, 0],
    'the last one asks for another field than the one that has it',
  );
  assert.equal(measures.recall1.mean, 0.75);
  assert.deepEqual(Object.keys(measures), [...MEASURES]);
  assert.deepEqual(Object.keys(report.gains), ['keyword', 'semantic']);
  assert.deepEqual(steps.at(-1), [12, 12]);
});

test('a source counts once, however many documents are it', async (t) => {
  const workspace = await handbook(t);
  await workspace.documents.ingest([
    { filename: 'more.md', content: 'Tomatoes again.', url: 'https://handbook.example/garden.md' },
  ]);
  const query = { question: 'tomatoes', sources: ['https://handbook.example/garden.md', 'auth.md'] };
  const { modes } = await evaluate(workspace, [query], { modes: ['keyword'] });
  const [score] = modes.keyword.scores;
  assert.equal(score.mrr10, 1);
  assert.ok(Math.abs(score.ndcg10 - 1 / (1 + 1 / Math.log2(3))) < 1e-12, 'one of two sources was found');
});

test("files of queries are read in both of Archi's shapes, and what is none is named", () => {
  const query = { question: 'q', sources: ['a'], answer: null, source_match_field: ['url'], level: 3 };
  const read = [{ question: 'q', sources: ['a'], source_match_field: ['url'] }];
  assert.deepEqual(readJudgedQueries(JSON.stringify([query])), read);
  assert.deepEqual(readJudgedQueries(JSON.stringify({ first: query })), read);
  assert.throws(() => readJudgedQueries('{'), refused('INVALID_ARGUMENT', /not JSON/));
  assert.throws(() => readJudgedQueries('[{"question": "q"}]'), refused('INVALID_ARGUMENT', /queries\[0\]\.sources/));
  assert.throws(
    () => readJudgedQueries('[{"question": "", "sources": ["a"]}]'),
    refused('INVALID_ARGUMENT', /question/),
  );
  assert.throws(
    () => readJudgedQueries('[{"question": "q", "sources": []}]'),
    refused('INVALID_ARGUMENT', /at least one/),
  );
  assert.throws(() => readJudgedQueries(7), refused('INVALID_ARGUMENT', /json/));
});

test('wrong arguments, an abort and a closed workspace are told', async (t) => {
  const workspace = await handbook(t);
  const query = { question: 'tomatoes', sources: ['garden.md'] };
  await assert.rejects(evaluate(workspace, []), refused('INVALID_ARGUMENT', /queries/));
  await assert.rejects(evaluate(workspace, [query], { modes: ['best'] }), refused('INVALID_ARGUMENT', /modes\[0\]/));
  await assert.rejects(evaluate(workspace, [query], { depth: 3 }), refused('INVALID_ARGUMENT', /depth/));
  await assert.rejects(evaluate(workspace, [query], { signal: AbortSignal.abort() }), refused('CANCELLED', /./));
  await assert.rejects(graphRecall(workspace, 'none'), refused('NOT_FOUND', /no vector collection/));
  await workspace.close();
  await assert.rejects(evaluate(workspace, [query]), refused('FAILED_PRECONDITION', /closed/));
});

test('a graph is compared with an exact search over a sample of its points', async (t) => {
  const workspace = await openWorkspace({ name: 'graph', storage: 'memory', embedder: null });
  t.after(() => workspace.close());
  await workspace.collections.create({ name: 'points', dimensions: 8 });
  await assert.rejects(graphRecall(workspace, 'points'), refused('FAILED_PRECONDITION', /empty/));
  let state = 7;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  const points = Array.from({ length: 3000 }, (_, index) => ({
    id: `p${index}`,
    vector: Float32Array.from({ length: 8 }, random),
  }));
  await workspace.collections.upsert('points', points);
  const { recall, sample } = await graphRecall(workspace, 'points', { sample: 40, limit: 5, ef: 200 });
  assert.equal(sample, 40);
  assert.ok(recall.mean > 0.9 && recall.mean <= 1 && recall.low <= recall.mean, JSON.stringify(recall));
});
