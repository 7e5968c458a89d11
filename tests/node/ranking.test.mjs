// What is done with hits after the core has ranked them: the pure functions of web/lib/src/ranking.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { duplicatesOf, diversified, similarities, taken, joined, wordsOf, folded } = await importSource(
  'ranking/collapse',
  'ranking/diversify',
  'ranking/surroundings',
  'ranking/words',
);
const spelling = await importSource('ranking/spelling');

const sentence = (from, count) => Array.from({ length: count }, (_, i) => `word${from + i}`).join(' ');

test('words are compared without case and accents; characters of scripts without spaces are words', () => {
  assert.deepEqual(wordsOf('Größe, GRÖSSE: naïve\u0301 user_name 42!'), [
    'große',
    'grosse',
    'naive',
    'user_name',
    '42',
  ]);
  assert.deepEqual(wordsOf('漢字abcかな'), ['漢', '字', 'abc', 'か', 'な']);
  assert.deepEqual(wordsOf('\0 \uD800 --'), []);
  assert.ok(wordsOf('a '.repeat(1_000_000)).length <= 10_000);
});

test('the same passage in two editions is a duplicate; a quotation, a longer text and another number are none', () => {
  const passage = sentence(0, 60);
  assert.deepEqual(duplicatesOf([passage, passage.toUpperCase(), sentence(100, 60)]), [0, 0, 2]);
  assert.deepEqual(duplicatesOf([passage, passage.replace('word30', 'other')]), [0, 0], 'a word changed');
  assert.deepEqual(duplicatesOf([passage, `${sentence(500, 5)} ${sentence(5, 55)}`]), [0, 0], 'cut elsewhere');
  assert.deepEqual(
    duplicatesOf([passage, `${passage} ${sentence(200, 40)}`]),
    [0, 1],
    'the longer one has something new',
  );
  assert.deepEqual(duplicatesOf([passage, sentence(10, 6)]), [0, 1], 'a quotation');
  assert.deepEqual(duplicatesOf(['request 5 was answered', 'request 6 was answered']), [0, 1]);
  assert.deepEqual(duplicatesOf([passage, sentence(300, 60), sentence(300, 60), passage]), [0, 1, 1, 0]);
  assert.deepEqual(duplicatesOf(['服务器没有响应请求', '服务器没有响应请求', '数据库没有响应请求']), [0, 0, 2]);
});

test('texts of no words, empty and huge ones are compared too', () => {
  assert.deepEqual(duplicatesOf([]), []);
  assert.deepEqual(duplicatesOf(['', '', '---', '---', '***']), [0, 1, 2, 3, 4]);
  const huge = 'x'.repeat(3_000_000);
  assert.deepEqual(duplicatesOf([huge, `${huge}y`, huge, 'x']), [0, 1, 0, 3]);
  const same = Array.from({ length: 200 }, (_, i) => `${'a b c d '.repeat(900)}${i}`);
  assert.deepEqual(new Set(duplicatesOf(same)), new Set([0]));
  assert.deepEqual(duplicatesOf(['__proto__ constructor toString', '__proto__ constructor toString']), [0, 0]);
});

test('diversity puts unlike hits before alike ones; none leaves the order as it is', () => {
  const vector = (...values) => Float32Array.from(values);
  const items = [
    { text: '', vector: vector(1, 0) },
    { text: '', vector: vector(1, 0.01) },
    { text: '', vector: vector(0, 1) },
  ];
  const scores = [1, 0.9, 0.5];
  const similarity = similarities(items);
  assert.deepEqual(diversified(scores, similarity, 0), [0, 1, 2]);
  assert.deepEqual(diversified(scores, similarity, 0.5), [0, 2, 1]);
  assert.deepEqual(diversified(scores, similarity, 1), [0, 2, 1]);
  assert.deepEqual(diversified([], similarity, 0.5), []);
  assert.deepEqual(
    diversified([0, 0, 0], () => 0, 0.5),
    [0, 1, 2],
    'equals stay in order',
  );
  assert.deepEqual(diversified([-1, -1.1, -9], similarity, 0.3), [0, 1, 2], 'scores below 0 have a scale too');
});

