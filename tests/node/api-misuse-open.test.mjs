// Opening, listing and deleting with everything that callers get wrong.
import assert from 'node:assert/strict';
import { chdir, cwd } from 'node:process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { deleteWorkspace, listWorkspaces, openWorkspace } from '../../dist/node.js';
import { HALF, refuses, refusesAll } from '../support/misuse.mjs';
import { temporaryFolder } from '../support/workspaces.mjs';

const memory = (options) => () => openWorkspace({ name: 'x', storage: 'memory', ...options });

test('names that are no names are refused', async () => {
  const names = [
    '',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a b',
    'a\0b',
    'é',
    '😀',
    HALF,
    'a'.repeat(65),
    ' a',
    null,
    5,
    {},
    Symbol('x'),
  ];
  for (const name of names) {
    await refuses(`open ${String(name)}`, memory({ name }), 'INVALID_ARGUMENT', /name: /);
    await refuses(
      `delete ${String(name)}`,
      () => deleteWorkspace(name, { directory: '.' }),
      'INVALID_ARGUMENT',
      /name: /,
    );
  }
});

test('names that only look dangerous are names', async (t) => {
  const directory = temporaryFolder(t);
  for (const name of ['__proto__', 'CON']) {
    const workspace = await openWorkspace({ name, storage: { directory } });
    await workspace.close();
  }
  assert.deepEqual(
    (await listWorkspaces({ directory })).map(({ name }) => name),
    ['CON', '__proto__'],
  );
});

test('options that are none are refused by name', async () => {
  await refusesAll([
    ['nothing', () => openWorkspace(), undefined, /options: expected an object/],
    ['null', () => openWorkspace(null), undefined, /options/],
    ['an array', () => openWorkspace([]), undefined, /options/],
    ['no storage', () => openWorkspace('x'), undefined, /options\.storage: name a directory/],
    ['another storage', memory({ storage: 'idb' }), undefined, /options\.storage/],
    ['null storage', memory({ storage: null }), undefined, /options\.storage/],
    ['OPFS in Node', memory({ storage: 'opfs' }), 'UNSUPPORTED', /name a directory/],
    ['a directory without a name', memory({ storage: { directory: '' } }), undefined, /storage\.directory/],
    ['a worker in Node', memory({ worker: {} }), undefined, /only browsers/],
    ['an unknown option', memory({ durabilty: 'full' }), undefined, /options\.durabilty: no such option/],
    ['another durability', memory({ durability: 'none' }), undefined, /'full', 'relaxed'/],
    ['a number for a boolean', memory({ readOnly: 1 }), undefined, /options\.readOnly/],
    ['a listener that is none', memory({ onProgress: 1 }), undefined, /options\.onProgress/],
    ['a signal that is none', memory({ signal: {} }), undefined, /an AbortSignal/],
    ['a signal aborted before', memory({ signal: AbortSignal.abort() }), 'CANCELLED'],
    ['an embedder without anything', memory({ embedder: {} }), undefined, /embedder\.model/],
    ['a model that describes itself badly', memory({ embedder: { model: { constructor: { name: Symbol('x') } } } })],
    ['a URL that is none', memory({ wasmUrl: 'http://[' }), undefined, /not a URL/],
    ['a module that is not there', memory({ wasmUrl: 'file:///nothing/here.wasm' }), 'IO_ERROR', /ENOENT/],
    ['a module that is no module', memory({ wasmUrl: import.meta.url }), 'UNSUPPORTED', /does not compile/],
    ['a host that is not there', memory({ wasmUrl: 'http://127.0.0.1:1/x.wasm' }), 'IO_ERROR', /cannot be fetched/],
    ['reading only what memory never held', memory({ readOnly: true }), 'NOT_FOUND'],
  ]);
});

