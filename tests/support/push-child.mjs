// A push that stops in its middle: it says so and waits to be killed.
import { writeSync } from 'node:fs';
import { openWorkspace } from '../../dist/node.js';
import { push } from '../../dist/postgres.js';

const [directory, connection] = process.argv.slice(2);
const workspace = await openWorkspace({ name: 'killed', storage: { directory } });
await push(workspace, {
  connection: JSON.parse(connection),
  vectors: 'array',
  onProgress: ({ phase }) => {
    if (phase !== 'send messages') return;
    writeSync(1, 'in the middle\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
