// Archives, and files made to do harm: readers end, say why, and keep to their limits.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { allRows, file, open, openSource, rowsByCursors, rowsOf } from '../support/readers.mjs';
import { zip } from '../support/zip.mjs';

const invalid = (message) => ({ code: 'INVALID_ARGUMENT', message });

test('a zip of many exports reads as the files in it', async () => {
  const long = `a,b\n${Array.from({ length: 50_000 }, (_, at) => `${at},x${at * 7919}`).join('\n')}`;
  const archive = zip([
    { name: 'dir/', content: '', stored: true },
    { name: '../../etc/users.csv', content: 'id\n1\n' },
    { name: '/abs/users.csv', content: 'id\n2\n', stored: true },
    { name: 'C:\\x\\teams.csv', content: 'id\n3\n' },
    { name: '__MACOSX/._users.csv', content: 'x,y\n1,2' },
    { name: 'dump.sql', content: 'COPY t (a) FROM stdin;\n1\n\\.\n' },
    { name: 'long.csv', content: long },
    { name: 'packed.csv.gz', content: gzipSync('id\n4\n') },
    { name: 'same.csv', content: 'a,b\n1,2\n3\n' },
    { name: 'same.csv', content: 'a,b\n4,5\n6\n' },
    { name: 'README', content: 'no export' },
    { name: 'secret.csv', content: 'id\n5\n', flags: 0x801 },
    { name: 'bz.csv', content: 'id\n6\n', method: 12 },
    { name: 'inner.zip', content: zip([{ name: 'a.csv', content: 'id\n1' }]) },
    { name: 'damaged.csv', content: 'id\n7\n'.repeat(1000), crc: 1 },
  ]);
  const source = await openSource([file('export.zip', archive)]);
  assert.equal(source.format, 'zip');
  const rows = await allRows(source);
  assert.deepEqual(rows.users, [{ id: '1' }, { id: '2' }]);
  assert.deepEqual([rows.teams, rows.t, rows.packed], [[{ id: '3' }], [{ a: '1' }], [{ id: '4' }]]);
  assert.equal(rows.long.length, 50_000);
  assert.deepEqual(rows.same, [
    { a: '1', b: '2' },
    { a: '4', b: '5' },
  ]);
  assert.equal(source.problems.filter(({ table }) => table === 'same').length, 2);
  const cursors = await rowsByCursors(source.tables.find(({ name }) => name === 'long'));
  assert.equal(cursors.length, 50_000);
  assert.deepEqual(
    source.tables.slice(0, 2).map((table) => table.file),
    ['../../etc/users.csv', '/abs/users.csv'],
  );
  const told = source.problems.map(({ reason, raw }) => `${raw}: ${reason}`).join('\n');
  assert.match(told, /README: .*not known\b[^]*secret.csv: .*encrypted[^]*bz.csv: .*method[^]*inner.zip: .*within/);
  assert.match(told, /damaged.csv: .*is damaged/);
  await source.close();
});

test('zip archives that are none, empty ones, bombs', async () => {
  await assert.rejects(open('a.zip', 'PK\x03\x04nothing'), invalid(/cannot be read/));
  await assert.rejects(open('a.zip', zip([])), invalid(/holds no files/));
  await assert.rejects(open('a.zip', zip([{ name: 'x', content: 'hello' }])), invalid(/x: .*not known/));
  const csv = Buffer.alloc(80 * 1024 * 1024, `a,${'b'.repeat(997)}\n`);
  // Honest about its size, or not: 80 MiB of 80 KiB.
  const bombs = [zip([{ name: 'a.csv', content: csv }]), gzipSync(csv)];
  for (const [index, bomb] of bombs.entries()) {
    const limits = { maxRatio: 2 };
    await assert.rejects(async () => allRows(await open(`a${index}`, bomb, { limits })), invalid(/zip bomb/));
  }
  const liar = zip([{ name: 'a.csv', content: csv.subarray(0, 1e6), size: 10 }]);
  const source = await open('liar.zip', liar).catch((error) => error);
  if (source instanceof Error) assert.equal(source.code, 'INVALID_ARGUMENT');
  else {
    await allRows(source);
    assert.notEqual(source.problems.length, 0);
  }
  const many = zip(Array.from({ length: 50 }, (_, at) => ({ name: `${at}.csv`, content: 'a\n1' })));
  await assert.rejects(open('many.zip', many, { limits: { maxEntries: 49 } }), invalid(/more than 49 entries/));
  await assert.rejects(open('many.zip', many, { limits: { maxExpansion: 100 } }), invalid(/zip bomb/));
});

