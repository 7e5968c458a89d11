// Files of other systems that were made to do harm: each is refused or brings rows in, in bounded work, and what was there stays.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { hostileFiles } from '../support/hostile-files.mjs';
import { openForTest } from '../support/workspaces.mjs';

/** The bar is two seconds on an idle machine; this one may be busy. */
const LONGEST_MS = 2000 * 15;
const REFUSALS = ['INVALID_ARGUMENT', 'CORRUPTION', 'FAILED_PRECONDITION', 'UNSUPPORTED', 'IO_ERROR'];

/** A digest of the schema, and by table one of every row that did not come with an import. */
async function digestsOf(workspace) {
  const digest = (value) => createHash('sha256').update(JSON.stringify(value, plain)).digest('hex');
  const plain = (_, value) => (typeof value === 'bigint' ? `${value}` : value);
  const objects = await workspace.query('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name');
  const digests = { schema: digest(objects) };
  for (const { name } of objects.filter(({ type }) => type === 'table')) {
    const columns = await workspace.query('SELECT name FROM pragma_table_info(?)', [name]);
    // What an import brings has the origin of its system; what has none is made beside it (queues, the trail, runs).
    if (!columns.some((column) => column.name === 'origin') || ['audit_log', 'migration_state'].includes(name))
      continue;
    const sql = `SELECT * FROM "${name}" WHERE origin = 'local' ORDER BY 1, 2`;
    digests[name] = digest(await workspace.query(sql, [], { secrets: true }));
  }
  return digests;
}

test('every hostile file is refused or inert, and nothing that was there changes', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  await workspace.table('users').insert({ username: 'owner', email: 'owner@example.org' });
  await workspace.table('stories').insert({ title: 'Ours', user_story: 'As an owner I keep what I have' });
  await workspace.table('teams').insertMany(Array.from({ length: 50 }, (_, at) => ({ name: `team ${at}` })));
  const before = await digestsOf(workspace);
  const files = hostileFiles();
  assert.ok(files.length >= 50, `${files.length} files`);
  let refused = 0;
  let slowest = { ms: 0, name: '' };
  for (const { name, bytes, system, file } of files) {
    const started = performance.now();
    const outcome = await workspace.import(new File([bytes], file), { system }).catch((error) => error);
    const ms = performance.now() - started;
    if (ms > slowest.ms) slowest = { ms, name };
    if (outcome instanceof Error) {
      refused++;
      assert.ok(REFUSALS.includes(outcome.code), `${name}: ${outcome.code} ${outcome.message}`);
      assert.notEqual(outcome.message, '', name);
    }
    assert.ok(ms < LONGEST_MS, `${name} took ${Math.round(ms)} ms`);
    assert.deepEqual(await digestsOf(workspace), before, name);
    assert.equal({}.polluted, undefined, name);
  }
  assert.equal(existsSync('/tmp/archivolt-hacked'), false);
  assert.equal((await workspace.health({ full: true })).ok, true);
  t.diagnostic(
    `${files.length} hostile files: ${refused} refused, the others inert; the slowest ${Math.round(slowest.ms)} ms (${slowest.name})`,
  );
});
