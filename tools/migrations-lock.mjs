// Keeps released migrations from being edited: compares schema/migrations with schema/migrations/migrations.lock.
//
// The lock has one line a file, "<sha256>  <file name>". Without an option a difference is an error; --accept writes the lock
// anew, which is right for a new migration and for one that was never released, and wrong for any other.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, root } from './process.mjs';
import { readMigrations, sha256 } from './migration-files.mjs';

const folder = path.join(root, 'schema/migrations');
const lockFile = path.join(folder, 'migrations.lock');
const wanted = readMigrations(folder)
  .flatMap((step) => step.files)
  .sort()
  .map((file) => `${sha256(readFileSync(path.join(folder, file)))}  ${file}\n`)
  .join('');

if (process.argv.includes('--accept')) {
  writeFileSync(lockFile, wanted);
  console.log(`wrote ${path.relative(root, lockFile)}`);
} else {
  const locked = existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : '';
  if (locked !== wanted) {
    const lines = new Set(locked.split('\n'));
    const changed = wanted.split('\n').filter((line) => line && !lines.has(line));
    const names = changed.map((line) => line.slice(66)).join(', ') || 'a file is gone';
    fail(`schema/migrations differs from migrations.lock (${names}). Released migrations are never edited: add a new one.
If this one is new or was never released, run: node tools/migrations-lock.mjs --accept`);
  }
}
