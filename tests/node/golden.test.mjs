// What earlier versions of the schema left behind: each golden dump is loaded by the sqlite3 program, opened by the package, brought
// up to date, down and up again. Every value that the dump held is still there, byte for byte.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorkspace } from '../../dist/node.js';
import { readMigrations } from '../../tools/migration-files.mjs';
import { temporaryFolder } from '../support/workspaces.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const versions = readdirSync(path.join(root, 'schema/migrations'))
  .filter((name) => name.endsWith('.up.sql'))
  .map((name) => Number(name.slice(0, 4)));
const dump = (version) => path.join(root, `tests/golden/schema-${String(version).padStart(4, '0')}.sql`);

function sqlite(file, sql) {
  const { stdout, stderr, status, error } = spawnSync('sqlite3', ['-bail', file], {
    input: sql,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw error;
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Every table that callers see with its columns, as this file has them; without what the core makes out of other columns. */
function tablesOf(file) {
  const lines = sqlite(
    file,
    ".mode list\n.separator |\nSELECT t.name, group_concat('\"' || c.name || '\"') FROM pragma_table_list t, " +
      "pragma_table_xinfo(t.name) c WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND c.name <> 'identifiers' GROUP BY 1;",
  );
  return lines
    .trim()
    .split('\n')
    .map((line) => line.split('|'));
}

/** Rows as texts that tell NULL from '', numbers from texts and bytes from both. */
const rowsSql = (name, columns) =>
  `SELECT ${columns
    .split(',')
    .map((column) => `quote(${column})`)
    .join(" || ',' || ")} AS v FROM "${name}" ORDER BY 1`;
const fromFile = (file, name, columns) =>
  sqlite(file, `.mode quote\n${rowsSql(name, columns)};`)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(1, -1).replaceAll("''", "'"));
async function fromWorkspace(workspace, name, columns) {
  return (await workspace.query(rowsSql(name, columns), [], { secrets: true })).map(({ v }) => v);
}

for (const version of versions) {
  test(`schema ${version}: what a file of it held is there after going up, down and up`, async (t) => {
    assert.ok(
      existsSync(dump(version)),
      `${dump(version)} is missing: run node tests/golden/make-golden.mjs ${version}`,
    );
    const text = readFileSync(dump(version), 'utf8');
    for (const step of readMigrations(path.join(root, 'schema/migrations')).slice(0, version))
      assert.ok(
        text.includes(step.checksum),
        `migration ${step.version} is not the one of the dump: released ones are never edited; for one that is not released, run node tests/golden/make-golden.mjs ${version}`,
      );
    const directory = temporaryFolder(t);
    mkdirSync(path.join(directory, 'g'));
    const file = path.join(directory, 'g/archivolt.db');
    sqlite(file, text);
    const tables = tablesOf(file).filter(
      ([name]) => !['schema_migrations', 'embedding_queue', 'vector_graphs'].includes(name),
    );
    const before = tables.map(([name, columns]) => fromFile(file, name, columns));
    assert.ok(
      before.every((rows) => rows.length > 0),
      'rows in every table',
    );
    assert.ok(before.flat().some((row) => row.includes('𝄞')) && before.flat().some((row) => row.includes("''")));

    const workspace = await openWorkspace({ name: 'g', storage: { directory }, embedder: null });
    t.after(() => workspace.close());
    const latest = (await workspace.migrations.list()).at(-1).version;
    assert.equal(await workspace.migrations.current(), latest);
    const compare = async (when) => {
      for (const [i, [name, columns]] of tables.entries()) {
        const after = await fromWorkspace(workspace, name, columns);
        assert.deepEqual(after, before[i], `${name} ${when}`);
      }
      const { integrity, foreignKeys, fullText } = await workspace.health({ full: true });
      assert.deepEqual([integrity, foreignKeys], [[], 0]);
      assert.ok(Object.values(fullText).every(Boolean));
    };
    await compare('after going up');
    await workspace.migrations.migrate(version === latest ? latest - 1 : version);
    await workspace.migrations.migrate(latest);
    if (version < latest) await compare('after going down and up');
  });
}
