// Power cuts: whatever part of what was not flushed reached the device, a workspace opens again, is sound and holds what was
// acknowledged. The model is tests/support/crash; `node tests/crash/run.mjs --states 10000` tries more of the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryCrashes } from '../support/crash/model.mjs';

/** In both modes together somewhat more than 10,000. */
const STATES = Number(process.env.ARCHIVOLT_CRASH_STATES ?? 6500);

const MODES = [
  ['full', 'holds everything that was acknowledged'],
  ['relaxed', 'holds whole commits, the latest of which may be missing'],
];

for (const [durability, promise] of MODES) {
  test(`after a power cut at any operation a workspace with durability '${durability}' ${promise}`, async (t) => {
    const { points, tried, states, written, commits, bad } = await tryCrashes({
      durability,
      states: STATES,
      creation: 40,
    });
    t.diagnostic(`${states} states after ${tried} of ${points} operations, ${written} opened for writing`);
    assert.deepEqual(bad.slice(0, 10), []);
    assert.ok(commits > 100, `${commits} commits`);
    assert.ok(states > STATES * 0.6, `${states} states`);
  });
}

test('the model notices a device that ignores flushes', async (t) => {
  const { states, bad } = await tryCrashes({
    durability: 'full',
    states: 250,
    flushes: false,
    // A part of the life with commits, a backup and an import, and all commits of it to compare with.
    only: (point, { steps }) => point > steps[2].at && point < steps[8].at,
  });
  t.diagnostic(`${bad.length} bad of ${states} states`);
  assert.ok(bad.length > states / 10, `${bad.length} bad of ${states}`);
});
