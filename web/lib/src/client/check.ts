/** Arguments of callers: what is wrong is refused with INVALID_ARGUMENT that names the argument, before anything is sent. */
import { invalidArgument, type ArchivoltError } from '../errors.js';

function wrong(argument: string, expected: string, value: unknown): ArchivoltError {
  return invalidArgument(`${argument}: expected ${expected}, got ${kindOf(value)}.`, { argument });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`;
  const { constructor } = value as { constructor?: { name?: unknown } };
  const name = constructor?.name;
  return typeof name !== 'string' || name === 'Object' ? 'an object' : `a ${name}`;
}

export function text(argument: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(argument, 'a string', value);
  return value;
}

export function filled(argument: string, value: unknown): string {
  if (text(argument, value) === '') throw invalidArgument(`${argument}: must not be empty.`, { argument });
  return value as string;
}

export function filledOrNull(argument: string, value: unknown): string | null {
  return value === null ? null : filled(argument, value);
}

export function object(argument: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(argument, 'an object', value);
  return value as Record<string, unknown>;
}

export function array(argument: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw wrong(argument, 'an array', value);
  return value;
}

export function fn(argument: string, value: unknown): void {
  if (typeof value !== 'function') throw wrong(argument, 'a function', value);
}

export function vector(argument: string, value: unknown): Float32Array {
  if (!(value instanceof Float32Array)) throw wrong(argument, 'a Float32Array', value);
  return value;
}

export function blob(argument: string, value: unknown): void {
  if (!(value instanceof Blob)) throw wrong(argument, 'a Blob', value);
}

export function bool(argument: string, value: unknown): void {
  if (typeof value !== 'boolean') throw wrong(argument, 'a boolean', value);
}

export function oneOf(argument: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value))
    throw invalidArgument(`${argument}: must be one of ${allowed.map((item) => `'${String(item)}'`).join(', ')}.`, {
      argument,
    });
}

export function wholeNumber(argument: string, value: unknown, least = 0): void {
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw invalidArgument(`${argument}: must be a whole number of at least ${least}.`, { argument });
}

/** A length of time: above 0, fractions included. */
export function seconds(argument: string, value: unknown): void {
  if (typeof value !== 'number' || !(value > 0 && value <= 10 * 366 * 86_400))
    throw invalidArgument(`${argument}: must be a number of seconds above 0 and at most ten years.`, { argument });
}

/** Who acts: a user's id or another name. */
export function actor(argument: string, value: unknown): void {
  filled(argument, value);
  const name = value as string;
  if ([...name].length > 200 || /\0|\p{Surrogate}/u.test(name))
    throw invalidArgument(`${argument}: must be 1 to 200 characters without NUL or half a surrogate pair.`, {
      argument,
    });
}

/** What may be looked for by key: an id, or the key columns of a table without one. */
export function key(argument: string, value: unknown): void {
  if (typeof value === 'string') return;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(argument, 'a string or an object of key columns', value);
}

type Check = (argument: string, value: unknown) => unknown;

/** Each present member passes its check; members that no check names are refused, so that a misspelt option is not ignored. */
export function options(argument: string, value: unknown, checks: Record<string, Check>): void {
  for (const [name, member] of Object.entries(object(argument, value))) {
    if (member === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined)
      throw invalidArgument(`${argument}.${name}: no such option.`, { argument: `${argument}.${name}` });
    check(`${argument}.${name}`, member);
  }
}

export function signal(argument: string, value: unknown): void {
  if (!(value instanceof AbortSignal)) throw wrong(argument, 'an AbortSignal', value);
}

export const anything: Check = () => undefined;
export const count: Check = (argument, value) => wholeNumber(argument, value, 0);
export const positive: Check = (argument, value) => wholeNumber(argument, value, 1);
export const among =
  (...allowed: unknown[]): Check =>
  (argument, value) =>
    oneOf(argument, value, allowed);
