/** A zip archive that is written: the same files give the same bytes, whenever and wherever it is made. */
import { ZipWriter, type Reader } from '@zip.js/zip.js/lib/zip-core-writer.js';

/** The first day that a zip can tell; local, as the format's times are. */
const DAY = new Date(1980, 0, 1);

export class ZipFile {
  readonly #parts: Blob[] = [];
  readonly #writer: ZipWriter<unknown>;

  constructor() {
    const written = new WritableStream<Uint8Array<ArrayBuffer>>({
      write: (chunk) => void this.#parts.push(new Blob([chunk])),
    });
    this.#writer = new ZipWriter(written, {
      useWebWorkers: false,
      keepOrder: true,
      lastModDate: DAY,
      extendedTimestamp: false,
      dataDescriptor: false,
    });
  }

  /** REQUIRES: a name that no other file of it has. */
  async add(name: string, content: Blob): Promise<void> {
    const reader = { size: content.size, init: () => Promise.resolve(), readable: content.stream() };
    await this.#writer.add(name, reader as unknown as Reader<unknown>);
  }

  async blob(): Promise<Blob> {
    await this.#writer.close();
    return new Blob(this.#parts, { type: 'application/zip' });
  }
}
