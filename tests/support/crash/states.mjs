// What a power cut can leave of a recorded run of operations.
//
// Each file is for itself: what was flushed is there, and of what was written since then anything may be: nothing, all, single
// writes alone or missing, in another order, cut at a sector or in its middle, or as a size without the bytes. Names are made,
// changed and removed in their order; how many of those the cut left is free too, since nothing flushes a directory in a browser.
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import { Content, FILES } from './files.mjs';

/** Numbers from a seed (mulberry32): `below(n)` is one of 0 to n-1. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

/** How a write reaches the device in part: the ranges [from, to) of it. */
function tear({ at, bytes }, sector, random) {
  const { length } = bytes;
  if (sector === 0) return [[0, 1 + random.below(Math.max(1, length - 1))]];
  const cuts = [0];
  for (let cut = sector - (at % sector); cut < length; cut += sector) cuts.push(cut);
  cuts.push(length);
  const pieces = cuts.slice(1).map((end, i) => [cuts[i], end]);
  if (pieces.length === 1) return random.below(2) === 0 ? [] : pieces;
  switch (random.below(3)) {
    case 0:
      return pieces.slice(0, 1 + random.below(pieces.length - 1));
    case 1:
      return pieces.slice(1 + random.below(pieces.length - 1));
    default:
      return pieces.filter(() => random.below(2) === 0);
  }
}

