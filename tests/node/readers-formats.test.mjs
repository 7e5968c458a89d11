// The readers format by format: what a file holds, what it says about itself, what it cannot say.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { allRows, detectFormat, file, open, openSource, rowsByCursors, rowsOf } from '../support/readers.mjs';

const reasons = (source) => source.problems.map(({ reason }) => reason);

test('the format is told by the bytes', async () => {
  for (const [name, content, format] of [
    ['x', 'SQLite format 3\0rest', 'sqlite'],
    ['x', 'PK\x03\x04', 'zip'],
    ['x', '--\n-- PostgreSQL database dump\n--\n', 'pg_dump'],
    ['x', '\\restrict abc\nSET x = 1;', 'pg_dump'],
    ['x', "INSERT INTO t VALUES ('a,b');", 'pg_dump'],
    ['x.csv', 'name\nvalue', 'csv'],
    ['x', 'a;b\n1;2', 'csv'],
    ['x.csv', '[1]', 'json'],
    ['x', '{"users": []}', 'json'],
    ['x', '\ufeff[{"id": 1}]', 'json'],
    ['x', '{"id": 1}\n{"id": 2}', 'jsonl'],
    ['x', '{"table": "users", "row": {"id": 1}}', 'jsonl'],
    ['x', '{"result": {"points": [{"id": 1, "payload": {}, "vector": [1]}]}, "status": "ok"}', 'qdrant'],
    ['x', '[{"id": 1, "vector": [1], "payload": null}]', 'qdrant'],
    ['x', '[{"id": 1, "payload": null}]', 'json'],
    ['x', '{"ids": ["a"], "embeddings": null, "documents": ["b"], "metadatas": [{}]}', 'chroma'],
    ['x', '{"documents": [{"id": 1}]}', 'json'],
    ['x.gz', gzipSync('a,b\n1,2'), 'csv'],
  ]) {
    assert.equal(await detectFormat(file(name, content)), format, String(content));
  }
  for (const [content, message] of [
    ['', /empty/],
    ['PGDMP\x01', /pg_dump/],
    ['hello', /not known/],
    ['\x00\x01\x02', /binary/],
    [Uint8Array.of(0xff, 0xfe, 97, 0), /UTF-8/],
    [Uint8Array.of(0x80, 4, 149), /pickle/],
  ]) {
    await assert.rejects(detectFormat(file('x', content)), { code: 'INVALID_ARGUMENT', message });
  }
});

test('a dump by hand: literals, comments, psql, search paths, other databases', async () => {
  const source = await open(
    'dump.sql',
    String.raw`\restrict Xy
/* INSERT /* nested; */ INTO no VALUES (1); */ -- ; '
\connect "one db"
SET search_path = archi, pg_catalog;
create table T (A int, "B" text, c numeric(10,2)[] default '{}', "primary" text, primary key (a), CONSTRAINT x CHECK (b <> ');'));
insert into t values (1, E'it\'s \x41\u00fc\\', ARRAY['a', 'b c', NULL]::text[], $q$;'$$q$), (-2.5e3, 'a''b'::varchar(10), ARRAY[[1,2],[3,4]], DEFAULT);
INSERT INTO archi."t" ("B", a) VALUES (NULL, true), ('x' -- comment
 , (('-5')::integer)), (U&'\0041\+01F600', B'101'), (timestamp with time zone '2026-01-01 00:00+00', interval '1 day'), ('a'
  'b', .5) ON CONFLICT (a) DO UPDATE SET a = (1) RETURNING (a);
INSERT INTO t SELECT * FROM u WHERE x IN (1, 2);
INSERT INTO t VALUES (now(), 'x', '', ''), (1, 'kept', 'x', 'y');
COPY t (a, "B") FROM stdin;
1	a\	b
2	x\
y
\.
\connect two
COPY t FROM stdin;
1
\.
`,
  );
  const [first, second] = source.tables;
  assert.deepEqual([first.database, first.schema, second.database, second.schema], ['one db', 'archi', 'two', null]);
  assert.equal(first.types.get('c'), 'numeric(10,2)[]');
  assert.deepEqual(await rowsOf(first), [
    { a: '1', B: "it's Aü\\", c: '{a,"b c",NULL}', primary: ";'$" },
    { a: '-2.5e3', B: "a'b", c: '{{1,2},{3,4}}' },
    { B: null, a: 't' },
    { B: 'x', a: '-5' },
    { B: 'A😀', a: '101' },
    { B: '2026-01-01 00:00+00', a: '1 day' },
    { B: 'ab', a: '.5' },
    { a: '1', B: 'kept', c: 'x', primary: 'y' },
    { a: '1', B: 'a\tb' },
    { a: '2', B: 'x\ny' },
  ]);
  assert.match(reasons(source)[0], /Not a literal/);
  assert.match(source.problems[0].raw, /now\(\)/);
  await rowsOf(first);
  assert.equal(source.problems.length, 1, 'reading again tells nothing twice');
  assert.deepEqual(await rowsOf(second), [{ column1: '1' }]);
});

