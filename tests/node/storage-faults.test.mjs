// The VFS under faults: what each way of failing turns into, and that the data before it stay. The files are in memory, wrapped so
// that the n-th call of a kind fails as a browser or a disk would.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { loadEngine } = await importSource('loader/load-engine');
const { compileAsset } = await importSource('loader/read-assets');
const { Engine } = await importSource('worker/engine');
const { MemoryFiles } = await importSource('storage/memory');
const wasm = new URL('../../build/wasm-release/', import.meta.url).href;

/** Memory files whose calls go through `intercept(kind, name, call, ...arguments)`. */
class InterceptedFiles {
  constructor(files) {
    this.files = files;
    this.intercept = (_kind, _name, call) => call();
  }

  find(name) {
    const file = this.files.find(name);
    if (file === undefined) return undefined;
    const through =
      (kind) =>
      (...given) =>
        this.intercept(kind, name, () => file[kind](...given), ...given);
    return {
      read: through('read'),
      write: through('write'),
      truncate: through('truncate'),
      flush: through('flush'),
      size: through('size'),
    };
  }

  temporary() {
    return this.files.temporary();
  }
}

async function openEngine(files, options = {}) {
  const engine = new Engine(await loadEngine(wasm, files, compileAsset), () => {});
  engine.open({ path: 'archivolt.db', readOnly: false, fullSync: true, ...options });
  return engine;
}

const addTag = (engine, name) => engine.call('records.insert', { table: 'tags', row: { name } });
const countTags = (engine) => engine.call('records.count', { table: 'tags' });
const quotaExceeded = () => {
  throw new DOMException('full', 'QuotaExceededError');
};

/** A workspace with one tag; every later call goes through what the test sets. */
async function prepared() {
  const files = new InterceptedFiles(new MemoryFiles());
  const engine = await openEngine(files);
  addTag(engine, 'kept');
  return { files, engine };
}

for (const [how, write, code] of [
  ['an exception QuotaExceededError', quotaExceeded, 'QUOTA_EXCEEDED'],
  ['a write of no bytes', () => 0, 'QUOTA_EXCEEDED'],
  ['a short write', (call, from) => Math.min(from.length - 1, call()), 'QUOTA_EXCEEDED'],
  [
    'a disk that is full',
    () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    },
    'QUOTA_EXCEEDED',
  ],
  ["Chromium's no space, its sign lost", () => 4294967288, 'QUOTA_EXCEEDED'],
  ['a count beyond what was asked for', () => 4294967295, 'IO_ERROR'],
  [
    'an exception of another kind',
    () => {
      throw new DOMException('gone', 'InvalidStateError');
    },
    'IO_ERROR',
  ],
]) {
  test(`${how} while writing is ${code}, and everything goes on afterwards`, async () => {
    const { files, engine } = await prepared();
    files.intercept = (kind, _name, call, ...given) => (kind === 'write' ? write(call, ...given) : call());
    assert.throws(() => addTag(engine, 'lost'), { code });
    assert.equal(countTags(engine), 1, 'reading works while nothing can be written');
    files.intercept = (_kind, _name, call) => call();
    addTag(engine, 'after');
    assert.equal(countTags(engine), 2);
    engine.close();
    const reopened = await openEngine(files);
    assert.equal(countTags(reopened), 2);
    reopened.close();
  });
}

test('full storage while growing in advance is no error when the write itself fits', async () => {
  const { files, engine } = await prepared();
  files.intercept = (kind, _name, call, size) => (kind === 'truncate' && size > 0 ? quotaExceeded() : call());
  for (let i = 0; i < 50; i++) addTag(engine, `t${i}`);
  assert.equal(countTags(engine), 51);
  engine.close();
});

test('a commit is flushed before it is acknowledged, once', async () => {
  const { files, engine } = await prepared();
  const operations = [];
  files.intercept = (kind, name, call) => {
    if (kind === 'write' || kind === 'flush') operations.push(`${kind} ${name}`);
    return call();
  };
  addTag(engine, 'durable');
  assert.deepEqual([...new Set(operations)], ['write archivolt.db-wal', 'flush archivolt.db-wal']);
  assert.equal(operations.at(-1), 'flush archivolt.db-wal');
  assert.equal(operations.filter((operation) => operation.startsWith('flush')).length, 1);
  engine.close();
});

