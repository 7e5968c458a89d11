/**
 * The record that opens an encrypted database: its key, sealed under a key that is derived from the passphrase (docs/encryption.md).
 *
 * The database's key is random, made anew with every change of the passphrase. AES-GCM's tag tells a wrong passphrase, and the digest
 * of the record tells damage, so that neither is ever taken for the other.
 */
import { ArchivoltError, invalidArgument } from '../errors.js';
import { isWellFormed } from '../protocol/packed.js';
import { MAX_ITERATIONS, random, sameBytes, subtle, utf8 } from './crypto.js';
import { ITERATIONS } from './passwords.js';

export type Bytes = Uint8Array<ArrayBuffer>;

const MAGIC = 'Archivolt keys\0\0';
const VERSION = 1;
/** Magic, version, kind, count, zeros and salt: what is authenticated with the key. */
const HEADER = 48;
const SALT_AT = 32;
const SEALED_AT = 60;
const DIGEST_AT = 128;
const RECORD = 160;
/** The record stands twice in its file, so far apart that one damaged sector leaves the other. */
const SECOND_AT = 4096;
/** A key of 32 bytes and the 16 with which the file of the database begins (src/storage/cipher_key.h). */
const KEY = 48;
const MAX_PASSPHRASE = 65_536;

/** Nothing but that the database is plain from now on: the last record of a workspace that is decrypted. */
const PLAIN = 0;
const ENCRYPTED = 1;

export interface KeyRecord {
  encrypted: boolean;
  iterations: number;
  bytes: Bytes;
}

/** A record as the bytes of its file, and the database's key in it; without one for a plain database. */
export interface NewKey {
  file: Bytes;
  key: Bytes | undefined;
}

/**
 * INVALID_ARGUMENT unless it is well-formed text of 1 to 65,536 characters without NUL, which HMAC takes for no character at the end.
 * Normalised, so that all keyboards write the same bytes.
 */
export function normalised(passphrase: unknown): string {
  if (typeof passphrase === 'string' && passphrase !== '' && passphrase.length <= MAX_PASSPHRASE) {
    if (isWellFormed(passphrase) && !passphrase.includes('\0')) return passphrase.normalize('NFKC');
  }
  throw invalidArgument(`passphrase: must be valid Unicode text of 1 to ${MAX_PASSPHRASE} characters, without NUL.`, {
    argument: 'passphrase',
  });
}

export async function makeKey(passphrase: string | null): Promise<NewKey> {
  const record = new Uint8Array(RECORD);
  const view = new DataView(record.buffer);
  record.set(utf8(MAGIC));
  view.setUint32(16, VERSION, true);
  view.setUint32(20, passphrase === null ? PLAIN : ENCRYPTED, true);
  let key: Bytes | undefined;
  if (passphrase !== null) {
    view.setUint32(24, ITERATIONS, true);
    record.set(random(SEALED_AT - SALT_AT), SALT_AT); // the salt, and the nonce behind it
    key = random(KEY);
    const wrapping = await derive(passphrase, record);
    record.set(new Uint8Array(await subtle().encrypt(gcm(record), wrapping, key)), SEALED_AT);
  }
  record.set(await digest(record), DIGEST_AT);
  const file = new Uint8Array(SECOND_AT + RECORD);
  file.set(record);
  file.set(record, SECOND_AT);
  return { file, key };
}

/** For a passphrase as it was given, or none. It may be made in another tab than the one that holds the database. */
export async function prepareKey(next: string | null): Promise<NewKey> {
  return makeKey(next === null ? null : normalised(next));
}

/** CORRUPTION: neither of the two copies is whole. UNSUPPORTED: of a later release. */
export async function readRecord(file: Blob): Promise<KeyRecord> {
  for (const at of [0, SECOND_AT]) {
    const bytes = new Uint8Array(await file.slice(at, at + RECORD).arrayBuffer());
    if (bytes.length !== RECORD || new TextDecoder().decode(bytes.subarray(0, 16)) !== MAGIC) continue;
    if (!sameBytes(await digest(bytes), bytes.subarray(DIGEST_AT))) continue;
    const view = new DataView(bytes.buffer);
    const [version, kind, iterations] = [16, 20, 24].map((offset) => view.getUint32(offset, true)) as [
      number,
      number,
      number,
    ];
    if (version !== VERSION || kind > ENCRYPTED)
      throw new ArchivoltError(
        'UNSUPPORTED',
        'The workspace was encrypted in a way that this release does not know. Update Archivolt.',
      );
    // Nobody made it so: a lower count would be guessed faster, a higher one would take hours.
    if (kind === ENCRYPTED && (iterations < ITERATIONS || iterations > MAX_ITERATIONS)) continue;
    return { encrypted: kind === ENCRYPTED, iterations, bytes };
  }
  throw new ArchivoltError(
    'CORRUPTION',
    'The file with the key of the workspace is damaged. Nothing was changed; put it back from a copy of the files, or restore a backup.',
  );
}

/** The database's key. WRONG_PASSPHRASE. */
export async function openRecord({ bytes }: KeyRecord, passphrase: string): Promise<Bytes> {
  const wrapping = await derive(passphrase, bytes);
  try {
    const key = await subtle().decrypt(gcm(bytes), wrapping, bytes.slice(SEALED_AT, SEALED_AT + KEY + 16));
    return new Uint8Array(key);
  } catch {
    throw new ArchivoltError('WRONG_PASSPHRASE', 'The passphrase does not open this workspace. Nothing was changed.');
  }
}

/** Never leaves WebCrypto. */
async function derive(passphrase: string, record: Bytes): Promise<CryptoKey> {
  const bytes = utf8(passphrase);
  const base = await subtle().importKey('raw', bytes, 'PBKDF2', false, ['deriveKey']);
  bytes.fill(0);
  const iterations = new DataView(record.buffer).getUint32(24, true);
  const salt = record.slice(SALT_AT, HEADER);
  return subtle().deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

function gcm(record: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv: record.slice(HEADER, SEALED_AT), additionalData: record.slice(0, HEADER) };
}

async function digest(record: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle().digest('SHA-256', record.slice(0, DIGEST_AT)));
}
