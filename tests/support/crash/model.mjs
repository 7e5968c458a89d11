// The crash model as a whole: records a life, has the states of every crash point inspected in child processes, and judges them.
import { fork } from 'node:child_process';
import os from 'node:os';
import { judge } from './judge.mjs';
import { record } from './record.mjs';

/** So many operations are handed to a child at a time. */
const BLOCK = 40;

/**
 * `states`: about so many crash states are tried. `creation`: how many crash points of the making of the file are skipped between two
 * that are tried, since such states are made again from their beginning. `flushes`: false for the positive control, which loses what
 * the engine believes to be on the device. `only`: the crash points, all otherwise.
 *
 * Answers `{ points, states, opened, bad }`: crash points, different states that were opened, how many for writing, and what was wrong.
 */
export async function tryCrashes({
  durability,
  states,
  seed = 1,
  jobs = os.availableParallelism(),
  creation = 0,
  flushes = true,
  only = () => true,
  progress = () => {},
  recording = undefined,
}) {
  const life = recording ?? (await record(durability));
  const made = life.steps[0].at;
  const points = life.log
    .map((_, i) => i + 1)
    .filter((point) => only(point, life) && (point > made || point % (creation + 1) === 0));
  const perPoint = (1.15 * states) / points.length;
  const until = points.at(-1) ?? 0;
  const task = { durability, seed, flushes, perPoint, made, log: life.log, points, until };
  const results = await inspectAll(task, jobs, progress);
  return { life, ...judge(life, results, { prefix: durability !== 'full', until }) };
}

async function inspectAll(task, jobs, progress) {
  const blocks = [];
  for (let from = 0; from < task.log.length; from += BLOCK)
    blocks.push([from, Math.min(from + BLOCK, task.log.length)]);
  const results = [];
  let next = 0;
  const run = () =>
    new Promise((resolve, reject) => {
      const child = fork(new URL('./child.mjs', import.meta.url), { serialization: 'advanced' });
      const give = () => child.send(next < blocks.length ? { block: blocks[next++] } : { end: true });
      child.on('message', ({ found }) => {
        results.push(...(found ?? []));
        progress(next / blocks.length, results.length);
        give();
      });
      child.on('error', reject);
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a child of the model ended with ${code}`)),
      );
      child.send({ task });
    });
  await Promise.all(Array.from({ length: jobs }, run));
  return results;
}
