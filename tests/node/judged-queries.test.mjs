// Judged queries that are kept in the workspace, and searches that are kept to be run again.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  addJudgedQueries,
  editJudgedQuery,
  evaluateJudged,
  judgedQueries,
  keepEvaluation,
  keepReplay,
  passageRecall,
  readJudgedQueries,
  removeJudgedQuery,
  removeStoredSearch,
  replaySearch,
  storedSearches,
  storeSearch,
  writeJudgedQueries,
} from '../../dist/evaluation.js';
import { until } from '../support/until.mjs';
import { openForTest, withCode } from '../support/workspaces.mjs';

const PAGES = {
  'backup.md': '# Backups\n\nA copy of the database is made every night and kept for a month.\n',
  'garden.md': '# Garden\n\nTomatoes want sun, and water in the morning.\n',
  'auth.md': '# Login\n\nPasswords are hashed with bcrypt before they are stored.\n',
};
const pageOf = ([filename, content]) => ({ filename, content, url: `https://handbook.example/${filename}` });

async function handbook(t) {
  const workspace = await openForTest(t);
  await workspace.documents.ingest(Object.entries(PAGES).map(pageOf));
  return workspace;
}

const BCRYPT = { question: 'bcrypt passwords', sources: ['auth.md'], answer: 'They are hashed.' };
const TOMATOES = { question: 'tomatoes', sources: ['garden.md', 'missing.md'] };
const UNICODE = { question: 'Ça marche, 漢字 é 𝄞?', sources: ["'; DROP TABLE users; --"], source_match_field: ['url'] };

const withoutStore = ({ question, sources, answer, source_match_field }) =>
  JSON.parse(JSON.stringify({ question, sources, answer, source_match_field }));

test('queries are kept, come back as they were, and the same file twice changes nothing', async (t) => {
  const workspace = await handbook(t);
  const all = [BCRYPT, TOMATOES, UNICODE];
  assert.deepEqual(await addJudgedQueries(workspace, all), { added: 3, changed: 0, unchanged: 0 });
  assert.deepEqual(await addJudgedQueries(workspace, all), { added: 0, changed: 0, unchanged: 3 });
  const answered = { ...TOMATOES, answer: 'Sun.' };
  assert.deepEqual(await addJudgedQueries(workspace, [answered, answered]), { added: 0, changed: 1, unchanged: 0 });
  const stored = await judgedQueries(workspace);
  assert.deepEqual(stored.map(withoutStore), [BCRYPT, answered, UNICODE].map(withoutStore));
  assert.ok(stored.every(({ user, kept }) => user === null && kept === null));
  assert.deepEqual(readJudgedQueries(writeJudgedQueries(stored)), stored.map(withoutStore));
});

test('at once and again a question is kept once', async (t) => {
  const workspace = await handbook(t);
  const counts = await Promise.all([BCRYPT, BCRYPT, BCRYPT].map((query) => addJudgedQueries(workspace, [query])));
  assert.equal(
    counts.reduce((sum, { added }) => sum + added, 0),
    1,
  );
  assert.equal((await judgedQueries(workspace)).length, 1);
});

test('a query is edited and removed; its old scores go with what they were about', async (t) => {
  const workspace = await handbook(t);
  await addJudgedQueries(workspace, [BCRYPT, TOMATOES]);
  assert.equal(await keepEvaluation(workspace, await evaluateJudged(workspace, { modes: ['keyword'] })), 2);
  const [bcrypt, tomatoes] = await judgedQueries(workspace);
  assert.equal(bcrypt.kept.modes.keyword.mrr10, 1);
  const worded = await editJudgedQuery(workspace, bcrypt.id, { answer: 'By bcrypt.' });
  assert.equal(worded.answer, 'By bcrypt.');
  assert.notEqual(worded.kept, null, 'an answer in words has no part in the scores');
  assert.equal((await editJudgedQuery(workspace, bcrypt.id, { sources: ['backup.md'] })).kept, null);
  await assert.rejects(
    editJudgedQuery(workspace, bcrypt.id, { question: 'tomatoes' }),
    withCode('ALREADY_EXISTS', /same question/),
  );
  await assert.rejects(editJudgedQuery(workspace, bcrypt.id, { sources: [] }), withCode('INVALID_ARGUMENT', /sources/));
  await assert.rejects(editJudgedQuery(workspace, 'none', {}), withCode('NOT_FOUND'));
  assert.equal(await removeJudgedQuery(workspace, tomatoes.id), true);
  assert.equal(await removeJudgedQuery(workspace, tomatoes.id), false);
  const search = await storeSearch(workspace, 'tomatoes');
  assert.equal(await removeJudgedQuery(workspace, search.id), false, 'a kept search is no judged query');
});

