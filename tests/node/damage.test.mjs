// Flipped bits, cuts and exchanged files: what is answered is right, or it is CORRUPTION. Runs the core on files in memory, in one module.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { loadEngine } = await importSource('loader/load-engine');
const { compileAsset } = await importSource('loader/read-assets');
const { Engine } = await importSource('worker/engine');
const { MemoryFile, MemoryFiles } = await importSource('storage/memory');
const { findLogDamage } = await importSource('storage/log-check');
const { findDamagedPages } = await importSource('storage/page-check');
const { checkFiles } = await importSource('worker/start-checks');
const wasm = new URL('../../build/wasm-release/', import.meta.url).href;

const DATABASE = 'archivolt.db';
const LOG = 'archivolt.db-wal';
const PAGE = 8192;
const FRAME = PAGE + 24;
const NONE = new Uint8Array();

/** Files whose bytes a test exchanges while nothing is open. */
class Files extends MemoryFiles {
  kind = 'directory';
  #files = new Map();

  find(name) {
    return this.#files.get(name) ?? super.find(name);
  }

  set(name, bytes) {
    const file = new MemoryFile();
    if (bytes.length > 0) file.write(bytes, 0);
    this.#files.set(name, file);
  }

  get(name) {
    const bytes = new Uint8Array(this.find(name).size());
    this.find(name).read(bytes, 0);
    return bytes;
  }
}

const files = new Files();
let module;
/** Closed, and as a crash left it: with a log of several commits. */
let closed;
let crashed;
/** After which commit of the log what was there. */
let states;
let whole;

function open(options = {}) {
  const engine = new Engine(module, () => undefined);
  engine.open({ path: DATABASE, readOnly: false, fullSync: true, ...options });
  return engine;
}

/** Every row of every table. */
function contentOf(query) {
  const list = query("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%' ORDER BY name");
  const names = list.rows.flat().filter((name) => !/^sqlite_|_fts|_trigram/.test(name));
  return JSON.stringify(
    names.map((name) => [name, query(`SELECT * FROM "${name}"`).rows]),
    (_, value) => (typeof value === 'bigint' ? String(value) : value),
  );
}

const asked = (engine) => contentOf((sql) => engine.call('sql.query', { sql, secrets: true }));

/** As a worker opens it: what is answered, or the code of what is said. */
async function opened(database, log) {
  files.set(DATABASE, database);
  files.set(LOG, log);
  files.set(`${DATABASE}-journal`, NONE);
  const params = { readOnly: true, durability: 'full' };
  try {
    const checked = await checkFiles(files, params);
    const engine = open(params);
    await checked(engine);
    return asked(engine);
  } catch (error) {
    return error.code;
  } finally {
    module.close();
  }
}

const flipped = (bytes, at, bit) => {
  const copy = bytes.slice();
  copy[at] ^= 1 << bit;
  return copy;
};

/** Numbers that are the same in every run. */
function* seeded(seed) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

before(async () => {
  module = await loadEngine(wasm, files, compileAsset);
  let engine = open();
  const stories = (from, count) =>
    Array.from({ length: count }, (_, i) => ({
      title: `story ${from + i}`,
      description: 'words '.repeat(100 * ((from + i) % 40)),
    }));
  engine.call('records.insertMany', { table: 'stories', rows: stories(0, 60) });
  engine.close();
  engine = open();
  states = [];
  for (let commit = 0; commit < 5; commit++) {
    engine.call('records.insertMany', { table: 'stories', rows: stories(100 + commit * 3, 3) });
    states.push(asked(engine));
  }
  crashed = { database: files.get(DATABASE), log: files.get(LOG) };
  whole = asked(engine);
  engine.close();
  closed = files.get(DATABASE);
});

test('undamaged files answer what was written', async () => {
  assert.equal(await opened(closed, NONE), whole);
  assert.equal(await opened(crashed.database, crashed.log), whole);
});

test('a flipped bit of any page is noticed, and no answer is wrong', () => {
  // A workspace of which nothing is asked, beside which each damaged file is read: that is opened faster.
  files.set(DATABASE, closed);
  files.set(LOG, NONE);
  const engine = open({ readOnly: true });
  const random = seeded(19);
  const outcomes = { same: 0, noticed: 0 };
  for (let page = 0; page < closed.length / PAGE; page++) {
    const at = page * PAGE + (random.next().value % PAGE);
    const damaged = flipped(closed, at, random.next().value % 8);
    files.set('damaged.db', damaged);
    files.set('damaged.db-wal', NONE);
    const found = findDamagedPages({ find: (name) => files.find(name.replace(DATABASE, 'damaged.db')) });
    assert.deepEqual(found.damaged, [page + 1], `bit at ${at}`);
    try {
      engine.call('otherFile.open', { path: 'damaged.db', damaged: true });
      assert.equal(
        contentOf((sql) => engine.call('otherFile.query', { sql })),
        whole,
        `bit at ${at}`,
      );
      // An index, or a page of nothing.
      outcomes.same++;
    } catch (error) {
      assert.equal(error.code, 'CORRUPTION', `bit at ${at}: ${error.message}`);
      assert.equal(error.detail.page ?? page + 1, page + 1);
      outcomes.noticed++;
    }
    engine.call('otherFile.close', {});
  }
  engine.close();
  assert.ok(outcomes.noticed > 20 && outcomes.same > 20, JSON.stringify(outcomes));
});

