// Dumps, CSV and JSON that a real PostgreSQL writes: every value is what psql says it is.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { startPostgres } from '../support/postgres.mjs';
import { allRows, file, open, openSource, rowsByCursors, rowsOf } from '../support/readers.mjs';

let postgres;
/** Table -> rows as objects of texts, by psql. */
let expected;
const tables = ['users', 'documents', 'messages', 'timing', 'sessions', 'user projects', 'numbered'];

const SCHEMA = String.raw`
CREATE SCHEMA archi;
CREATE TABLE users (id varchar(200) PRIMARY KEY, email text, api_key bytea, is_admin boolean DEFAULT false, note text, created_at timestamp DEFAULT '2026-01-01');
CREATE TABLE documents (id serial PRIMARY KEY, resource_hash varchar(64) UNIQUE, tags text[], sizes int[], extra jsonb, body text, price numeric(20,4),
  ratio double precision, deleted boolean, ingested_at timestamptz, day date, total text GENERATED ALWAYS AS (resource_hash || '!') STORED);
CREATE TABLE archi.messages (id bigint, content text, embedding real[], meta json);
CREATE TABLE timing (mid int, duration interval, at timestamp(6));
CREATE TABLE sessions (id uuid, "Mode" text, "odd ""name""" text, "select" int);
CREATE TABLE "user projects" (a text);
CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY, big numeric, bits bit varying(8), inf double precision);
CREATE TABLE nothing ();
CREATE FUNCTION bodies() RETURNS text LANGUAGE plpgsql AS $body$ BEGIN INSERT INTO users VALUES ('no; row'); RETURN $x$;'$x$; END $body$;
CREATE FUNCTION atomic() RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO timing (mid) VALUES (1); SELECT 1; END;
CREATE VIEW seen AS SELECT 'a;b' AS "INSERT INTO users", E'\n(' AS two FROM users;
COMMENT ON TABLE users IS E'COPY users FROM stdin;\n\\.\n; ''INSERT INTO users VALUES (1);';
INSERT INTO users SELECT 'u' || n, CASE WHEN n % 3 = 0 THEN NULL WHEN n % 3 = 1 THEN '' ELSE 'u' || n || '@example.org' END,
  decode(md5(n::text), 'hex'), n % 2 = 0, E'tab\there \\N \\. \\x41 nl\nline', '2026-01-30 10:00:00.000001'::timestamp + n * interval '1.000001 s' FROM generate_series(1, 5000) n;
INSERT INTO users VALUES (E'all\b\f\n\r\t\v\\'' "''', E'\\.', '\x', NULL, E'Größe 😀 \u2028 中文 \\\\N', NULL), ('$$', '$a$;--/*', '\x00ff5c27', true, 'E''x'' ''''', '0001-01-01 BC'),
  ('\N', '\\.', NULL, NULL, 'NULL', 'infinity');
INSERT INTO users VALUES ('long', repeat('größe \ tab' || chr(9), 200000), NULL, NULL, repeat('x', 3000000), NULL);
INSERT INTO documents (resource_hash, tags, sizes, extra, body, price, ratio, deleted, ingested_at, day) VALUES
  ('123456789012', '{a,"b c",NULL,"null","",","}', '{1,NULL,-3}', '{"a": [1, 2.50, null, "q\"uote \\ "], "b": 12345678901234567890}', '', 12.3400, 0.1, true, '2026-01-30 10:00:00.123456+02', '2026-01-30'),
  ('00000000000000000000000000000012', '{}', NULL, NULL, NULL, -0.0001, 'NaN', false, NULL, NULL),
  ('12345678e90', '{{a,b},{c,"d\\"}}', '[0:1]={1,2}', '"text"', E'line1\r\nline2', NULL, '-Infinity', NULL, '2026-01-30 10:00:00+00', '0044-03-15 BC');
INSERT INTO archi.messages SELECT n, repeat(chr(20000 + n % 500), n % 50) || E'\n' || n, ARRAY[n * 0.1, -n]::real[], json_build_object('n', n, 'q', '''') FROM generate_series(1, 3000) n;
INSERT INTO timing VALUES (1, '00:00:01.25', '2026-01-30 10:00:00.000001'), (2, '-1 day -02:03:04.000005', NULL), (3, '1 year 2 mons 3 days 04:05:06', '2026-01-30');
INSERT INTO sessions VALUES ('00000000-0000-0000-0000-000000000012', 'chat', 'x', 1), (NULL, '', NULL, NULL);
INSERT INTO "user projects" VALUES (''), (NULL), ('\.'), (E'\n'), (' '), ('a,b'), ('"');
INSERT INTO numbered (big, bits, inf) VALUES (123456789012345678901234567890.123456789, B'101', 'Infinity'), (-5, B'', -1.5e-300), (0, NULL, NULL);
CREATE INDEX ON users (is_admin) WHERE email <> ';''';
`;

const query = (name) => (name === 'messages' ? 'archi.messages' : `public."${name}"`);
const columnsOf = (name) => {
  const sql = `SELECT json_agg(json_build_object('name', attname, 'generated', attgenerated <> '') ORDER BY attnum) FROM pg_attribute WHERE attrelid = '${query(name)}'::regclass AND attnum > 0`;
  return JSON.parse(postgres.psql(sql));
};

