/** INSERT statements as records: heads up to the first row, rows, and the rest. */
import type { Splitter } from './spans.js';
import { hashOf, SqlEvent, SqlScanner } from './sql-scanner.js';

/** What a record is. */
export const INSERT = {
  /** What is no row and no head. */
  rest: 0,
  /** `INSERT INTO t (a, b) VALUES (`. */
  head: 1,
  /** The first row after a head, without its `(`. */
  first: 2,
  /** A further row, with the comma before it. */
  row: 3,
} as const;

const VALUES = hashOf('values');

export class InsertSplitter implements Splitter {
  kind: number = INSERT.rest;
  readonly #scanner = new SqlScanner();
  #where: 'head' | 'first' | 'rows' | 'suffix' = 'head';

  constructor(backslashes: boolean) {
    this.#scanner.backslashes = backslashes;
    this.#scanner.tuples = true;
  }

  /** Begins between two rows of a statement. */
  resume(): void {
    this.#scanner.fresh = false;
    this.#scanner.words = true;
    this.#where = 'rows';
  }

  next(bytes: Uint8Array, from: number): number {
    const scanner = this.#scanner;
    let at = from;
    for (;;) {
      at = scanner.next(bytes, at);
      if (at < 0) return -1;
      switch (scanner.event) {
        case SqlEvent.Open:
          if (this.#where === 'head' && scanner.lastWord === VALUES) {
            this.#where = 'first';
            return this.#ended(INSERT.head, at);
          }
          break;
        case SqlEvent.Close:
          if (this.#where === 'first' || this.#where === 'rows') {
            const kind = this.#where === 'first' ? INSERT.first : INSERT.row;
            this.#where = 'rows';
            scanner.words = true;
            return this.#ended(kind, at);
          }
          break;
        case SqlEvent.Word:
          // ON CONFLICT or RETURNING: its parens hold no rows.
          this.#where = 'suffix';
          scanner.words = false;
          break;
        default:
          this.#where = 'head';
          scanner.words = false;
          return this.#ended(INSERT.rest, at);
      }
    }
  }

  #ended(kind: number, at: number): number {
    this.kind = kind;
    return at;
  }
}
