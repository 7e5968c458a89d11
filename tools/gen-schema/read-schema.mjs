// Runs the migrations in SQLite and describes the tables that they make.
//
// Everything is read from the migrated database. What SQLite does not report (a CHECK, and with it the meaning of a
// column) is taken from the CREATE TABLE text that it stores. Throws when up, down, up does not give the same schema.
import { readFile, readdir } from 'node:fs/promises';
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import { layOut, splitDefinitions } from './sql-text.mjs';

/** Tables whose rows are not written freely through the records API, and why is in schema/README.md. */
const ACCESS = {
  schema_migrations: 'readOnly',
  embedding_queue: 'readOnly',
  retention_policies: 'readOnly',
  vector_graphs: 'readOnly',
  vector_collections: 'collections',
  vector_points: 'collections',
  audit_log: 'appendOnly',
};

/** INTEGER columns that are instants although their names end in neither _at nor _ts nor _date. */
const INSTANTS = new Set(['window_start', 'last_modified']);

const MEBIBYTE = 1024 * 1024;
const DEFAULT_MAX_BYTES = 16 * MEBIBYTE;
const CONTENT_MAX_BYTES = 64 * MEBIBYTE;
const ID_MAX_CHARS = 200;
const NAME_MAX_CHARS = 4000;
const NAMES =
  /^(name|title|filename|email|username|role|key|namespace|subject|endpoint|field|kind|code)$|_(name|hash|type)$/;

/**
 * @returns {Promise<{objects: {type: string, name: string, sql: string}[], tables: object[], version: number}>} every
 *   schema object, the tables as the emitters need them, by name, and the schema's version.
 */
export async function readSchema(folder) {
  const steps = await readSteps(folder);
  const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });
  const db = new sqlite3.oo1.DB(':memory:');
  try {
    db.exec('PRAGMA foreign_keys = ON');
    for (const step of steps) db.exec(step.up);
    const objects = listObjects(db);
    for (const step of [...steps].reverse()) db.exec(step.down);
    const left = listObjects(db);
    if (left.length > 0) throw new Error(`the down migrations leave behind: ${left.map((o) => o.name).join(', ')}`);
    for (const step of steps) db.exec(step.up);
    if (JSON.stringify(listObjects(db)) !== JSON.stringify(objects)) {
      throw new Error('migrating up, down and up again gives another schema than migrating up once');
    }
    return { objects, tables: describeTables(db, objects), version: steps.length };
  } finally {
    db.close();
  }
}

async function readSteps(folder) {
  const ups = (await readdir(folder)).filter((name) => name.endsWith('.up.sql')).sort();
  if (ups.length === 0) throw new Error(`no NNNN_name.up.sql in ${folder}`);
  return Promise.all(
    ups.map(async (name) => ({
      up: await readFile(new URL(name, folder), 'utf8'),
      down: await readFile(new URL(name.replace('.up.sql', '.down.sql'), folder), 'utf8'),
    })),
  );
}

function select(db, sql, bind) {
  return db.exec({ sql, bind, rowMode: 'object', returnValue: 'resultRows' });
}

function listObjects(db) {
  return select(
    db,
    'SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name',
  ).filter((object) => !object.name.startsWith('sqlite_') && !isShadow(object.name));
}

function isShadow(name) {
  return /_(fts|trigram)_(data|idx|docsize|config|content)$/.test(name);
}

function describeTables(db, objects) {
  const virtual = objects.filter((object) => object.sql.startsWith('CREATE VIRTUAL TABLE'));
  return objects
    .filter((object) => object.type === 'table' && !virtual.includes(object))
    .map((object) => describeTable(db, object, virtual));
}

