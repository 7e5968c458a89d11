// A worker around the official build of SQLite in the origin private file system, with the calls that a page needs to do what it does
// with Archivolt: a message is [number, method, ...arguments], the answer [number, result] or [number, undefined, message].
import sqlite3InitModule from './official/index.mjs';

let db;

const run = (sql, bind) => db.exec({ sql, bind, rowMode: 'object', returnValue: 'resultRows' });

const methods = {
  async open(schema, journal) {
    const sqlite3 = await sqlite3InitModule({ print: () => undefined, printErr: () => undefined });
    const pool = await sqlite3.installOpfsSAHPoolVfs({ directory: `/official-${journal}` });
    db = new pool.OpfsSAHPoolDb('/bench.db');
    // A write-ahead log without shared memory needs the file for itself.
    if (journal === 'wal') run('PRAGMA locking_mode = exclusive');
    const [{ journal_mode }] = run(`PRAGMA journal_mode = ${journal}`);
    run('PRAGMA synchronous = full');
    run('PRAGMA foreign_keys = on');
    run('PRAGMA cache_size = -16384');
    if (schema) db.exec(schema);
    return journal_mode;
  },
  run,
  batch: (statements) =>
    db.transaction(() => {
      let prepared;
      let text;
      for (const { sql, params } of statements) {
        if (sql !== text) {
          prepared?.finalize();
          prepared = db.prepare(sql);
          text = sql;
        }
        prepared.bind(params).stepReset();
      }
      prepared?.finalize();
    }),
};

globalThis.onmessage = async ({ data: [number, method, ...parameters] }) => {
  try {
    globalThis.postMessage([number, await methods[method](...parameters)]);
  } catch (error) {
    globalThis.postMessage([number, undefined, String(error)]);
  }
};