test('an evaluation says which sources were found, and what changed since the one that was kept', async (t) => {
  const workspace = await handbook(t);
  await addJudgedQueries(workspace, [BCRYPT, TOMATOES]);
  const first = await evaluateJudged(workspace);
  assert.equal(first.since, null);
  const { ranks, sources } = first.report.modes.hybrid;
  assert.deepEqual(ranks, [[1], [1, null]]);
  assert.deepEqual([sources.any.mean, sources.all.mean, sources.share.mean], [1, 0.5, 0.75]);
  assert.equal(await keepEvaluation(workspace, first), 2);

  await workspace.settings.set('dynamic', { bm25_weight: 0.9 });
  const garden = (await workspace.table('documents').find({ where: { filename: 'garden.md' } }))[0];
  await workspace.documents.remove(garden.id);
  await addJudgedQueries(workspace, [{ question: 'database copy', sources: ['backup.md'] }]);
  const second = await evaluateJudged(workspace);
  assert.equal(second.since.at, first.at);
  assert.equal(second.since.queries, 2, 'the third has nothing to be compared with');
  assert.equal(second.since.gains.hybrid.recall1.mean, -0.5);
  assert.deepEqual(
    second.since.changes.map(({ what, name, to }) => [what, name, to]),
    [
      ['setting', 'bm25_weight', '0.9'],
      ['data', 'documents', '2'],
    ],
  );
});

test('what was changed while it was asked keeps no scores of the old question', async (t) => {
  const workspace = await handbook(t);
  await addJudgedQueries(workspace, [BCRYPT, TOMATOES, UNICODE]);
  const evaluation = await evaluateJudged(workspace, { modes: ['keyword'] });
  const [bcrypt, tomatoes] = evaluation.queries;
  await editJudgedQuery(workspace, bcrypt.id, { sources: ['garden.md'] });
  await removeJudgedQuery(workspace, tomatoes.id);
  assert.equal(await keepEvaluation(workspace, evaluation), 1);
  const kept = (await judgedQueries(workspace)).filter((query) => query.kept !== null);
  assert.deepEqual(
    kept.map(({ question }) => question),
    [UNICODE.question],
  );
});

test('wrong queries, too many and too long ones, an abort and a closed workspace are told', async (t) => {
  const workspace = await handbook(t);
  await assert.rejects(evaluateJudged(workspace), withCode('FAILED_PRECONDITION', /no judged queries/));
  await assert.rejects(addJudgedQueries(workspace, 'all'), withCode('INVALID_ARGUMENT', /queries/));
  await assert.rejects(addJudgedQueries(workspace, [BCRYPT, { question: 'q' }]), withCode('INVALID_ARGUMENT', /\[1\]/));
  await assert.rejects(addJudgedQueries(workspace, [BCRYPT], { owner: 'x' }), withCode('INVALID_ARGUMENT', /owner/));
  await assert.rejects(
    addJudgedQueries(workspace, [{ ...BCRYPT, question: 'x'.repeat(10_001) }]),
    withCode('INVALID_ARGUMENT', /10000/),
  );
  await assert.rejects(
    addJudgedQueries(workspace, [{ ...BCRYPT, sources: ['x'.repeat(4001)] }]),
    withCode('INVALID_ARGUMENT', /sources\[0\]/),
  );
  const many = Array.from({ length: 10_001 }, (_, index) => ({ question: `q${index}`, sources: ['a'] }));
  await assert.rejects(addJudgedQueries(workspace, many), withCode('FAILED_PRECONDITION', /10000/));
  await assert.rejects(addJudgedQueries(workspace, [BCRYPT], { user: 'nobody' }), withCode('CONSTRAINT'));
  const signal = AbortSignal.abort();
  await assert.rejects(addJudgedQueries(workspace, [BCRYPT], { signal }), withCode('CANCELLED'));
  await assert.rejects(judgedQueries(workspace, { signal }), withCode('CANCELLED'));
  await assert.rejects(storedSearches(workspace, { signal }), withCode('CANCELLED'));
  await assert.rejects(storeSearch(workspace, 'tomatoes', { signal }), withCode('CANCELLED'));
  assert.equal(await workspace.table('stored_searches').count(), 0);
  await workspace.close();
  await assert.rejects(judgedQueries(workspace), withCode('FAILED_PRECONDITION', /closed/));
});

