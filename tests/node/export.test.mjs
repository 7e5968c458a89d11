// What goes out to the five systems: whole, in their shape, and as their own databases read it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readMaps } from '../../tools/check-maps.mjs';
import { assertSame, contentOf } from '../support/contents.mjs';
import { unzipped } from '../support/decisions.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { refusesAll } from '../support/misuse.mjs';
import { postgresPrograms, startPostgres } from '../support/postgres.mjs';
import { duringCall, openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const maps = readMaps();
const FORMATS = {
  archi: ['sql', 'jsonl', 'zip'],
  gemini_ea: ['sql', 'jsonl', 'zip'],
  socrates: ['sql', 'jsonl', 'zip'],
  softarchitect: ['sqlite', 'sql', 'jsonl', 'zip'],
  autodevhub: ['sqlite', 'sql', 'jsonl', 'zip'],
};
const IDS = /^(UUID|uuid)$/;
const uuid = (text) => {
  const hex = Buffer.from(text).toString('hex').padEnd(32, '0').slice(-32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** Sample rows whose ids are of the documented type. */
function typedRows(map, count) {
  const rows = sampleRows(map, count);
  for (const [table, list] of rows) {
    for (const column of table.columns.filter(({ type }) => IDS.test(type))) {
      for (const row of list) if (row[column.name] !== null) row[column.name] = uuid(String(row[column.name]));
    }
  }
  return rows;
}

/** A workspace that holds what was exported and nothing else. */
async function imported(t, blob, system) {
  const workspace = await openForTest(t, { name: `copy-${Math.random().toString(36).slice(2)}` });
  const report = await workspace.import(blob, { system });
  assert.deepEqual(report.rejects, []);
  return workspace;
}

/** A sample value as a line of JSON has it. */
function inJson(value) {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return value instanceof Float32Array ? Array.from(value) : value;
}

for (const map of maps.values()) {
  test(`everything of ${map.system} goes out and comes in again as it was`, async (t) => {
    const workspace = await openForTest(t);
    const rows = sampleRows(map, 3);
    await workspace.import(new Blob([dumpOf(rows)]), { system: map.system });
    const before = await contentOf(workspace);
    assert.ok(Object.keys(before).length >= map.tables.length);
    for (const format of FORMATS[map.system]) {
      const blob = await workspace.export({ system: map.system, format, secrets: true });
      const copy = await imported(t, blob, map.system);
      assertSame(await contentOf(copy), before, format);
      await copy.close();
    }
  });

  test(`the lines of ${map.system} are the rows that came in`, async (t) => {
    const workspace = await openForTest(t);
    const rows = sampleRows(map, 3);
    await workspace.import(new Blob([dumpOf(rows)]), { system: map.system });
    const blob = await workspace.export({ system: map.system, format: 'jsonl', secrets: true });
    const found = new Map();
    for (const line of (await blob.text()).split('\n').slice(0, -1)) {
      const { table, row } = JSON.parse(line);
      found.set(table, [...(found.get(table) ?? []), row]);
    }
    const order = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    for (const [table, list] of rows) {
      const expected = list.map((row) =>
        Object.fromEntries(table.columns.map(({ name }) => [name, inJson(row[name] ?? null)])),
      );
      const exported = (found.get(table.name) ?? []).map((row) => {
        for (const { name, transform } of table.columns)
          if (transform === 'vec') row[name] = Array.from(Float32Array.from(row[name]));
        return row;
      });
      assert.deepEqual(exported.sort(order), expected.sort(order), table.name);
    }
  });

  test(`${map.system} without rows is a file of empty tables`, async (t) => {
    const workspace = await openForTest(t);
    for (const format of FORMATS[map.system]) {
      const blob = await workspace.export({ system: map.system, format });
      if (format === 'jsonl') assert.equal(blob.size, 0);
      else if (format === 'zip') assert.deepEqual(await unzipped(blob), {});
      else if (format === 'sql') assert.equal((await blob.text()).match(/CREATE TABLE/g).length, map.tables.length);
      else assert.equal(new TextDecoder().decode(await blob.slice(0, 15).arrayBuffer()), 'SQLite format 3');
    }
  });
}

// ---------------------------------------------------------------- other texts than anyone expects

const HOSTILE = [
  "'); DROP TABLE users; --",
  '\\.',
  'a\n\\.\nb',
  'back\\slash \\N \\n \\x41',
  'tab\tand\r\nline\rend\n',
  '$$ $tag$ $1',
  '"quoted" `ticks` [brackets]',
  '',
  ' ',
  'NULL',
  '\\N',
  '{a,"b"}',
  '[1,2]',
  '{"json": true}',
  'ü 漢字 🙂 \u200d \ufeff \u0001 \u007f',
  'x'.repeat(3000),
  ';\n.quit\n',
];

/** A row of users for each text, as a line of JSON. */
const hostileUsers = (make) =>
  new Blob(HOSTILE.map((text, n) => `${JSON.stringify({ table: 'users', row: make(text, n) })}\n`));

const USERS = {
  archi: (text, n) => ({
    id: `${n}${text}`.slice(0, 150),
    display_name: text,
    auth_provider: 'local',
    theme: 'dark',
    [`n${n} ${text}`.slice(0, 40)]: text,
  }),
  gemini_ea: (text, n) => ({
    id: `${n}${text}`,
    email: `${n}@example.org`,
    username: `${n}${text}`,
    password_hash: text || 'x',
    role: text,
    preferences: { [text]: [text, null, { [text]: text }] },
    "o'; DROP": text,
  }),
  socrates: (text, n) => ({
    id: `${n}${text}`,
    username: `${n}`,
    email: `${n}@example.org`,
    password_hash: 'x',
    first_name: text,
    status: 'Active',
  }),
  softarchitect: (text, n) => ({
    id: `${n}${text}`,
    username: `${n}${text}`,
    preferences: { [text]: text },
    favourite: text,
  }),
  autodevhub: (text, n) => ({
    id: `${n}${text}`,
    email: `${n}@example.org`,
    password_hash: 'x',
    first_name: text,
    preferences: [text],
    'a "b"': text,
  }),
};

for (const [system, make] of Object.entries(USERS)) {
  test(`texts of ${system} are data, whatever they hold`, async (t) => {
    const workspace = await openForTest(t);
    const report = await workspace.import(hostileUsers(make), { system });
    assert.deepEqual(report.rejects, []);
    const before = await contentOf(workspace);
    assert.equal(before.users.length, HOSTILE.length);
    for (const format of FORMATS[system]) {
      const blob = await workspace.export({ system, format, secrets: true });
      const copy = await imported(t, blob, system);
      assertSame(await contentOf(copy), before, format);
      await copy.close();
    }
  });
}

test('values that a document does not list stay as they are written', async (t) => {
  const workspace = await openForTest(t);
  const rows = [
    { id: uuid('1'), username: 'a', email: 'a@example.org', password_hash: 'x', status: 'Active' },
    { id: uuid('2'), username: 'b', email: 'b@example.org', password_hash: 'x', status: 'ACTIVE' },
  ];
  await workspace.import(new Blob(rows.map((row) => `${JSON.stringify({ table: 'users', row })}\n`)), {
    system: 'socrates',
  });
  const statuses = async () => {
    const text = await (await workspace.export({ system: 'socrates', format: 'jsonl' })).text();
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).row)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ status }) => status);
  };
  assert.deepEqual(await statuses(), ['Active', 'ACTIVE']);
  const script = await (await workspace.export({ system: 'socrates', format: 'sql' })).text();
  assert.match(script, /status VARCHAR\(50\) DEFAULT 'ACTIVE',/, 'a condition that a row breaks is none');
  const [first] = await workspace.table('users').find({ where: { username: 'a' } });
  await workspace.table('users').update(first.id, { status: 'suspended' });
  assert.deepEqual(await statuses(), ['SUSPENDED', 'ACTIVE'], 'what changed here is told as it is now');
});

