// Files that are offered for a restore: foreign, damaged, cut short, sealed, hostile, older, newer. Each is refused with its code and
// leaves the data as they were, or is restored whole.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { assertSameRows, bytesOfBlob, dump, fill } from '../support/backups.mjs';
import { refuses } from '../support/misuse.mjs';
import { bytesOf, officialDatabase, sqlite3 } from '../support/official.mjs';
import { openForTest, temporaryFolder } from '../support/workspaces.mjs';

const golden = path.join(path.dirname(fileURLToPath(import.meta.url)), '../golden/backups');
const HEADER = 80;
const CHUNK = (1 << 20) + 16;

/** A filled workspace, its backup's bytes, and one in which to restore, with a row of its own. */
async function prepared(t, { size = 0, ...options } = {}) {
  const source = await openForTest(t, { name: 'source', embedder: null });
  await fill(source, { size });
  const bytes = await bytesOfBlob(await source.backup(options));
  const rows = await dump(source);
  const workspace = await openForTest(t, { embedder: null });
  await workspace.table('tags').insert({ name: 'present' });
  const present = async () => {
    assert.deepEqual(await workspace.query('SELECT name FROM tags'), [{ name: 'present' }]);
    assert.equal(await workspace.table('users').count(), 0);
  };
  return { bytes, rows, workspace, present };
}

const changed = (bytes, change) => {
  const copy = bytes.slice();
  change(copy);
  return copy;
};

/** What the official build makes of a backup. */
const edited = (bytes, sql) => {
  const db = officialDatabase(bytes);
  db.exec(sql);
  return bytesOf(db);
};

test('what is no backup is told so', async (t) => {
  const { bytes, workspace, present } = await prepared(t);
  const foreign = new sqlite3.oo1.DB(':memory:');
  foreign.exec('CREATE TABLE users (id TEXT); INSERT INTO users VALUES (1)');
  const posing = new sqlite3.oo1.DB(':memory:');
  posing.exec(`PRAGMA application_id = ${0x41766c74}; PRAGMA user_version = 1; CREATE TABLE users (id TEXT)`);
  const utf16 = new sqlite3.oo1.DB(':memory:');
  utf16.exec(
    `PRAGMA encoding = 'UTF-16'; PRAGMA application_id = ${0x41766c74}; PRAGMA user_version = 1; CREATE TABLE users (id TEXT)`,
  );
  for (const [what, file, code, message] of [
    ['nothing', new Uint8Array(), 'INVALID_ARGUMENT', /empty/],
    ['text', new TextEncoder().encode('CREATE TABLE t(x);'), 'INVALID_ARGUMENT', /neither/],
    ['gzip', new Uint8Array(gzipSync(bytes)), 'INVALID_ARGUMENT', /unpack/],
    ['zip', new Uint8Array([0x50, 0x4b, 3, 4, ...new Uint8Array(60)]), 'INVALID_ARGUMENT', /unpack/],
    ["another program's database", bytesOf(foreign), 'INVALID_ARGUMENT', /another program/],
    ['a database that poses as ours', bytesOf(posing), 'INVALID_ARGUMENT', /schema/],
    ['one in UTF-16', bytesOf(utf16), 'INVALID_ARGUMENT', /another program/],
    ['another application id', edited(bytes, 'PRAGMA application_id = 7'), 'INVALID_ARGUMENT', /another program/],
    ['version 0', edited(bytes, 'PRAGMA user_version = 0'), 'INVALID_ARGUMENT', /another program/],
    ['a newer schema', edited(bytes, 'PRAGMA user_version = 99'), 'SCHEMA_TOO_NEW', /99|[Nn]ewer/],
    [
      'other migrations',
      edited(bytes, "UPDATE schema_migrations SET checksum = 'x'"),
      'INVALID_ARGUMENT',
      /another build/,
    ],
    [
      'a row that refers to nothing',
      edited(bytes, "PRAGMA foreign_keys=OFF; UPDATE decisions SET user_id = 'nobody'"),
      'CORRUPTION',
    ],
  ]) {
    await refuses(what, () => workspace.restore(new Blob([file])), code, message);
    await present();
  }
});

