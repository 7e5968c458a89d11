// PostgreSQL with pgvector (PGlite), in this worker, over the origin private file system.
const SLICE = 500;

export async function start({ dims, count }) {
  const { PGlite } = await import('/peers/@electric-sql/pglite/dist/index.js');
  const { vector } = await import('/peers/@electric-sql/pglite-pgvector/dist/index.js');
  const open = () => PGlite.create(`opfs-ahp://pglite-${dims}`, { extensions: { vector } });
  const text = (values) => `[${values.join(',')}]`;
  let db = await open();
  await db.exec('CREATE EXTENSION IF NOT EXISTS vector');
  await db.exec(`CREATE TABLE v (id integer PRIMARY KEY, e vector(${dims}))`);
  await db.exec('CREATE INDEX ON v USING hnsw (e vector_ip_ops) WITH (m = 16, ef_construction = 100)');
  const search = async (query) => {
    const { rows } = await db.query('SELECT id FROM v ORDER BY e <#> $1 LIMIT 10', [text(query)]);
    return rows.map(({ id }) => id);
  };
  return {
    async build(vectors, deadline) {
      let row = 0;
      while (row < count && performance.now() < deadline) {
        const ids = [];
        const values = [];
        for (; row < count && ids.length < SLICE; row++) {
          ids.push(row);
          values.push(text(vectors.subarray(row * dims, (row + 1) * dims)));
        }
        await db.query('INSERT INTO v SELECT * FROM unnest($1::int[], $2::text[]::vector[])', [ids, values]);
      }
      return row;
    },
    setEf: (value) => db.exec(`SET hnsw.ef_search = ${value}`),
    search,
    async reopen(query) {
      await db.close();
      const started = performance.now();
      db = await open();
      const opened = performance.now();
      await search(query);
      return { open: opened - started, first: performance.now() - opened };
    },
  };
}
