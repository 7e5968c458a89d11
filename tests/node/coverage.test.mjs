// Everything that the documents of the five systems name has its place here, and the place works: tests/inventory.json says what
// they name, schema/systems/*.json where it is, and these tests use it. There is no list of exceptions.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { migratedSchema, readMaps } from '../../tools/check-maps.mjs';
import { mapProblems } from '../../tools/maps/map-problems.mjs';
import { RECORD_CHECKS } from '../coverage/checks-records.mjs';
import { SERVICE_CHECKS } from '../coverage/checks-services.mjs';
import { makeRow } from '../coverage/make-row.mjs';
import { followsChanges, keyOf, nearestMilliseconds, serves, takesPoints } from '../coverage/places.mjs';
import { QUERIES } from '../coverage/queries.mjs';
import { sampleRow } from '../coverage/samples.mjs';
import { SystemStore, inOrder } from '../coverage/store.mjs';
import { toSource, toTarget } from '../coverage/transforms.mjs';
import { uncovered } from '../coverage/uncovered.mjs';
import { openForTest } from '../support/workspaces.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const inventory = JSON.parse(readFileSync(path.join(root, 'tests/inventory.json'), 'utf8'));
const maps = readMaps();
const checks = { ...RECORD_CHECKS, ...SERVICE_CHECKS };
let schema;
before(async () => {
  schema = await migratedSchema();
});

/** Whether a test of that title is in that file: `test('title'` or TEST(Suite, Name) as "Suite.Name". */
function hasTest({ file, title }) {
  const full = path.join(root, file);
  if (!existsSync(full)) return false;
  const text = readFileSync(full, 'utf8');
  const [suite, name] = title.split('.');
  return file.endsWith('.cc')
    ? new RegExp(`TEST(_F|_P)?\\(${suite}, ${name}\\)`).test(text)
    : text.includes(`test('${title}'`);
}
const known = {
  checks: Object.keys(checks),
  reports: Object.keys(QUERIES),
  calls: Object.keys(QUERIES),
  hasTest,
};

test('everything has a place', () => {
  assert.deepEqual(uncovered(inventory, maps, known), []);
  for (const map of maps.values()) assert.deepEqual(mapProblems(map, schema), []);
  const counts = inventory.systems.map(({ tables }) =>
    tables.filter(({ documented }) => documented).reduce((sum, { columns }) => sum + columns.length, 0),
  );
  assert.deepEqual(counts, [84, 91, 189, 69, 59]);
});

const spoil = {
  'a table': [(map) => map.tables.splice(2, 1), /table stories has no place|table sessions has no place/],
  'a named table': [(map) => map.named.pop(), /table alembic_version has no place/],
  'a column': [(map) => map.tables[0].columns.pop(), /last_login has no place/],
  'a value': [
    (map) => delete map.tables[0].columns.find(({ name }) => name === 'status').values.ACTIVE,
    /value ACTIVE/,
  ],
  'a default': [(map) => delete map.tables[1].columns[0].default, /default gen_random_uuid\(\)/],
  'an index': [(map) => map.tables[0].indexes.shift(), /index users\.idx_users_username/],
  'a foreign key': [(map) => map.tables[1].foreignKeys.pop(), /its foreign key/],
  'a unique column': [(map) => delete map.tables[0].unique, /is unique/],
  'a policy': [(map) => map.policies.shift(), /policies acid/],
  'a check that answers': [(map) => (map.policies[0].servedBy = { check: 'none' }), /check none, which there is not/],
  'a test that answers': [
    (map) => (map.policies[0].servedBy = { test: { file: 'tests/none.mjs', title: 'x' } }),
    /test x, which there is not/,
  ],
  'a relation': [(map) => map.relations.pop(), /relation documents\.vector_id/],
  'a collection': [(map) => map.collections.pop(), /collection documents\.vector_id/],
};
for (const [label, [take, message]] of Object.entries(spoil)) {
  test(`${label} taken from a map is missed`, () => {
    const map = structuredClone(maps.get('socrates'));
    take(map);
    assert.match(uncovered(inventory, new Map(maps).set('socrates', map), known).join('\n'), message);
  });
}

test('what only other systems have is missed as well', () => {
  const without = (system, take) => {
    const map = structuredClone(maps.get(system));
    take(map);
    return uncovered(inventory, new Map(maps).set(system, map), known).join('\n');
  };
  const table = (map, name) => map.tables.find((candidate) => candidate.name === name);
  assert.match(
    without('autodevhub', (map) => delete table(map, 'sessions').triggers),
    /trigger sessions\.cleanup_expired_sessions/,
  );
  assert.match(
    without('autodevhub', (map) => delete table(map, 'user_stories').fullText),
    /full-text index user_stories\.stories_fts/,
  );
  assert.match(
    without('gemini_ea', (map) => map.caches.pop()),
    /cache key bmad_cache/,
  );
  assert.match(
    without('gemini_ea', (map) => (map.caches[1].ttlSeconds = 61)),
    /does not live 60 s/,
  );
  assert.match(
    without('gemini_ea', (map) => delete map.collections[0].payload.imports),
    /payload code_embeddings\.imports/,
  );
  assert.match(
    without('softarchitect', (map) => map.queries.pop()),
    /queries Aggregate/,
  );
  assert.match(
    without('softarchitect', (map) => map.targets.pop()),
    /targets Aggregate/,
  );
});

