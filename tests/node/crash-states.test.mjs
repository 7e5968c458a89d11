// Power cuts: whatever part of what was not flushed reached the device, a workspace opens again, is sound and holds what was
// acknowledged. The model is tests/support/crash; `node tests/crash/run.mjs` tries 10,000 states and more of the same.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { tryCrashes } from '../support/crash/model.mjs';
import { record } from '../support/crash/record.mjs';

/** In each mode, beside the states after every commit that they are compared with. */
const STATES = 200;
const SEED = 5;

const PROMISES = {
  full: 'holds everything that was acknowledged',
  relaxed: 'holds whole commits, the latest of which may be missing',
};

/** The step in which the control ignores flushes. */
const CONTROL = { full: 'a changed row', relaxed: 'closing, life 1' };

const lives = {};
before(async () => {
  for (const durability of Object.keys(PROMISES)) lives[durability] = await record(durability);
});

for (const [durability, promise] of Object.entries(PROMISES)) {
  test(`after a power cut a workspace with durability '${durability}' ${promise}`, async (t) => {
    const found = await tryCrashes({
      durability,
      states: STATES,
      seed: SEED,
      creation: 40,
      recording: lives[durability],
    });
    const { points, tried, states, written, commits, bad } = found;
    t.diagnostic(`${states} states after ${tried} of ${points} operations, ${written} opened for writing`);
    assert.deepEqual(bad, []);
    assert.ok(commits > 100, `${commits} commits`);
    assert.ok(states > commits + STATES * 0.5, `${states} states`);
  });

  test(`the model notices a device that ignores flushes, with durability '${durability}'`, async (t) => {
    const recording = lives[durability];
    // With a checkpoint and a change of the journal: without a flush between them even relaxed durability is lost.
    const end = recording.steps.findIndex(({ name }) => name === CONTROL[durability]);
    const [from, to] = [recording.steps[end - 1].at, recording.steps[end].at];
    const { states, bad } = await tryCrashes({
      durability,
      states: 60,
      seed: SEED,
      flushes: false,
      only: (point) => point > from && point <= to,
      recording,
    });
    t.diagnostic(`${bad.length} bad of ${states} states`);
    assert.ok(bad.length > 10, `${bad.length} bad of ${states}`);
  });
}
