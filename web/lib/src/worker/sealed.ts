/**
 * Files sealed with a passphrase: the container of docs/formats.md, written and read chunk by chunk.
 *
 * The key is of this file alone (its salt is), so that the index of a chunk may be its nonce. Every chunk is authenticated with the
 * whole header, its index and whether it is the last one: cut, reordered, repeated or exchanged chunks do not open.
 */
import { ArchivoltError, invalidArgument, type ErrorDetail } from '../errors.js';
import { isWellFormed } from '../protocol/packed.js';
import { MAX_ITERATIONS, random, sealingKey, subtle, utf8 } from './crypto.js';
import { ITERATIONS } from './passwords.js';

export const SEALED_MAGIC = 'Archivolt sealed';
/** Header and its tag. */
export const SEALED_HEAD = 80;
const HEADER = 64;
const TAG = 16;
const KDF = 'pbkdf2-sha256\0\0\0';
const VERSION = 1;
/** Bytes of one chunk before it is sealed. */
const CHUNK = 1 << 20;
const MAX_CHUNK = 1 << 26;
/** The index that the header's own tag has, which no chunk reaches. */
const HEAD_INDEX = 0xffffffff;

type Bytes = Uint8Array<ArrayBuffer>;

/** Seals or opens the chunks of one file. */
export class SealedChunks {
  /** Bytes of a chunk before it is sealed; the last one may be shorter. */
  readonly size: number;
  /** What stands before the first chunk. */
  head: Bytes;
  readonly #key: CryptoKey;
  readonly #header: Bytes;

  private constructor(key: CryptoKey, header: Bytes, size: number) {
    this.#key = key;
    this.#header = header;
    this.head = header;
    this.size = size;
  }

  /** Bytes of a full chunk once it is sealed. */
  get sealedSize(): number {
    return this.size + TAG;
  }

  static async create(passphrase: string): Promise<SealedChunks> {
    const salt = random(16);
    const header = new Uint8Array(HEADER);
    header.set(utf8(SEALED_MAGIC + KDF));
    header.set(salt, 32);
    const view = new DataView(header.buffer);
    for (const [i, number] of [VERSION, ITERATIONS, CHUNK].entries()) view.setUint32(48 + 4 * i, number, true);
    const chunks = new SealedChunks(await keyOf(passphrase, salt, ITERATIONS), header, CHUNK);
    const tag = await chunks.seal(new Uint8Array(), HEAD_INDEX, true);
    chunks.head = new Uint8Array([...header, ...tag]);
    return chunks;
  }

  /** `head`: the first SEALED_HEAD bytes. WRONG_PASSPHRASE, CORRUPTION (cut short), UNSUPPORTED (of a later release). */
  static async open(head: Bytes, passphrase: string | undefined): Promise<SealedChunks> {
    if (head.length < SEALED_HEAD) throw damaged();
    const view = new DataView(head.buffer, head.byteOffset);
    const [version = 0, iterations = 0, size = 0] = [48, 52, 56].map((at) => view.getUint32(at, true));
    if (version !== VERSION || new TextDecoder().decode(head.subarray(16, 32)) !== KDF)
      throw new ArchivoltError(
        'UNSUPPORTED',
        'The file was sealed in a way that this release does not know. Update Archivolt.',
      );
    if (iterations < 1 || iterations > MAX_ITERATIONS || size < 1 || size > MAX_CHUNK) throw damaged();
    if (passphrase === undefined)
      throw new ArchivoltError('WRONG_PASSPHRASE', 'The file is sealed. Give the passphrase that it was made with.');
    const key = await keyOf(passphrase, head.slice(32, 48), iterations);
    const chunks = new SealedChunks(key, head.slice(0, HEADER), size);
    await chunks.open(head.slice(HEADER, SEALED_HEAD), HEAD_INDEX, true).catch(() => {
      throw new ArchivoltError('WRONG_PASSPHRASE', 'The passphrase does not open this file. Nothing was changed.');
    });
    return chunks;
  }

  async seal(bytes: Bytes, index: number, last: boolean): Promise<Bytes> {
    return new Uint8Array(await subtle().encrypt(this.#gcm(index, last), this.#key, bytes));
  }

  /** CORRUPTION when it is not exactly this chunk of this file. */
  async open(bytes: Bytes, index: number, last: boolean): Promise<Bytes> {
    try {
      return new Uint8Array(await subtle().decrypt(this.#gcm(index, last), this.#key, bytes));
    } catch {
      throw damaged();
    }
  }

  #gcm(index: number, last: boolean): AesGcmParams {
    const iv = new Uint8Array(12);
    const additionalData = new Uint8Array(HEADER + 5);
    additionalData.set(this.#header);
    for (const bytes of [iv, additionalData.subarray(HEADER)])
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, index, true);
    additionalData[HEADER + 4] = last ? 1 : 0;
    return { name: 'AES-GCM', iv, additionalData };
  }
}

export function damaged(detail: ErrorDetail = {}): ArchivoltError {
  const message = 'The file is damaged or was cut short. Nothing was restored; try another copy.';
  return new ArchivoltError('CORRUPTION', message, detail);
}

function keyOf(passphrase: string, salt: Bytes, iterations: number): Promise<CryptoKey> {
  if (!isWellFormed(passphrase) || passphrase.length > 65_536)
    throw invalidArgument('passphrase: must be valid Unicode text of at most 65536 characters.', {
      argument: 'passphrase',
    });
  return sealingKey(passphrase, salt, iterations);
}
