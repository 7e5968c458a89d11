/** Cursors: whole numbers, with a letter for the kind of place they name. */
import { invalidArgument } from '../../errors.js';

export function cursorText(kind: string, ...numbers: number[]): string {
  return kind + numbers.join('.');
}

/** The numbers of a cursor of this kind. INVALID_ARGUMENT for anything else. */
export function cursorNumbers(cursor: string, kind: string, count: number): number[] {
  const numbers = /^\d{1,15}(?:\.\d{1,15})*$/.test(cursor.slice(kind.length))
    ? cursor.slice(kind.length).split('.').map(Number)
    : [];
  if (!cursor.startsWith(kind) || numbers.length !== count) throw badCursor();
  return numbers;
}

export function badCursor(): Error {
  return invalidArgument('The cursor is none that reading this table gave.');
}
