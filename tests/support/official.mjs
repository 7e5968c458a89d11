// The official build of SQLite over bytes of a file.
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

export const sqlite3 = await sqlite3InitModule({ print: () => {}, printErr: () => {} });

/** The bytes as a database of the official build. */
export function officialDatabase(bytes) {
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

/** The bytes of that database, which stays usable no more. */
export function bytesOf(db) {
  const bytes = sqlite3.capi.sqlite3_js_db_export(db);
  db.close();
  return bytes;
}