test('a kept search is run again: nothing changed, then something came, went and moved', async (t) => {
  const workspace = await handbook(t);
  const stored = await storeSearch(workspace, 'a copy of the database', { limit: 2, mode: 'hybrid' });
  assert.equal(stored.hits.length, 2);
  assert.ok(stored.hits[0].legs.bm25.rank === 1 && stored.hits[0].legs.semantic.rank === 1);
  assert.ok(!JSON.stringify(await workspace.table('stored_searches').get(stored.id)).includes('every night'));
  const same = await replaySearch(workspace, stored.id);
  assert.deepEqual([same.came, same.went, same.moved, same.changes], [[], [], [], []]);
  assert.deepEqual(
    same.stayed.map(({ rank }) => rank),
    [1, 2],
  );
  assert.equal(same.stayed[0].title, 'Backups');

  await workspace.documents.ingest([
    { filename: 'restore.md', content: '# Restore\n\nA copy of the database: the copy of the database is put back.\n' },
  ]);
  const other = await replaySearch(workspace, stored.id);
  assert.equal(other.came.length, 1);
  assert.equal(other.came[0].title, 'Restore');
  assert.equal(other.went.length, 1);
  assert.equal(other.went[0].rank, 2);
  assert.deepEqual(
    other.changes.map(({ what, name, from, to }) => [what, name, from, to]),
    [['data', 'documents', '3', '4']],
  );

  await workspace.documents.remove(stored.hits[0].documentId);
  const gone = await replaySearch(workspace, stored.id);
  assert.equal(gone.went.find(({ rank }) => rank === 1).title, null, 'what is not there has no name any more');
  await keepReplay(workspace, gone);
  const again = await replaySearch(workspace, stored.id);
  assert.deepEqual([again.came, again.went, again.moved, again.changes], [[], [], [], []]);
  assert.equal(await removeStoredSearch(workspace, stored.id), true);
  assert.equal(await removeStoredSearch(workspace, stored.id), false);
  await assert.rejects(replaySearch(workspace, stored.id), withCode('NOT_FOUND'));
  await assert.rejects(keepReplay(workspace, gone), withCode('NOT_FOUND'));
});

test('another passage of the same document is told as one', async (t) => {
  const workspace = await handbook(t);
  const stored = await storeSearch(workspace, 'tomatoes', { kinds: ['documents'], limit: 1 });
  const [hit] = stored.hits;
  const result = { ...stored, options: { kinds: ['documents'], limit: 1 }, hits: [{ ...hit, id: 'of an older text' }] };
  await workspace.table('stored_searches').update(stored.id, { result });
  const { moved, came, went } = await replaySearch(workspace, stored.id);
  assert.deepEqual([moved.length, came.length, went.length], [1, 0, 0]);
  assert.deepEqual([moved[0].otherPassage, moved[0].from, moved[0].rank], [true, 1, 1]);
});

test('options come back as they were: a vector to the bit, filters, snippets', async (t) => {
  const workspace = await handbook(t);
  const [{ vector: bytes }] = await workspace.query('SELECT vector FROM vector_points LIMIT 1');
  const vector = new Float32Array(bytes.slice().buffer);
  const options = { mode: 'semantic', vector, kinds: ['documents'], limit: 3, where: { filename: 'auth.md' } };
  await storeSearch(workspace, '', options);
  const [stored] = await storedSearches(workspace);
  assert.deepEqual(stored.options, options);
  const { now } = await replaySearch(workspace, stored.id);
  assert.deepEqual(now.hits, stored.hits);
  assert.equal(now.hits.length, 1);
  await assert.rejects(storeSearch(workspace, 'x'.repeat(10_001)), withCode('INVALID_ARGUMENT', /10000/));
  await assert.rejects(
    storeSearch(workspace, 'a', { where: { filename: 'x'.repeat(100_000) } }),
    withCode('INVALID_ARGUMENT', /options/),
  );
  await assert.rejects(storeSearch(workspace, 'a', { depth: 1 }), withCode('INVALID_ARGUMENT', /depth/));
});

test('rows of another hand are read as far as they are whole', async (t) => {
  const workspace = await handbook(t);
  const table = workspace.table('stored_searches');
  const row = await table.insert({
    kind: 'replay',
    question: 'tomatoes',
    result: { hits: [null, { kind: 'x', id: 1 }, { kind: 'documents', id: 'gone', score: 1 }], circumstances: 7 },
  });
  const { went, stored } = await replaySearch(workspace, row.id);
  assert.equal(stored.hits.length, 1);
  assert.deepEqual(
    went.map(({ title }) => title),
    [null],
  );
  await table.insert({ kind: 'judged', question: 'q', sources: { a: 1 } });
  await addJudgedQueries(workspace, [{ question: 'where is the sun', sources: ['garden.md'] }]);
  assert.deepEqual(
    (await judgedQueries(workspace)).map(({ question }) => question),
    ['where is the sun'],
  );
});

