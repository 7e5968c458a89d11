// Writes tests/golden/schema-NNNN.sql: a dump, by the sqlite3 program, of a database of that schema version with rows in every
// table, and tests/golden/backups/schema-NNNN.db, the same as a file to restore. node tests/golden/make-golden.mjs <version>. To be run once, when a version is released: what it wrote is the proof that
// later releases read what this one left behind. For a version that is not released yet, again after every change of it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import { readMigrations } from '../../tools/migration-files.mjs';
import { fail, root } from '../../tools/process.mjs';

const migrations = path.join(root, 'schema/migrations');
const TIME = 1769769000123456; // 2026-01-30T10:30:00.123456Z
const FUTURE = 7258118400000000; // nothing here is to be over its time
const UNICODE = `Größe é 漢字 𝄞 '"; --`;

/** What the columns' own declarations do not tell. */
const SPECIAL = {
  'ai_requests.kind': 'query',
  'api_keys.kind': 'issued',
  'audit_log.origin': 'archi',
  'projects.deleted_at': null,
  'cloud_estimates.currency': 'EUR',
  'documents.resource_hash': null,
  'story_dependencies.depends_on_id': (n) => `stories-${3 - n}`,
  'vector_collections.dims': 2,
  'audit_log.old_value': '{"a":null}',
  'audit_log.new_value': '{"a":""}',
};

/** Rows keep away from rules that forbid them: a row of the system 'local' obeys more of them than one of another. */
function valueOf(table, column, n, references) {
  const name = `${table.name}.${column.name}`;
  if (Object.hasOwn(SPECIAL, name)) return typeof SPECIAL[name] === 'function' ? SPECIAL[name](n) : SPECIAL[name];
  const parent = references.get(column.name);
  if (parent === 'systems') return 'local';
  if (parent !== undefined) return `${parent}-${n}`;
  if (column.name === 'id') return `${table.name}-${n}`;
  const check = (pattern) => new RegExp(`CHECK \\(.*?\\b${column.name} ${pattern}`, 's').exec(table.sql);
  const allowed = check("IN \\(('?)([^',)]+)");
  if (allowed !== null) return allowed[1] === "'" ? allowed[2] : Number(allowed[2]);
  const range = check('BETWEEN (\\d+) AND');
  if (range !== null) return Number(range[1]);
  if (check('GLOB') !== null) return '2026-01-30';
  if (new RegExp(`json_valid\\(${column.name}\\)`).test(table.sql))
    return new RegExp(`json_type\\(${column.name}\\) = 'array'`).test(table.sql) ? '["ü"]' : '{"ü":[1,null,"𝄞",""]}';
  if (column.name === 'expires_at') return FUTURE;
  if (column.type === 'INTEGER') return /(_at|_ts|_date|window_start|last_modified)$/.test(column.name) ? TIME + n : n;
  if (column.type === 'REAL') return 0.1 + n;
  if (column.type === 'BLOB') return new Uint8Array([0, 0, 128, 63, 0, 0, 0, 64]);
  return `${UNICODE} ${column.name} ${n}`;
}

/** Two rows in every table: one that says everything, one that says as little as it may, with an empty text beside its NULLs. */
function fill(db) {
  const tables = db.selectObjects(
    "SELECT name, (SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = t.name) AS sql FROM pragma_table_list t " +
      "WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  db.exec('PRAGMA foreign_keys = OFF');
  const own = ['systems', 'schema_migrations', 'embedding_queue', 'retention_policies', 'vector_graphs'];
  for (const table of tables.filter(({ name }) => !own.includes(name))) {
    const references = new Map(
      db.selectObjects(`PRAGMA foreign_key_list("${table.name}")`).map((key) => [key.from, key.table]),
    );
    for (const n of [1, 2]) {
      let emptied = false;
      const row = {};
      for (const column of db.selectObjects(`PRAGMA table_info("${table.name}")`)) {
        if (column.name === 'pk') continue;
        const needed = column.notnull === 1 || column.pk > 0;
        if (n === 2 && !needed) {
          const plain =
            column.type === 'TEXT' && /^(description|title|comment|label|summary|error_message)$/.test(column.name);
          if (!emptied && plain) row[column.name] = '';
          emptied ||= plain;
          continue;
        }
        if (n === 2 && column.dflt_value !== null) continue;
        row[column.name] = valueOf(table, column, n, references);
      }
      if (table.name === 'ai_requests') Object.assign(row, { prompt_text: 'p', user_id: `users-${n}` });
      if (table.name === 'audit_log') row.origin = 'archi';
      // What the core makes of title and code; from version 2 on no row that it has seen is without.
      if (version > 1 && table.name === 'code_examples') row.identifiers = 'code content';
      if (table.name === 'api_keys') row.key_hash = `hash ${n}`;
      if (['static_config', 'dynamic_config'].includes(table.name)) row.origin = n === 1 ? 'archi' : 'local';
      const names = Object.keys(row);
      db.exec({
        sql: `INSERT INTO "${table.name}" (${names.map((name) => `"${name}"`)}) VALUES (${names.map(() => '?')})`,
        bind: Object.values(row),
      });
    }
  }
  const broken = db.selectObjects('PRAGMA foreign_key_check');
  if (broken.length > 0) fail(`rows refer to nothing: ${JSON.stringify(broken.slice(0, 5))}`);
}

const version = Number(process.argv[2]);
const steps = readMigrations(migrations).filter((step) => step.version <= version);
if (steps.at(-1)?.version !== version) fail(`there is no version ${process.argv[2]}`);
const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });
const db = new sqlite3.oo1.DB(':memory:');
for (const step of steps) {
  db.exec(step.up);
  db.exec({
    sql: 'INSERT INTO schema_migrations (version, name, checksum, applied_at, down_sql) VALUES (?, ?, ?, ?, ?)',
    bind: [step.version, step.name, step.checksum, TIME, step.down],
  });
}
fill(db);
const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-golden-'));
const file = path.join(folder, 'golden.db');
writeFileSync(file, sqlite3.capi.sqlite3_js_db_export(db));
const { stdout, stderr, status } = spawnSync('sqlite3', [file, '.dump'], { encoding: 'utf8', maxBuffer: 1 << 28 });
if (status !== 0) fail(`sqlite3 cannot dump the database: ${stderr}`);
// Small pages: most tables hold two rows, and the file stays in the repository.
const small = `PRAGMA application_id = ${0x41766c74}; PRAGMA user_version = ${version}; PRAGMA page_size = 512; VACUUM;`;
if (spawnSync('sqlite3', [file, small]).status !== 0) fail('sqlite3 cannot make the pages smaller');
const target = `tests/golden/schema-${String(version).padStart(4, '0')}.sql`;
writeFileSync(
  path.join(root, target),
  `${stdout}PRAGMA application_id = ${0x41766c74};\nPRAGMA user_version = ${version};\n`,
);
const backup = target.replace('golden/', 'golden/backups/').replace('.sql', '.db');
mkdirSync(path.join(root, 'tests/golden/backups'), { recursive: true });
copyFileSync(file, path.join(root, backup));
rmSync(folder, { recursive: true });
console.log(`wrote ${target} and ${backup}`);
