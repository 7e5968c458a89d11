/**
 * The one error type of the package, and how other failures become it.
 *
 * Errors cross the worker's border as plain `ErrorShape` objects and are rebuilt here, so that `instanceof`, code, detail
 * and message are the same in the page as they were in the core.
 */
import { RETRY, type ErrorCode, type Retry } from './errors.gen.js';

export type { ErrorCode, Retry } from './errors.gen.js';

/** Flat facts about an error: table, column, rule, extended SQLite code. Never user content. */
export type ErrorDetail = Record<string, string | number>;

/** An error as plain data: what crosses the worker's border and what ingest reports carry. */
export interface ErrorShape {
  code: ErrorCode;
  message: string;
  detail?: ErrorDetail;
}

const BRAND = Symbol.for('archivolt.ArchivoltError');

/** Every rejection of the package is one of these. */
export class ArchivoltError extends Error {
  /** By its brand: the bundles beside the worker have a copy of this class each. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly detail: Record<string, string | number>;
  /** What the caller may repeat and expect to succeed. */
  readonly retry: Retry;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ArchivoltError';
    this.code = code;
    this.detail = detail;
    this.retry = RETRY[code];
  }
}

/** Narrows an unknown error, optionally to one code: `if (isArchivoltError(e, 'BUSY'))`. */
export function isArchivoltError(error: unknown, code?: ErrorCode): error is ArchivoltError {
  return error instanceof ArchivoltError && (code === undefined || error.code === code);
}

export function invalidArgument(message: string, detail: ErrorDetail = {}): ArchivoltError {
  return new ArchivoltError('INVALID_ARGUMENT', message, detail);
}

export function cancelled(): ArchivoltError {
  return new ArchivoltError('CANCELLED', 'The operation was cancelled by its caller.');
}

/** Ends the loading of a file beside the worker that the network or the host does not give. */
export function cannotLoad(cause: unknown): never {
  throw new ArchivoltError('IO_ERROR', `A part of the worker cannot be loaded: ${String(cause)}`, {}, { cause });
}

/** Plain data of any thrown thing; what is not ours becomes INTERNAL with the message kept. */
export function toShape(error: unknown): ErrorShape {
  if (error instanceof ArchivoltError) {
    const shape: ErrorShape = { code: error.code, message: error.message };
    if (Object.keys(error.detail).length > 0) shape.detail = error.detail;
    return shape;
  }
  if (error instanceof RangeError && /memory|allocation|array (buffer|length)/i.test(error.message)) {
    return { code: 'OUT_OF_MEMORY', message: `Not enough memory: ${error.message}` };
  }
  const name = errorName(error);
  if (name === 'QuotaExceededError') {
    return { code: 'QUOTA_EXCEEDED', message: 'The browser grants no more storage.' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message: `${name || 'Error'}: ${message}` };
}

/** The error that a shape describes; unknown codes (a newer worker) become INTERNAL. */
export function fromShape(shape: ErrorShape): ArchivoltError {
  const code: ErrorCode = Object.hasOwn(RETRY, shape.code) ? shape.code : 'INTERNAL';
  return new ArchivoltError(code, shape.message, shape.detail ?? {});
}

/** The `name` of an error or DOMException, or ''. */
export function errorName(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** The `code` of a Node system error such as 'ENOENT', or ''. */
export function systemCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
