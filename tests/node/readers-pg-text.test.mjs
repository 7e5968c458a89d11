// Text forms of PostgreSQL's values, both ways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../support/readers.mjs';
import { importSource } from '../support/source.mjs';

const text = await importSource('interchange/readers/pg-text');
const { unescapeCopy } = await importSource('interchange/readers/copy');
const refused = { code: 'INVALID_ARGUMENT' };

test('arrays', () => {
  for (const [source, value] of [
    ['{}', []],
    ['{a,"b c",NULL,{nested}}', ['a', 'b c', null, ['nested']]],
    ['{"null",null,"",","}', ['null', null, '', ',']],
    ['{"q\\"u","back\\\\slash",plain\\,comma}', ['q"u', 'back\\slash', 'plain,comma']],
    ['[0:1]={1,2}', ['1', '2']],
    ['[1:1][-2:-1]={{1,2}}', [['1', '2']]],
    ['{ a b , "c" }', ['a b', 'c']],
    ['{{},{}}', [[], []]],
  ]) {
    assert.deepEqual(text.parseArray(source), value, source);
    assert.deepEqual(text.parseArray(text.formatArray(value)), value);
  }
  const deep = '{'.repeat(100_000);
  for (const bad of ['', '{', 'a', '{a', '{a}}', '{a}b', '{,}', '{a,}', '{"a}', '{a"b"}', '{"a"b}', '{a{b}}', deep]) {
    assert.throws(() => text.parseArray(bad), refused, bad.slice(0, 9));
  }
});

test('intervals', () => {
  for (const [source, value] of [
    ['00:00:01.25', 1_250_000n],
    ['1 day 02:03:04', 93_784_000_000n],
    ['-00:00:01', -1_000_000n],
    ['-1 days +02:03:04.000005', -79_015_999_995n],
    ['PT1.25S', 1_250_000n],
    ['P1DT-2H', 79_200_000_000n],
    ['-PT1M', -60_000_000n],
    ['00:01:02', 62_000_000n],
    ['@ 1 min 2.5 secs ago', -62_500_000n],
    ['1.5', 1_500_000n],
    ['250 ms', 250_000n],
    ['100:00:00', 360_000_000_000n],
    ['00:00:00.0000005', 1n],
  ]) {
    assert.equal(text.parseInterval(source), value, source);
    const microseconds = text.parseInterval(source);
    assert.equal(text.parseInterval(text.formatInterval(microseconds)), microseconds);
  }
  assert.equal(
    text.parseInterval('1 year 2 mons 3 days 04:05:06'),
    BigInt((365.25 + 63) * 86400 + 4 * 3600 + 306) * 1_000_000n,
  );
  assert.equal(text.formatInterval(1_250_000n), '00:00:01.25');
  assert.equal(text.formatInterval(-3_723_000_001n), '-01:02:03.000001');
  for (const bad of ['', 'P', 'PT', 'soon', '1 parsec', '1:2:3:4', 'infinity']) {
    assert.throws(() => text.parseInterval(bad), refused, bad);
  }
});

test('bytea', () => {
  assert.deepEqual(text.parseBytea('\\x00fF27'), Uint8Array.of(0, 255, 39));
  assert.deepEqual(text.parseBytea('a\\\\\\000\\377'), Uint8Array.of(97, 92, 0, 255));
  assert.deepEqual(text.parseBytea(''), new Uint8Array());
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual(text.parseBytea(text.formatBytea(all)), all);
  for (const bad of ['\\x0', '\\xzz', '\\9', 'ü€', '\\']) assert.throws(() => text.parseBytea(bad), refused, bad);
});

test('vectors come back bit by bit', () => {
  assert.deepEqual(text.parseVector('[0.1,-2e-3, 3]'), Float32Array.of(0.1, -0.002, 3));
  assert.equal(
    text.formatVector(Float32Array.of(0.1, 1 / 3, 16777216, 1e-45, -0)),
    '[0.1,0.33333334,16777216,1e-45,-0]',
  );
  const next = random(7);
  const bits = Uint32Array.from({ length: 20_000 }, () => next(2 ** 32));
  const values = new Float32Array(bits.buffer).filter(Number.isFinite);
  const back = text.parseVector(text.formatVector(values));
  assert.deepEqual(new Uint32Array(back.buffer), new Uint32Array(values.buffer));
  for (const bad of ['', '[]', '[NaN]', '[1,inf]', '[1e39]', '[1,]', '1,2', '[[1]]', '[0x10]']) {
    assert.throws(() => text.parseVector(bad), refused, bad);
  }
  assert.throws(() => text.formatVector(new Float32Array()), refused);
  assert.throws(() => text.formatVector(Float32Array.of(NaN)), refused);
});

test('fields of COPY', () => {
  assert.equal(unescapeCopy('\\b\\f\\n\\r\\t\\v\\\\\\101\\x41\\q\\303\\274'), '\b\f\n\r\t\v\\AAqü');
  assert.equal(text.formatCopyField(null), '\\N');
  assert.equal(text.formatCopyField('\\N'), '\\\\N');
  const next = random(11);
  const signs = ['\\', 'N', '\t', '\n', '\r', '\b', 'x41', '101', 'ü', '😀', '.', ' '];
  for (let round = 0; round < 2000; round++) {
    const value = Array.from({ length: next(8) }, () => signs[next(signs.length)]).join('');
    assert.equal(unescapeCopy(text.formatCopyField(value)), value);
  }
});