test('a schema with anything of its own is refused, and nothing of it runs', async (t) => {
  const { bytes, workspace, present } = await prepared(t);
  const hostile = [
    "CREATE TRIGGER t AFTER INSERT ON tags BEGIN UPDATE users SET role = 'admin'; END",
    "CREATE TRIGGER t BEFORE DELETE ON tags BEGIN SELECT load_extension('x'); END",
    'CREATE VIEW spy AS SELECT * FROM users',
    'CREATE TABLE extra (x)',
    'CREATE VIRTUAL TABLE extra USING fts5(x)',
    'CREATE INDEX slow ON tags (length(name))',
    "CREATE INDEX broken ON tags (name) WHERE name > 'x'",
    'ALTER TABLE tags ADD COLUMN g TEXT AS (hex(zeroblob(100)))',
    "ALTER TABLE tags ADD COLUMN c TEXT DEFAULT 'x' CHECK (c <> 'y')",
    'DROP VIEW v_user_activity; CREATE VIEW v_user_activity AS SELECT * FROM users',
    'DROP VIEW v_user_activity',
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || ' -- ' WHERE sql LIKE 'CREATE VIEW%'; DROP VIEW v_user_activity",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', 'ANY') WHERE name = 'tags'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'NEW.', 'OLD.') WHERE type = 'trigger'",
  ];
  for (const sql of hostile) {
    await refuses(sql, () => workspace.restore(new Blob([edited(bytes, sql)])), 'INVALID_ARGUMENT', /schema/);
    await present();
  }
});

test('SQL that a file keeps for going down is replaced by our own', async (t) => {
  const { bytes, workspace } = await prepared(t);
  await workspace.restore(new Blob([edited(bytes, "UPDATE schema_migrations SET down_sql = 'DROP TABLE users'")]));
  const rows = await workspace.query('SELECT down_sql FROM schema_migrations');
  assert.ok(rows.every(({ down_sql }) => down_sql !== 'DROP TABLE users'));
});

test('what other programs do to a file without changing its content is taken', async (t) => {
  const { bytes, rows, workspace } = await prepared(t);
  const same = async (what, file) => {
    await workspace.restore(new Blob([file]));
    assertSameRows(await dump(workspace), rows, what);
    const health = await workspace.health({ full: true });
    assert.ok(health.ok, `${what}: ${JSON.stringify(health)}`);
    await workspace.table('tags').insert({ name: `after ${what}` });
  };
  await same('as it is', bytes);
  // Page 1 no longer fits its checksum, as after any program that knows of none.
  await same(
    'WAL in the header',
    changed(edited(bytes, 'UPDATE tags SET name = name'), (copy) => copy.fill(2, 18, 20)),
  );
  await same('other pages', edited(bytes, 'PRAGMA page_size = 1024; VACUUM'));
  await same('no automatic vacuum', edited(bytes, 'PRAGMA auto_vacuum = NONE; VACUUM'));
  await same(
    'the same schema in other words',
    edited(
      bytes,
      `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'CREATE TABLE tags (', 'CREATE  TABLE "tags" /* ( */ (-- )
')`,
    ),
  );
  await same('statistics', edited(bytes, 'ANALYZE'));
  await same(
    'a full-text index without its words',
    edited(bytes, "INSERT INTO document_chunks_fts(document_chunks_fts) VALUES ('delete-all')"),
  );
  assert.equal((await workspace.search('breaker', { mode: 'keyword', kinds: ['documents'] })).hits.length, 1);
});

