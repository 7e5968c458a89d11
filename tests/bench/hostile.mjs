// How long the files of tests/support/hostile-files.mjs take to be refused or taken in, each into a workspace that holds a few rows. By the
// clock, and by the processor time of the whole process, which says the same on a busy machine.
//
// node tests/bench/hostile.mjs [--rounds 3]
import { File } from 'node:buffer';
import { parseArgs } from 'node:util';
import { openWorkspace } from '../../dist/node.js';
import { hostileFiles } from '../support/hostile-files.mjs';
import { quantile, report } from '../support/report.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(flags.rounds);
/** Named in the report. */
const SLOWEST = 5;

const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const files = hostileFiles();
const times = files.map(({ name }) => ({ name, clock: [], processor: [] }));
for (let round = 0; round < rounds; round++) {
  const workspace = await openWorkspace({ name: 'hostile', storage: 'memory', embedder: null });
  await workspace.table('users').insert({ username: 'owner', email: 'owner@example.org' });
  for (const [at, { bytes, system, file }] of files.entries()) {
    const [started, spent] = [performance.now(), processorMs()];
    await workspace.import(new File([bytes], file), { system }).catch(() => undefined);
    times[at].clock.push(performance.now() - started);
    times[at].processor.push(processorMs() - spent);
  }
  await workspace.close();
}
const medians = times.map(({ name, clock, processor }) => ({
  name,
  clock: quantile(clock, 0.5),
  processor: quantile(processor, 0.5),
}));
const slowest = (by) => [...medians].sort((a, b) => b[by] - a[by]).slice(0, SLOWEST);
report(
  'hostile',
  `${files.length} hostile files, the slowest, medians of ${rounds}`,
  [
    ...slowest('clock').map(({ name, clock }) => ({ measure: name, value: clock, unit: 'ms', below: 2000 })),
    ...slowest('processor').map(({ name, processor }) => ({
      measure: `${name}, processor time`,
      value: processor,
      unit: 'ms',
      below: 2000,
    })),
  ],
  medians,
);
