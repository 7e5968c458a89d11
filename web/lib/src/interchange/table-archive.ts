/** A zip of lines of JSON, a file a table. */
import type { TextParts } from './parts.js';
import { ZipFile } from './zip-file.js';

export class TableArchive {
  readonly #zip = new ZipFile();

  /** A table without lines has no file: a reader would take it for a damaged one. */
  async add(table: string, lines: TextParts): Promise<void> {
    const blob = lines.blob();
    if (blob.size > 0) await this.#zip.add(`${table}.jsonl`, blob);
  }

  blob(): Promise<Blob> {
    return this.#zip.blob();
  }
}
