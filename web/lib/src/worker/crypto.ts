/** WebCrypto in the forms that accounts and sealed files need. Texts are UTF-8. */
import { ArchivoltError } from '../errors.js';
import { toHex } from '../protocol/hex.js';

/** Pages that do not come over https (or from localhost) have none. */
export function subtle(): SubtleCrypto {
  const found = crypto.subtle as SubtleCrypto | undefined;
  if (found === undefined)
    throw new ArchivoltError('UNSUPPORTED', 'This page has no crypto.subtle. Serve it over https or from localhost.', {
      feature: 'crypto.subtle',
    });
  return found;
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

export const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));

/** 43 characters of A-Z a-z 0-9 - _ from 32 random bytes. */
export const randomToken = (): string =>
  btoa(String.fromCharCode(...random(32)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

export const sha256 = async (text: string): Promise<string> =>
  toHex(new Uint8Array(await subtle().digest('SHA-256', utf8(text))));

/** PBKDF2-HMAC; `hash` as WebCrypto names it. */
export async function pbkdf2(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
  hash = 'SHA-256',
  length = 32,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await subtle().importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits']);
  return new Uint8Array(await subtle().deriveBits({ name: 'PBKDF2', hash, salt, iterations }, key, length * 8));
}

/** What a sealed thing may ask for at most when it is opened: some seconds. */
export const MAX_ITERATIONS = 10_000_000;

/** The AES-256-GCM key of a passphrase for the one thing that has this salt. */
export async function sealingKey(
  passphrase: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<CryptoKey> {
  const bytes = await pbkdf2(passphrase, salt, iterations);
  return subtle().importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** Takes the same time wherever the first difference is. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