function shuffled(list, random) {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/** What has to be done of one operation: all of it, or of a write the `ranges`, or its size with other `bytes`. */
const whole = (operation) => ({ operation });

/** The ways in which what is pending may reach the device: `[name, actions, share of the names' changes]`. `last` is under way. */
function waysOf(pending, last, random) {
  const others = pending.filter((operation) => operation !== last);
  const torn = (operation, sector) => ({ operation, ranges: tear(operation, sector, random) });
  const isWrite = last?.kind === 'write' && pending.includes(last);
  const ways = [];
  if (isWrite) {
    for (const sector of [512, 4096, 0]) {
      ways.push([`the last torn at ${sector}`, () => [...others.map(whole), torn(last, sector)]]);
      ways.push([`the last alone, torn at ${sector}`, () => [torn(last, sector)]]);
    }
  }
  if (pending.length > 1) {
    const some = random.pick(pending);
    ways.push(['one missing', () => pending.filter((operation) => operation !== some).map(whole)]);
    ways.push(['one alone', () => [whole(some)]]);
    ways.push(['the last alone', () => (last === undefined ? [] : pending.filter((one) => one === last).map(whole))]);
    ways.push(['in another order', () => shuffled(pending, random).map(whole)]);
    ways.push([
      'a part in another order',
      () =>
        shuffled(pending, random)
          .filter(() => random.below(2) === 0)
          .map((operation) =>
            operation.kind === 'write' && random.below(4) === 0
              ? torn(operation, random.pick([512, 4096, 0]))
              : whole(operation),
          ),
    ]);
    const files = [...new Set(pending.map(({ file }) => file))];
    const one = random.pick(files);
    if (files.length > 1) {
      ways.push(['one file alone', () => pending.filter(({ file }) => file === one).map(whole)]);
      ways.push(['one file left behind', () => pending.filter(({ file }) => file !== one).map(whole)]);
    }
    if (pending.some(({ kind }) => kind === 'truncate'))
      ways.push(['truncations lost', () => pending.filter(({ kind }) => kind !== 'truncate').map(whole)]);
  }
  if (pending.some(({ kind }) => kind === 'write')) {
    const filled = (fill) => () =>
      pending.map((operation) =>
        operation.kind === 'write' && random.below(2) === 0 ? { operation, fill } : whole(operation),
      );
    ways.push(['sizes without bytes', filled(0)]);
    ways.push(['sizes with other bytes', filled(1 + random.below(255))]);
  }
  return ways;
}

function apply(content, { operation, ranges, fill }) {
  const { kind, at, bytes } = operation;
  if (kind === 'truncate') content.truncate(at);
  else if (fill !== undefined) {
    // What the file grows by is there, what it held before stays.
    const from = content.size;
    if (at + bytes.length <= from) return;
    content.truncate(at + bytes.length);
    content.bytes.fill(fill, from, content.size);
  } else for (const [from, to] of ranges ?? [[0, bytes.length]]) content.write(bytes.subarray(from, to), at + from);
}

/** Follows a log and answers, at each point of it, what is on the device for certain and what is not. */
export class Device {
  /** `flushes`: false ignores them, for the positive control. */
  constructor({ flushes = true } = {}) {
    this.flushes = flushes;
    this.durable = new Map(FILES.map((_, i) => [i + 1, new Content()]));
    this.names = new Map(FILES.map((name, i) => [name, i + 1]));
    this.pending = [];
    /** Changes of names since the workspace was opened: nothing flushes them. */
    this.naming = [];
    this.hashes = new Map();
  }

  /** The operation was issued. */
  advance(operation) {
    const { kind, file } = operation;
    if (kind === 'create') this.durable.set(file, new Content());
    if (kind === 'create' || kind === 'rename' || kind === 'remove') {
      this.naming.push(operation);
      // Older ones have reached the device by themselves.
      if (this.naming.length > 3) this.#rename(this.names, this.naming.shift());
    } else if (kind !== 'flush') this.pending.push(operation);
    else if (this.flushes) {
      const mine = this.pending.filter((one) => one.file === file);
      if (mine.length === 0) return;
      for (const one of mine) apply(this.durable.get(file), whole(one));
      this.pending = this.pending.filter((one) => one.file !== file);
      this.hashes.delete(file);
    }
  }

  #rename(names, { kind, file, name, as }) {
    if (kind === 'create') names.set(name, file);
    else {
      const moved = names.get(name);
      names.delete(name);
      if (kind === 'rename') names.set(as, moved);
    }
  }

  /** `actions` done, and the first `named` changes of names -> `{ contents, hash }`. */
  stateAfter(actions, named = this.naming.length) {
    const touched = new Map();
    for (const action of actions) {
      const { file } = action.operation;
      if (!touched.has(file)) touched.set(file, this.durable.get(file).copy());
      apply(touched.get(file), action);
    }
    const names = new Map(this.names);
    for (const change of this.naming.slice(0, named)) this.#rename(names, change);
    const contents = new Map();
    const hashes = [];
    for (const [name, file] of names) {
      const content = touched.get(file);
      contents.set(name, content ?? this.durable.get(file));
      hashes.push(`${name} ${content === undefined ? this.#hashOf(file) : hashOf(content)}`);
    }
    return { contents, hash: hashes.join(' ') };
  }

  /** At most `count` states of a crash now, `last` being under way; with `applied` also the one in which all was done. */
  *crashes(last, count, random, applied) {
    const all = this.pending.map(whole);
    if (applied) yield { how: 'applied', ...this.stateAfter(all) };
    const ways = [
      ['applied', () => all],
      ['dropped', () => [], random.below(this.naming.length + 1)],
      ...waysOf(this.pending, last, random),
    ];
    if (this.naming.length > 0) ways.push(['names lost', () => all, random.below(this.naming.length)]);
    for (const [how, actions, named] of shuffled(ways, random).slice(0, count))
      yield { how, ...this.stateAfter(actions(), named) };
  }

  #hashOf(file) {
    if (!this.hashes.has(file)) this.hashes.set(file, hashOf(this.durable.get(file)));
    return this.hashes.get(file);
  }
}

/** The size and two sums of 32 bits, which Node has since 20.15; before that the slower hash. */
function hashOf(content) {
  const bytes = content.view();
  if (zlib.crc32 === undefined) return createHash('sha1').update(bytes).digest('base64');
  const middle = bytes.length >> 1;
  return `${bytes.length} ${zlib.crc32(bytes.subarray(0, middle))} ${zlib.crc32(bytes.subarray(middle))}`;
}
