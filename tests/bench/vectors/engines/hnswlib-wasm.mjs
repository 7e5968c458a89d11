// hnswlib-wasm, in this worker; it stores through IDBFS.
globalThis.window ??= globalThis; // It asks for it, and there is none in a worker.

const SLICE = 100;

export async function start({ dims, count }) {
  const { loadHnswlib, syncFileSystem } = await import('/peers/hnswlib-wasm/dist/hnswlib.js');
  const library = await loadHnswlib();
  const make = () => new library.HierarchicalNSW('ip', dims, '');
  let index = make();
  index.initIndex(count, 16, 100, 100);
  let ef = 64;
  const search = (query) => index.searchKnn(query, 10, undefined).neighbors;
  return {
    build(vectors, deadline) {
      let row = 0;
      while (row < count && performance.now() < deadline) {
        const items = [];
        for (; row < count && items.length < SLICE; row++) items.push(vectors.slice(row * dims, (row + 1) * dims));
        index.addItems(items, false);
      }
      return row;
    },
    setEf: (value) => {
      ef = value;
      index.setEfSearch(ef);
    },
    search,
    async reopen(query) {
      await index.writeIndex('bench.dat');
      await syncFileSystem('write');
      index = make();
      const started = performance.now();
      await syncFileSystem('read');
      await index.readIndex('bench.dat', count);
      index.setEfSearch(ef);
      const opened = performance.now();
      search(query);
      return { open: opened - started, first: performance.now() - opened };
    },
  };
}
