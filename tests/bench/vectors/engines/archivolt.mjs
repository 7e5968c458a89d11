// Archivolt through its public API: a page's calls, a worker between, rows and vectors in the origin private file system.
import { openWorkspace } from '/dist/index.js';

const BATCH = 1000;
const ID = 12;

export async function start({ dims, quantization }) {
  const name = `vectors-${dims}-${quantization}`;
  const open = () => openWorkspace({ name, embedder: null });
  let workspace = await open();
  let ef = 64;
  const idOf = (row) => String(row).padStart(ID, '0');
  const state = async () => (await workspace.status()).vectors.find(({ collection }) => collection === 'bench');
  const linked = async (deadline) => {
    while ((await state()).state !== 'ready' && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return (await state()).state === 'ready';
  };
  const search = async (query) => {
    const hits = await workspace.collections.query('bench', query, { limit: 10, ef });
    return hits.map(({ id }) => Number(id));
  };
  return {
    async build(vectors, deadline) {
      const spec = { name: 'bench', dimensions: dims, metric: 'cosine', m: 16, efConstruction: 100, quantization };
      await workspace.collections.create(spec);
      let row = 0;
      const count = vectors.length / dims;
      while (row < count && performance.now() < deadline) {
        const points = [];
        for (; row < count && points.length < BATCH; row++)
          points.push({ id: idOf(row), vector: vectors.slice(row * dims, (row + 1) * dims) });
        await workspace.collections.upsert('bench', points);
      }
      if (!(await linked(deadline + 60_000))) throw new Error('the graph was not linked in time');
      return row;
    },
    setEf: (value) => (ef = value),
    search,
    bytes: async () => (await state()).bytes,
    async reopen(query) {
      await workspace.close();
      const started = performance.now();
      workspace = await open();
      const opened = performance.now();
      await search(query);
      return { open: opened - started, first: performance.now() - opened };
    },
  };
}