test('relaxed durability commits without a flush', async () => {
  const files = new InterceptedFiles(new MemoryFiles());
  const engine = await openEngine(files, { fullSync: false });
  addTag(engine, 'first');
  let flushes = 0;
  files.intercept = (kind, _name, call) => {
    if (kind === 'flush') flushes++;
    return call();
  };
  addTag(engine, 'second');
  assert.equal(flushes, 0);
  engine.close();
  assert.ok(flushes > 0, 'closing writes everything through');
});

test('a failed flush is an error of the commit', async () => {
  const { files, engine } = await prepared();
  files.intercept = (kind, _name, call) => {
    if (kind === 'flush') throw new DOMException('device', 'UnknownError');
    return call();
  };
  assert.throws(() => addTag(engine, 'unsure'), { code: 'IO_ERROR' });
  files.intercept = (_kind, _name, call) => call();
  assert.equal(countTags(engine), 1);
  engine.close();
});

test('a worker that dies at any storage call loses no acknowledged commit', async () => {
  // Counts the calls of ten commits, then ends the world at a sample of them and opens what is in the files.
  const run = async (dieAt) => {
    const files = new InterceptedFiles(new MemoryFiles());
    const engine = await openEngine(files);
    let calls = 0;
    let acknowledged = 0;
    files.intercept = (kind, _name, call) => {
      if (kind !== 'read' && kind !== 'size' && ++calls >= dieAt) throw new DOMException('dead', 'InvalidStateError');
      return call();
    };
    try {
      for (let i = 0; i < 10; i++) {
        addTag(engine, `t${i}`);
        acknowledged++;
      }
      engine.close();
    } catch {
      // The worker is dead from here on; its engine is never used again.
    }
    files.intercept = (_kind, _name, call) => call();
    const reopened = await openEngine(files);
    const found = countTags(reopened);
    const { rows } = reopened.call('sql.query', { sql: 'SELECT name FROM tags ORDER BY pk' });
    assert.deepEqual(
      rows.flat(),
      Array.from({ length: found }, (_, i) => `t${i}`),
    );
    reopened.close();
    assert.ok(
      found >= acknowledged && found <= acknowledged + 1,
      `died at ${dieAt}: ${acknowledged} acknowledged, ${found} found`,
    );
    return calls;
  };
  const total = await run(Infinity);
  for (let at = 1; at <= total; at += Math.ceil(total / 40)) await run(at);
});

test('damage in a closed file is found when the page is read', async () => {
  const { files, engine } = await prepared();
  engine.close();
  const database = files.files.find('archivolt.db');
  const size = database.size();
  assert.equal(size % 4096, 0);
  const byte = new Uint8Array(1);
  for (let page = 2; page < size / 4096; page++) {
    database.read(byte, page * 4096 + 2000);
    byte[0] ^= 1;
    database.write(byte, page * 4096 + 2000);
  }
  const check = async () => {
    const reopened = await openEngine(files);
    try {
      reopened.call('sql.query', { sql: 'SELECT count(*) FROM sqlite_schema s, systems, tags' });
      addTag(reopened, 'more');
      countTags(reopened);
    } finally {
      reopened.close();
    }
  };
  await assert.rejects(check(), { code: 'CORRUPTION' });
});

test('two connections to one file in one module are refused', async () => {
  const { engine } = await prepared();
  assert.throws(() => engine.open({ path: 'archivolt.db', readOnly: false, fullSync: true }), {
    code: 'FAILED_PRECONDITION',
  });
  assert.equal(countTags(engine), 1);
  engine.close();
});

test('a file that the host does not have cannot be opened', async () => {
  await assert.rejects(openEngine(new InterceptedFiles(new MemoryFiles()), { path: 'other.db' }), (error) =>
    ['IO_ERROR', 'NOT_FOUND'].includes(error.code),
  );
});
