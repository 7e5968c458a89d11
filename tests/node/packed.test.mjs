// Packed values: what crosses the boundary unchanged, and what is refused before it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { pack, unpack, MAX_DEPTH } = await importSource('protocol/packed');

function roundTrip(value) {
  const { json, bytes } = pack(value);
  return unpack(json, bytes);
}

function refused(value, pattern) {
  assert.throws(
    () => pack(value),
    (error) => error.code === 'INVALID_ARGUMENT' && pattern.test(error.message),
  );
}

test('plain JSON stays as it is and needs no buffer', () => {
  const value = { a: [1, -2.5, 'ü', '\u{1F600}', true, null], b: { c: {} }, '': 0 };
  const packed = pack(value);
  assert.equal(packed.json, '{"v":{"a":[1,-2.5,"ü","😀",true,null],"b":{"c":{}},"":0}}');
  assert.equal(packed.bytes, null);
  assert.deepEqual(roundTrip(value), value);
});

test('bytes and floats travel in one buffer, floats aligned', () => {
  const value = {
    rows: [{ blob: new Uint8Array([1, 2, 3]), vector: new Float32Array([0.5, -1]) }],
    last: new Uint8Array(),
  };
  const { json, bytes } = pack(value);
  assert.deepEqual(JSON.parse(json), {
    v: { rows: [{ blob: null, vector: null }], last: null },
    x: [
      [['rows', 0, 'blob'], 'u8', 0, 3],
      [['rows', 0, 'vector'], 'f32', 4, 2],
      [['last'], 'u8', 12, 0],
    ],
  });
  assert.equal(bytes.length, 12);
  const back = unpack(json, bytes);
  assert.deepEqual(back, value);
  bytes.fill(9);
  assert.deepEqual(back.rows[0].blob, new Uint8Array([1, 2, 3]), 'results own their bytes');
});

test('a whole value may be bytes, and a view is packed without its surroundings', () => {
  const whole = new Uint8Array([9, 1, 2, 9]);
  assert.deepEqual(roundTrip(whole.subarray(1, 3)), new Uint8Array([1, 2]));
  assert.deepEqual(roundTrip(new Float32Array([7, 8, 9]).subarray(1)), new Float32Array([8, 9]));
  assert.deepEqual(roundTrip(new Uint8Array([5]).buffer), new Uint8Array([5]));
});

test('64-bit integers keep every digit', () => {
  const value = { big: 9007199254740993n, low: -(2n ** 63n), high: 2n ** 63n - 1n };
  assert.deepEqual(roundTrip(value), value);
  assert.equal(roundTrip({ small: 5n }).small, 5, 'what a number holds exactly is a number');
  refused({ n: 2n ** 63n }, /^n: an integer beyond 64 bits/);
});

test('dates become ISO text', () => {
  assert.equal(roundTrip(new Date(Date.UTC(2026, 0, 30, 10, 30))), '2026-01-30T10:30:00.000Z');
  refused({ at: new Date(NaN) }, /^at: an invalid Date/);
});

test('undefined members are dropped, undefined items become null', () => {
  assert.deepEqual(roundTrip({ a: undefined, b: [undefined, 1] }), { b: [null, 1] });
  assert.equal(roundTrip(undefined), null);
});

test('a member called __proto__ stays a member', () => {
  const value = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
  const { json } = pack(value);
  assert.equal(json, '{"v":{"__proto__":{"polluted":true},"a":1}}');
  const hidden = { ['__proto__']: 1 };
  assert.equal(Object.getPrototypeOf(hidden), Object.prototype);
  const bytes = JSON.parse('{"__proto__": null}');
  Object.defineProperty(bytes, '__proto__', { value: new Uint8Array([1]), enumerable: true });
  const packed = pack(bytes);
  const back = unpack(packed.json, packed.bytes);
  assert.ok(Object.hasOwn(back, '__proto__'));
  assert.deepEqual(Object.getOwnPropertyDescriptor(back, '__proto__').value, new Uint8Array([1]));
  assert.equal({}.polluted, undefined);
});

test('text that is not well formed is refused with its place', () => {
  refused({ rows: [{ title: 'a\ud800' }] }, /^rows\.0\.title: text with a lone surrogate/);
  refused({ rows: [{ title: '\udc00' }] }, /lone surrogate/);
  refused({ ['k\udfff']: 1 }, /lone surrogate/);
});

test('functions, symbols, class instances and numbers without a value are refused', () => {
  refused({ f: () => 1 }, /^f: a function/);
  refused([Symbol('s')], /^0: a symbol/);
  refused({ m: new Map() }, /^m: a Map/);
  refused({ d: new Float64Array(1) }, /^d: a Float64Array/);
  refused({ n: NaN }, /^n: a number that is not finite/);
  refused({ n: -Infinity }, /not finite/);
});

test('cycles and depth end in an error, shared values do not', () => {
  const cycle = { a: [] };
  cycle.a.push(cycle);
  refused(cycle, /^a\.0: a cycle/);
  const shared = { x: 1 };
  assert.deepEqual(roundTrip([shared, shared]), [{ x: 1 }, { x: 1 }]);
  const nested = (depth) => (depth === 0 ? 1 : [nested(depth - 1)]);
  assert.deepEqual(roundTrip(nested(MAX_DEPTH)), nested(MAX_DEPTH));
  refused(nested(MAX_DEPTH + 1), /nested deeper/);
});

test('a result that refers beyond its buffer is a defect, not garbage', () => {
  assert.throws(() => unpack('{"v":null,"x":[[[],"u8",0,4]]}', new Uint8Array(3)), /beyond its buffer/);
});
