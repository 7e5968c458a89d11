// What tests of backups share: rows to save, and all rows of all tables to compare.
import assert from 'node:assert/strict';

/** Rows in tables of every kind, documents with chunks and vectors, and a collection. `size`: characters of filling.
 *  `settled`: no row waits for its vector when it is done. */
export async function fill(workspace, { name = 'ann', size = 0, settled = false } = {}) {
  const user = await workspace.table('users').insert({ username: name, email: `${name}@example.org` });
  await workspace.accounts.setPassword(user.id, 'correct horse');
  await workspace.table('tags').insertMany([{ name: `${name}-1` }, { name: `${name}-2` }]);
  await workspace
    .table('decisions')
    .insert({ user_id: user.id, title: `${name} takes a circuit breaker`, options: [] });
  for (let i = 0; i * 100_000 < size; i++) {
    const description = `${i} `.repeat(50_000).slice(0, 100_000);
    await workspace.table('projects').insert({ name: `${name} ${i}`, description });
  }
  await workspace.documents.ingest({
    filename: `${name}.md`,
    content: `# Breaker of ${name}\n\nStops calls that keep failing.`,
  });
  await workspace.collections.create({ name: `${name}-points`, dimensions: 2 });
  await workspace.collections.upsert(`${name}-points`, [{ id: 'p', vector: new Float32Array([1, 2]) }]);
  while (settled && (await workspace.status()).embedding.pending > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return user;
}

/** Every row of every table that callers can read. */
export async function dump(workspace) {
  const tables = await workspace.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '%\\_fts\\_%' ESCAPE '\\' " +
      "AND name NOT LIKE '%\\_trigram\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name",
  );
  const rows = {};
  for (const { name } of tables) rows[name] = await workspace.query(`SELECT * FROM "${name}"`, [], { secrets: true });
  return rows;
}

const text = (row) =>
  JSON.stringify(row, (_key, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : typeof value === 'bigint' ? `${value}n` : value,
  );

/** Two dumps hold the same rows; says in short where they do not. */
export function assertSameRows(actual, expected, message = '') {
  assert.deepEqual(Object.keys(actual), Object.keys(expected), message);
  for (const [table, rows] of Object.entries(expected)) {
    const [found, wanted] = [actual[table], rows].map((list) => list.map(text));
    const at = wanted.findIndex((row, i) => row !== found[i]);
    if (at < 0 && found.length === wanted.length) continue;
    const [a, b] = [found, wanted].map((list) => String(list[at < 0 ? wanted.length : at]).slice(0, 1000));
    assert.fail(`${message} ${table}: ${found.length} rows for ${wanted.length}; row ${at} is\n${a}\ninstead of\n${b}`);
  }
}

export const bytesOfBlob = async (blob) => new Uint8Array(await blob.arrayBuffer());