test('numbers of very many digits stay text', async () => {
  // What trims zeros and makes integers of them takes a time that grows with the square of their number.
  const long = `1.${'0'.repeat(1_000_000)}1`;
  const whole = '9'.repeat(1_000_000);
  const source = await open(
    't.json',
    `[{"a": ${long}, "b": ${whole}, "c": ${'9'.repeat(1000)}, "d": 12345678901234567890}]`,
  );
  const [row] = (await allRows(source)).t;
  assert.deepEqual(
    [row.a === long, row.b === whole, row.c, row.d],
    [true, true, BigInt('9'.repeat(1000)), 12345678901234567890n],
  );
  assert.deepEqual(source.problems, []);
});

test('an entry of a zip is unpacked once to tell what it is, and again for its rows', async () => {
  const csv = `a,b\n${'1,2\n'.repeat(100_000)}`; // longer than what tells the format
  const entries = [
    { name: 'none.csv', content: '' },
    { name: 'small.csv', content: 'a\n1\n' },
    { name: 'large.csv', content: csv },
    { name: 'packed.csv.gz', content: gzipSync(csv) },
    { name: 'damaged.csv', content: 'a\n1\n', crc: 1 },
    { name: 'one.json', content: '[{"a": 1}]' },
  ];
  const source = await open('all.zip', zip(entries));
  const rows = await allRows(source);
  assert.deepEqual(rows.small, [{ a: '1' }]);
  assert.deepEqual(rows.one, [{ a: 1 }]);
  assert.equal(rows.large.length, 100_000);
  assert.deepEqual(rows.packed, rows.large);
  assert.match(source.problems.map(({ raw, reason }) => `${raw}: ${reason}`).join(), /none.csv: .*is empty[^]*damaged/);
});

test('deep JSON, in every place', async () => {
  const deep = '['.repeat(100_000);
  for (const text of [deep, `{"a":`.repeat(100_000), `${deep}${']'.repeat(100_000)}`]) {
    const source = await open('t.json', text).catch((error) => error);
    if (source instanceof Error) assert.equal(source.code, 'INVALID_ARGUMENT');
    else await allRows(source);
  }
  const inner = `${deep}${']'.repeat(100_000)}`;
  for (const [name, text] of [
    ['t.json', `[{"a": 1}, {"a": ${inner}}, {"a": 2}]`],
    ['t.jsonl', `{"a": 1}\n{"a": ${inner}}\n{"a": 2}`],
    ['t.json', `[{"a": 1, "b": 12345678901234567890}, {"b": 12345678901234567890, "a": ${inner}}, {"a": 2}]`],
  ]) {
    const source = await open(name, text);
    assert.deepEqual(
      (await allRows(source)).t.map(({ a }) => a),
      [1, 2],
    );
    assert.match(source.problems[0].reason, /200 levels/);
    assert.equal(source.problems[0].raw.length, 4096);
  }
});

test('headers and rows without end', async () => {
  await assert.rejects(open('t.csv', Buffer.alloc(50_000_000, 'a,')), invalid(/too long/));
  await assert.rejects(open('t.csv', `${'a,'.repeat(2000)}b\n1`), invalid(/2001 columns/));
  await assert.rejects(open('t.csv', Buffer.alloc(50_000_000, '"')), invalid(/too long|no line/));
  const wide = JSON.stringify([{ a: 1 }, Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`c${at}`, at]))]);
  const source = await open('t.json', wide);
  assert.deepEqual((await allRows(source)).t, [{ a: 1 }]);
  assert.match(source.problems[0].reason, /2000 columns/);
  const alternating = Array.from({ length: 40 }, (_, at) => ({ [`c${at}`]: at }));
  const rows = await allRows(await open('t.json', JSON.stringify(alternating), { limits: { maxColumns: 3 } }));
  assert.deepEqual(rows.t, alternating);
});