test('a flipped bit of the first 100 bytes is noticed or changes nothing', async () => {
  for (let at = 0; at < 100; at += 1) {
    const outcome = await opened(flipped(closed, at, at % 8), NONE);
    // These four bytes name the program that wrote last: without our mark the file is read as another's.
    if (at >= 96) assert.ok(outcome === whole || outcome === 'CORRUPTION', `byte ${at}`);
    else assert.equal(outcome, 'CORRUPTION', `byte ${at}`);
  }
});

test('a flipped bit anywhere in the log is noticed or in bytes that nothing reads', async () => {
  const frames = Math.floor((crashed.log.length - 32) / FRAME);
  const random = seeded(23);
  const places = Array.from({ length: 32 }, (_, at) => at);
  for (let frame = 0; frame < frames; frame += Math.max(1, Math.floor(frames / 120))) {
    for (const within of [0, 24]) {
      const span = within === 0 ? 24 : PAGE;
      places.push(32 + frame * FRAME + within + (random.next().value % span));
    }
  }
  files.set(LOG, crashed.log);
  assert.equal(findLogDamage(files.find(LOG), true), undefined);
  let noticed = 0;
  let dead = 0;
  for (const at of places) {
    const log = flipped(crashed.log, at, random.next().value % 8);
    files.set(LOG, log);
    if (findLogDamage(files.find(LOG), true) !== undefined) noticed++;
    // Most of these are behind the log's end: what an earlier round of it left.
    else if (dead++ < 6) assert.equal(await opened(crashed.database, log), whole, `bit at ${at}`);
  }
  assert.ok(noticed > 40, `${noticed} noticed, ${dead} dead`);
  assert.equal(await opened(crashed.database, flipped(crashed.log, 40, 3)), 'CORRUPTION');
});

test('a log that ends early is one of the moments before', async () => {
  const frames = Math.floor((crashed.log.length - 32) / FRAME);
  for (let frame = 0; frame <= frames; frame += Math.max(1, Math.floor(frames / 12))) {
    for (const cut of [0, 12, 5000]) {
      const outcome = await opened(crashed.database, crashed.log.slice(0, 32 + frame * FRAME + cut));
      const isMoment = outcome === whole || states.includes(outcome) || !outcome.includes('"story 100"');
      assert.ok(isMoment, `cut in frame ${frame} at ${cut}: ${outcome.slice(0, 100)}`);
    }
  }
});

test('a last transaction that was torn by a power cut is not damage', () => {
  // The last frames as sectors that were never written.
  files.set(LOG, crashed.log);
  const live = lastFrame(crashed.log);
  const torn = crashed.log.slice();
  torn.fill(0, 32 + (live - 1) * FRAME + 2048, 32 + (live - 1) * FRAME + 4096);
  files.set(LOG, torn);
  assert.equal(findLogDamage(files.find(LOG), true), undefined);
});

test('several damaged bytes before a later commit are noticed where commits are flushed one by one', () => {
  const damaged = crashed.log.slice();
  const random = seeded(31);
  for (let at = 32 + 24 + 1000; at < 32 + 24 + 1500; at++) damaged[at] = random.next().value >>> 24;
  files.set(LOG, damaged);
  assert.deepEqual(findLogDamage(files.find(LOG), true)?.frame, 1);
  // Without the flushes a power cut may leave the same.
  assert.equal(findLogDamage(files.find(LOG), false), undefined);
});

/** Frames of the log's present round. */
function lastFrame(log) {
  const view = new DataView(log.buffer);
  let frame = 0;
  while (32 + (frame + 1) * FRAME <= log.length) {
    if (view.getBigUint64(32 + frame * FRAME + 8) !== view.getBigUint64(16)) break;
    frame++;
  }
  return frame;
}

test('cut, zeroed, foreign and exchanged files are never answered with an empty database', async () => {
  const zeroed = closed.slice();
  zeroed.fill(0, 0, PAGE);
  const middle = closed.slice();
  middle.fill(0, 5 * PAGE, 6 * PAGE);
  const text = new TextEncoder().encode('This is not a database. '.repeat(1000));
  assert.equal(await opened(NONE, crashed.log), 'CORRUPTION', 'a log without its database');
  assert.equal(await opened(closed.slice(0, 5 * PAGE), NONE), 'CORRUPTION', 'cut at a page');
  for (const cut of [4, 5000]) {
    // Nothing that is asked for may be on the last page.
    const outcome = await opened(closed.slice(0, closed.length - cut), NONE);
    assert.ok(['CORRUPTION', whole].includes(outcome), 'cut within a page');
  }
  assert.equal(await opened(text, NONE), 'CORRUPTION', 'not a database');
  assert.equal(await opened(zeroed, NONE), 'CORRUPTION', 'the first page gone');
  const outcome = await opened(middle, NONE);
  assert.ok(['CORRUPTION', whole].includes(outcome), 'a page gone');
});

test('a log that belongs to another database, or to a later state of this one, is noticed', async () => {
  // Another workspace with the same tables, and this one before the rows that its log builds on.
  files.set(DATABASE, NONE);
  files.set(LOG, NONE);
  let engine = open();
  engine.call('records.insertMany', {
    table: 'stories',
    rows: Array.from({ length: 400 }, (_, i) => ({ title: `other ${i}`, description: 'else '.repeat(i) })),
  });
  engine.close();
  const other = files.get(DATABASE);
  engine = open();
  engine.call('records.insertMany', {
    table: 'stories',
    rows: Array.from({ length: 300 }, (_, i) => ({ title: `more ${i}`, description: 'else '.repeat(i) })),
  });
  const otherLog = files.get(LOG);
  engine.close();
  assert.equal(await opened(closed, otherLog), 'CORRUPTION', "another's log");
  assert.equal(await opened(other, crashed.log), 'CORRUPTION', "a log beside another's database");
});
