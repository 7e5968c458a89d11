// A change of the passphrase while storage fails, or while everything ends, at each step that it takes: the old key or the new one opens
// the workspace, with all rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

// One bundle, so that what the core throws is what the worker knows as its own error.
const { Engine, MemoryFiles, WORKSPACE_FILES, change, compileAsset, loadEngine, prepareKey, unlock } =
  await importSource(
    'worker/key-record',
    'worker/passphrase-change',
    'worker/unlocking',
    'worker/engine',
    'storage/host-files',
    'storage/memory',
    'loader/load-engine',
    'loader/read-assets',
  );
const wasm = new URL('../../build/wasm-release/', import.meta.url).href;
const ROWS = 12;
const SECRET = 'secret of the breaker';

/** Memory files in which each write, flush, truncation, rename and removal is a step, and a step may fail. */
class SteppedFiles extends MemoryFiles {
  #names = new Set(WORKSPACE_FILES);
  #last = 0;
  onStep = () => {};

  /** Before or after something happens; what throws here is a failure of it. */
  #step(what) {
    this.onStep(++this.#last, what);
  }

  find(name) {
    const file = super.find(name);
    // What SQLite writes beside a prepared file is kept in memory, which does not fail.
    if (file === undefined || /\.part-/.test(name)) return file;
    return {
      read: (into, at) => file.read(into, at),
      write: (from, at) => (this.#step(`write ${name}`), file.write(from, at)),
      truncate: (size) => (this.#step(`truncate ${name}`), file.truncate(size)),
      flush: () => (this.#step(`flush ${name}`), file.flush()),
      size: () => file.size(),
    };
  }

  async prepare(name, plain) {
    this.#step(`prepare ${name}`);
    this.#names.add(name);
    await super.prepare(name, plain);
  }

  async keep(name, as) {
    this.#step(`keep ${as}`);
    this.#names.delete(name);
    this.#names.add(as);
    await super.keep(name, as);
    this.#step(`kept ${as}`);
  }

  async remove(name) {
    this.#step(`remove ${name}`);
    this.#names.delete(name);
    await super.remove(name);
  }

  restart() {
    this.#last = 0;
  }

  /** What the storage would hold if everything ended now. */
  image() {
    return [...this.#names].map((name) => {
      const file = super.find(name);
      const bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      return [name, bytes];
    });
  }

  static async of(image) {
    const files = new SteppedFiles();
    for (const [name, bytes] of image) {
      if (!WORKSPACE_FILES.includes(name)) await files.prepare(name);
      if (bytes.length > 0) files.find(name).write(bytes, 0);
    }
    files.restart();
    return files;
  }
}

// One module for all, which has one workspace open at a time.
const host = { files: undefined, find: (name) => host.files.find(name), temporary: () => host.files.temporary() };
const module = await loadEngine(wasm, host, compileAsset);

/** As the session opens it; `unlocked` stands for the passphrase, whose key it would take a second to derive. */
async function open(files, unlocked) {
  host.files = files;
  const engine = new Engine(module, () => {});
  const start = (now) => engine.open({ path: 'archivolt.db', readOnly: false, fullSync: true }, now?.key);
  // The change makes an old key unreadable.
  const own = unlocked === undefined ? undefined : { ...unlocked, key: unlocked.key.slice() };
  const present = await unlock(files, {
    name: 'test',
    readOnly: false,
    ...(own === undefined ? {} : { unlocked: own }),
  });
  start(present);
  return {
    engine,
    count: () => engine.call('records.count', { table: 'projects' }),
    change: ({ file, key }) => change({ engine, files, present, reopen: start }, { file, key: key?.slice() }),
  };
}

/** A workspace that is closed, and what opens it. */
async function model(passphrase) {
  const files = new SteppedFiles();
  host.files = files;
  const engine = new Engine(module, () => {});
  const unlocked = await unlock(files, {
    name: 'test',
    readOnly: false,
    ...(passphrase === null ? {} : { passphrase }),
  });
  engine.open({ path: 'archivolt.db', readOnly: false, fullSync: true }, unlocked?.key);
  for (let i = 0; i < ROWS; i++)
    engine.call('records.insert', {
      table: 'projects',
      row: { name: `p${i}`, description: `${SECRET} `.repeat(400) },
    });
  engine.close();
  return { image: files.image(), unlocked };
}

/** Opens with one of the two exactly, with all rows; answers whether with the new one. */
async function isNew(image, last, next, what) {
  const opened = [];
  let after = image;
  for (const unlocked of [last, next]) {
    const files = await SteppedFiles.of(after);
    const workspace = await open(files, unlocked).catch((error) => {
      assert.equal(error.code, 'WRONG_PASSPHRASE', `${what}: ${error.message}`);
    });
    if (workspace !== undefined) {
      opened.push(unlocked);
      assert.equal(workspace.count(), ROWS, what);
      workspace.engine.close();
    }
    after = files.image();
    if (workspace === undefined) continue;
    const readable = after.filter(([, bytes]) => Buffer.from(bytes).includes(SECRET)).map(([name]) => name);
    assert.deepEqual(readable, unlocked === undefined ? ['archivolt.db'] : [], what);
    assert.equal(after.length, WORKSPACE_FILES.length + (unlocked === undefined ? 0 : 1), what);
  }
  assert.equal(opened.length, 1, `${what}: opens ${opened.length} times`);
  return opened[0] === next;
}

const full = () => {
  throw new DOMException('full', 'QuotaExceededError');
};

for (const [last, next] of [
  [null, 'new'],
  ['old', 'new'],
  ['old', null],
]) {
  test(`from ${last} to ${next}: ended at each step, failed at each step`, { timeout: 900_000 }, async (t) => {
    const { image, unlocked: old } = await model(last);
    const made = await prepareKey(next);
    const fresh = made.key === undefined ? undefined : { number: (old?.number ?? 0) + 1, key: made.key };
    const steps = [];
    {
      const files = await SteppedFiles.of(image);
      const workspace = await open(files, old);
      files.restart();
      files.onStep = (_number, what) => steps.push(what);
      await workspace.change(made);
      files.onStep = () => {};
      assert.equal(workspace.count(), ROWS);
      workspace.engine.close();
      assert.ok(await isNew(files.image(), old, fresh, 'the whole change'));
    }
    // Of many steps alike the first and the last, and a few between.
    const isOneOfMany = (i) =>
      /^(write|truncate) /.test(steps[i]) && steps[i - 1] === steps[i] && steps[i + 1] === steps[i];
    const many = steps.flatMap((_, i) => (isOneOfMany(i) ? [i] : []));
    const between = new Set([0.2, 0.5, 0.8].map((part) => many[Math.floor(part * many.length)]));
    const chosen = steps.flatMap((_, i) => (isOneOfMany(i) && !between.has(i) ? [] : [i + 1]));
    t.diagnostic(`${chosen.length} of ${steps.length} steps`);
    const outcomes = { ended: '', failed: '', broken: '' };
    for (const at of chosen) {
      for (const way of Object.keys(outcomes)) {
        const what = `${way} at step ${at} of ${steps.length}, ${steps[at - 1]}`;
        const files = await SteppedFiles.of(image);
        const workspace = await open(files, old);
        let left;
        files.restart();
        files.onStep = (number) => {
          if (way === 'ended' && number === at) left = files.image();
          else if (way === 'failed' && number === at) full();
          else if (way === 'broken' && number >= at) full();
        };
        const error = await workspace.change(made).then(
          () => undefined,
          (caught) => caught,
        );
        files.onStep = () => {};
        if (error !== undefined) {
          assert.ok(['QUOTA_EXCEEDED', 'IO_ERROR'].includes(error.code), `${what}: ${error.code} ${error.message}`);
          const stands = error.message.startsWith('The passphrase was changed');
          if (!stands && way === 'failed') assert.equal(workspace.count(), ROWS, what);
        }
        workspace.engine.close();
        const wasNew = await isNew(left ?? files.image(), old, fresh, what);
        if (way !== 'ended') {
          const stands = error === undefined || error.message.startsWith('The passphrase was changed');
          assert.equal(wasNew, stands, `${what}: ${error?.message}`);
        }
        outcomes[way] += wasNew ? 'n' : 'o';
      }
    }
    for (const [way, list] of Object.entries(outcomes)) t.diagnostic(`${way}: ${list}`);
    assert.match(outcomes.ended, /^o+n+$/, 'there is one step at which it changes');
  });
}