/** What an export says, unpacked. */
const written = async (blob, format) => (format === 'zip' ? Object.values(await unzipped(blob)).join('') : blob.text());

test('secrets go out only when they are asked for', async (t) => {
  const workspace = await openForTest(t);
  for (const map of maps.values()) {
    await workspace.import(new Blob([dumpOf(sampleRows(map, 2))]), { system: map.system });
    if (map.system === 'softarchitect') continue; // It has none.
    const secrets = /\$2b\$12|pbkdf2:|token_hash of row|\\x0100ff80|\\\\x0100ff80/;
    for (const format of FORMATS[map.system]) {
      const open = await written(await workspace.export({ system: map.system, format, secrets: true }), format);
      assert.match(open, secrets, format);
      const blob = await workspace.export({ system: map.system, format });
      assert.doesNotMatch(await written(blob, format), secrets, format);
      await (await imported(t, blob, map.system)).close();
    }
  }
  const everything = await (await workspace.export({ system: 'archivolt', format: 'jsonl' })).text();
  assert.doesNotMatch(everything, /\$2b\$12|pbkdf2:|token_hash|ciphertext/);
});

test('rows that were made here, and references to rows of others, go out with ids of ours', async (t) => {
  const workspace = await openForTest(t);
  const local = await workspace.table('users').insert({ username: 'ann', email: 'ann@example.org' });
  await workspace.table('projects').insert({ origin: 'socrates', name: 'P', owner_id: local.id });
  const script = await (await workspace.export({ system: 'socrates', format: 'sql' })).text();
  assert.ok(script.includes(local.id));
  assert.doesNotMatch(script, /ALTER TABLE projects ADD FOREIGN KEY/, 'no row of users has it');
  assert.match(script, /id UUID NOT NULL/);
});

