// Reading ahead: the same bytes as without it, whatever is read and written, in fewer reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { ReadAhead } = await importSource('storage/read-ahead');

const PAGE = 8192;

/** A file in memory that counts its reads. */
function file(size) {
  const held = { bytes: Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 255), reads: 0 };
  held.read = (into, at) => {
    held.reads++;
    const found = held.bytes.subarray(at, at + into.length);
    into.set(found);
    return found.length;
  };
  return held;
}

test('a file that is read onwards, with pages left out, takes few reads', () => {
  const held = file(400 * PAGE);
  const ahead = new ReadAhead(held.read);
  let pages = 0;
  for (let page = 0; page < 400; page += page % 5 === 0 ? 2 : 1, pages++) {
    const into = new Uint8Array(PAGE);
    assert.equal(ahead.read(into, page * PAGE), PAGE);
    assert.deepEqual(into, held.bytes.slice(page * PAGE, (page + 1) * PAGE));
  }
  assert.ok(held.reads < pages / 8, `${held.reads} reads for ${pages} pages`);
});

test('pages here and there are read alone', () => {
  const held = file(400 * PAGE);
  const ahead = new ReadAhead(held.read);
  for (let i = 0; i < 50; i++) ahead.read(new Uint8Array(PAGE), ((i * 137) % 400) * PAGE);
  assert.equal(held.reads, 50);
});

test('what is read is what the file holds, through writes, ends and failures', () => {
  let state = 7;
  const random = (below) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
  const held = file(100 * PAGE + 100);
  let fails = false;
  const ahead = new ReadAhead((into, at) => {
    if (fails) throw new Error('the device failed');
    return held.read(into, at);
  });
  let at = 0;
  for (let i = 0; i < 5000; i++) {
    const length = [100, 512, PAGE, PAGE, PAGE, 3 * PAGE, 5 * PAGE][random(7)];
    const what = random(40);
    if (what === 0) at = random(held.bytes.length + 2 * PAGE);
    else if (what === 1) {
      ahead.forget();
      held.bytes.fill(random(256), random(held.bytes.length));
    } else if (what === 2) {
      ahead.forget();
      const grown = new Uint8Array(Math.max(1, held.bytes.length + random(5 * PAGE) - 2 * PAGE));
      grown.set(held.bytes.subarray(0, grown.length));
      held.bytes = grown;
    }
    fails = random(50) === 0;
    const into = new Uint8Array(length);
    const wanted = held.bytes.slice(at, at + length);
    try {
      assert.equal(ahead.read(into, at), wanted.length);
      assert.deepEqual(into.subarray(0, wanted.length), wanted);
    } catch (error) {
      assert.equal(error.message, 'the device failed');
    }
    at = at > held.bytes.length ? 0 : at + length;
  }
});