test('a line without end is a problem, the rows around it are read, in little memory', async () => {
  const megabytes = (count) => new Blob(Array.from({ length: count }, () => 'x'.repeat(1_000_000)));
  const [longest, long] = [megabytes(200), megabytes(70)];
  for (const [name, head, tail] of [
    ['d.sql', 'COPY t (a) FROM stdin;\n1\n', '\n2\n\\.\n'],
    ['d.sql', "INSERT INTO t (a) VALUES ('1'), ('", "'), ('2');"],
    ['t.csv', 'a,b\n1,\n', '\n2,\n'],
    ['t.json', '[{"a":"1"},{"a":"', '"},{"a":"2"}]'],
    ['t.jsonl', '{"a":"1"}\n{"a":"', '"}\n{"a":"2"}'],
  ]) {
    globalThis.gc?.();
    const before = process.memoryUsage();
    const source = await openSource([{ name, blob: new Blob([head, name === 'd.sql' ? longest : long, tail]) }]);
    const rows = await allRows(source);
    assert.deepEqual(
      rows.t.map(({ a }) => a),
      ['1', '2'],
      name,
    );
    assert.match(source.problems[0].reason, /limit of one row/);
    assert.ok(source.problems[0].raw.length <= 4096);
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    assert.ok(grown < 400e6, `${name} holds ${Math.round(grown / 1e6)} MB`);
  }
});

test('names are names, whatever is in them', async () => {
  const names = ["x'; DROP TABLE users; --", 'a"b', 'nul\0name', '__proto__', '../x', '', '😀'];
  for (const name of names) {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const dump = await open(
      'd.sql',
      `CREATE TABLE ${quoted} (${quoted} text);\nCOPY ${quoted} (${quoted}) FROM stdin;\n1\n\\.\nINSERT INTO ${quoted} (${quoted}) VALUES ('2');`,
    );
    assert.deepEqual(
      dump.tables.map((table) => [table.name, [...table.columns]]),
      [[name, [name]]],
    );
    assert.deepEqual(
      (await rowsOf(dump.tables[0])).map((row) => Object.values(row)),
      [['1'], ['2']],
    );
    const json = await open('d.json', JSON.stringify({ tables: [{ x: 1 }] }).replace('"tables"', JSON.stringify(name)));
    assert.deepEqual(
      json.tables.map((table) => table.name),
      [name],
    );
  }
});

test('a million problems are told, counted and cut', async () => {
  const source = await open('t.csv', `a,b\n${'x\n'.repeat(100_000)}1,2\n`);
  assert.deepEqual((await allRows(source)).t, [{ a: '1', b: '2' }]);
  assert.deepEqual([source.problems.length, source.unlisted], [10_000, 90_000]);
});

test('limits and files that make no sense', async () => {
  for (const limits of [{ maxRowBytes: 0 }, { maxDepth: -1 }, { maxColumns: NaN }, { maxEntries: 1.5 }]) {
    await assert.rejects(open('t.csv', 'a,b', { limits }), invalid(/positive integer/));
  }
  await assert.rejects(openSource([]), invalid(/no file/));
  await assert.rejects(open('t.csv', ''), invalid(/empty/));
  const gz = gzipSync(`a,b\n${Array.from({ length: 100_000 }, (_, at) => `${at},${at * 31}`).join('\n')}`);
  const cut = await open('t.csv.gz', gz.subarray(0, gz.length - 50_000));
  const rows = await rowsOf(cut.tables[0]);
  assert.ok(rows.length > 10_000 && rows.length < 100_000);
  assert.match(cut.problems.at(-1).reason, /damaged/);
});
