// Files that somebody made to do harm: each is a name, what it holds, and the system that it says it comes from.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { zip } from './zip.mjs';

const STORIES =
  'CREATE TABLE user_stories (id INTEGER PRIMARY KEY, feature_description TEXT, gherkin_output TEXT, story_metadata TEXT, ' +
  'created_at TIMESTAMP, updated_at TIMESTAMP);' +
  "INSERT INTO user_stories VALUES (1, 'As a user', 'Feature: x', NULL, '2025-08-01 10:00:00', NULL);";
const SESSIONS = 'CREATE TABLE sessions (id TEXT PRIMARY KEY, user_id TEXT, preferences TEXT, created_at TIMESTAMP);';

function database(sql) {
  const folder = mkdtempSync(path.join(tmpdir(), 'archivolt-hostile-'));
  try {
    const file = path.join(folder, 'h.db');
    // What the program itself refuses of it is left out of the file.
    spawnSync('sqlite3', [file], { input: `PRAGMA page_size = 1024;\n.dbconfig defensive off\n${sql}` });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Changes bytes of a copy. */
function bent(bytes, change) {
  const copy = Buffer.from(bytes);
  return change(copy) ?? copy;
}

const FOREVER = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)';

function sqliteFiles() {
  const base = database(STORIES + SESSIONS);
  const many = database(
    `${STORIES} WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO user_stories ` +
      "SELECT i, 'story ' || i || hex(randomblob(60)), 'g', NULL, '2025-08-01 10:00:00', NULL FROM n;",
  );
  const schema = (sql) => `PRAGMA writable_schema = ON; ${sql} PRAGMA writable_schema = OFF;`;
  const sources = {
    'trigger that deletes': `${STORIES} CREATE TRIGGER t AFTER INSERT ON user_stories BEGIN DELETE FROM user_stories; END;`,
    'trigger on every verb': `${STORIES} CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END;`.replace(
      'CREATE TRIGGER',
      'CREATE VIEW v AS SELECT 1 a; CREATE TRIGGER',
    ),
    'view without an end in a table’s place': `CREATE VIEW user_stories AS ${FOREVER} SELECT x AS id, x AS feature_description FROM c;`,
    'view over everything': `${STORIES} CREATE VIEW sessions AS ${FOREVER} SELECT x FROM c, user_stories;`,
    'view that names itself': `${STORIES} ${schema("INSERT INTO sqlite_schema VALUES ('view', 'sessions', 'sessions', 0, 'CREATE VIEW sessions AS SELECT * FROM sessions');")}`,
    'generated column of a gigabyte': `CREATE TABLE user_stories (id INTEGER PRIMARY KEY, feature_description TEXT AS (zeroblob(900000000)), gherkin_output TEXT); INSERT INTO user_stories (id) VALUES (1);`,
    'stored zeros of a megabyte a row': `${STORIES} INSERT INTO user_stories SELECT value + 1, zeroblob(1000000), NULL, NULL, NULL, NULL FROM generate_series(1, 3);`,
    'index on an expression that fails': `${STORIES} CREATE INDEX i ON user_stories (abs(-9223372036854775807 - id));`,
    'default that runs a function': `CREATE TABLE user_stories (id INTEGER PRIMARY KEY, feature_description TEXT DEFAULT (hex(randomblob(1000000))), gherkin_output TEXT); INSERT INTO user_stories (id) VALUES (1);`,
    'check of its own': `CREATE TABLE user_stories (id INTEGER PRIMARY KEY, feature_description TEXT CHECK (length(feature_description) < 1e9), gherkin_output TEXT);`,
    'virtual table of full text': `${STORIES} CREATE VIRTUAL TABLE sessions USING fts5(id, user_id);`,
    'virtual table of the file system': `${STORIES} ${schema("INSERT INTO sqlite_schema VALUES ('table', 'sessions', 'sessions', 0, 'CREATE VIRTUAL TABLE sessions USING csv(filename=''/etc/passwd'')');")}`,
    'shadow tables alone': `${STORIES} CREATE TABLE sessions_data (id INTEGER PRIMARY KEY, block BLOB); CREATE TABLE sessions_config (k, v);`,
    'schema that is no SQL': `${STORIES} ${schema("UPDATE sqlite_schema SET sql = 'CREATE TABLE user_stories (';")}`,
    'schema of binary rubbish': `${STORIES} ${schema("UPDATE sqlite_schema SET sql = x'00ff00ff';")}`,
    'schema that names a page far away': `${STORIES} ${schema('UPDATE sqlite_schema SET rootpage = 1000000;')}`,
    'two tables on one page': `${STORIES} ${SESSIONS} ${schema("UPDATE sqlite_schema SET rootpage = 2 WHERE type = 'table';")}`,
    'table whose page is the schema’s': `${STORIES} ${schema('UPDATE sqlite_schema SET rootpage = 1;')}`,
    'two thousand columns': `CREATE TABLE user_stories (id INTEGER PRIMARY KEY, ${Array.from({ length: 1990 }, (_, at) => `c${at}`).join()});`,
    'five hundred tables': `${STORIES} ${Array.from({ length: 500 }, (_, at) => `CREATE TABLE t${at} (a);`).join('')}`,
    'names made to be SQL': `${STORIES} CREATE TABLE "x""; DROP TABLE users; --" ("a""; DELETE FROM users; --" TEXT); INSERT INTO "x""; DROP TABLE users; --" VALUES ('1');`,
    'names with directions and nothing': `${STORIES} CREATE TABLE "\u202etxt.exe\u202c" (a); CREATE TABLE "" (""); CREATE TABLE "__proto__" ("constructor");`,
    'text that is no text': `${STORIES} INSERT INTO user_stories VALUES (9, CAST(x'ff00feff' AS TEXT), CAST(x'c080' AS TEXT), '{"a":', 'never', -1);`,
    'JSON too deep in a column': `${STORIES} UPDATE user_stories SET story_metadata = '${'['.repeat(50_000)}';`,
    'JSON that names a prototype': `${STORIES} UPDATE user_stories SET story_metadata = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}';`,
    'in UTF-16, big end first': `PRAGMA encoding = 'UTF-16be'; ${STORIES}`,
    'in UTF-16, little end first': `PRAGMA encoding = 'UTF-16le'; ${STORIES} ${SESSIONS}`,
    'numbers out of every range': `${STORIES} INSERT INTO user_stories VALUES (-9223372036854775808, 9e999, -9e999, x'', '99999-99-99', 1e300);`,
  };
  const files = Object.entries(sources).map(([name, sql]) => [name, database(sql)]);
  const pageOf = (bytes, page) => (page - 1) * bytes.readUInt16BE(16);
  return [
    ...files,
    ['header of WAL mode, without a log', bent(base, (b) => void b.fill(2, 18, 20))],
    ['header of an unknown version', bent(base, (b) => void b.fill(9, 18, 20))],
    ['more pages than there are', bent(base, (b) => void b.writeUInt32BE(0xfffffffe, 28))],
    ['a page size of 3', bent(base, (b) => void b.writeUInt16BE(3, 16))],
    ['no room on a page', bent(base, (b) => void (b[20] = 255))],
    ['free pages without end', bent(base, (b) => void (b.writeUInt32BE(2, 32), b.writeUInt32BE(0x7fffffff, 36)))],
    ['a format nobody knows', bent(base, (b) => void b.writeUInt32BE(77, 44))],
    ['an encoding nobody knows', bent(base, (b) => void b.writeUInt32BE(9, 56))],
    ['a tree whose child is itself', bent(many, (b) => void b.writeUInt32BE(2, pageOf(b, 2) + 8))],
    [
      'a tree whose children are one page',
      bent(many, (b) => {
        const at = pageOf(b, 2);
        const cells = b.readUInt16BE(at + 3);
        for (let cell = 0; cell < cells; cell++) b.writeUInt32BE(3, at + b.readUInt16BE(at + 12 + cell * 2));
        b.writeUInt32BE(3, at + 8);
      }),
    ],
    ['cells that lie outside of their page', bent(many, (b) => void b.fill(0xff, pageOf(b, 3) + 8, pageOf(b, 3) + 40))],
    ['a record longer than the file', bent(base, (b) => void b.fill(0xff, b.length - 40, b.length - 20))],
    ['the middle is missing', bent(many, (b) => Buffer.concat([b.subarray(0, 4096), b.subarray(20_480)]))],
    [
      'bytes turned at random',
      bent(many, (b) => void Array.from({ length: 200 }, (_, at) => (b[(at * 7919 + 333) % b.length] ^= 0x55))),
    ],
    ['the magic, then nothing', Buffer.from('SQLite format 3\0')],
    ['the magic, then zeros', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8176)])],
  ].map(([name, bytes]) => ({ name: `sqlite: ${name}`, bytes, system: 'autodevhub', file: 'h.db' }));
}

