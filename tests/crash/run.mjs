// The crash model from the command line: node tests/crash/run.mjs [--states 10000] [--mode full|relaxed] [--seed 1] [--jobs 2] [--control]
//
// Tries so many crash states in each mode and names what is wrong; `--control` ignores the flushes and must find something.
import { parseArgs } from 'node:util';
import { tryCrashes } from '../support/crash/model.mjs';

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '10000' },
    mode: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    creation: { type: 'string', default: '3' },
    points: { type: 'string', default: '1-1000000' },
    control: { type: 'boolean', default: false },
  },
});

const [from, to] = values.points.split('-').map(Number);

let wrong = 0;
for (const durability of values.mode === undefined ? ['full', 'relaxed'] : [values.mode]) {
  const start = performance.now();
  let told = 0;
  const { points, tried, states, written, commits, bad } = await tryCrashes({
    durability,
    states: Number(values.states),
    seed: Number(values.seed),
    jobs: Number(values.jobs),
    creation: Number(values.creation),
    flushes: !values.control,
    only: (point) => point >= from && point <= to,
    progress(share, done) {
      if (share - told < 0.05) return;
      told = share;
      console.error(
        `${durability}: ${Math.round(share * 100)} %, ${done} states, ${Math.round((performance.now() - start) / 1000)} s`,
      );
    },
  });
  for (const problem of bad.slice(0, 40)) console.log(problem);
  console.log(
    `${durability}${values.control ? ' without flushes' : ''}: ${tried} of ${points} operations as crash points, ${commits} commits, ` +
      `${states} different states (${written} of them opened for writing), ${bad.length} bad, ` +
      `${Math.round((performance.now() - start) / 1000)} s`,
  );
  wrong += bad.length;
}
if (values.control ? wrong === 0 : wrong > 0) process.exitCode = 1;
