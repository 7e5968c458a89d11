// Storage that fails at one operation, or from there on: what a browser or a disk does then, and what the engine has to make of it.
import { ModelFiles } from './files.mjs';

const CHANGES = ['write', 'truncate', 'flush'];

function full() {
  throw new DOMException('full', 'QuotaExceededError');
}
function gone() {
  throw new DOMException('gone', 'InvalidStateError');
}
/** Writes half of it, and says so. */
function short(operation, from, at) {
  return typeof from === 'number' || from === undefined ? full() : operation(from.subarray(0, from.length >> 1), at);
}
const nothing = (_operation, from) => (typeof from === 'number' || from === undefined ? full() : 0);

/** `kinds`: the operations that may fail; `fail(operation, ...arguments)` is done in place of one; `code`: what the call rejects with. */
export const FAULTS = [
  { name: 'full', kinds: CHANGES, fail: full, code: 'QUOTA_EXCEEDED' },
  { name: 'short', kinds: CHANGES, fail: short, code: 'QUOTA_EXCEEDED' },
  { name: 'nothing written', kinds: CHANGES, fail: nothing, code: 'QUOTA_EXCEEDED' },
  { name: 'broken', kinds: CHANGES, fail: gone, code: 'IO_ERROR' },
  { name: 'unreadable', kinds: ['read'], fail: gone, code: 'IO_ERROR' },
];

/** Files that count the operations of a fault's kinds and fail the one that was asked for, or all from there on. */
export class FailingFiles extends ModelFiles {
  count = 0;
  #fault = FAULTS[0];
  #at = Infinity;
  #forEver = false;

  /** Counts from 0 again; without `at` none fails. */
  plan({ fault = FAULTS[0], at = Infinity, forEver = false } = {}) {
    this.count = 0;
    this.#fault = fault;
    this.#at = at;
    this.#forEver = forEver;
  }

  get failsReads() {
    return this.#fault.kinds.includes('read');
  }

  /** Does `body` on storage of which nothing fails, and counts nothing of it. */
  unharmed(body) {
    const [at, forEver, count] = [this.#at, this.#forEver, this.count];
    this.#at = Infinity;
    try {
      return body();
    } finally {
      [this.#at, this.#forEver, this.count] = [at, forEver, count];
    }
  }

  find(name) {
    const file = super.find(name);
    if (file === undefined) return undefined;
    const through = { ...file };
    for (const kind of ['read', ...CHANGES])
      through[kind] = (...given) => (this.#fails(kind) ? this.#fault.fail(file[kind], ...given) : file[kind](...given));
    return through;
  }

  #fails(kind) {
    if (!this.#fault.kinds.includes(kind)) return false;
    this.count++;
    return this.#forEver ? this.count >= this.#at : this.count === this.#at;
  }
}
