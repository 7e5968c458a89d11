// What the graph of so many passages that it is walked misses of what an exact search finds, compared with every vector.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passageRecall } from '../../dist/evaluation.js';
import { until } from '../support/until.mjs';
import { openForTest, withCode } from '../support/workspaces.mjs';

/** A search of documents looks for 200 candidates at least; fewer passages than some 6,000 are scanned for so many. */
const WALKED = 8000;
const A_DOCUMENT = 2000;

/** Numbers from -0.5 to 0.5, always the same (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  };
}

/** Vectors without any order, of which the nearest are hardly nearer than others: hard for a graph. */
function vectors(count, dimensions, scale = () => 1) {
  const next = numbers(7);
  return Array.from({ length: count }, (_, i) => Float32Array.from({ length: dimensions }, () => scale(i) * next()));
}

/** Takes them in as passages that bring their vectors, and waits until all are linked. */
async function takeIn(workspace, all) {
  for (let from = 0; from < all.length; from += A_DOCUMENT) {
    const chunks = all.slice(from, from + A_DOCUMENT).map((vector, i) => ({ text: `Passage ${from + i}.`, vector }));
    const { documents } = await workspace.documents.ingest({
      filename: `${from}.md`,
      content: `From ${from}.`,
      chunks,
    });
    assert.equal(documents[0].status, 'indexed', JSON.stringify(documents[0].error));
  }
  await until(async () =>
    (await workspace.status()).vectors.some(
      ({ collection, state, count }) => collection === 'document_chunks' && state === 'ready' && count === all.length,
    ),
  );
}

const SCORES = {
  cosine: (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
  ip: (a, b) => dot(a, b),
  l2: (a, b) => 1 / (1 + a.reduce((sum, value, at) => sum + (value - b[at]) ** 2, 0)),
};
function dot(a, b) {
  return a.reduce((sum, value, at) => sum + value * b[at], 0);
}

/** What the report is to say: the same sample, with searches and comparisons of the test's own. */
async function missed(workspace, all, metric, { sample, limit }) {
  const step = Math.floor(all.length / sample);
  let found = 0;
  for (let at = step; at <= step * sample; at += step) {
    const vector = all[at - 1];
    const { hits } = await workspace.search('', { vector, limit, mode: 'semantic', kinds: ['documents'] });
    const nearest = all
      .map((other, number) => ({ number, score: SCORES[metric](vector, other) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ number }) => `Passage ${number}.`);
    found += nearest.filter((text) => hits.some((hit) => hit.text === text)).length;
  }
  return sample * limit - found;
}

for (const metric of ['cosine', 'ip', 'l2'])
  test(`what a graph that is walked misses is told: ${metric}`, async (t) => {
    const dimensions = 64;
    const embedder = { model: 'given', dimensions, metric, embedDocuments: () => Promise.reject(new Error('unasked')) };
    const workspace = await openForTest(t, { embedder });
    // Of several lengths, which matter to all but the cosine.
    const all = vectors(WALKED, dimensions, (i) => 1 + (i % 5) / 20);
    await takeIn(workspace, all);
    const options = { sample: 50, limit: 50 };
    const steps = [];
    const report = await passageRecall(workspace, { ...options, onProgress: (done, of) => steps.push([done, of]) });
    const { recall } = report;
    assert.deepEqual([report.sample, report.passages], [50, WALKED]);
    assert.deepEqual(steps.at(-1), [WALKED, WALKED]);
    const wanted = await missed(workspace, all, metric, options);
    t.diagnostic(`${wanted} of 2500 missed, ${JSON.stringify(recall)}`);
    assert.ok(wanted > 0, 'nothing is missed, as by a scan');
    assert.ok(Math.abs(recall.mean - (1 - wanted / 2500)) < 1e-9, `${recall.mean}: ${wanted} of 2500 were missed`);
    assert.ok(recall.low <= recall.mean && recall.mean <= recall.high && recall.high <= 1);
    assert.ok(recall.mean > 0.7, String(recall.mean));

    const controller = new AbortController();
    const stopped = { ...options, signal: controller.signal, onProgress: () => controller.abort() };
    await assert.rejects(passageRecall(workspace, stopped), withCode('CANCELLED'));
  });
