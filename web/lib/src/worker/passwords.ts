/**
 * Password hashes: making our own, and reading those of other systems.
 *
 * Our own are PBKDF2-HMAC-SHA-256 in Werkzeug's text form, `pbkdf2:sha256:600000$salt$hex`, where the salt is the text itself.
 * Hashes are text from a database that may come from anywhere: what they ask for is bounded before it is computed.
 */
import { ArchivoltError, cannotLoad } from '../errors.js';
import { isWellFormed } from '../protocol/packed.js';
import { fromHex, toHex } from '../protocol/hex.js';
import { pbkdf2, random, sameBytes, utf8 } from './crypto.js';

/** OWASP's count for PBKDF2-HMAC-SHA-256. */
export const ITERATIONS = 600_000;
/** As users.password_scheme calls our own. */
export const SCHEME = 'pbkdf2-sha256';

const MAX_ITERATIONS = 10_000_000;
const MAX_BCRYPT_COST = 16;
const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;
const MAX_SCRYPT_WORK = 2 ** 23;
const MIN_SALT = 16;

/** WebCrypto's name and the length in bytes of the digests that Werkzeug names. */
const DIGESTS: Readonly<Record<string, readonly [hash: string, length: number]>> = {
  sha1: ['SHA-1', 20],
  sha256: ['SHA-256', 32],
  sha384: ['SHA-384', 48],
  sha512: ['SHA-512', 64],
};
/** Werkzeug's default counts through its releases, for hashes that name none. */
const DEFAULT_ITERATIONS = [1_000_000, 600_000, 260_000, 150_000, 50_000, 1000];

/** A new hash with a salt of 16 random bytes. */
export async function hashPassword(password: string): Promise<string> {
  const salt = toHex(random(16));
  return `pbkdf2:sha256:${ITERATIONS}$${salt}$${toHex(await pbkdf2(password, utf8(salt), ITERATIONS))}`;
}

/** Takes as long as a wrong password does, for users that have none to compare. */
export async function spendTime(password: string): Promise<void> {
  await pbkdf2(password, random(16), ITERATIONS);
}

/** Whether the password fits. UNSUPPORTED: a form that is not known, or one that asks for too much. */
export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  // Half of a surrogate pair would become U+FFFD, and so match a password that has that character.
  if (!isWellFormed(password)) return false;
  if (hash.startsWith('$2')) return bcrypt(password, hash);
  const [method = '', salt, expected, ...rest] = hash.split('$');
  const [name, ...parameters] = method.split(':');
  const digest = expected === undefined || rest.length > 0 ? undefined : fromHex(expected);
  if (salt !== undefined && digest !== undefined) {
    if (name === 'pbkdf2') return werkzeugPbkdf2(password, parameters, utf8(salt), digest);
    if (name === 'scrypt') return werkzeugScrypt(password, parameters, utf8(salt), digest);
  }
  throw unsupported('is of a form that is not known');
}

/** Whether a hash is weaker than those made here. */
export function isOutdated(hash: string): boolean {
  const [, iterations, salt] = /^pbkdf2:sha256:(\d+)\$([^$]*)\$/.exec(hash) ?? [];
  return Number(iterations ?? 0) < ITERATIONS || (salt ?? '').length < MIN_SALT;
}

async function werkzeugPbkdf2(
  password: string,
  [name = '', count, ...rest]: string[],
  salt: Uint8Array<ArrayBuffer>,
  expected: Uint8Array,
): Promise<boolean> {
  const digest = Object.hasOwn(DIGESTS, name) ? DIGESTS[name] : undefined;
  if (digest === undefined || rest.length > 0) throw unsupported('uses a digest that this environment lacks');
  const counts = count === undefined ? DEFAULT_ITERATIONS : [wholeNumber(count, MAX_ITERATIONS)];
  for (const iterations of counts) {
    if (sameBytes(await pbkdf2(password, salt, iterations, ...digest), expected)) return true;
  }
  return false;
}

async function werkzeugScrypt(
  password: string,
  parameters: string[],
  salt: Uint8Array,
  expected: Uint8Array,
): Promise<boolean> {
  if (parameters.length !== 0 && parameters.length !== 3) throw unsupported('is of a form that is not known');
  const [N, r, p] = (parameters.length === 0 ? ['32768', '8', '1'] : parameters).map((text) =>
    wholeNumber(text, MAX_SCRYPT_WORK),
  ) as [number, number, number];
  if (N < 2 || (N & (N - 1)) !== 0) throw unsupported('has a cost that is no power of two');
  if (128 * N * r > MAX_SCRYPT_BYTES || N * r * p > MAX_SCRYPT_WORK) throw unsupported('asks for too much memory');
  const { scrypt } = await import('./imported-hashes.js').catch(cannotLoad);
  return sameBytes(await scrypt(utf8(password), salt, { N, r, p, dkLen: 64 }), expected);
}

async function bcrypt(password: string, hash: string): Promise<boolean> {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash) ?? [];
  if (cost === undefined || Number(cost) < 4) throw unsupported('is of a form that is not known');
  if (Number(cost) > MAX_BCRYPT_COST) throw unsupported('asks for too many rounds');
  const { bcryptMatches } = await import('./imported-hashes.js').catch(cannotLoad);
  return bcryptMatches(password, hash);
}

function wholeNumber(text: string, most: number): number {
  const number = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (!(number >= 1)) throw unsupported('has a count that is no whole number above 0');
  if (number > most) throw unsupported('asks for too many rounds');
  return number;
}

/** Says what is wrong with the stored hash, never what it is. */
function unsupported(what: string): ArchivoltError {
  return new ArchivoltError('UNSUPPORTED', `The stored password hash ${what}. Set a new password.`, {
    rule: 'password_hash',
  });
}
