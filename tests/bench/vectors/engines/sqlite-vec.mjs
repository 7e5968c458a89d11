// sqlite-vec in SQLite's official build, in this worker; its vec0 tables are searched by an exact scan.
const SLICE = 500;

export async function start({ dims, count }) {
  const { default: init } = await import('/peers/sqlite-vec-wasm-demo/sqlite3.mjs');
  const sqlite3 = await init({ print: () => undefined, printErr: () => undefined });
  const pool = await sqlite3.installOpfsSAHPoolVfs({ directory: '/sqlite-vec' });
  const open = () => new pool.OpfsSAHPoolDb(`/bench-${dims}.db`);
  let db = open();
  db.exec(`CREATE VIRTUAL TABLE v USING vec0(e float[${dims}] distance_metric=cosine)`);
  let select;
  const search = (query) => {
    select ??= db.prepare('SELECT rowid FROM v WHERE e MATCH ? AND k = 10 ORDER BY distance');
    const rows = [];
    select.bind(1, new Uint8Array(query.buffer, query.byteOffset, query.byteLength));
    while (select.step()) rows.push(Number(select.get(0)) - 1);
    select.reset();
    return rows;
  };
  return {
    fixedEf: 0,
    build(vectors, deadline) {
      const insert = db.prepare('INSERT INTO v(rowid, e) VALUES (?, ?)');
      let row = 0;
      while (row < count && performance.now() < deadline) {
        db.exec('BEGIN');
        for (const end = Math.min(count, row + SLICE); row < end; row++) {
          const vector = vectors.slice(row * dims, (row + 1) * dims);
          insert
            .bind(1, BigInt(row + 1))
            .bind(2, new Uint8Array(vector.buffer))
            .stepReset();
        }
        db.exec('COMMIT');
      }
      insert.finalize();
      return row;
    },
    search,
    reopen(query) {
      select?.finalize();
      select = undefined;
      db.close();
      const started = performance.now();
      db = open();
      const opened = performance.now();
      search(query);
      return { open: opened - started, first: performance.now() - opened };
    },
  };
}