// ---------------------------------------------------------------- the systems' own databases

const run = (program, args, input) => {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  return stdout;
};
const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0;

for (const system of ['softarchitect', 'autodevhub']) {
  test(`sqlite3 opens the file of ${system} and loads its script`, { skip: !hasSqlite }, async (t) => {
    const workspace = await openForTest(t);
    const map = maps.get(system);
    await workspace.import(new Blob([dumpOf(sampleRows(map, 3))]), { system });
    await workspace.import(hostileUsers(USERS[system]), { system });
    const folder = temporaryFolder(t);
    const file = path.join(folder, 'file.db');
    const loaded = path.join(folder, 'loaded.db');
    const blob = await workspace.export({ system, format: 'sqlite', secrets: true });
    writeFileSync(file, new Uint8Array(await blob.arrayBuffer()));
    const script = await (await workspace.export({ system, format: 'sql', secrets: true })).text();
    run('sqlite3', ['-bail', loaded], script);
    const before = await contentOf(workspace);
    for (const name of [file, loaded]) {
      assert.equal(run('sqlite3', [name, 'PRAGMA integrity_check; PRAGMA foreign_key_check;']), 'ok\n');
      assert.equal(run('sqlite3', [name, 'PRAGMA application_id']), '0\n');
      const copy = await imported(t, new Blob([readFileSync(name)]), system);
      assertSame(await contentOf(copy), before, name);
      await copy.close();
    }
    const dump = (name) => run('sqlite3', [name, '.dump users']);
    assert.equal(dump(file), dump(loaded));
    if (system !== 'autodevhub') return;
    const found = "SELECT count(*) FROM stories_fts WHERE stories_fts MATCH 'title'";
    assert.equal(run('sqlite3', [file, found]), '3\n');
    run('sqlite3', [file, "DELETE FROM user_stories WHERE id = 'user_stories-1'"]);
    run('sqlite3', [file, "UPDATE user_stories SET title = 'other' WHERE id = 'user_stories-2'"]);
    assert.equal(run('sqlite3', [file, found]), '1\n', 'its triggers follow the table');
    run('sqlite3', [file, "INSERT INTO stories_fts(stories_fts) VALUES('integrity-check')"]);
  });
}