function describeTable(db, object, virtual) {
  const { name, sql } = object;
  const definitions = splitDefinitions(sql);
  const info = select(db, 'SELECT * FROM pragma_table_xinfo(?)', [name]);
  const foreign = new Map(select(db, 'SELECT * FROM pragma_foreign_key_list(?)', [name]).map((key) => [key.from, key]));
  const hasPk = info.some((column) => column.name === 'pk');
  const hasId = info.some((column) => column.name === 'id');
  const key = hasId
    ? ['id']
    : info
        .filter((column) => column.pk > 0)
        .sort((a, b) => a.pk - b.pk)
        .map((column) => column.name);
  const columns = info
    .filter((column) => column.name !== 'pk')
    .map((column) => describeColumn(column, definitions.get(column.name) ?? '', foreign.get(column.name), key));
  const index = (suffix) => virtual.find((table) => table.name === name + suffix)?.name ?? '';
  return {
    name,
    columns,
    key,
    hasPk,
    hasId,
    hasOrigin: columns.some((column) => column.name === 'origin'),
    fts: index('_fts'),
    trigram: index('_trigram'),
    access: ACCESS[name] ?? 'readWrite',
    indexes: describeIndexes(db, name),
  };
}

/** Indexes beside the key's: `columns` and `where` as SQL, `plain` when the columns are nothing but names. */
function describeIndexes(db, table) {
  const sqlOf = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?";
  return select(db, "SELECT * FROM pragma_index_list(?) WHERE origin <> 'pk' ORDER BY name", [table])
    .map((index) => {
      const names = select(db, 'SELECT name FROM pragma_index_info(?) ORDER BY seqno', [index.name]).map((c) => c.name);
      const sql = layOut({ sql: select(db, sqlOf, [index.name])[0]?.sql ?? '' });
      const [, columns, where] = /\((.*?)\)(?: WHERE (.*?))?;?$/s.exec(sql) ?? [null, names.join(', ')];
      const plain = !names.includes(null);
      return { unique: index.unique === 1, plain, columns: plain ? names.join(', ') : columns, where: where ?? null };
    })
    .filter(({ columns }) => columns !== 'id');
}

function describeColumn(column, definition, foreign, key) {
  const { name, type } = column;
  const values = enumValues(name, definition);
  const boolean = type === 'INTEGER' && values?.join() === '0,1';
  const range = new RegExp(`CHECK \\(${name} BETWEEN (-?\\d+) AND (-?\\d+)\\)`).exec(definition);
  const length = new RegExp(`CHECK \\(length\\(${name}\\) <= (\\d+)\\)`).exec(definition);
  const json = definition.includes(`json_valid(${name})`);
  const described = {
    name,
    kind: kindOf(name, type, definition, { boolean, json }),
    nullable: column.notnull === 0,
    hasDefault: column.dflt_value !== null,
    generated: column.hidden !== 0,
    isKey: key.includes(name),
    jsonArray: json && definition.includes(`json_type(${name}) = 'array'`),
    values: boolean ? [] : (values ?? []),
    min: range ? range[1] : null,
    max: range ? range[2] : null,
    references: foreign ? { table: foreign.table, column: foreign.to } : null,
    maxBytes:
      name === 'content' || name === 'chunk_text' || name === 'code_content' ? CONTENT_MAX_BYTES : DEFAULT_MAX_BYTES,
    maxChars: 0,
  };
  if (described.kind === 'text') {
    if (length) described.maxChars = Number(length[1]);
    else if (name === 'id' || foreign) described.maxChars = ID_MAX_CHARS;
    else if (described.isKey || NAMES.test(name)) described.maxChars = NAME_MAX_CHARS;
  }
  return described;
}

function enumValues(name, definition) {
  const found = new RegExp(`CHECK \\(${name} IN \\(([^)]*)\\)\\)`).exec(definition);
  return found?.[1].split(',').map((value) => value.trim().replace(/^'(.*)'$/, '$1')) ?? null;
}

function kindOf(name, type, definition, { boolean, json }) {
  if (boolean) return 'boolean';
  if (json) return 'json';
  if (type === 'TEXT') return definition.includes(`${name} GLOB '[0-9]`) ? 'date' : 'text';
  if (type === 'INTEGER') return /_(at|ts|date)$/.test(name) || INSTANTS.has(name) ? 'timestamp' : 'integer';
  if (type === 'REAL') return 'real';
  if (type === 'BLOB') return 'blob';
  throw new Error(`column ${name} has the type ${type}, which no kind stands for`);
}
