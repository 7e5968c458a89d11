/**
 * Where a reader's bytes come from: a blob, read by slices, or a packed stream, unpacked anew from its beginning for every
 * reading.
 */
import { cancelled, invalidArgument, type ArchivoltError } from '../../errors.js';
import type { SourceLimits } from '../source.js';

export interface ByteSource {
  /** Null when only unpacking tells. */
  readonly size: number | null;
  /** Why the bytes end before they should, as far as a reading has found; '' when nothing is wrong. */
  readonly damage: string;
  /** The bytes from `from` to `to`, or to the end of what can be read. CANCELLED by the signal. */
  chunks(from: number, to: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** All of it. */
  blob(signal?: AbortSignal): Promise<Blob>;
}

/** A file in hand: one of the caller's, or an archive's. */
export interface NamedBytes {
  name: string;
  bytes: ByteSource;
}

const CHUNK = 512 * 1024;

export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled();
}

export function blobBytes(blob: Blob): ByteSource {
  return {
    size: blob.size,
    damage: '',
    async *chunks(from, to, signal) {
      const end = Math.min(to, blob.size);
      const read = (start: number) => (start < end ? slice(blob, start, Math.min(start + CHUNK, end)) : undefined);
      // One slice is on its way while the one before is worked on.
      let next = read(from);
      for (let start = from; next !== undefined; start += CHUNK) {
        checkSignal(signal);
        const bytes = await next;
        next = read(start + CHUNK);
        // Who stops early leaves this one unread.
        next?.catch(() => undefined);
        yield bytes;
      }
      checkSignal(signal);
    },
    blob: () => Promise.resolve(blob),
  };
}

async function slice(blob: Blob, from: number, to: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(from, to).arrayBuffer());
  } catch (error) {
    throw invalidArgument(
      `The file cannot be read at byte ${from}: ${error instanceof Error ? error.message : String(error)}. Choose it again.`,
      { position: from },
    );
  }
}

/**
 * Bytes whose beginning is read once and kept until `forget()`: what a file is, is asked several times, and every reading of a
 * packed one unpacks it anew.
 */
export function withHead(source: ByteSource, length: number): ByteSource & { forget(): void } {
  let head: Uint8Array | undefined;
  let keeps = true;
  return {
    size: source.size,
    get damage() {
      return source.damage;
    },
    async *chunks(from, to, signal) {
      if (keeps) head ??= await headOf(source, length);
      if (head !== undefined && (to <= head.length || head.length < length)) {
        checkSignal(signal);
        const wanted = head.subarray(from, to);
        if (wanted.length > 0) yield wanted;
      } else yield* source.chunks(from, to, signal);
    },
    blob: (signal) => source.blob(signal),
    forget() {
      keeps = false;
      head = undefined;
    },
  };
}

/** What opens a packed stream anew; `packed` is its size, against which a bomb is told. */
export function streamBytes(open: () => ReadableStream<Uint8Array>, packed: number, limits: SourceLimits): ByteSource {
  const source = {
    size: null,
    damage: '',
    async *chunks(from: number, to: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
      const reader = open().getReader();
      let position = 0;
      let parts: Uint8Array[] = [];
      let held = 0;
      try {
        while (position < to) {
          checkSignal(signal);
          const bytes = await nextOf(reader);
          if (typeof bytes === 'string') source.damage = bytes;
          if (typeof bytes === 'string' || bytes === null) break;
          const start = position;
          position += bytes.length;
          checkExpansion(position, packed, limits);
          const wanted = bytes.subarray(Math.max(0, from - start), Math.max(0, to - start));
          if (wanted.length === 0) continue;
          parts.push(wanted);
          held += wanted.length;
          if (held >= CHUNK / 2) {
            yield joined(parts);
            parts = [];
            held = 0;
          }
        }
        if (held > 0) yield joined(parts);
      } finally {
        await reader.cancel().catch(() => undefined);
      }
    },
    async blob(signal?: AbortSignal): Promise<Blob> {
      const parts: BlobPart[] = [];
      for await (const bytes of source.chunks(0, Infinity, signal)) parts.push(bytes as Uint8Array<ArrayBuffer>);
      if (source.damage !== '') throw invalidArgument(`The packed file is damaged: ${source.damage}.`);
      return new Blob(parts);
    },
  };
  return source;
}

/** The next bytes, null at the end, or what is wrong with the stream. */
async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | string | null> {
  try {
    const { done, value } = await reader.read();
    return done ? null : value;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const FREE = 64 * 1024 * 1024;

function checkExpansion(bytes: number, packed: number, limits: SourceLimits): void {
  if (bytes > limits.maxExpansion || bytes > FREE + packed * limits.maxRatio) throw tooFar(packed, bytes);
}

export function tooFar(packed: number, unpacked: number): ArchivoltError {
  return invalidArgument(
    'The archive unpacks to far more than such exports hold, as a zip bomb does. Unpack it yourself and choose the files in it.',
    { limit: 'maxExpansion', packed, unpacked },
  );
}

export function gzipBytes(packed: ByteSource, limits: SourceLimits): ByteSource {
  const open = (): ReadableStream<Uint8Array> =>
    streamOf(packed).pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>);
  return streamBytes(open, packed.size ?? limits.maxExpansion, limits);
}

/** The bytes as a stream that reads no faster than it is read. */
export function streamOf(source: ByteSource): ReadableStream<Uint8Array> {
  const iterator = source.chunks(0, Infinity)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const result = await iterator.next();
      if (result.done === true) controller.close();
      else controller.enqueue(result.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/** The first `length` bytes, fewer when there are not so many. */
export async function headOf(source: ByteSource, length: number, from = 0): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source.chunks(from, from + length)) parts.push(chunk);
  return joined(parts).subarray(0, length);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