test('hits without comparable vectors are compared by their words', () => {
  const similarity = similarities([
    { text: 'one two three four', vector: Float32Array.of(1, 0) },
    { text: 'one two five six', vector: Float32Array.of(1, 0, 0) },
    { text: 'One, two; three: four!', vector: Float32Array.of(0, 0) },
    { text: '' },
    { text: 'x', vector: Float32Array.of(NaN, 1) },
    { text: 'opposite', vector: Float32Array.of(-1, 0) },
  ]);
  assert.equal(similarity(0, 1), 2 / 6);
  assert.equal(similarity(0, 2), 1);
  assert.equal(similarity(0, 3), 0);
  assert.equal(similarity(3, 3), 0);
  assert.equal(similarity(0, 4), 0);
  assert.equal(similarity(0, 5), 0, 'nothing below 0');
});

/** Chunks of `text` at these cuts. */
const chunksOf = (text, cuts, headings = []) =>
  cuts.map(([start, end], index) => ({
    index,
    heading: headings[index] ?? null,
    text: text.slice(start, end),
    start,
    end,
  }));

test('neighbours join without repetition, each character at its offset', () => {
  const text = 'First sentence. Second one.\n\nThird is here.\nFourth 😀 ends it. A fifth.';
  const chunks = chunksOf(text, [
    [0, 27],
    [16, 27],
    [29, 43],
    [44, text.length],
  ]);
  const [all, ...others] = joined(chunks);
  assert.equal(others.length, 0);
  assert.equal(all.text.length, all.end - all.start);
  assert.equal(all.text.replaceAll('\n', ' '), text.replaceAll('\n', ' '));
  assert.deepEqual(
    joined([chunks[0], chunks[3]]).map(({ start, end }) => [start, end]),
    [
      [0, 27],
      [44, text.length],
    ],
  );
  assert.deepEqual(joined([]), []);
});

test('chunks whose offsets are missing or wrong are texts of their own', () => {
  const without = [0, 1].map((index) => ({ index, heading: null, text: `text ${index}` }));
  assert.deepEqual(joined(without), [{ text: 'text 0' }, { text: 'text 1' }]);
  const wrong = [
    { index: 0, heading: null, text: 'abc', start: 0, end: 3 },
    { index: 1, heading: null, text: 'de', start: 3, end: 2 ** 31 },
    { index: 2, heading: null, text: 'f', start: 2 ** 31, end: 2 ** 31 + 1 },
    { index: 3, heading: null, text: 'g', start: 0, end: 1 },
  ];
  assert.deepEqual(joined(wrong), [
    { text: 'abc', start: 0, end: 3 },
    { text: 'de' },
    { text: 'f', start: 2 ** 31, end: 2 ** 31 + 1 },
    { text: 'g', start: 0, end: 1 },
  ]);
});

