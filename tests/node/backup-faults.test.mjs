// Backups and restores while storage fails: full or broken at any write, of any file. Nothing changes and nothing is left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

// One bundle, so that what the core throws is what the copying knows as its own error.
const { Backups, Engine, Lane, MemoryFiles, compileAsset, loadEngine } = await importSource(
  'worker/backups',
  'worker/engine',
  'worker/lane',
  'storage/memory',
  'loader/load-engine',
  'loader/read-assets',
);
const wasm = new URL('../../build/wasm-release/', import.meta.url).href;

const never = new AbortController().signal;
const quiet = () => {};

/** Memory files whose writes go through `onWrite(name, bytes, write)`, and which can refuse to make a file. */
class FailingFiles extends MemoryFiles {
  onWrite = (_name, _bytes, write) => write();
  onPrepare = () => {};

  find(name) {
    const file = super.find(name);
    if (file === undefined) return undefined;
    return {
      read: (into, at) => file.read(into, at),
      write: (from, at) => this.onWrite(name, from, () => file.write(from, at)),
      truncate: (size) => file.truncate(size),
      flush: () => file.flush(),
      size: () => file.size(),
    };
  }

  async prepare(name) {
    this.onPrepare(name);
    await super.prepare(name);
  }
}

async function prepared() {
  const files = new FailingFiles();
  const engine = new Engine(await loadEngine(wasm, files, compileAsset), () => {});
  engine.open({ path: 'archivolt.db', readOnly: false, fullSync: true });
  const add = (name) =>
    engine.call('records.insert', { table: 'projects', row: { name, description: 'x'.repeat(100_000) } });
  for (let i = 0; i < 30; i++) add(`saved ${i}`);
  const backups = new Backups(engine, new Lane(), files, quiet);
  const blob = await backups.backup({}, never, quiet);
  add('later');
  const count = () => engine.call('records.count', { table: 'projects' });
  assert.equal(count(), 31);
  return { files, engine, backups, blob, count, add };
}

const full = () => {
  throw new DOMException('full', 'QuotaExceededError');
};
const FAILURES = [
  ['QuotaExceededError', full, 'QUOTA_EXCEEDED'],
  [
    'ENOSPC',
    () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    },
    'QUOTA_EXCEEDED',
  ],
  ['a short write', (bytes, write) => Math.min(write(), bytes.length - 1), 'QUOTA_EXCEEDED'],
  ["Chromium's no space", () => 4294967288, 'QUOTA_EXCEEDED'],
  [
    'a broken device',
    () => {
      throw new DOMException('gone', 'InvalidStateError');
    },
    'IO_ERROR',
  ],
];

for (const [how, fail, code] of FAILURES) {
  test(`${how} at the first, a middle or a late write of each file is ${code}`, async () => {
    const { files, engine, backups, blob, count, add } = await prepared();
    const calls = [
      ['backup', 'outgoing.part', () => backups.backup({}, never, quiet)],
      ['restore', 'incoming.part', () => backups.restore({ file: blob }, never, quiet)],
      ['restore', 'archivolt.db-wal', () => backups.restore({ file: blob }, never, quiet)],
    ];
    for (const [what, name, call] of calls) {
      for (const at of [1, 2, 4, 100]) {
        let writes = 0;
        let failed = false;
        files.onWrite = (written, bytes, write) => {
          if (written !== name || ++writes < at) return write();
          failed = true;
          return fail(bytes, write);
        };
        const outcome = await call().then(
          () => 'done',
          (error) => error.code,
        );
        files.onWrite = (_name, _bytes, write) => write();
        assert.equal(outcome, failed ? code : 'done', `${what}: write ${at} of ${name}`);
        assert.deepEqual(await files.list(), [], 'nothing is left beside the database');
        if (outcome === 'done' && what === 'restore') add('later');
        assert.equal(count(), 31, `${what}: write ${at} of ${name}`);
      }
    }
    add('goes on');
    assert.equal(count(), 32);
    await backups.restore({ file: blob }, never, quiet);
    assert.equal(count(), 30);
    engine.close();
  });
}

test('no place for the file beside the database', async () => {
  const { files, backups, blob, count } = await prepared();
  files.onPrepare = full;
  for (const call of [() => backups.backup({}, never, quiet), () => backups.restore({ file: blob }, never, quiet)])
    await assert.rejects(call, { code: 'QUOTA_EXCEEDED' });
  assert.equal(count(), 31);
});

test('a log that cannot be brought into the database keeps the restored data', async () => {
  const { files, engine, backups, blob, count } = await prepared();
  files.onWrite = (name, _bytes, write) => (name === 'archivolt.db' ? full() : write());
  await backups.restore({ file: blob }, never, quiet);
  assert.equal(count(), 30);
  files.onWrite = (_name, _bytes, write) => write();
  engine.close();
  const again = new Engine(await loadEngine(wasm, files, compileAsset), () => {});
  again.open({ path: 'archivolt.db', readOnly: false, fullSync: true });
  assert.equal(again.call('records.count', { table: 'projects' }), 30);
  again.close();
});
