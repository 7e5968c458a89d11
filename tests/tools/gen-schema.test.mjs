// What is generated from the schema: up to date, and with types that accept and refuse the right programs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { plain, splitDefinitions, splitParts } from '../../tools/gen-schema/sql-text.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the generated files are what the migrations give', () => {
  const run = spawnSync(process.execPath, ['tools/gen-schema.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  assert.equal(run.stderr, '');
  assert.equal(run.status, 0);
});

test('comments and white space are not part of a definition', () => {
  assert.equal(plain("a  -- it's\n b 'x -- y'"), "a b 'x -- y'");
});

test('parts are split at the outermost commas alone', () => {
  const { head, parts, tail } = splitParts(
    "CREATE TABLE t (a TEXT CHECK (a IN ('x,(', 'y')), b, CHECK (a <> b)) STRICT",
  );
  assert.equal(head, 'CREATE TABLE t');
  assert.deepEqual(parts, ["a TEXT CHECK (a IN ('x,(', 'y'))", 'b', 'CHECK (a <> b)']);
  assert.equal(tail, 'STRICT');
  assert.deepEqual([...splitDefinitions('CREATE TABLE t (a INTEGER, PRIMARY KEY (a))').keys()], ['a']);
});

// Each program is checked against schema.gen.ts on its own; `errors` is how many complaints there must be.
const programs = [
  [
    'a condition of every form',
    0,
    `const where: Where<'stories'> = {
    status: 'x', priority: { in: ['low', 'high'] }, 'metadata.path': 'a', tags: { has: 'ui' }, assignee_id: null,
    or: [{ created_at: { gte: new Date() } }, { not: { title: { contains: 'x' } } }], story_points: { between: [1, 5] },
  }; export { where };`,
  ],
  ['a value outside the allowed ones', 1, `export const where: Where<'stories'> = { priority: 'urgent' };`],
  ['an unknown column in a condition', 1, `export const where: Where<'stories'> = { nope: 1 };`],
  ['a path into a column that is not JSON', 1, `export const where: Where<'stories'> = { 'title.x': 1 };`],
  ['a text operator on a number', 1, `export const where: Where<'stories'> = { story_points: { contains: '5' } };`],
  ['a minimal row', 0, `export const row: Insert<'projects'> = { name: 'x', tags: ['a'], created_at: new Date() };`],
  ['a row without a required column', 1, `export const row: Insert<'projects'> = {};`],
  ['a row of the migrator', 1, `export const row: Insert<'schema_migrations'> = { version: 1 };`],
  ['a patch of the audit log', 1, `export const patch: Update<'audit_log'> = { action: 'x' };`],
  [
    'a patch that empties a column',
    0,
    `export const patch: Update<'users'> = { last_login_at: null, metadata: { a: [1] } };`,
  ],
  ['a patch of the id', 1, `export const patch: Update<'users'> = { id: 'x' };`],
  ['an order', 0, `export const order: OrderBy<'users'>[] = ['created_at', '-email'];`],
  ['an order by an unknown column', 1, `export const order: OrderBy<'users'> = '-nope';`],
  ['a key of two columns', 0, `export const key: Key<'user_teams'> = { user_id: 'a', team_id: 'b' };`],
  [
    'the types of a row',
    0,
    `export const check = (row: Row<'vector_points'>): Float32Array => row.vector;
    export const level = (row: Row<'stories'>): 'low' | 'medium' | 'high' | 'critical' | null => row.priority;
    export const flag = (row: Row<'users'>): boolean => row.is_admin;`,
  ],
];

test('the types accept and refuse', () => {
  const folder = path.join(root, 'web/lib/src');
  const sources = new Map(
    programs.map(([, , body], index) => [
      path.join(folder, `program-${index}.ts`),
      `import type { Insert, Key, OrderBy, Row, Update, Where } from './schema.gen.js';
       export type All = [Insert<'users'>, Key<'users'>, OrderBy<'users'>, Row<'users'>, Update<'users'>, Where<'users'>];
       ${body}`,
    ]),
  );
  const options = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: [],
    lib: ['lib.es2022.d.ts'],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => sources.get(path.normalize(name)) ?? readFile.call(host, name);
  host.fileExists = (name) => sources.has(path.normalize(name)) || fileExists.call(host, name);
  const program = ts.createProgram([...sources.keys()], options, host);
  programs.forEach(([name, errors], index) => {
    const file = program.getSourceFile(path.join(folder, `program-${index}.ts`));
    const found = program.getSemanticDiagnostics(file);
    const texts = found.map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
    assert.equal(found.length, errors, `${name}: ${texts.join('; ') || 'accepted'}`);
  });
});