test('a plain file that was cut anywhere is refused', async (t) => {
  const { bytes, workspace, present } = await prepared(t);
  const lengths = [
    1,
    8,
    15,
    16,
    17,
    99,
    100,
    101,
    511,
    512,
    4096,
    8191,
    8192,
    8193,
    bytes.length - 1,
    bytes.length - 9,
    bytes.length - 2000,
    bytes.length - 8192,
  ];
  for (let length = 20_000; length < bytes.length; length += 77_777) lengths.push(length);
  for (const length of lengths) {
    await refuses(`${length} bytes`, () => workspace.restore(new Blob([bytes.slice(0, length)])), 'CORRUPTION');
    await present();
  }
});

test('a plain file with a changed byte in every 4 KiB is refused, or restored whole', async (t) => {
  const { bytes, rows, workspace, present } = await prepared(t);
  let taken = 0;
  let refused = 0;
  let random = 12345;
  const offsets = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    random = (random * 1103515245 + 12345) % 2147483648;
    offsets.push(at + (random % Math.min(4096, bytes.length - at)));
  }
  for (const at of [...offsets, 18, 19, 20, 24, 27, 28, 31, 44, 56, 60, 68, 92, 96, 99]) {
    const file = changed(bytes, (copy) => (copy[at] ^= 0x41));
    const error = await workspace.restore(new Blob([file])).then(
      () => undefined,
      (caught) => caught,
    );
    if (error === undefined) {
      taken++;
      assertSameRows(await dump(workspace), rows, `byte ${at}`);
    } else {
      refused++;
      assert.ok(['CORRUPTION', 'INVALID_ARGUMENT'].includes(error.code), `byte ${at}: ${error.code} ${error.message}`);
    }
    if (taken === 0) await present();
  }
  assert.ok(refused >= offsets.length - 1, `${refused} of ${offsets.length}`);
});

test('a sealed file opens with its passphrase alone, and only whole', async (t) => {
  const { bytes, rows, workspace, present } = await prepared(t, { size: 2_500_000, passphrase: 'Größe 漢字' });
  const attempt = (file, passphrase = 'Größe 漢字') =>
    workspace.restore(new Blob([file]), passphrase === null ? {} : { passphrase });
  assert.equal(String.fromCharCode(...bytes.subarray(0, 29)), 'Archivolt sealedpbkdf2-sha256');
  assert.ok(!Buffer.from(bytes).includes('circuit breaker') && !Buffer.from(bytes).includes('SQLite format'));
  const chunks = [];
  for (let at = HEADER; at < bytes.length; at += CHUNK) chunks.push(bytes.slice(at, at + CHUNK));
  assert.ok(chunks.length >= 3);
  const joined = (...parts) => Buffer.concat([bytes.subarray(0, HEADER), ...parts]);
  const rows_ = [
    ['no passphrase', bytes, null, 'WRONG_PASSPHRASE'],
    ['another passphrase', bytes, 'grösse', 'WRONG_PASSPHRASE'],
    ['another salt', changed(bytes, (copy) => (copy[40] ^= 1)), undefined, 'WRONG_PASSPHRASE'],
    ['fewer iterations', changed(bytes, (copy) => (copy[52] ^= 1)), undefined, 'WRONG_PASSPHRASE'],
    ['too many iterations', changed(bytes, (copy) => (copy[55] = 0xff)), undefined, 'CORRUPTION'],
    ['another version', changed(bytes, (copy) => (copy[48] = 2)), undefined, 'UNSUPPORTED'],
    ['another way to make the key', changed(bytes, (copy) => (copy[16] = 0x61)), undefined, 'UNSUPPORTED'],
    ['another tag of the header', changed(bytes, (copy) => (copy[70] ^= 1)), undefined, 'WRONG_PASSPHRASE'],
    ['chunks in another order', joined(chunks[1], chunks[0], ...chunks.slice(2)), undefined, 'CORRUPTION'],
    ['a chunk twice', joined(chunks[0], chunks[0], ...chunks.slice(1)), undefined, 'CORRUPTION'],
    ['a chunk missing', joined(chunks[0], ...chunks.slice(2)), undefined, 'CORRUPTION'],
    ['the last chunk missing', joined(...chunks.slice(0, -1)), undefined, 'CORRUPTION'],
    ['the last chunk alone', joined(chunks.at(-1)), undefined, 'CORRUPTION'],
    ['no chunk', joined(), undefined, 'CORRUPTION'],
    ['something behind', joined(...chunks, new Uint8Array(100)), undefined, 'CORRUPTION'],
    ...[5, 16, 40, 79, 81, 90, 100_000, bytes.length - 1, bytes.length - 20].map((length) => [
      `${length} bytes`,
      bytes.slice(0, length),
      undefined,
      'CORRUPTION',
    ]),
    ...[HEADER, HEADER + 70_000, HEADER + CHUNK - 1, HEADER + CHUNK, bytes.length - 1].map((at) => [
      `byte ${at}`,
      changed(bytes, (copy) => (copy[at] ^= 0x80)),
      undefined,
      'CORRUPTION',
    ]),
  ];
  for (const [what, file, passphrase, code] of rows_) {
    await refuses(what, () => attempt(file, passphrase), code);
    await present();
  }
  // A passphrase that is not needed does no harm, since the file tells that it is not sealed.
  await attempt(bytes);
  assertSameRows(await dump(workspace), rows);
  const again = await workspace.backup({ passphrase: 'Größe 漢字' });
  assert.notDeepEqual((await bytesOfBlob(again)).slice(32, 48), bytes.slice(32, 48), 'each file has a salt of its own');
});