test('backslashes in ordinary strings where the dump says so', async () => {
  const source = await open(
    'd.sql',
    "SET standard_conforming_strings = off;\nINSERT INTO t (a) VALUES ('a\\'b;'), ('\\n');",
  );
  assert.deepEqual((await allRows(source)).t, [{ a: "a'b;" }, { a: '\n' }]);
  const standard = await open(
    'd.sql',
    "SET standard_conforming_strings = on;\nINSERT INTO t (a) VALUES ('a\\'), ('b');",
  );
  assert.deepEqual((await allRows(standard)).t, [{ a: 'a\\' }, { a: 'b' }]);
});

test('rows of a dump that cannot be read are problems with their text', async () => {
  const bad = Buffer.concat([
    Buffer.from('COPY public.t (a, b) FROM stdin;\n1\tx\n2\n3\ty\tz\n4\t'),
    Buffer.of(0xff, 0xfe),
    Buffer.from('\n5\tok\n\\.\nCOPY u (a) FROM stdin WITH (FORMAT csv);\n1,2\n\\.\nCOPY v (a) FROM stdin;\n1\n2'),
  ]);
  const source = await open('d.sql', bad);
  const rows = await allRows(source);
  assert.deepEqual(rows.t, [
    { a: '1', b: 'x' },
    { a: '5', b: 'ok' },
  ]);
  assert.deepEqual(rows.v, [{ a: '1' }]);
  const told = source.problems.map(({ table, reason, raw }) => `${table}: ${reason} ${raw}`);
  assert.equal(told.length, 6);
  assert.match(
    told.join('|'),
    /t: The row has 1 fields.* 2\n.*t: The row has 3 fields.*t: The row is not valid UTF-8/s,
  );
  assert.match(
    told.join('|'),
    /u: Only the text format.*v: The file ends in the middle.*v: The row ends with the file/s,
  );
  assert.equal(source.problems.find(({ raw }) => raw === '2\n').position, bad.indexOf('\n2\n') + 1);
});

test('CSV: separators, quotes, marks, names of columns', async () => {
  const rows = async (text, name = 't.csv') => (await allRows(await open(name, text))).t;
  assert.deepEqual(await rows('\ufeffa,b\r\n"x, ""y""\r\nz",\r\n"",1\r\n'), [
    { a: 'x, "y"\r\nz', b: null },
    { a: '', b: '1' },
  ]);
  assert.deepEqual(await rows('"a,x";b\n1,5;2\n'), [{ 'a,x': '1,5', b: '2' }]);
  assert.deepEqual(await rows('a\tb\n1\t2', 't.tsv'), [{ a: '1', b: '2' }]);
  assert.deepEqual(await rows('a,a,\n1,2,3'), [{ a: '1', a_2: '2', column3: '3' }]);
  assert.deepEqual(await rows('a\n\n""\nx\n'), [{ a: null }, { a: '' }, { a: 'x' }]);
  assert.deepEqual(await rows('a,b\n5" pipe,x"y"\n\n'), [{ a: '5" pipe', b: 'x"y"' }]);
  const [proto] = await rows('__proto__,constructor\n1,2');
  assert.deepEqual(Object.keys(proto), ['__proto__', 'constructor']);
  const source = await openSource([file('export/public.users.csv', 'id,name\n1,a\n2\n3,"b\n4,c')]);
  assert.equal(source.tables[0].name, 'users');
  assert.equal(source.tables[0].schema, 'public');
  assert.deepEqual(await rowsOf(source.tables[0]), [{ id: '1', name: 'a' }]);
  assert.match(reasons(source).join('|'), /has 1 fields.*ends inside quotes/);
});

