// Runs one engine of the bench in a page or, by far the most, in a worker of it: a message is [number, method, argument], the answer
// [number, result] or [number, undefined, message]. Everything is timed here, so that only Archivolt's own hop counts.
let engine;
let vectors;
let queries;
let dims;

// The memories of the modules that the engine starts, its own workers' left out.
const memories = new Set();
const noted = (result) => {
  const { exports } = result.instance ?? result;
  for (const value of Object.values(exports ?? {})) if (value instanceof WebAssembly.Memory) memories.add(value);
  return result;
};
for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = (source, imports) => {
    for (const group of Object.values(imports ?? {}))
      for (const value of Object.values(group)) if (value instanceof WebAssembly.Memory) memories.add(value);
    return original(source, imports).then(noted);
  };
}

const floats = async (address) => new Float32Array(await (await fetch(address)).arrayBuffer());
const query = (at) => queries.slice(at * dims, (at + 1) * dims);

const methods = {
  async start({ name, set, quantization }) {
    ({ dims } = set);
    vectors = await floats('/data/vectors.f32');
    queries = await floats('/data/queries.f32');
    const { start } = await import(`/bench/engines/${name}.mjs`);
    engine = await start({ dims, count: set.count, quantization });
    return { fixedEf: engine.fixedEf };
  },
  async build(seconds) {
    const started = performance.now();
    const built = await engine.build(vectors, started + seconds * 1000);
    const ms = performance.now() - started;
    vectors = undefined;
    const memory = [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    return { built, ms, bytes: await engine.bytes?.(), memory: memory || undefined };
  },
  /** Every query once, or as many as the seconds allow after warming up. */
  async pass({ ef, seconds, warmUp = 0 }) {
    await engine.setEf?.(ef);
    for (let i = 0; i < warmUp; i++) await engine.search(query(i));
    const times = [];
    const found = [];
    const until = performance.now() + seconds * 1000;
    for (let i = 0; i < queries.length / dims && performance.now() < until; i++) {
      const one = query(i);
      const started = performance.now();
      const answer = await engine.search(one);
      times.push(performance.now() - started);
      for (let k = 0; k < 10; k++) found.push(answer[k] ?? -1);
    }
    return { times, found };
  },
  reopen: () => engine.reopen?.(query(0)),
};

export async function answer([number, method, argument]) {
  try {
    return [number, await methods[method](argument)];
  } catch (error) {
    return [number, undefined, String(error?.stack ?? error)];
  }
}

if (globalThis.WorkerGlobalScope) globalThis.onmessage = async ({ data }) => globalThis.postMessage(await answer(data));
