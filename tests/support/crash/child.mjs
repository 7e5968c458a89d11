// Inspects the crash states of one block of operations after the other; model.mjs tells which.
import { Inspector } from './inspect.mjs';
import { commits } from './judge.mjs';
import { Device, randomFrom } from './states.mjs';

/** One state in so many is opened for writing, which takes several times as long as for reading. */
const WRITTEN = 8;

let task;
let device;
let reached = 0;
let wanted;
const inspector = new Inspector();
/** What was found in the states so far, by their bytes. */
const seen = new Map();

process.on('message', async (message) => {
  if (message.end) process.exit(0);
  if (message.task !== undefined) {
    task = message.task;
    wanted = new Set(task.points);
    device = new Device({ flushes: task.flushes });
    return process.send({});
  }
  const found = [];
  const [from, to] = message.block;
  for (; reached < to; reached++) {
    const operation = task.log[reached];
    device.advance(operation);
    if (reached < from || reached >= task.until) continue;
    // What a commit leaves is what the others are compared with, so that none is left out.
    if (wanted.has(reached + 1) || commits(operation)) await tryPoint(reached + 1, operation, found);
  }
  process.send({ found });
});

async function tryPoint(point, operation, found) {
  // Its own numbers for each point, so that one point can be tried again alone.
  const random = randomFrom(task.seed * 1_000_003 + point);
  const share = wanted.has(point) ? task.perPoint * weight(operation, point) : 0;
  const count = Math.floor(share) + (random.next() < share % 1 ? 1 : 0);
  const isCommit = commits(operation);
  let isFirst = isCommit;
  for (const { how, contents, hash } of device.crashes(operation, count, random, isCommit)) {
    const isReference = isFirst;
    isFirst = false;
    // The same bytes may be right at one point and too old at a later one: they are looked at once, and judged at each.
    if (!seen.has(hash)) {
      const readOnly = point > task.made && random.below(WRITTEN) !== 0;
      const fullSync = task.durability === 'full';
      const { problems, all, written } = await inspector.inspect(contents, { readOnly, fullSync });
      // A run may be long; of the control's nobody wants to hear each.
      if (task.flushes) for (const problem of problems) console.error(`after operation ${point}, ${how}: ${problem}`);
      seen.set(hash, { readOnly, problems, all, written });
    }
    found.push({ point, how, hash, ...seen.get(hash), isReference });
  }
}

/** What ends or begins something is worth more tries than one page of many. */
function weight({ kind, file, at }, point) {
  if (point <= task.made) return 0.3;
  if (kind !== 'write') return 3;
  // The first bytes of a file, or the journal.
  return at === 0 || file === 3 ? 4 : 0.9;
}
