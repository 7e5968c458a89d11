/**
 * Ids of imported rows, derived from system, table and the id there: the same row has the same id whenever and wherever it is
 * imported, and a reference is known without looking for the row.
 *
 * UUIDs of version 8 (RFC 9562): 32 bits of SHA-256 of system and table, then 78 bits of the row. Whole numbers stand there as
 * they are, so that rows that a sequence numbered lie side by side in the index of ids; any other id is hashed.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Whole numbers below 2^50 without leading zeros. */
const SEQUENCE = /^(?:0|[1-9]\d{0,14})$/;
const LOW = 2 ** 22;

/** 00 to ff. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** The low 62 bits with the variant before them, as the last two groups of a UUID. */
function tail(high: number, rest: string): string {
  return `${hex(0x8000 | high, 4)}-${rest}`;
}

/** Ids of the rows of one table of one system. */
export class IdSpace {
  readonly #prefix: string;
  readonly #mark: string;
  readonly #name: string;

  constructor(system: string, table: string) {
    this.#name = `${system}\0${table}\0`;
    const digest = bytesToHex(sha256(utf8ToBytes(this.#name)));
    this.#prefix = digest.slice(0, 8);
    this.#mark = digest.slice(8, 18);
  }

  /** The id of the row that is called `origin` there. */
  idOf(origin: string): string {
    if (SEQUENCE.test(origin)) {
      const number = Number(origin);
      const low = number % LOW;
      // Most are of this size, and an import asks for several ids a row.
      if (low === number)
        return `${this.#prefix}-0000-8000-${(0x8000 | (low >> 8)).toString(16)}-${BYTES[low & 255] ?? ''}${this.#mark}`;
      const middle = Math.floor(number / LOW) % 4096;
      const high = Math.floor(number / LOW / 4096);
      // 16 + 12 + 22 bits of the number, 40 of the mark.
      return `${this.#prefix}-${hex(high, 4)}-8${hex(middle, 3)}-${tail(low >> 8, hex(low & 255, 2) + this.#mark)}`;
    }
    const digest = bytesToHex(sha256(utf8ToBytes(this.#name + origin)));
    const high = Number.parseInt(digest.slice(7, 11), 16) & 0x3fff;
    return `${this.#prefix}-${digest.slice(0, 4)}-8${digest.slice(4, 7)}-${tail(high, digest.slice(11, 23))}`;
  }
}