test('JSON: exact numbers, names, shapes', async () => {
  const source = await open(
    'task-backlog.json',
    '{"project": "x", "tasks": [{"id": "CLI-001", "n": 9007199254740993, "d": 0.1000000000000000055, "f": 1.5, "e": 1e400, "__proto__": {"a": 1}, "k": 1, "k": 2, "z": 100000000000000000.0}, {"id": "CLI-002"}], "meta": {"by": "y"}, "data": {"users": [], "rows": [{"row_to_json": {"a": 1}}]}}',
  );
  const rows = await allRows(source);
  const [first, second] = rows.tasks;
  assert.equal(first.n, 9007199254740993n);
  assert.deepEqual([first.d, first.f, first.e, first.k, first.z], ['0.1000000000000000055', 1.5, '1e400', 2, 1e17]);
  assert.deepEqual(Object.keys(first).sort(), ['__proto__', 'd', 'e', 'f', 'id', 'k', 'n', 'z']);
  assert.equal({}.a, undefined);
  assert.deepEqual(second, { id: 'CLI-002' });
  assert.deepEqual(rows.rows, [{ a: 1 }]);
  assert.deepEqual(rows.users, []);
  assert.deepEqual(rows.meta, [{ by: 'y' }]);
  assert.match(source.problems[0].raw, /^project$/);
  assert.deepEqual((await allRows(await open('one.json', '{"a": 1, "b": ["x"]}'))).one, [{ a: 1, b: ['x'] }]);
});

test('JSON: what is broken', async () => {
  const source = await open('t.json', '[{"a": 1}, {"a": nope}, 5, {"a": "ü"}, {"a": {"b": [}, {"a": 2}]');
  assert.deepEqual((await allRows(source)).t.slice(0, 2), [{ a: 1 }, { a: 'ü' }]);
  assert.match(reasons(source).join('|'), /Not valid JSON.*no JSON object/s);
  const cut = await open('t.json', '{"t": [{"a": 1}, {"a": 2}, {"a"');
  assert.deepEqual((await allRows(cut)).t, [{ a: 1 }, { a: 2 }]);
  assert.match(reasons(cut).join('|'), /ends in the middle of its JSON.*ends with the file/);
  for (const text of ['{"a": [1}', '[1, 2]', ']', '{a: 1}', '[{"a": 1}]]']) {
    await assert.rejects(open('t.json', text, { format: 'json' }), { code: 'INVALID_ARGUMENT' }, text);
  }
});

test('JSON lines: tables by name and by file', async () => {
  const lines =
    '{"table":"a","row":{"x":1}}\n\n{"table":"b","x":2,"y":12345678901234567890}\n{"table":"a","data":{"x":3}}\nnope\n{"z":1}';
  const source = await open('export.jsonl', lines);
  assert.deepEqual(await allRows(source), {
    a: [{ x: 1 }, { x: 3 }],
    b: [{ x: 2, y: 12345678901234567890n }],
    export: [{ z: 1 }],
  });
  assert.deepEqual(
    source.problems.map(({ raw }) => raw),
    ['nope\n'],
  );
  assert.deepEqual(
    source.tables.map(({ count }) => count),
    [2, 1, 1],
  );
});

test('Qdrant: scrolls, names of vectors, exact ids', async () => {
  const points =
    '[{"id": 18446744073709551615, "payload": {"k": [1]}, "vector": [0.1, 2]}, {"id": "5c56c793-69f3", "vector": {"title": [1, 0], "body": [0, 1]}, "payload": null}, {"id": 3, "payload": {}}, {"id": 4, "vector": {"s": {"indices": [1], "values": [2]}}, "payload": {"a": 1}}]';
  for (const text of [
    `{"result": {"points": ${points}, "next_page_offset": null}, "status": "ok"}`,
    `{"points": ${points}}`,
    points,
    `{"result": ${points}}`,
  ]) {
    const source = await open('knowledge_base.json', text);
    assert.equal(source.format, 'qdrant');
    const rows = (await allRows(source)).knowledge_base;
    assert.equal(rows[0].id, 18446744073709551615n);
    assert.deepEqual(rows[0].vector, Float32Array.of(0.1, 2));
    assert.deepEqual(rows.slice(1, 3), [
      { id: '5c56c793-69f3', vector: Float32Array.of(1, 0), payload: null, vector_name: 'title' },
      { id: '5c56c793-69f3', vector: Float32Array.of(0, 1), payload: null, vector_name: 'body' },
    ]);
    assert.deepEqual([rows[4].id, rows[4].vector, rows[4].payload], [4, null, { a: 1 }]);
    assert.match(reasons(source)[0], /sparse/);
  }
  const lines = await open(
    'kb.jsonl',
    '{"id": 1, "vector": [1], "payload": {}}\n{"id": 2, "vector": [2], "payload": {}}\n',
  );
  assert.equal(lines.format, 'qdrant');
  assert.deepEqual((await allRows(lines)).kb[1].vector, Float32Array.of(2));
});

