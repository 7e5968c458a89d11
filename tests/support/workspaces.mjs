// Workspaces for Node tests: in memory or in a folder that goes away with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openWorkspace } from '../../dist/node.js';

/** A folder that is removed when the test `t` ends. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An open workspace in memory (or as `options` say) that is closed when the test `t` ends. */
export async function openForTest(t, options = {}) {
  const workspace = await openWorkspace({ name: 'test', storage: 'memory', ...options });
  t.after(() => workspace.close());
  return workspace;
}

/** For assert.rejects: the package's error with this code and, where given, message. */
export function withCode(code, message) {
  return (error) => {
    if (error.name !== 'ArchivoltError' || error.code !== code) throw error;
    return message === undefined || message.test(error.message);
  };
}

/**
 * Calls `act` while `operation`, a call that works in slices, is sure to be under way: this takes the database between its slices until
 * `isDue()`. A report of progress alone would not do, as this thread may hear of it after the end. Resolves with what `act` gave,
 * undefined when the operation ended first.
 */
export async function duringCall(workspace, operation, isDue, act) {
  let ended = false;
  const end = () => (ended = true);
  operation.then(end, end);
  let result;
  for (let due = false; !due && !ended;) {
    await workspace.transaction(() => {
      due = isDue();
      if (due) result = act();
    });
  }
  return result;
}
