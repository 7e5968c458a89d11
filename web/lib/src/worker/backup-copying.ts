/**
 * Bytes of a backup between a file beside the database and a Blob, sealed or as they are, a part at a time.
 *
 * `onPart` hears of the bytes done and of all; what it throws ends the copying.
 */
import { ArchivoltError, invalidArgument } from '../errors.js';
import { MAGIC, type SyncFile } from '../storage/host-files.js';
import { SEALED_HEAD, SEALED_MAGIC, SealedChunks, damaged } from './sealed.js';

const PART = 1 << 20;
/** "No space" as Chromium's short write gives it, without its sign (wasm/vfs_library.js). */
const NO_SPACE = 0xfffffff8;

type OnPart = (done: number, total: number) => Promise<void>;

/** Each part becomes a Blob of its own, which browsers may keep outside of memory. */
export async function copyOut(file: SyncFile, passphrase: string | undefined, onPart: OnPart): Promise<Blob> {
  const chunks = passphrase === undefined ? undefined : await SealedChunks.create(passphrase);
  const total = file.size();
  const parts: Blob[] = chunks === undefined ? [] : [new Blob([chunks.head])];
  const step = chunks?.size ?? PART;
  for (let at = 0; at < total; at += step) {
    const part = new Uint8Array(Math.min(step, total - at));
    if (file.read(part, at) !== part.length) throw new Error('the copy ends early');
    const last = at + step >= total;
    parts.push(new Blob([chunks === undefined ? part : await chunks.seal(part, at / step, last)]));
    await onPart(at + part.length, total);
  }
  return new Blob(parts, { type: chunks === undefined ? 'application/vnd.sqlite3' : 'application/octet-stream' });
}

/** Fills an empty file. INVALID_ARGUMENT: neither of the two forms. CORRUPTION: cut or changed. WRONG_PASSPHRASE. */
export async function copyIn(
  blob: Blob,
  passphrase: string | undefined,
  file: SyncFile,
  onPart: OnPart,
): Promise<void> {
  const sealed = await isSealed(blob);
  const chunks = sealed ? await SealedChunks.open(await bytesOf(blob, 0, SEALED_HEAD), passphrase) : undefined;
  const from = chunks === undefined ? 0 : SEALED_HEAD;
  const step = chunks?.sealedSize ?? PART;
  if (from === blob.size) throw damaged();
  let written = 0;
  for (let at = from; at < blob.size; at += step) {
    const part = await bytesOf(blob, at, at + step);
    const plain = chunks === undefined ? part : await chunks.open(part, (at - from) / step, at + step >= blob.size);
    write(file, plain, written);
    written += plain.length;
    await onPart(Math.min(at + step, blob.size), blob.size);
  }
  file.flush();
}

/** Copies a file as it is. */
export async function fill(file: SyncFile, blob: Blob): Promise<void> {
  for (let at = 0; at < blob.size; at += PART) write(file, await bytesOf(blob, at, at + PART), at);
}

async function isSealed(blob: Blob): Promise<boolean> {
  const head = String.fromCharCode(...(await bytesOf(blob, 0, MAGIC.length)));
  for (const magic of [MAGIC, SEALED_MAGIC]) {
    if (head === magic) return magic === SEALED_MAGIC;
    if (head !== '' && magic.startsWith(head)) throw damaged();
  }
  const packed = head.startsWith('\x1f\x8b') || head.startsWith('PK');
  const what =
    head === '' ? 'is empty' : packed ? 'is compressed; unpack it first' : 'is neither a database nor sealed';
  throw invalidArgument(`file: the file ${what}. Choose one that backup() made.`, { argument: 'file' });
}

async function bytesOf(blob: Blob, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.slice(from, to).arrayBuffer());
  } catch (cause) {
    throw new ArchivoltError('IO_ERROR', 'The file can no longer be read. Choose it again.', {}, { cause });
  }
}

function write(file: SyncFile, bytes: Uint8Array, at: number): void {
  const count = file.write(bytes, at);
  if (count === bytes.length) return;
  const full = count < bytes.length || count >>> 0 === NO_SPACE;
  throw full ? new DOMException('no space', 'QuotaExceededError') : new Error(`a write ended with ${count}`);
}
