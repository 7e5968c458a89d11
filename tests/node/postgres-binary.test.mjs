// PostgreSQL's binary form: what goes in comes out, in the order of its keys, however it is cut into pieces.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { COPY_END, COPY_HEAD, Spools, TupleReader, Unfitting, decode, encodeTuple, fieldsOf } = await importSource(
  'postgres/binary',
  'postgres/spool',
);

const backOf = (kind, value) => decode(kind, fieldsOf(encodeTuple([kind], [value]))[0]);

test('every value comes back as it was', () => {
  const values = {
    text: ['', 'ä\u{1F600}e\u0301', 'a\0b', '\0\0', '\x01', '\x01\x01', '\x01\x02', '\0\x01\0', '\\N\t\n'],
    json: ['null', '{"a" : 1.0, "a":"\\u0000"}'],
    integer: [0, -1, Number.MAX_SAFE_INTEGER, 2n ** 63n - 1n, -(2n ** 63n)],
    hundredths: [0, 1, -1, 99, 100, -100, 12_345, 1_000_000, 100_000_000, 10_000_000_001, 2n ** 63n - 1n, -(2n ** 63n)],
    real: [0, -0, 0.1, 5e-324, 1.7976931348623157e308, Infinity, -Infinity],
    boolean: [0, 1],
    timestamp: [0, -1, 1_769_766_600_123_457, -210_866_803_200_000_000n, 2n ** 63n - 1n],
    date: ['1970-01-01', '0001-01-01', '2024-02-29', '9999-12-31'],
  };
  for (const [kind, list] of Object.entries(values)) {
    for (const value of list) assert.ok(Object.is(backOf(kind, value), value), `${kind} ${String(value)}`);
    assert.equal(backOf(kind, null), null, kind);
  }
  for (const kind of ['blob', 'digest', 'vector', 'array']) {
    const bytes = Uint8Array.from({ length: 12 }, (_, at) => at * 21);
    assert.deepEqual([...backOf(kind, bytes)], [...bytes], kind);
  }
});

test('what PostgreSQL has no place for is not made to fit', () => {
  for (const [kind, value] of [
    ['timestamp', -210_866_803_200_000_001n],
    ['date', '2026-02-30'],
    ['date', '2026-13-01'],
    ['json', '{}\0'],
    ['vector', new Uint8Array(4 * 16_001)],
  ]) {
    assert.throws(() => encodeTuple([kind], [value]), Unfitting, kind);
  }
});

test('texts with NUL keep the order of their bytes', () => {
  const texts = [
    '',
    '\0',
    '\0\0',
    '\0\x01',
    '\0a',
    '\x01',
    '\x01\0',
    '\x01\x01',
    '\x01\x02',
    '\x02',
    'a',
    'a\0',
    'a\x01',
    'b',
    'ä',
    '\u{1F600}',
  ];
  const sent = texts.map((text) => fieldsOf(encodeTuple(['text'], [text]))[0]);
  const bytewise = texts.map((text) => Buffer.from(text));
  for (const [at, one] of sent.entries()) {
    for (const [other, two] of sent.entries())
      assert.equal(one.compare(two), bytewise[at].compare(bytewise[other]), JSON.stringify([texts[at], texts[other]]));
  }
});

test('tuples are found in pieces of any length, and a stream that ends too soon is told', () => {
  const tuples = ['', 'one', 'x'.repeat(300), null].map((text, at) => encodeTuple(['text', 'integer'], [text, at]));
  const stream = Buffer.concat([COPY_HEAD, ...tuples, COPY_END]);
  for (const size of [1, 2, 3, 7, 19, 20, 64, stream.length]) {
    const reader = new TupleReader();
    const found = [];
    for (let at = 0; at < stream.length; at += size) {
      for (const tuple of reader.add(stream.subarray(at, at + size))) found.push(Buffer.from(tuple));
    }
    reader.end();
    assert.deepEqual(found, tuples, `pieces of ${size}`);
  }
  for (const length of [0, 10, 19, 40, stream.length - 2]) {
    const reader = new TupleReader();
    for (const tuple of reader.add(stream.subarray(0, length))) assert.ok(tuple.length > 0);
    assert.throws(() => reader.end(), { code: 'IO_ERROR' });
  }
});

test('a spool gives back what it was given, from memory or from a file that goes away', async () => {
  const spools = new Spools();
  for (const count of [0, 10, 20_000]) {
    const spool = spools.make();
    const tuples = Array.from({ length: count }, (_, at) =>
      encodeTuple(['text'], [`row ${at} ${'.'.repeat(at % 50)}`]),
    );
    for (const tuple of tuples) spool.add(tuple);
    spool.end();
    assert.equal(spool.count, count);
    for (let time = 0; time < 2; time++)
      assert.equal(Buffer.concat([...spool.tuples()]).compare(Buffer.concat(tuples)), 0);
    const chunks = [];
    for await (const chunk of spool.stream()) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).compare(Buffer.concat([COPY_HEAD, ...tuples, COPY_END])), 0);
  }
  const folder = path.dirname(spools.path('x'));
  assert.ok(existsSync(folder));
  spools.drop();
  assert.ok(!existsSync(folder));
});
