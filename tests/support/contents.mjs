// What a workspace holds, to be compared with what another one holds.
import assert from 'node:assert/strict';

/** Everything of a workspace by table, without what every workspace makes anew. */
export async function contentOf(workspace) {
  const blob = await workspace.export({ system: 'archivolt', format: 'jsonl', secrets: true });
  const tables = {};
  for (const line of (await blob.text()).split('\n').slice(0, -1)) {
    const { table } = JSON.parse(line);
    const isOfWorkspace =
      (table === 'audit_log' && line.includes('"origin":"local"')) ||
      // Those of the workspace's own embedder are made in the background.
      (table.startsWith('vector_') && !/"(?:name|collection)":"(?!archivolt:)[a-z_]+:/.test(line));
    if (isOfWorkspace || ['migration_state', 'systems'].includes(table)) continue;
    // A vector's point has a key of its own in each workspace.
    const same = table.startsWith('vector_')
      ? line.replace(/"id":"[^"]*",/, '').replace(/,"created_at":"[^"]*"/, '')
      : line;
    (tables[table] ??= []).push(same);
  }
  for (const lines of Object.values(tables)) lines.sort();
  return tables;
}

/** One line at a time: a whole workspace as a difference would say nothing. */
export function assertSame(actual, expected, what) {
  assert.deepEqual(Object.keys(actual), Object.keys(expected), what);
  for (const [table, lines] of Object.entries(expected)) {
    lines.forEach((line, at) => assert.equal(actual[table][at], line, `${what}: ${table}`));
    assert.equal(actual[table].length, lines.length, `${what}: ${table}`);
  }
}
