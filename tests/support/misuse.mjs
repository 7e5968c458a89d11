// Tables of wrong calls: each row is what is called, the code that it must reject with, and what the message must name.
import assert from 'node:assert/strict';
import { ArchivoltError } from '../../dist/node.js';

/** Text that no column, name or query takes: half of a surrogate pair. */
export const HALF = '\ud800';

/** An object nested deeper than any stack. */
export function bottomless(key = 'd') {
  let value = {};
  for (let i = 0; i < 200_000; i++) value = { [key]: value };
  return value;
}

/** Rejects (or throws) with the package's own error, this code and a message that matches. */
export async function refuses(label, call, code, message) {
  let outcome;
  try {
    outcome = await call();
  } catch (error) {
    assert.ok(error instanceof ArchivoltError, `${label}: a raw ${error?.name}: ${error?.message}`);
    assert.equal(error.code, code, `${label}: ${error.message}`);
    if (message !== undefined) assert.match(error.message, message, label);
    assert.notEqual(error.message.trim(), '', label);
    return error;
  }
  assert.fail(`${label}: was taken and answered ${JSON.stringify(outcome)?.slice(0, 200)}`);
}

/** Runs rows of `[label, call, code?, message?]`; the code is INVALID_ARGUMENT unless it is named. */
export async function refusesAll(rows) {
  for (const [label, call, code = 'INVALID_ARGUMENT', message] of rows) await refuses(label, call, code, message);
}

/** Nothing that came through the package reached the prototype of every object. */
export function assertUnpolluted() {
  assert.equal({}.polluted, undefined);
}