const COPY = 'COPY public.users (id, username, email, password_hash, created_at) FROM stdin;\n';
const ROW = '1\tada\tada@example.org\t\\N\t2025-01-01 00:00:00\n';

function dumps() {
  return Object.entries({
    'psql runs a program': `\\! touch /tmp/archivolt-hacked\n${COPY}${ROW}\\.\n`,
    'psql includes a file': `\\i /etc/passwd\n\\include_relative ../../x\n${COPY}${ROW}\\.\n`,
    'psql copies from a program': `\\copy users from program 'id'\n${COPY}${ROW}\\.\n`,
    'COPY from a program': `COPY public.users FROM PROGRAM 'touch /tmp/archivolt-hacked';\n${COPY}${ROW}\\.\n`,
    'psql sends its buffer on': `SELECT 'DROP TABLE users' \\gexec\n\\o | sh\n\\setenv PATH /\n${COPY}${ROW}\\.\n`,
    'COPY with too many columns': `${COPY}${ROW.trim()}\ta\tb\tc\n\\.\n`,
    'COPY with too few columns': `${COPY}1\n\\.\n`,
    'COPY without an end': `${COPY}${ROW.repeat(50)}`,
    'COPY that repeats a column': `COPY public.users (id, id, username) FROM stdin;\n1\t2\tx\n\\.\n`,
    'a table whose name is SQL': `CREATE TABLE "users; DROP TABLE x" (id integer);\nCOPY "users; DROP TABLE x" (id) FROM stdin;\n1\n\\.\n`,
    'a column whose name is SQL': `COPY public.users (id, "a\\"; DROP TABLE users") FROM stdin;\n1\t2\n\\.\n`,
    'a function, a rule, an event trigger': `CREATE FUNCTION f() RETURNS void AS $$ DROP TABLE users $$ LANGUAGE sql;\nDO $$ BEGIN EXECUTE 'x'; END $$;\nCREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();\n${COPY}${ROW}\\.\n`,
    'a dollar quote that never ends': `CREATE FUNCTION f() AS $x$ ${'y'.repeat(100_000)}`,
    'a comment that never ends': `/* ${'/* '.repeat(100_000)}`,
    'parentheses without end': `INSERT INTO users VALUES ${'('.repeat(100_000)}`,
    'escapes of every kind': `${COPY}1\t\\x41\\101\\0\\b\\ud800\t\\\\.\t\\N\t\\t\n\\.\n`,
    'NUL and half characters': `${COPY}1\ta\0b\t\ufffd\ud83d\t\\N\t\n\\.\n`,
    'a row of ten megabytes': `${COPY}1\t${'x'.repeat(10_000_000)}\ta\t\\N\t\n\\.\n`,
  }).map(([name, text]) => ({ name: `dump: ${name}`, bytes: Buffer.from(text), system: 'archi', file: 'h.sql' }));
}