/** Rows by psql: every column cast to text, as JSON. */
function told(name) {
  const quoted = (column) => `"${column.replaceAll('"', '""')}"`;
  const pairs = columnsOf(name).map(
    ({ name: column }) => `'${column.replaceAll("'", "''")}', ${textOf(name, quoted(column))}`,
  );
  // The output of the types' own functions, which a cast of boolean to text is not.
  const text = postgres.psql(`SELECT json_build_object(${pairs.join(', ')}) FROM ${query(name)} ORDER BY ctid;\n`);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
const textOf = (name, column) => `CASE WHEN ${column} IS NULL THEN NULL ELSE format('%s', ${column}) END`;

before(() => {
  postgres = startPostgres();
  postgres.psql(SCHEMA);
  expected = Object.fromEntries(tables.map((name) => [name, told(name)]));
});
after(() => postgres?.stop());

/** What a dump in a given form should read as. Generated columns are in no dump. */
function without(name, rows, names) {
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !names.includes(column))));
}

async function compare(source, { byCursors = false } = {}) {
  assert.deepEqual(source.problems, []);
  for (const name of tables) {
    const found = source.tables.filter((table) => table.name === name);
    assert.equal(found.length, 1, name);
    const generated = columnsOf(name)
      .filter((column) => column.generated)
      .map((column) => column.name);
    const rows = await rowsOf(found[0]);
    assert.equal(rows.length, expected[name].length, name);
    without(name, expected[name], generated).forEach((row, index) =>
      assert.deepEqual(rows[index], row, `${name} ${index}`),
    );
    assert.equal(found[0].schema, name === 'messages' ? 'archi' : 'public');
    if (byCursors) {
      const again = await rowsByCursors(found[0]);
      assert.equal(again.length, rows.length);
      // DEFAULT, of a generated column, is null where it is not left out.
      assert.deepEqual(again.at(-1).slice(0, Object.keys(rows.at(-1)).length), Object.values(rows.at(-1)));
    }
  }
}

for (const [title, args] of Object.entries({
  COPY: [],
  'INSERT without columns': ['--inserts'],
  'INSERT with columns': ['--column-inserts'],
  'INSERT of many rows': ['--column-inserts', '--rows-per-insert=700', '--on-conflict-do-nothing'],
  'quoted names': ['--quote-all-identifiers', '--inserts', '--rows-per-insert=3'],
})) {
  test(`a dump by ${title} reads as psql says`, async () => {
    const dump = postgres.dump(...args);
    const source = await open('dump.sql', dump);
    assert.equal(source.format, 'pg_dump');
    await compare(source, { byCursors: true });
    // Nothing but tables, and nothing of the functions' bodies and comments.
    assert.deepEqual([...source.tables.map(({ name }) => name)].sort(), ['nothing', ...tables].sort());
  });
}

test('CRLF, gzip, schema only', async () => {
  const dump = postgres.dump();
  await compare(await open('dump.sql.gz', gzipSync(dump)), { byCursors: true });
  await compare(await open('dump.sql', dump.toString().replaceAll('\n', '\r\n')));
  const declared = await open('schema.sql', postgres.dump('-s'));
  const documents = declared.tables.find(({ name }) => name === 'documents');
  assert.deepEqual(documents.columns.slice(0, 3), ['id', 'resource_hash', 'tags']);
  assert.equal(documents.types.get('tags'), 'text[]');
  assert.equal(documents.types.get('price'), 'numeric(20,4)');
  assert.equal(documents.types.get('ingested_at'), 'timestamp with time zone');
  assert.deepEqual(await rowsOf(documents), []);
});

test('counts and columns are known before reading', async () => {
  const source = await open('dump.sql', postgres.dump());
  const users = source.tables.find(({ name }) => name === 'users');
  assert.equal(users.count, 5004);
  assert.deepEqual(users.columns, ['id', 'email', 'api_key', 'is_admin', 'note', 'created_at']);
  const data = await open('data.sql', postgres.dump('-a', '--inserts', '-t', 'timing'));
  assert.deepEqual(data.tables[0].columns, null);
  assert.deepEqual((await rowsOf(data.tables[0]))[0], {
    column1: '1',
    column2: '00:00:01.25',
    column3: '2026-01-30 10:00:00.000001',
  });
  assert.match(data.problems[0].reason, /columns are called/);
});

test('CSV by \\copy reads as psql says, NULL and empty text apart', async () => {
  const files = tables.map((name) => {
    const csv = postgres.psql(
      `\\copy (SELECT * FROM ${query(name)} ORDER BY ctid) TO STDOUT WITH (FORMAT csv, HEADER)\n`,
    );
    return file(name === 'messages' ? 'archi.messages.csv' : `${name}.csv`, csv);
  });
  const source = await openSource(files);
  for (const table of source.tables) {
    const rows = await rowsOf(table);
    assert.deepEqual(source.problems, []);
    expected[table.name].forEach((row, index) => assert.deepEqual(rows[index], row, `${table.name} ${index}`));
    assert.equal(rows.length, expected[table.name].length);
    assert.equal((await rowsByCursors(table)).length, rows.length);
  }
});

test('row_to_json and json_agg', async () => {
  const lines = postgres.psql(`SELECT row_to_json(t) FROM documents t ORDER BY id`);
  const rows = (await allRows(await open('documents.json', lines))).documents;
  assert.equal(rows.length, 3);
  assert.equal(rows[0].extra.b, 12345678901234567890n);
  assert.equal(rows[0].body, '');
  assert.deepEqual(rows[0].tags, ['a', 'b c', null, 'null', '', ',']);
  const whole = postgres.psql(`SELECT json_agg(t ORDER BY id) FROM documents t`);
  assert.deepEqual((await allRows(await open('documents.json', whole))).documents, rows);
});

test('what is no dump in SQL says what to do', async () => {
  await assert.rejects(open('dump', postgres.dump('-Fc')), { code: 'INVALID_ARGUMENT', message: /without -Fc/ });
  const tar = postgres.dump('-Ft');
  await assert.rejects(open('dump.tar.gz', gzipSync(tar)), { code: 'INVALID_ARGUMENT', message: /tar archive/ });
});