test(
  'PostgreSQL loads the scripts of socrates and gemini_ea',
  { skip: postgresPrograms() === undefined },
  async (t) => {
    const server = startPostgres();
    t.after(() => server.stop());
    for (const system of ['socrates', 'gemini_ea']) {
      const map = maps.get(system);
      for (const [kind, rows] of [
        ['uuid', typedRows(map, 3)],
        ['text', sampleRows(map, 3)],
      ]) {
        const workspace = await openForTest(t, { name: `${system}-${kind}` });
        await workspace.import(new Blob([dumpOf(rows)]), { system });
        if (kind === 'text') await workspace.import(hostileUsers(USERS[system]), { system });
        const before = await contentOf(workspace);
        const database = `${system}_${kind}`;
        server.run('createdb', [database]);
        server.psql(await (await workspace.export({ system, format: 'sql', secrets: true })).text(), { database });
        const type = server.psql(
          "SELECT data_type FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'id'",
          { database },
        );
        assert.equal(type, `${kind}\n`);
        const keys = Number(server.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f'", { database }));
        // Of the others some are too long for an index, and nothing can refer to them.
        if (kind === 'uuid') assert.equal(keys, map.tables.flatMap(({ foreignKeys = [] }) => foreignKeys).length);
        const dump = server.run('pg_dump', ['-d', database]);
        const copy = await imported(t, new Blob([dump]), system);
        const after = await contentOf(copy);
        assertSame(comparable(after), comparable(before), database);
        server.psql(`INSERT INTO users (username, email, password_hash) VALUES ('new', 'new@example.org', 'x')`, {
          database,
        });
      }
    }
  },
);

test('PostgreSQL with pgvector loads the script of archi', async (t) => {
  const { PGlite } = await import('@electric-sql/pglite');
  const { vector } = await import('@electric-sql/pglite/vector');
  const workspace = await openForTest(t);
  const map = maps.get('archi');
  const rows = sampleRows(map, 3);
  await workspace.import(new Blob([dumpOf(rows)]), { system: 'archi' });
  await workspace.import(hostileUsers(USERS.archi), { system: 'archi' });
  const before = await contentOf(workspace);
  const script = await (await workspace.export({ system: 'archi', format: 'sql', secrets: true })).text();
  const database = await PGlite.create({ extensions: { vector } });
  t.after(() => database.close());
  // It has no standard input: rows come by a file of its own.
  const parts = script.split(/^(COPY [^]*? FROM) stdin;\n((?:.*\n)*?)\\\.\n/m);
  for (let at = 0; at < parts.length; at += 3) {
    await database.exec(parts[at]);
    if (at + 2 < parts.length)
      await database.query(`${parts[at + 1]} '/dev/blob'`, [], { blob: new Blob([parts[at + 2]]) });
  }
  const { rows: types } = await database.query(
    "SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attname = 'embedding'",
  );
  assert.deepEqual(types, [{ type: 'vector(384)' }]);
  const near =
    'SELECT id FROM document_chunks ORDER BY embedding <-> (SELECT embedding FROM document_chunks WHERE id = 2)';
  assert.equal((await database.query(near)).rows[0].id, 2);
  const { rows: next } = await database.query("SELECT nextval(pg_get_serial_sequence('documents', 'id')) AS id");
  assert.equal(Number(next[0].id), 4);
  const dump = [];
  for (const head of script.matchAll(/^COPY (\w+) (\([^]*?\)) FROM stdin;$/gm)) {
    const { blob } = await database.query(`COPY (SELECT ${head[2].slice(1, -1)} FROM ${head[1]}) TO '/dev/blob'`);
    dump.push(`COPY public.${head[1]} ${head[2]} FROM stdin;\n`, blob, '\\.\n\n');
  }
  const copy = await imported(t, new Blob(dump), 'archi');
  assertSame(comparable(await contentOf(copy)), comparable(before), 'archi');
});

/** The lines with JSON and intervals in one form: PostgreSQL has its own. */
function comparable(tables) {
  const plain = (line) => line.replace('{"$source":{"msg_duration":"00:00:01.250000"}}', 'null');
  const lines = ([name, list]) => [name, list.map((line) => stable(JSON.parse(plain(line))))];
  return Object.fromEntries(Object.entries(tables).map(lines));
}

/** JSON whose members have one order, also in texts of JSON. */
function stable(value) {
  return JSON.stringify(value, (key, member) => {
    const parsed = /^(old|new)_value$/.test(key) && /^[[{]/.test(member) ? JSON.parse(member) : member;
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return parsed;
    return Object.fromEntries(Object.entries(parsed).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

// ---------------------------------------------------------------- ends

test('an export that is cancelled leaves nothing behind', async (t) => {
  const directory = temporaryFolder(t);
  const workspace = await openForTest(t, { name: 'cut', storage: { directory } });
  const map = maps.get('autodevhub');
  await workspace.import(new Blob([dumpOf(sampleRows(map, 40))]), { system: map.system });
  for (const format of FORMATS.autodevhub) {
    const abort = new AbortController();
    let reports = 0;
    const cut = workspace.export({
      system: 'autodevhub',
      format,
      signal: abort.signal,
      onProgress: () => ++reports,
    });
    const rejected = assert.rejects(cut, withCode('CANCELLED'));
    const isDue = () => reports > (format === 'sqlite' ? 9 : 2);
    await duringCall(workspace, cut, isDue, () => abort.abort());
    await rejected;
    assert.deepEqual(
      readdirSync(path.join(directory, 'cut')).filter((name) => !/^archivolt\./.test(name)),
      [],
    );
  }
  assert.ok((await workspace.export({ system: 'autodevhub', format: 'sqlite' })).size > 0);
  assert.deepEqual(
    readdirSync(path.join(directory, 'cut')).filter((name) => !/^archivolt\./.test(name)),
    [],
  );
});

test('a zip holds the lines of each table, the same bytes each time', async (t) => {
  const workspace = await openForTest(t);
  await workspace.import(new Blob([dumpOf(sampleRows(maps.get('archi'), 3))]), { system: 'archi' });
  for (const system of ['archi', 'archivolt']) {
    const lines = await (await workspace.export({ system, format: 'jsonl' })).text();
    const zip = await workspace.export({ system, format: 'zip' });
    const files = await unzipped(zip);
    // The order of the tables is that of the lines.
    assert.equal(Object.values(files).join(''), lines, system);
    for (const [name, text] of Object.entries(files)) {
      const tables = text.split('\n').slice(0, -1);
      assert.ok(
        tables.every((line) => `${JSON.parse(line).table}.jsonl` === name),
        name,
      );
    }
    const again = await workspace.export({ system, format: 'zip' });
    assert.deepEqual(await again.arrayBuffer(), await zip.arrayBuffer());
  }
});

test('wrong calls are refused', async (t) => {
  const workspace = await openForTest(t);
  await refusesAll([
    ['nothing', () => workspace.export()],
    ['no format', () => workspace.export({ system: 'archi' })],
    ['an unknown system', () => workspace.export({ system: 'oracle', format: 'sql' }), 'INVALID_ARGUMENT', /archivolt/],
    ['an unknown format', () => workspace.export({ system: 'archi', format: 'xml' })],
    ['an unknown option', () => workspace.export({ system: 'archi', format: 'sql', zone: 'UTC' })],
    ['secrets that are no answer', () => workspace.export({ system: 'archi', format: 'sql', secrets: 'yes' })],
  ]);
  for (const [system, format, others] of [
    ['archi', 'sqlite', /'sql' or 'jsonl' or 'zip'/],
    ['archivolt', 'sql', /'jsonl' or 'zip'/],
  ]) {
    await assert.rejects(workspace.export({ system, format }), withCode('UNSUPPORTED', others));
  }
});
