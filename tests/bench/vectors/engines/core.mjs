// Archivolt's index alone, in this worker: no message, no database. Built by the bench from src/vector with the engine's flags.
import createModule from '/core/core.mjs';

const SLICE = 250;

export async function start({ dims, count, quantization }) {
  const module = await createModule();
  if (!module._bench_create(dims, count, quantization === 'int8' ? 1 : 0)) throw new Error('no memory');
  const rows = module._malloc(SLICE * dims * 4);
  const found = module._malloc(10 * 4);
  let ef = 64;
  const put = (values) => new Float32Array(module.HEAPU8.buffer, rows, values.length).set(values);
  return {
    build(vectors, deadline) {
      let row = 0;
      while (row < count && performance.now() < deadline) {
        const next = Math.min(count, row + SLICE);
        put(vectors.subarray(row * dims, next * dims));
        if (!module._bench_add(rows, next - row, row)) throw new Error('no memory');
        row = next;
      }
      return row;
    },
    setEf: (value) => (ef = value),
    search(query) {
      put(query);
      return new Uint32Array(module.HEAPU8.buffer, found, module._bench_search(rows, ef, found));
    },
    bytes: () => module._bench_bytes(),
  };
}
