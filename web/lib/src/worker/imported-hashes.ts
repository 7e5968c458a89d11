/**
 * Password hashes of other systems that WebCrypto cannot compute: bcrypt and scrypt.
 *
 * A file of its own in dist/, loaded when the first such hash is met.
 */
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { compare } from 'bcryptjs';

/** Whether the password fits a hash of the form $2a$, $2b$ or $2y$. As in every bcrypt, bytes after the 72nd do not count. */
export function bcryptMatches(password: string, hash: string): Promise<boolean> {
  return compare(password, hash);
}

/** Gives way to other work every 10 ms. */
export function scrypt(
  password: Uint8Array,
  salt: Uint8Array,
  parameters: { N: number; r: number; p: number; dkLen: number },
): Promise<Uint8Array> {
  return scryptAsync(password, salt, parameters);
}
