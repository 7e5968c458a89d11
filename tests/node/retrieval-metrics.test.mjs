// The measures of retrieval against values worked out by hand, and the cutting of the corpus they are taken on.
import assert from 'node:assert/strict';
import test from 'node:test';
import { readFileSync } from 'node:fs';
import { htmlSections } from '../eval/html-sections.mjs';
import { pagesOf } from '../eval/system.mjs';
import { importSource } from '../support/source.mjs';

const { compare, estimate, scoreRanking } = await importSource('evaluation/metrics');
const ranked = Array.from({ length: 20 }, (_, index) => `s${index + 1}`);
const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

test('a ranking is scored by the rank of its first relevant item, and by all of them', () => {
  const scores = scoreRanking(new Set(['s2', 's4', 'missing']), ranked);
  assert.deepEqual([scores.recall1, scores.recall5, scores.recall10], [0, 1, 1]);
  near(scores.mrr10, 1 / 2);
  // Ranks 2 and 4 gain 1 / log2(3) and 1 / log2(5); three relevant items could gain 1 + 1 / log2(3) + 1 / 2.
  near(scores.ndcg10, (1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3) + 1 / 2));
});

test('what is found behind the tenth rank, or not at all, scores nothing', () => {
  const nothing = { recall1: 0, recall5: 0, recall10: 0, mrr10: 0, ndcg10: 0 };
  assert.deepEqual(scoreRanking(new Set(['s11']), ranked), nothing);
  assert.deepEqual(scoreRanking(new Set(['s1']), []), nothing);
  assert.deepEqual(scoreRanking(new Set(), ranked), nothing);
  const all = scoreRanking(new Set(ranked), ranked);
  assert.deepEqual(all, { recall1: 1, recall5: 1, recall10: 1, mrr10: 1, ndcg10: 1 });
});

test('an estimate holds its mean between its bounds, and is the same each time', () => {
  const values = [0, 0, 1, 1, 0.5, 0.25, 0, 1, 1, 0];
  const first = estimate(values);
  near(first.mean, 0.475);
  assert.ok(first.low < 0.3 && first.low >= 0, String(first.low));
  assert.ok(first.high > 0.65 && first.high <= 1, String(first.high));
  assert.deepEqual(estimate(values), first);
  assert.deepEqual(estimate([0.5]), { mean: 0.5, low: 0.5, high: 0.5 });
});

test('a gain of every query is certain, one of chance is not', () => {
  const base = Array.from({ length: 40 }, (_, index) => (index % 5) / 5);
  const better = compare(
    base.map((value) => value + 0.1),
    base,
  );
  near(better.mean, 0.1);
  assert.equal(better.p, 0);
  const noise = compare(
    base.map((value, index) => value + (index % 2 === 0 ? 0.1 : -0.1)),
    base,
  );
  assert.ok(noise.p > 0.3 && noise.low < 0 && noise.high > 0, JSON.stringify(noise));
  assert.equal(compare(base, base).p, 1);
});

test('a page is cut at its headings, without its navigation', () => {
  const { title, sections } = htmlSections(`<html><head><title> The  Guide </title><style>p {}</style></head><body>
    <div class="navheader"><a>Next</a></div><p>Before.</p>
    <h1>1.2. First<a class="headerlink">¶</a></h1><p>One &amp; two.<p>Three.</p><h3>Note:</h3><p>Four.</p>
    <h2>Second</h2><nav>Away</nav><ul><li>Five<li>Six</ul></body></html>`);
  assert.equal(title, 'The Guide');
  const words = sections.map(({ heading, text }) => [heading, text.trim().split(/\s+/).join(' ')]);
  assert.deepEqual(words, [
    ['The Guide', 'Before.'],
    ['1.2. First', 'One & two. Three. Note:: Four.'],
    ['Second', 'Five Six'],
  ]);
});

test('a page as a document says where its sections begin', () => {
  const section = (id, title, text) => ({ id, page: 'Page', title, text });
  const [page, other] = pagesOf([
    section('p/a.html#top', 'Page', 'Alpha.\nBeta.'),
    section('p/a.html#two', 'Two', 'Gamma.'),
    section('p/b.html#top', 'Page', 'Delta.'),
  ]);
  assert.equal(page.filename, 'p/a.html.md');
  assert.equal(page.content, '# Page\n\nAlpha.\n\nBeta.\n\n## Two\n\nGamma.\n');
  assert.deepEqual(page.sections, [
    { id: 'p/a.html#top', start: 0 },
    { id: 'p/a.html#two', start: page.content.indexOf('\n## Two') },
  ]);
  assert.equal(other.sections.length, 1);
});

test('the questions are judged, each once', () => {
  const lines = readFileSync(new URL('../eval/questions.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const questions = lines.map((line) => JSON.parse(line));
  assert.equal(new Set(questions.map(({ id }) => id)).size, questions.length);
  for (const { id, lang, kind, question, relevant } of questions) {
    assert.ok(['en', 'es'].includes(lang) && ['lexical', 'paraphrase'].includes(kind), id);
    assert.ok(question.length > 10 && relevant.length > 0 && relevant.every((one) => one.includes('#')), id);
  }
});