test('two sealed files of one passphrase exchange no chunks', async (t) => {
  const { bytes, workspace, present } = await prepared(t, { size: 1_500_000, passphrase: 'p' });
  const other = await prepared(t, { size: 1_500_000, passphrase: 'p' });
  const mixed = Buffer.concat([bytes.subarray(0, HEADER + CHUNK), other.bytes.subarray(HEADER + CHUNK)]);
  await refuses('mixed', () => workspace.restore(new Blob([mixed]), { passphrase: 'p' }), 'CORRUPTION');
  await present();
});

const files = readdirSync(golden).filter((name) => name.endsWith('.db'));
test('there is a backup of every version of the schema, and each is small', async (t) => {
  const latest = (await (await openForTest(t)).migrations.list()).at(-1).version;
  const expected = Array.from({ length: latest }, (_, i) => `schema-${String(i + 1).padStart(4, '0')}.db`);
  assert.deepEqual(files.sort(), expected, 'run node tests/golden/make-golden.mjs <version>');
  for (const name of files) assert.ok(statSync(path.join(golden, name)).size < 300_000, name);
});

for (const name of files) {
  test(`${name} is restored and brought up to date`, async (t) => {
    const bytes = readFileSync(path.join(golden, name));
    const directory = temporaryFolder(t);
    const workspace = await openForTest(t, { storage: { directory }, embedder: null });
    await workspace.table('tags').insert({ name: 'present' });
    const report = await workspace.restore(new Blob([bytes]));
    assert.equal(report.schemaVersion, Number(name.slice(7, 11)));
    assert.equal(await workspace.migrations.current(), (await workspace.migrations.list()).at(-1).version);
    const db = officialDatabase(new Uint8Array(bytes));
    for (const [table, count] of Object.entries(report.rows)) {
      assert.equal(count, db.selectValue(`SELECT count(*) FROM "${table}"`), table);
      if (['schema_migrations', 'embedding_queue'].includes(table)) continue;
      const [{ n }] = await workspace.query(`SELECT count(*) AS n FROM "${table}"`);
      assert.ok(n >= count, table);
    }
    db.close();
    const { integrity, foreignKeys, fullText } = await workspace.health({ full: true });
    assert.deepEqual([integrity, foreignKeys], [[], 0]);
    assert.ok(Object.values(fullText).every(Boolean));
    await workspace.table('tags').insert({ name: 'after' });
  });
}