const clean = (row) => JSON.parse(JSON.stringify(row, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value)));

for (const map of maps.values()) {
  const { system } = map;
  const storeFor = async (t) => {
    const workspace = await openForTest(t);
    return { workspace, store: new SystemStore(workspace, map, schema) };
  };
  const rowFor = (store, table, n, options) =>
    sampleRow(map, table, n, (target, column) => store.reference(target, column), options);

  test(`${system}: every column comes back as it went in`, async (t) => {
    const { store } = await storeFor(t);
    for (const table of inOrder(map)) {
      const row = rowFor(store, table, 1);
      assert.deepEqual(
        Object.keys(row),
        table.columns.map(({ name }) => name),
      );
      assert.deepEqual(clean(await store.read(await store.insert(table, row))), clean(row), table.name);
    }
  });

  test(`${system}: every default holds for a source row without the column`, async (t) => {
    const { store } = await storeFor(t);
    for (const table of inOrder(map)) {
      const row = rowFor(store, table, 1, { bare: true });
      const back = await store.read(await store.insert(table, row));
      for (const column of table.columns) {
        const label = `${table.name}.${column.name}`;
        const imported = column.whenAbsent?.import;
        if (Object.hasOwn(row, column.name)) assert.deepEqual(back[column.name], row[column.name], label);
        else if (imported === '$now' || imported === '$id') assert.ok(back[column.name], label);
        else assert.deepEqual(back[column.name], imported ?? null, label);
      }
    }
  });

  test(`${system}: every default means what the map says for a row made here`, async (t) => {
    const { workspace, store } = await storeFor(t);
    for (const table of inOrder(map)) {
      const stored = await store.insert(table, rowFor(store, table, 2));
      if (table.target === 'messages') await store.insert(table, rowFor(store, table, 4));
      const rows = store.rowsOf(table, rowFor(store, table, 3));
      for (const column of table.columns.filter(({ whenAbsent }) => whenAbsent !== undefined)) {
        const target = column.table ?? table.target;
        const rest = { ...rows[target] };
        for (const name of [column.to, 'origin', 'origin_id']) delete rest[name];
        const { newRows } = column.whenAbsent;
        const label = `${table.name}.${column.name}`;
        if (newRows === 'constant') {
          assert.equal(toSource(null, column), column.whenAbsent.import, label);
          continue;
        }
        const described = schema.tables.find(({ name }) => name === target);
        if (described.key.includes('user_id') && target !== table.target) rest.user_id = stored.id;
        if (!described.hasId && described.key[0] !== 'origin')
          await workspace
            .table(target)
            .delete(described.key.length === 1 ? rest[described.key[0]] : keyOf(described, rest));
        if (described.key[0] === 'origin') rest.origin = 'local';
        const made = await workspace.table(target).insert(rest);
        const value = column.to === 'origin_id' ? (made.id ?? made[described.key[0]]) : made[column.to];
        if (newRows === 'default') assert.deepEqual(value, toTarget(column.whenAbsent.import, column), label);
        else if (newRows === 'core') assert.ok(value, label);
        else assert.equal(value, null, label);
        if (described.access === 'readWrite') await workspace.table(target).delete(keyOf(described, made));
      }
    }
  });

  test(`${system}: every value is taken and comes back`, async (t) => {
    const { store } = await storeFor(t);
    for (const table of inOrder(map)) {
      let n = 1;
      await store.insert(table, rowFor(store, table, n));
      for (const column of table.columns.filter(({ values }) => values !== undefined)) {
        for (const name of Object.keys({ ...column.values, ...column.alsoAccepted })) {
          const value = column.type === 'BOOLEAN' ? name === 'true' : name;
          const accepted = { ...column, values: { ...column.values, ...column.alsoAccepted } };
          const wider = { ...table, columns: table.columns.map((one) => (one === column ? accepted : one)) };
          const row = { ...rowFor(store, table, (n += 1)), [column.name]: value };
          const back = await store.read(await store.insert(wider, row));
          assert.deepEqual(back[column.name], value, `${table.name}.${column.name}`);
        }
      }
    }
  });

  test(`${system}: keys and unique columns refuse a second row`, async (t) => {
    const { store } = await storeFor(t);
    for (const table of inOrder(map)) {
      const first = rowFor(store, table, 1);
      await store.insert(table, first);
      for (const columns of [table.key, ...(table.unique ?? [])]) {
        const second = rowFor(store, table, 2);
        for (const name of columns) second[name] = first[name];
        await assert.rejects(
          store.insert(table, second),
          (error) => ['ALREADY_EXISTS', 'CONSTRAINT'].includes(error.code) || assert.fail(error.message),
          `${table.name} (${columns})`,
        );
      }
    }
  });

  test(`${system}: every foreign key is there with the action that the map names`, async (t) => {
    const workspace = await openForTest(t);
    for (const table of map.tables) {
      for (const key of table.foreignKeys ?? []) {
        const column = table.columns.find(({ name }) => name === key.columns[0]);
        const [found] = await workspace.query('SELECT * FROM pragma_foreign_key_list(?) WHERE "from" = ?', [
          column.table ?? table.target,
          column.to,
        ]);
        assert.equal(found?.table, column.arguments.table, `${table.name}.${column.name}`);
        assert.equal(found.on_delete, key.target, `${table.name}.${column.name}`);
      }
    }
  });

  test(`${system}: every index is served`, async (t) => {
    const { workspace, store } = await storeFor(t);
    for (const table of inOrder(map)) {
      await store.insert(table, rowFor(store, table, 1));
      for (const index of table.indexes ?? []) await serves(workspace, schema, table, index);
    }
  });

  test(`${system}: every full-text index answers, and follows changes`, async (t) => {
    const workspace = await openForTest(t);
    for (const table of map.tables) {
      for (const { name, columns, servedBy } of table.fullText ?? []) {
        for (const column of columns) {
          const { to } = table.columns.find((candidate) => candidate.name === column);
          await followsChanges(workspace, schema, servedBy.fullText, table.target, to, name);
        }
      }
    }
  });

  test(`${system}: every named table has rows`, async (t) => {
    const workspace = await openForTest(t);
    for (const { name, target, columns, constants } of map.named) {
      const described = schema.tables.find((table) => table.name === target);
      if (described?.access !== 'readWrite') continue;
      const row = await makeRow(workspace, schema, target, constants);
      const again = await workspace.table(target).get(keyOf(described, row));
      for (const { to } of columns) assert.ok(Object.hasOwn(again, to), `${name}: ${target}.${to}`);
    }
    const kept = map.named.filter(({ target }) => target === 'schema_migrations');
    const versions = await workspace.query('SELECT max(version) AS version FROM schema_migrations');
    for (const { name } of kept) assert.equal(versions[0].version, (await workspace.status()).schemaVersion, name);
  });

  test(`${system}: every vector collection takes its points`, async (t) => {
    const workspace = await openForTest(t);
    for (const collection of map.collections) await takesPoints(workspace, schema, collection);
  });

  test(`${system}: every cache key lives as long as it should`, async (t) => {
    for (const cache of map.caches)
      await checks[cache.servedBy.check]({ workspace: await openForTest(t), schema, map, cache });
  });

  const demands = [
    ...map.policies.map(({ kind, text, servedBy }) => [`${kind}: ${text}`, servedBy]),
    ...map.tables.flatMap(({ triggers = [] }) => triggers.map(({ name, replacedBy }) => [name, replacedBy])),
    ...map.targets.map(({ operation, servedBy }) => [operation, servedBy]),
  ].filter(([, { check }]) => check !== undefined);
  for (const [text, { check, arguments: args }] of demands) {
    test(`${system}: ${text}`, async (t) => {
      const openWith = (options) => openForTest(t, options);
      await checks[check]({ workspace: await openForTest(t), openWith, schema, map, args });
    });
  }

  for (const { name, servedBy } of map.queries) {
    test(`${system}: common query ${name}`, async (t) =>
      QUERIES[servedBy.report ?? servedBy.call](await openForTest(t)));
  }
}

test('what has a target in time reads no big table from end to end, or is measured', async (t) => {
  const file = 'tests/cpp/reports/reports_test.cc';
  assert.ok(hasTest({ file, title: 'ReportsTest.WhatHasATargetReadsNoBigTableFromEndToEnd' }));
  const planned = readFileSync(path.join(root, file), 'utf8').split('WhatHasATarget')[1];
  for (const { system, targets } of maps.values()) {
    for (const { operation, servedBy } of targets.filter(({ servedBy }) => servedBy.milliseconds !== undefined)) {
      const label = `${system}: ${operation}`;
      if (servedBy.report !== undefined) assert.ok(planned.includes(`"${servedBy.report}"`), label);
      else assert.ok((await nearestMilliseconds(await openForTest(t))) < servedBy.milliseconds, label);
    }
  }
});
