// hnswlib in a process of its own, with the calls of an engine in a page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export async function startNative(program, set, cache) {
  const child = spawn(program, [set.vectors, set.queries, String(set.dims), String(set.count)]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the program ended');
    return JSON.parse(value);
  };
  const ask = (command) => {
    child.stdin.write(`${command}\n`);
    return next();
  };
  const methods = {
    start: () => ({}),
    build: next,
    pass: async ({ ef, warmUp = 0 }) => {
      if (warmUp > 0) await ask(`pass ${ef}`);
      return ask(`pass ${ef}`);
    },
    reopen: async () => {
      const { ms } = await ask(`reopen ${path.join(cache, 'native.index')}`);
      return { open: ms, first: 0 };
    },
  };
  return {
    call: (method, argument) => methods[method](argument),
    async close() {
      child.stdin.end('end\n');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