test('Chroma: lists side by side', async () => {
  const get = {
    ids: ['a', 'b', 'c'],
    embeddings: [[1, 2], null, [1, 'x']],
    documents: ['A', null, 'C'],
    uris: null,
    included: ['documents'],
    data: null,
    metadatas: [{ k: 1 }, null, {}],
  };
  const source = await open('softarchitect_knowledge_base.json', JSON.stringify(get));
  assert.equal(source.format, 'chroma');
  const rows = (await allRows(source)).softarchitect_knowledge_base;
  assert.deepEqual(rows, [
    { id: 'a', vector: Float32Array.of(1, 2), document: 'A', metadata: { k: 1 } },
    { id: 'b', vector: null, document: null, metadata: null },
  ]);
  assert.match(reasons(source)[0], /finite numbers/);
  const many = { ids: [], embeddings: [], documents: [], metadatas: null };
  for (let at = 0; at < 9000; at++) {
    many.ids.push(`id${at}`);
    many.embeddings.push([at, 1]);
    if (at < 8999) many.documents.push('x'.repeat(at % 500));
  }
  const long = await open('c.json', JSON.stringify(many));
  const read = await rowsByCursors(long.tables[0]);
  assert.equal(read.length, 8999);
  read.forEach(([id, vector, document], at) =>
    assert.deepEqual([id, vector[0], document.length], [`id${at}`, at, at % 500]),
  );
  assert.match(reasons(long).at(-1), /different lengths/);
});

test('cursors: every batch can be gone on after, nonsense is refused', async () => {
  const row = (at) => `${at}\t${'ü'.repeat(at % 90)}\n`;
  const numbers = Array.from({ length: 12_000 }, (_, at) => at);
  const dump = `COPY t (a, b) FROM stdin;\n${numbers.map(row).join('')}\\.\n`;
  const insert = `INSERT INTO t (a, b) VALUES ${numbers.map((at) => `(${at}, 'ü${at}')`).join(',\n')};`;
  const csv = `a,b\n${numbers.map((at) => `${at},"x\n${at}"`).join('\n')}`;
  const json = JSON.stringify(numbers.map((at) => ({ a: at, b: 'ü' })));
  const lines = numbers.map((at) => JSON.stringify({ a: at, b: 'ü' })).join('\n');
  for (const [name, text] of [
    ['d.sql', dump],
    ['i.sql', insert],
    ['t.csv', csv],
    ['t.json', json],
    ['t.jsonl', lines],
  ]) {
    for (const content of [text, gzipSync(text)]) {
      const [table] = (await open(name, content)).tables;
      const rows = await rowsByCursors(table);
      assert.deepEqual(
        rows.map(([first]) => Number(first)),
        numbers,
        name,
      );
      for (const cursor of [
        '',
        'x',
        'c',
        'c0',
        'c0.1.2',
        'c9.9',
        'c0.3',
        'i0.50.0.20',
        'v3',
        'v99999999999',
        'a7',
        'l0.3',
        'l1.1',
        'c0.-1',
        'c1e9.1',
        '\0',
        'h1',
        'o1',
      ]) {
        await assert.rejects(rowsOf(table, { cursor }), { code: 'INVALID_ARGUMENT' }, `${name} ${cursor}`);
      }
    }
  }
});

test('cancelling', async () => {
  const text = `a,b\n${'1,2\n'.repeat(500_000)}`;
  const controller = new AbortController();
  const source = await open('t.csv', text);
  const iterator = source.tables[0].rows({ signal: controller.signal })[Symbol.asyncIterator]();
  await iterator.next();
  controller.abort();
  await assert.rejects(
    async () => {
      while (!(await iterator.next()).done);
    },
    { code: 'CANCELLED' },
  );
  await assert.rejects(open('t.sql', 'SELECT 1;', { signal: AbortSignal.abort() }), { code: 'CANCELLED' });
});

test('SQLite goes to the reader that the caller brings', async () => {
  await assert.rejects(open('a.db', 'SQLite format 3\0'), { code: 'UNSUPPORTED' });
  const problems = [];
  async function* stories() {
    problems.push({ table: 'stories', reason: 'no row', raw: '', position: null });
    yield { columns: ['id'], rows: [[1n]], cursor: '1' };
  }
  const openSqlite = async (blob, name) => ({
    tables: blob.size === 16 && name === 'a.db' ? [{ name: 'stories', rows: stories }] : [],
    problems,
    close: async () => {},
  });
  const source = await open('a.db', 'SQLite format 3\0', { openSqlite });
  assert.equal(source.format, 'sqlite');
  assert.deepEqual(await allRows(source), { stories: [{ id: 1n }] });
  assert.deepEqual(reasons(source), ['no row']);
});
