// Encrypted workspaces: what opens them, what is in their files, and changing the passphrase.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { test } from 'node:test';
import { listWorkspaces, openWorkspace } from '../../dist/node.js';
import { assertSameRows, bytesOfBlob, dump, fill } from '../support/backups.mjs';
import { assertNothingReadable, filesOf, findTexts } from '../support/plaintext.mjs';
import { temporaryFolder, withCode } from '../support/workspaces.mjs';

const PASSPHRASE = 'correct horse battery staple';
/** What `fill` writes, names of tables, and what every plain database begins with. */
const TEXTS = [
  'ann takes a circuit breaker',
  'Breaker of ann',
  'Stops calls that keep failing',
  'ann@example.org',
  'ann-points',
  'document_chunks',
  'CREATE TABLE',
  'SQLite format 3',
  PASSPHRASE,
];

const opener =
  (directory) =>
  (passphrase, options = {}) =>
    openWorkspace({
      name: 'test',
      storage: { directory },
      embedder: null,
      ...(passphrase === undefined ? {} : { passphrase }),
      ...options,
    });

/** The files of an encrypted workspace that is closed, and its rows. */
async function encrypted(t) {
  const directory = temporaryFolder(t);
  const open = opener(directory);
  const workspace = await open(PASSPHRASE);
  await fill(workspace);
  const rows = await dump(workspace);
  await workspace.close();
  return { directory, open, rows };
}

test('a new workspace is encrypted from its first byte and opens with its passphrase alone', async (t) => {
  const directory = temporaryFolder(t);
  const open = opener(directory);
  const workspace = await open(PASSPHRASE);
  assertNothingReadable(directory, TEXTS, 'when it was made');
  await fill(workspace);
  await workspace.settings.set({ level: 'default' }, { theme: 'dark' }).catch(() => undefined);
  assert.equal((await workspace.status()).encrypted, true);
  assertNothingReadable(directory, TEXTS, 'while it is open');
  for (let i = 0; i < 30; i++) await workspace.execute('UPDATE decisions SET title = title || ?', [` ${i}`]);
  await workspace.compact();
  assertNothingReadable(directory, TEXTS, 'after many writes');
  const rows = await dump(workspace);
  await workspace.close();
  assertNothingReadable(directory, TEXTS, 'when it is closed');
  assert.equal((await listWorkspaces({ directory }))[0].encrypted, true);

  const before = filesOf(directory);
  const refused = async (passphrase, options) => {
    await assert.rejects(open(passphrase, options), withCode('WRONG_PASSPHRASE'));
    assert.deepEqual(filesOf(directory), before, 'no byte of any file changes');
  };
  await refused(undefined);
  await refused('correct horse battery staplE');
  await refused(`${PASSPHRASE} `);
  await refused('correct', { readOnly: true });
  const again = await open(PASSPHRASE);
  assertSameRows(await dump(again), rows);
  assert.ok((await again.health({ full: true })).ok);
  await again.close();
  const reader = await open(PASSPHRASE, { readOnly: true });
  assertSameRows(await dump(reader), rows);
  await assert.rejects(reader.changePassphrase(null), withCode('FAILED_PRECONDITION'));
  await reader.close();
});

test('a passphrase for a plain workspace is refused, and what is no passphrase as well', async (t) => {
  const directory = temporaryFolder(t);
  const open = opener(directory);
  const workspace = await open();
  assert.equal((await workspace.status()).encrypted, false);
  await workspace.table('tags').insert({ name: 'plain' });
  for (const wrong of [undefined, 5, '', {}, ['a'], 'x'.repeat(65_537), 'a\ud800b', 'a\0b'])
    await assert.rejects(workspace.changePassphrase(wrong), withCode('INVALID_ARGUMENT'));
  await workspace.changePassphrase(null);
  await workspace.close();
  const before = filesOf(directory);
  await assert.rejects(open(PASSPHRASE), withCode('FAILED_PRECONDITION', /changePassphrase/));
  for (const wrong of [5, '', {}, null, ['a'], 'x'.repeat(65_537), 'a\ud800b', 'a\0b'])
    await assert.rejects(open(wrong), withCode('INVALID_ARGUMENT'));
  assert.deepEqual(filesOf(directory), before);
  await (await open()).close();
});

test('passphrases are Unicode, normalised', async (t) => {
  const open = opener(temporaryFolder(t));
  const composed = 'Caf\u00e9 \u{1f511} \t \ufb01n';
  await (await open(composed)).close();
  await (await open('Cafe\u0301 \u{1f511} \t fin')).close();
  await assert.rejects(open('Cafe \u{1f511} \t fin'), withCode('WRONG_PASSPHRASE'));
});

