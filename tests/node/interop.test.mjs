// Our file in the official SQLite build and back: an unencrypted workspace is an ordinary SQLite file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import { openWorkspace } from '../../dist/node.js';
import { temporaryFolder } from '../support/workspaces.mjs';

const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });

/** The file's content as a database of the official build. */
function officialCopy(file) {
  const bytes = new Uint8Array(readFileSync(file));
  const db = new sqlite3.oo1.DB(':memory:', 'c');
  const { capi, wasm } = sqlite3;
  const flags = capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE;
  const code = capi.sqlite3_deserialize(
    db.pointer,
    'main',
    wasm.allocFromTypedArray(bytes),
    bytes.length,
    bytes.length,
    flags,
  );
  db.checkRc(code);
  return db;
}

test('the official build reads and writes our file, and we read what it wrote', async (t) => {
  const directory = temporaryFolder(t);
  const options = { name: 'x', storage: { directory } };
  const file = path.join(directory, 'x/archivolt.db');
  const ours = await openWorkspace(options);
  const project = await ours.table('projects').insert({ name: 'Größe', tags: ['a', 'b'] });
  await ours.documents.ingest({
    filename: 'a.md',
    content: '# Breakers\n\nA circuit breaker stops calls to a failing service.',
  });
  await ours.close();

  const db = officialCopy(file);
  assert.equal(db.selectValue('PRAGMA integrity_check'), 'ok');
  assert.equal(db.selectValue('PRAGMA foreign_key_check'), undefined);
  assert.equal(db.selectValue('SELECT name FROM projects WHERE id = ?', project.id), 'Größe');
  assert.equal(db.selectValue("SELECT count(*) FROM document_chunks_fts('breaker')"), 1);
  db.exec({ sql: 'UPDATE projects SET name = ? WHERE id = ?', bind: ['From outside', project.id] });
  db.exec({
    sql: 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500) INSERT INTO tags (id, name) SELECT x, x FROM n',
  });
  const written = sqlite3.capi.sqlite3_js_db_export(db);
  db.close();
  writeFileSync(file, written);

  const again = await openWorkspace(options);
  assert.equal((await again.table('projects').get(project.id)).name, 'From outside');
  assert.equal(await again.table('tags').count(), 500);
  assert.equal((await again.search('circuit breaker')).hits.length, 1);
  await again.table('tags').insert({ name: 'ours again' });
  await again.close();
  const last = officialCopy(file);
  assert.equal(last.selectValue('PRAGMA integrity_check'), 'ok');
  assert.equal(last.selectValue('SELECT count(*) FROM tags'), 501);
  last.close();
});