function others() {
  const csv = Buffer.alloc(30_000_000, `a,${'b'.repeat(997)}\n`);
  return [
    ...Object.entries({
      'archives in archives': zip([
        { name: 'a.zip', content: zip([{ name: 'b.zip', content: zip([{ name: 'users.csv', content: 'id\n1' }]) }]) },
      ]),
      'paths that lead away': zip([
        { name: '../../../etc/cron.d/users.csv', content: 'id\n1\n' },
        { name: 'C:\\Windows\\users.csv', content: 'id\n1\n' },
        { name: '/root/.ssh/users.csv', content: 'id\n1\n', stored: true },
      ]),
      'thirty megabytes of thirty kilobytes': zip([{ name: 'users.csv', content: csv }]),
      'a size that is a lie': zip([{ name: 'users.csv', content: csv.subarray(0, 1e6), size: 10 }]),
      'a checksum that is a lie': zip([{ name: 'users.csv', content: 'id\n1\n', crc: 1 }]),
      'two thousand entries': zip(
        Array.from({ length: 2_000 }, (_, at) => ({ name: `${at}`, content: '', stored: true })),
      ),
      'one name twenty times': zip(Array.from({ length: 20 }, () => ({ name: 'users.csv', content: 'id\n1\n' }))),
      'an end without a beginning': zip([{ name: 'users.csv', content: 'id\n1\n' }]).subarray(30),
    }).map(([name, bytes]) => ({ name: `zip: ${name}`, bytes, system: 'archi', file: 'h.zip' })),
    ...Object.entries({
      'depth without end': '['.repeat(1_000_000),
      'objects without end': '{"a":'.repeat(500_000),
      'a prototype':
        '{"users": [{"id": "1", "__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}]}',
      'a million keys': `{"users": [{${Array.from({ length: 200_000 }, (_, at) => `"k${at}":1`).join()}}]}`,
      'a number of a million digits': `{"users": [{"id": ${'9'.repeat(1_000_000)}}]}`,
      'a text without end': `{"users": [{"id": "${'x'.repeat(5_000_000)}`,
      'half characters and NUL': '{"users": [{"id": "\\ud800\\u0000", "username": "\\u202e"}]}',
    }).map(([name, text]) => ({
      name: `json: ${name}`,
      bytes: Buffer.from(text),
      system: 'archi',
      file: 'users.json',
    })),
    { name: 'gzip: a bomb', bytes: gzipSync(csv), system: 'archi', file: 'users.csv.gz' },
  ];
}

export const hostileFiles = () => [...sqliteFiles(), ...dumps(), ...others()];
