// Waiting for what a workspace does in the background, however slow the machine is.
import assert from 'node:assert/strict';

/** Waits until `done` answers true. The bound is for what never comes, not for what is slow. */
export async function until(done) {
  for (const end = Date.now() + 120_000; Date.now() < end;) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('it did not come to that within two minutes');
}

/** Every row that waited for a vector has one. */
export const embedded = (workspace) => until(async () => (await workspace.status()).embedding.pending === 0);
