// How a place of the maps is shown to work: indexes by their columns and by SQLite's plan, full text by changes, collections by
// their points.
import assert from 'node:assert/strict';
import { makeRow } from './make-row.mjs';

/** The median time of the nearest five of 2,000 vectors of 768 dimensions. */
export async function nearestMilliseconds(workspace) {
  const vector = (n) => new Float32Array(768).map((_, i) => Math.sin((n + 1) * (i + 1)));
  await workspace.collections.create({ name: 'c', dimensions: 768 });
  const points = Array.from({ length: 2000 }, (_, n) => ({ id: `p${n}`, vector: vector(n) }));
  await workspace.collections.upsert('c', points);
  const times = [];
  for (let run = 0; run < 9; run++) {
    const started = performance.now();
    const hits = await workspace.collections.query('c', vector(run * 17), { limit: 5 });
    times.push(performance.now() - started);
    assert.equal(hits[0].id, `p${run * 17}`);
  }
  return times.sort((a, b) => a - b)[4];
}

/** What names a row: its key's value, or the key columns. */
export function keyOf({ key }, row) {
  return key.length === 1 ? row[key[0]] : Object.fromEntries(key.map((column) => [column, row[column]]));
}

/** The document's index is answered by what the map names. */
export async function serves(workspace, schema, table, { name, columns, include = [], servedBy }) {
  const target = (column) => table.columns.find((candidate) => candidate.name === column.replace(/ DESC$/, ''));
  const wanted = columns.map((column) => target(column).to);
  const of = target(columns[0]).table ?? table.target;
  if (servedBy.index !== undefined) {
    const info = await workspace.query('SELECT name FROM pragma_index_info(?) ORDER BY seqno', [servedBy.index]);
    const present = info.map((column) => column.name);
    assert.deepEqual(present.slice(0, wanted.length), wanted, `${table.name}.${name}`);
    for (const column of include) assert.ok(present.includes(target(column).to), `${name} covers ${column}`);
    const where = wanted.map((column) => `${column} = 1`).join(' AND ');
    const plan = await workspace.query(`EXPLAIN QUERY PLAN SELECT * FROM ${of} WHERE ${where}`, [], { secrets: true });
    assert.match(plan.map(({ detail }) => detail).join(), /USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY/, name);
  } else if (servedBy.key !== undefined) {
    const described = schema.tables.find((candidate) => candidate.name === servedBy.key);
    assert.deepEqual(described.key, wanted, name);
  } else if (servedBy.where === 'has') {
    const where = { [wanted[0]]: { has: 'plain' } };
    assert.equal((await workspace.table(of).find({ where })).length, 1, name);
  } else if (servedBy.vectors !== undefined) {
    const [row] = await workspace.table(table.target).find();
    const point = await workspace.collections.get(servedBy.vectors, row.id);
    const [hit] = await workspace.collections.query(servedBy.vectors, point.vector, { limit: 1 });
    assert.equal(hit.id, row.id, name);
  } else {
    await followsChanges(workspace, schema, servedBy.fullText, of, wanted[0], name);
  }
}

/** A word of the column is found, is not when it was changed away, and is not when the row is gone. */
export async function followsChanges(workspace, schema, index, table, column, label) {
  const count = async (word) => {
    const rows = await workspace.query(`SELECT count(*) AS n FROM ${index} WHERE ${index} MATCH ?`, [word]);
    return Number(rows[0].n);
  };
  const row = await makeRow(workspace, schema, table, { [column]: 'a quokka hops' });
  assert.equal(await count(`${column}:quokka`), 1, label);
  await workspace.table(table).update(row.id, { [column]: 'an axolotl swims' });
  assert.deepEqual([await count('quokka'), await count('axolotl')], [0, 1], label);
  await workspace.table(table).delete(row.id);
  assert.equal(await count('axolotl'), 0, label);
}

/** The collection takes a point with its payload, gives it back and finds it by every scalar and array of the payload. */
export async function takesPoints(workspace, schema, { name, sample, dims, metric, payload, target }) {
  const collection = target.collection.replace('{name}', sample ?? name);
  const dimensions = dims ?? 8;
  await workspace.collections.create({ name: collection, dimensions, metric });
  const listed = (await workspace.collections.list()).find((one) => one.name === collection);
  assert.deepEqual([listed.dimensions, listed.metric], [dimensions, metric], name);
  const values = { string: 'a', text: 'a text', integer: 3, number: 0.5, array: ['x', 'y'], object: { a: 1 } };
  const value = ({ type }) => (type === 'datetime' ? '2026-01-30T10:30:00Z' : values[type]);
  const point = {
    id: 'p1',
    vector: new Float32Array(dimensions).map((_, i) => Math.fround(Math.sin(i + 1))),
    payload: Object.fromEntries(Object.entries(payload).map(([field, type]) => [field, value(type)])),
  };
  await workspace.collections.upsert(collection, [point]);
  assert.deepEqual(await workspace.collections.get(collection, 'p1'), point, name);
  for (const [field, { type }] of Object.entries(payload)) {
    if (type === 'object') continue;
    const filter = { [field]: type === 'array' ? { has: 'x' } : point.payload[field] };
    const hits = await workspace.collections.query(collection, point.vector, { limit: 1, filter });
    assert.equal(hits[0]?.id, 'p1', `${name}.${field}`);
  }
  const columns = Object.entries(payload).filter(([, { to }]) => to?.startsWith('code_symbols.'));
  if (columns.length > 0) {
    const row = Object.fromEntries(columns.map(([field, { to }]) => [to.split('.')[1], point.payload[field]]));
    const stored = await workspace.table('code_symbols').insert(row);
    for (const [column, kept] of Object.entries(row)) assert.deepEqual(stored[column], kept, column);
  }
  const of = target.of?.split('.');
  if (of !== undefined) {
    const document = await makeRow(workspace, schema, of[0], { [of[1]]: sample ?? 'p1' });
    assert.equal(document[of[1]], sample ?? 'p1');
  }
}
