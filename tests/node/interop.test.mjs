// Our file in the official SQLite build and back: an unencrypted workspace is an ordinary SQLite file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { officialDatabase, sqlite3 } from '../support/official.mjs';
import { temporaryFolder } from '../support/workspaces.mjs';

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

  const db = officialDatabase(new Uint8Array(readFileSync(file)));
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
  const last = officialDatabase(new Uint8Array(readFileSync(file)));
  assert.equal(last.selectValue('PRAGMA integrity_check'), 'ok');
  assert.equal(last.selectValue('SELECT count(*) FROM tags'), 501);
  last.close();
});
