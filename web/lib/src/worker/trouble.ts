/** What storage refused: kept for who asks later, told to who listens, and put in words where nothing is written any more. */
import { toShape, type ArchivoltError } from '../errors.js';
import type { StorageFailure } from '../types.js';

/** SQLite's code for a write where nothing may be written. */
const READONLY = 8;

export class Trouble {
  failure: StorageFailure | null = null;
  /** Why nothing is written any more. */
  refusal: ArchivoltError | undefined;
  readonly #tell: (failure: StorageFailure) => void;

  constructor(tell: (failure: StorageFailure) => void) {
    this.#tell = tell;
  }

  refuse(error: ArchivoltError): void {
    this.refusal = error;
    this.#note(error);
  }

  /** What a failure of the core is to callers. */
  explain(error: ArchivoltError, method = ''): ArchivoltError {
    // Of a file that came in.
    if (/^(otherFile|backup)\./.test(method)) return error;
    const { code, detail } = error;
    const isWrite = code === 'IO_ERROR' || code === 'QUOTA_EXCEEDED';
    const { refusal } = this;
    // What is read of files that are gone is damaged.
    const isRefused = isWrite || code === refusal?.code || Number(detail.sqlite) % 256 === READONLY;
    if (refusal !== undefined && isRefused) return refusal;
    if (isWrite || code === 'CORRUPTION') this.#note(error);
    return error;
  }

  /** Told again when it is another one. */
  #note(error: ArchivoltError): void {
    const { failure } = this;
    this.failure = { ...toShape(error), at: new Date().toISOString() };
    const what = ({ code, detail }: StorageFailure): string => JSON.stringify([code, detail]);
    if (failure === null || what(failure) !== what(this.failure)) this.#tell(this.failure);
  }
}
