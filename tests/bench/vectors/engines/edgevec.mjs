// edgevec, in this worker. Its cosine returns the farthest vectors, so it gets l2 over unit vectors; `ef` is set before the build alone.
const SLICE = 100;

export async function start({ dims, count }) {
  const { default: init, EdgeVec, EdgeVecConfig } = await import('/peers/edgevec/edgevec.js');
  await init();
  const config = new EdgeVecConfig(dims);
  config.metric = 'l2';
  config.m = 16;
  config.ef_construction = 100;
  config.ef_search = dims > 200 ? 32 : 96;
  const index = new EdgeVec(config);
  const rowOf = new Map();
  return {
    fixedEf: dims > 200 ? 32 : 96,
    build(vectors, deadline) {
      let row = 0;
      while (row < count && performance.now() < deadline) {
        const next = Math.min(count, row + SLICE);
        const ids = index.insertBatchFlat(vectors.slice(row * dims, next * dims), next - row);
        ids.forEach((id, at) => rowOf.set(id, row + at));
        row = next;
      }
      return row;
    },
    search: (query) => index.search(query, 10).map(({ id }) => rowOf.get(id)),
  };
}