test('what is taken around a passage ends at its section and at the length', () => {
  const text = 'a'.repeat(1000);
  const cuts = Array.from({ length: 10 }, (_, i) => [i * 100, i * 100 + 100]);
  const chunks = chunksOf(text, cuts, ['A', 'A', 'A', 'B', 'B', 'B', 'B', 'C', 'C', 'C']);
  const indexes = (...options) => taken(chunks, ...options).map(({ index }) => index);
  assert.deepEqual(indexes([4], 'neighbours', 4000), [3, 4, 5]);
  assert.deepEqual(indexes([4], 'section', 4000), [3, 4, 5, 6]);
  assert.deepEqual(indexes([4], 'document', 4000), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(indexes([4], 'document', 350), [3, 4, 5]);
  assert.deepEqual(indexes([0, 9], 'neighbours', 4000), [0, 1, 8, 9]);
  assert.deepEqual(indexes([4, 0], 'section', 250), [0, 4], 'passages found come first');
  assert.deepEqual(indexes([4], 'document', 1), [4], 'the passage itself at any length');
  assert.deepEqual(indexes([77], 'document', 4000), []);
});

test('edits are letters more, less, other and neighbours exchanged', () => {
  const { editDistance } = spelling;
  for (const [a, b, edits] of [
    ['server', 'server', 0],
    ['sevrer', 'server', 1],
    ['servr', 'server', 1],
    ['serever', 'server', 1],
    ['serfer', 'server', 1],
    ['srevre', 'server', 2],
    ['😀x', '😀y', 1],
    ['', 'ab', 2],
  ]) {
    assert.equal(editDistance(a, b, 2), edits, `${a} ${b}`);
    assert.equal(editDistance(b, a, 2), edits, `${b} ${a}`);
  }
  assert.equal(editDistance('a', 'abcd', 2), 3);
  assert.equal(editDistance('abcdef', 'uvwxyz', 2), 3);
});

test('the words at one edit are just those, but for the first letter', () => {
  const { nearWords, editDistance } = spelling;
  for (const word of ['conf', 'сервер', 'größe'.normalize('NFC'), 'εργο']) {
    const near = nearWords(word);
    assert.ok(near.length > 0 && near.length === new Set(near).size);
    for (const other of near) assert.equal(editDistance(word, other, 2), 1, other);
    assert.ok(near.every((other) => [...other][0] === [...word][0]));
  }
  assert.ok(nearWords('sevrer').includes('server'));
  assert.ok(nearWords('серер').includes('сервер'));
  assert.ok(nearWords('a'.repeat(40)).length < 3000);
});

test('identifiers, paths, numbers, stop words and scripts without spaces are not taken for misspelt', () => {
  const words = (query) => spelling.correctableWords(query).map(({ text }) => text);
  assert.deepEqual(words('Where does the confguration live?'), ['confguration', 'live']);
  assert.deepEqual(words('fooBarBaz foo_barbaz HTTPServer getName() obj.method src/mainfile.ts x86arch error42'), []);
  assert.deepEqual(words('see https://example.org/pathname, user@hostname or C:\\Windows\\System client/server'), []);
  assert.deepEqual(words('at handler (native) end.'), ['handler', 'native']);
  assert.deepEqual(words('服务器没有响应请求 データベース abc'), []);
  assert.deepEqual(words('Größe größe GRÖSSE'), ['Größe', 'GRÖSSE']);
  assert.deepEqual(words(''), []);
  assert.equal(words(sentence(0, 5).replaceAll(/\d/g, '') + ' lonely '.repeat(100_000)).at(-1), 'lonely');
  assert.ok(
    spelling.correctableWords(
      Array.from({ length: 500 }, (_, i) => `wor${'abcdefghij'[i % 10]}${'klmnopqrst'[Math.floor(i / 10) % 10]}x`).join(
        ' ',
      ),
    ).length <= 32,
  );
  assert.deepEqual(
    spelling.correctableWords('where now').map(({ last }) => last),
    [],
  );
  assert.deepEqual(
    spelling.correctableWords('plant tomatos').map(({ last }) => last),
    [false, true],
  );
});

test('the stop words are those of the core that are long enough', () => {
  const source = readFileSync(new URL('../../src/text/query_tokens.cc', import.meta.url), 'utf8');
  const list = /kStopWords\[\] = \{([^}]*)\}/.exec(source)[1];
  const words = [...list.matchAll(/"(\w+)"/g)].map(([, word]) => word).filter((word) => word.length >= 4);
  assert.deepEqual([...spelling.STOP_WORDS].sort(), words.sort());
});

test('the nearest word is the one of fewest edits, then the one found most', () => {
  const found = new Map([
    ['serves', 9],
    ['server', 2],
    ['Sever', 1],
    ['sever', 1],
    ['fever', 50],
  ]);
  assert.deepEqual(spelling.nearest('sevrer', found), ['server', 'Sever', 'sever']);
  assert.deepEqual(
    spelling.nearest(
      'configuraton',
      new Map([
        ['configuration', 1],
        ['configurations', 9],
      ]),
    ),
    ['configuration', 'configurations'],
  );
  found.set('Sévrer', 1);
  assert.deepEqual(spelling.nearest('sevrer', found), [], 'it is there but for an accent');
  assert.deepEqual(spelling.nearest('x', new Map()), []);
});

test('corrections replace words wherever they stand, and nothing else', () => {
  const { withCorrections } = spelling;
  const corrections = new Map([[folded('Sevrer'), 'server']]);
  assert.equal(
    withCorrections('Sevrer, sevrer.log sevrer_x SEVRER', corrections),
    'server, sevrer.log sevrer_x server',
  );
  assert.equal(withCorrections('', corrections), '');
  const long = `${'x '.repeat(1500)}sevrer`;
  assert.equal(withCorrections(long, corrections), long, 'what lies behind what is looked at stays');
});