test('directories that are none fail as errors of the call, and of nothing else', async (t) => {
  const directory = temporaryFolder(t);
  const file = path.join(directory, 'file');
  writeFileSync(file, 'x');
  const uncaught = [];
  const listener = (error) => uncaught.push(error);
  process.on('uncaughtException', listener);
  t.after(() => process.off('uncaughtException', listener));
  for (const wrong of [file, 'a\0b']) {
    await refuses(`open in ${wrong}`, memory({ storage: { directory: wrong } }), 'IO_ERROR', /cannot be opened/);
    await refuses(`delete in ${wrong}`, () => deleteWorkspace('x', { directory: wrong }), 'NOT_FOUND');
  }
  await refuses('list a file', () => listWorkspaces({ directory: file }), 'IO_ERROR', /ENOTDIR/);
  await refusesAll([
    ['list nothing', () => listWorkspaces(), undefined, /where\.directory/],
    ['list a number', () => listWorkspaces(4), undefined, /where\.directory/],
    ['delete from nothing', () => deleteWorkspace('x'), undefined, /where\.directory/],
  ]);
  // The worker's end is noticed a little later than its last message.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(uncaught, []);
});

test('reading only makes nothing, and a first open that failed is no workspace', async (t) => {
  const directory = temporaryFolder(t);
  const storage = { directory };
  await refuses('read only', () => openWorkspace({ name: 'none', storage, readOnly: true }), 'NOT_FOUND', /none/);
  assert.deepEqual(readdirSync(directory), []);
  await refuses(
    'no engine',
    () => openWorkspace({ name: 'half', storage, wasmUrl: 'file:///nothing.wasm' }),
    'IO_ERROR',
  );
  mkdirSync(path.join(directory, 'odd/archivolt.db'), { recursive: true });
  await refuses('a folder for a database', () => openWorkspace({ name: 'odd', storage }), 'IO_ERROR', /EISDIR/);
  assert.deepEqual(await listWorkspaces({ directory }), []);
  const workspace = await openWorkspace({ name: 'half', storage });
  await workspace.close();
});

test('two opens at once: one has it, the other and a deletion hear BUSY', async (t) => {
  const directory = temporaryFolder(t);
  const open = () => openWorkspace({ name: 'two', storage: { directory } });
  const outcomes = await Promise.allSettled([open(), open()]);
  const [opened] = outcomes.filter(({ status }) => status === 'fulfilled');
  const [refused] = outcomes.filter(({ status }) => status === 'rejected');
  assert.equal(refused.reason.code, 'BUSY');
  await refuses('delete while open', () => deleteWorkspace('two', { directory }), 'BUSY', /two/);
  await opened.value.table('tags').insert({ name: 'still works' });
  await opened.value.close();
  await deleteWorkspace('two', { directory });
  await refuses('delete twice', () => deleteWorkspace('two', { directory }), 'NOT_FOUND', /two/);
});

test('an open that is given up frees its name', async (t) => {
  const directory = temporaryFolder(t);
  const abort = new AbortController();
  const open = (signal) => openWorkspace({ name: 'given-up', storage: { directory }, ...(signal && { signal }) });
  setTimeout(() => abort.abort(), 20);
  await refuses('aborted', () => open(abort.signal), 'CANCELLED');
  const workspace = await open();
  await workspace.close();
});

test('a deletion that was cut short leaves no trace and no workspace', async (t) => {
  const directory = temporaryFolder(t);
  const left = path.join(directory, `.deleted-${'0'.repeat(32)}`);
  mkdirSync(left);
  writeFileSync(path.join(left, 'archivolt.db'), 'SQLite format 3\0');
  assert.deepEqual(await listWorkspaces({ directory }), []);
  const workspace = await openWorkspace({ name: 'next', storage: { directory } });
  await workspace.close();
  assert.ok(!existsSync(left));
});

test('a relative directory stays the same one when the process moves', async (t) => {
  const home = cwd();
  t.after(() => chdir(home));
  chdir(temporaryFolder(t));
  const first = await openWorkspace({ name: 'moved', storage: { directory: 'store' } });
  const directory = path.resolve('store');
  chdir(home);
  await first.table('tags').insert({ name: 'kept' });
  await first.close();
  const again = await openWorkspace({ name: 'moved', storage: { directory } });
  assert.equal(await again.table('tags').count(), 1);
  await again.close();
});