test('errors do not hold the passphrase', async (t) => {
  const { open } = await encrypted(t);
  for (const call of [() => open('hunter2 hunter2'), () => open('hunter2 hunter2\ud800')]) {
    const error = await call().then(
      () => assert.fail('it opened'),
      (caught) => caught,
    );
    assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error.detail)}`.includes('hunter2'));
  }
});

test('the passphrase changes: plain, encrypted, another one, plain again', async (t) => {
  const directory = temporaryFolder(t);
  const open = opener(directory);
  let workspace = await open(undefined, { embedder: undefined });
  await fill(workspace, { settled: true });
  let rows = await dump(workspace);
  assert.notDeepEqual(findTexts(filesOf(directory), TEXTS), []);
  const steps = [
    [undefined, 'one'],
    ['one', 'two'],
    ['two', 'two'],
    ['two', null],
    [null, 'three'],
  ];
  for (const [last, next] of steps) {
    const step = `${last} to ${next}`;
    await workspace.changePassphrase(next);
    assertSameRows(await dump(workspace), rows, step);
    assert.equal((await workspace.status()).encrypted, next !== null, step);
    assert.equal((await workspace.search('circuit breaker')).hits.length > 0, true, step);
    if (next !== null) assertNothingReadable(directory, [...TEXTS, 'one', 'two'].slice(0, TEXTS.length), step);
    const { id } = await workspace.table('tags').insert({ name: `goes on ${step}` });
    await workspace.table('tags').delete(id);
    rows = await dump(workspace);
    await workspace.close();
    if (next !== null) assertNothingReadable(directory, TEXTS, `${step}, closed`);
    assert.deepEqual(
      Object.keys(filesOf(directory)).filter((name) => name.startsWith('keys')).length,
      next === null ? 0 : 1,
      step,
    );
    if (next !== last)
      await assert.rejects(
        open(last ?? undefined),
        withCode(next === null ? 'FAILED_PRECONDITION' : 'WRONG_PASSPHRASE'),
      );
    workspace = await open(next ?? undefined, { embedder: undefined });
    assert.ok((await workspace.health({ full: true })).ok, step);
  }
  await workspace.close();
});

test('the passphrase does not change inside a transaction, nor twice at once into a mix', async (t) => {
  const { open, rows } = await encrypted(t);
  const workspace = await open(PASSPHRASE);
  await workspace.transaction(async (tx) => {
    await assert.rejects(workspace.changePassphrase('other'), withCode('FAILED_PRECONDITION'));
    await tx.table('tags').count();
  });
  await Promise.all([
    workspace.changePassphrase('a'),
    workspace.changePassphrase('b'),
    workspace.table('tags').count(),
  ]);
  assertSameRows(await dump(workspace), rows);
  await workspace.close();
  const opened = await Promise.allSettled([
    open('a')
      .then((w) => w.close())
      .then(() => open('b').then((w) => w.close())),
  ]);
  assert.equal(opened[0].status, 'rejected');
  const again = await open('a').catch(() => open('b'));
  assertSameRows(await dump(again), rows);
  await again.close();
});

test('copies that leave an encrypted workspace are sealed, or plain when that was asked for', async (t) => {
  const { directory, open, rows } = await encrypted(t);
  const workspace = await open(PASSPHRASE);
  await assert.rejects(workspace.backup(), withCode('FAILED_PRECONDITION', /passphrase/));
  const sealed = await workspace.backup({ passphrase: 'of the copy' });
  const plain = await workspace.backup({ passphrase: null });
  assert.deepEqual(findTexts({ sealed: await bytesOfBlob(sealed) }, TEXTS), []);
  assert.notDeepEqual(findTexts({ plain: await bytesOfBlob(plain) }, TEXTS), []);
  assertNothingReadable(directory, TEXTS);

  const other = await openWorkspace({ name: 'other', storage: 'memory', embedder: null });
  for (const [blob, options] of [
    [sealed, { passphrase: 'of the copy' }],
    [plain, {}],
  ]) {
    await other.restore(blob, options);
    assert.equal((await dump(other)).users[0].username, 'ann');
  }
  // And back, where what it brings is encrypted again.
  await other.table('tags').insert({ name: 'brought by a restore' });
  const brought = await other.backup();
  await other.close();
  let seen = 0;
  await workspace.restore(brought, {
    onProgress: () => {
      seen++;
      assertNothingReadable(directory, [...TEXTS, 'brought by a restore'], 'during a restore');
    },
  });
  assert.ok(seen > 2);
  assert.equal((await workspace.status()).encrypted, true);
  assert.equal(await workspace.table('tags').count(), rows.tags.length + 1);
  assertNothingReadable(directory, [...TEXTS, 'brought by a restore'], 'after a restore');
  await workspace.close();
  const again = await open(PASSPHRASE);
  assert.ok((await again.health({ full: true })).ok);
  assert.equal(await again.table('tags').count(), rows.tags.length + 1);
  await again.close();
});

test('copies made before a migration are encrypted, come out when asked, and go with the passphrase', async (t) => {
  const { directory, open } = await encrypted(t);
  const workspace = await open(PASSPHRASE);
  const latest = await workspace.migrations.current();
  const { backup } = await workspace.migrations.migrate(latest - 1);
  assertNothingReadable(directory, TEXTS);
  await assert.rejects(workspace.migrations.readBackup(backup), withCode('FAILED_PRECONDITION', /passphrase/));
  const plain = await workspace.migrations.readBackup(backup, { passphrase: null });
  assert.notDeepEqual(findTexts({ plain: await bytesOfBlob(plain) }, TEXTS), []);
  const sealed = await workspace.migrations.readBackup(backup, { passphrase: 'of the copy' });
  assert.deepEqual(findTexts({ sealed: await bytesOfBlob(sealed) }, TEXTS), []);
  await workspace.migrations.migrate(latest);
  await workspace.restore(sealed, { passphrase: 'of the copy' });
  await workspace.changePassphrase('another');
  assert.deepEqual(await workspace.migrations.backups(), []);
  assertNothingReadable(directory, TEXTS);
  await workspace.close();
});

test('another file that is imported or exported leaves nothing readable beside an encrypted database', async (t) => {
  const { directory, open } = await encrypted(t);
  const workspace = await open(PASSPHRASE);
  const seen = new Set();
  const watch = setInterval(() => {
    for (const found of findTexts(filesOf(directory), TEXTS)) seen.add(found);
  }, 1);
  t.after(() => clearInterval(watch));
  const file = await workspace.export({ system: 'autodevhub', format: 'sqlite' });
  assert.equal(new TextDecoder().decode((await bytesOfBlob(file)).subarray(0, 15)), 'SQLite format 3');
  const report = await workspace.import(file, { system: 'autodevhub' });
  assert.deepEqual(report.rejects, []);
  clearInterval(watch);
  assert.deepEqual([...seen], []);
  await workspace.close();
});

test('damage of any file is told as such, never as a wrong passphrase or an empty database', async (t) => {
  const { directory, open, rows } = await encrypted(t);
  const folder = path.join(directory, 'test');
  const database = path.join(folder, 'archivolt.db');
  const sound = readFileSync(database);
  for (const at of [0, 5, 17, 20, 22, 90, 4000, 8191, 8192 + 77, sound.length - 1]) {
    const damaged = Buffer.from(sound);
    damaged[at] ^= 16;
    writeFileSync(database, damaged);
    const failure = await open(PASSPHRASE)
      .then(async (workspace) => {
        const health = await workspace.health({ full: true }).finally(() => workspace.close());
        assert.equal(health.ok, false, `byte ${at}`);
        return { code: 'CORRUPTION' };
      })
      .catch((error) => error);
    assert.equal(failure.code, 'CORRUPTION', `byte ${at}: ${failure.message}`);
    if (failure.detail?.page !== undefined) assert.equal(failure.detail.page, Math.floor(at / 8192) + 1);
    else assert.ok(at >= 8192, `the page of byte ${at} is named`);
  }
  writeFileSync(database, sound);
  const [record] = Object.keys(filesOf(directory)).filter((name) => name.startsWith('keys'));
  const whole = readFileSync(path.join(folder, record));
  const damage = (...places) => {
    const bytes = Buffer.from(whole);
    for (const at of places) bytes[at] ^= 1;
    writeFileSync(path.join(folder, record), bytes);
  };
  for (const at of [0, 17, 25, 40, 50, 100, 130, 4096 + 60]) {
    damage(at);
    const workspace = await open(PASSPHRASE);
    assertSameRows(await dump(workspace), rows, 'one copy of the record is enough');
    await workspace.close();
  }
  damage(100, 4096 + 100);
  for (const passphrase of [PASSPHRASE, 'wrong', undefined])
    await assert.rejects(open(passphrase), withCode('CORRUPTION', /key/));
  writeFileSync(path.join(folder, record), '');
  await assert.rejects(open(PASSPHRASE), withCode('CORRUPTION'));
  writeFileSync(path.join(folder, record), whole);
  // Without its record the database is no database.
  const alone = temporaryFolder(t);
  cpSync(folder, path.join(alone, 'test'), { recursive: true });
  rmSync(path.join(alone, 'test', record));
  const left = readFileSync(path.join(alone, 'test/archivolt.db'));
  await assert.rejects(opener(alone)(), withCode('CORRUPTION'));
  assert.ok(readFileSync(path.join(alone, 'test/archivolt.db')).equals(left));
});