test('searches and queries of a user go when he is erased, those of others stay', async (t) => {
  const workspace = await handbook(t);
  await workspace.table('users').insertMany([
    { id: 'ada', username: 'ada', email: 'ada@example.org' },
    { id: 'bob', username: 'bob', email: 'bob@example.org' },
  ]);
  const { id: conversation } = await workspace.table('conversations').insert({ user_id: 'ada', title: 'Hers' });
  await addJudgedQueries(workspace, [BCRYPT], { user: 'ada' });
  await addJudgedQueries(workspace, [BCRYPT], { user: 'bob' });
  await storeSearch(workspace, 'tomatoes', { user: 'ada' });
  const inHers = await storeSearch(workspace, 'tomatoes of hers', { conversation });
  assert.equal(inHers.user, 'ada', "a conversation's search is its user's");
  await storeSearch(workspace, 'tomatoes', { user: 'bob' });
  const held = await workspace.privacy.exportUser('ada');
  assert.ok((await held.text()).includes('tomatoes of hers'));
  await workspace.privacy.eraseUser('ada');
  assert.deepEqual(
    (await workspace.table('stored_searches').find({ orderBy: 'kind' })).map((row) => [row.kind, row.user_id]),
    [
      ['judged', 'bob'],
      ['replay', 'bob'],
    ],
  );
  const log = await workspace.query('SELECT * FROM audit_log');
  assert.ok(!JSON.stringify(log).includes('tomatoes of hers'));
});

test('they go out and come in with an archive, and their changes are heard', async (t) => {
  const workspace = await handbook(t);
  const heard = [];
  const end = workspace.on('change', (detail) => heard.push(JSON.stringify(detail)));
  await addJudgedQueries(workspace, [BCRYPT, UNICODE]);
  await storeSearch(workspace, 'tomatoes');
  await until(() => heard.some((detail) => detail.includes('stored_searches')));
  end();
  assert.ok(
    heard.some((detail) => detail.includes('stored_searches')),
    heard.join(),
  );
  const [{ n }] = await workspace.query(
    "SELECT count(*) AS n FROM audit_log WHERE resource_type = 'stored_searches' AND action = 'insert'",
  );
  assert.equal(n, 3);
  const archive = await workspace.export({ system: 'archivolt', format: 'jsonl' });
  const other = await openForTest(t, { name: 'other' });
  for (let round = 0; round < 2; round++) {
    await other.import(archive, { system: 'archivolt' });
    assert.deepEqual(await judgedQueries(other), await judgedQueries(workspace));
    assert.deepEqual(await storedSearches(other), await storedSearches(workspace));
  }
});

test('what a semantic search of passages finds is compared with every vector', async (t) => {
  const workspace = await openForTest(t);
  await assert.rejects(passageRecall(workspace), withCode('FAILED_PRECONDITION', /No passage/));
  const words = 'database backup garden tomato login password water sun month night morning copy'.split(' ');
  const pick = (n) => words[n % words.length];
  await workspace.documents.ingest(
    Array.from({ length: 60 }, (_, n) => ({
      filename: `page-${n}.md`,
      content: `The ${pick(n)} and the ${pick(n * 5 + 1)} of the ${pick(Math.floor(n / 3))}, number ${n}.`,
    })),
  );
  const [first] = await workspace.table('documents').find({ limit: 1 });
  await workspace.documents.remove(first.id);
  const steps = [];
  const { recall, sample, passages } = await passageRecall(workspace, {
    sample: 20,
    limit: 5,
    onProgress: (done, of) => steps.push([done, of]),
  });
  assert.equal(passages, 59);
  assert.ok(sample >= 19 && sample <= 20, String(sample));
  assert.equal(recall.mean, 1, 'so few are scanned, so that nothing can be missed');
  assert.deepEqual(steps.at(-1), [59, 59]);
  await assert.rejects(passageRecall(workspace, { signal: AbortSignal.abort() }), withCode('CANCELLED'));
  await assert.rejects(passageRecall(workspace, { ef: 3 }), withCode('INVALID_ARGUMENT', /ef/));
});
