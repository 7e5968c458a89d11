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

/** Waits for the database and has it until `end()`. */
function hold(workspace) {
  let end;
  const until = new Promise((resolve) => (end = resolve));
  let ended;
  const begun = new Promise((resolve, reject) => {
    ended = workspace.transaction(() => {
      resolve();
      return until;
    });
    ended.catch(reject);
  });
  return { begun, end: () => (end(), ended) };
}

/**
 * Calls `act` while `operation`, a call that works in slices and was begun just now, is sure to be under way: this takes the database
 * between each two slices until `isDue()`, and asks for it again before it gives it back, so that no second slice comes between. A
 * report of progress alone would not do, as this thread may hear of it after the end. Resolves with what `act` gave, undefined when
 * the operation ended first.
 */
export async function duringCall(workspace, operation, isDue, act) {
  let isOver = false;
  const over = () => (isOver = true);
  operation.then(over, over);
  for (let held = hold(workspace); ;) {
    await held.begun;
    const isNow = !isOver && isDue();
    const result = isNow ? act() : undefined;
    const next = isNow || isOver ? undefined : hold(workspace);
    await held.end();
    if (next === undefined) return result;
    held = next;
  }
}
