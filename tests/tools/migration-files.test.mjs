// Migrations are paired and counted, and what does not fit is named.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readMigrations, sha256 } from '../../tools/migration-files.mjs';

function folderOf(t, files) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-migrations-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

test('steps come in order with the hash of their up file', (t) => {
  const folder = folderOf(t, {
    '0002_more.up.sql': 'b',
    '0002_more.down.sql': '-b',
    '0001_first.up.sql': 'a',
    '0001_first.down.sql': '-a',
    'README.md': 'not a migration',
  });
  const steps = readMigrations(folder);
  assert.deepEqual(
    steps.map(({ version, name, up, down }) => ({ version, name, up, down })),
    [
      { version: 1, name: 'first', up: 'a', down: '-a' },
      { version: 2, name: 'more', up: 'b', down: '-b' },
    ],
  );
  assert.equal(steps[0].checksum, sha256('a'));
  assert.equal(sha256('a'), 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb');
});

for (const [what, files, message] of [
  ['a gap', { '0002_b.up.sql': '', '0002_b.down.sql': '' }, /migration 1 is missing/],
  ['a missing down file', { '0001_a.up.sql': '' }, /a lacks its down file/],
  ['two names for one version', { '0001_a.up.sql': '', '0001_b.down.sql': '' }, /version 0001 is taken/],
  ['a strange name', { '1-a.sql': '' }, /NNNN_name/],
]) {
  test(`${what} is refused`, (t) => {
    assert.throws(() => readMigrations(folderOf(t, files)), message);
  });
}
