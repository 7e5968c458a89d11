/**
 * Accounts in the worker: everything that needs WebCrypto, around calls to the core.
 *
 * Secrets stay here: the core gets hashes and ciphertexts. The lane is free while something is hashed, so that a login does
 * not hold up other calls.
 */
import { ArchivoltError, invalidArgument } from '../errors.js';
import { fromHex, toHex } from '../protocol/hex.js';
import type { Params, PlainRow, ResultOf } from '../protocol/messages.js';
import { isWellFormed } from '../protocol/packed.js';
import { MAX_ITERATIONS, random, randomToken, sealingKey, sha256, subtle, utf8 } from './crypto.js';
import type { CoreMethod, CoreMethods, Engine } from './engine.js';
import type { Lane } from './lane.js';
import { hashPassword, isOutdated, ITERATIONS, passwordMatches, SCHEME, spendTime } from './passwords.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;

export class Accounts {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #actor: string;
  readonly #marked: <T>(call: () => T) => T;

  /** `actor`: who asks, for the audit trail. `marked` does a call, or answers as it did when it was done before. */
  constructor(engine: Engine, lane: Lane, actor: string, marked: <T>(call: () => T) => T) {
    this.#engine = engine;
    this.#lane = lane;
    this.#actor = actor;
    this.#marked = marked;
  }

  async setPassword({ user, password }: Params<'accounts.setPassword'>, signal: AbortSignal): Promise<null> {
    // 4096 characters are more than any pass phrase has.
    if (password === '' || password.length > 4096 || !isWellFormed(password))
      throw invalidArgument('password: must be valid Unicode text of 1 to 4096 characters.', { argument: 'password' });
    await this.#core('accounts.setPassword', { user, hash: await hashPassword(password), scheme: SCHEME }, signal);
    return null;
  }

  async verifyPassword({ user, password }: Params<'accounts.verifyPassword'>, signal: AbortSignal): Promise<boolean> {
    const stored = await this.#core('accounts.password', { user }, signal);
    const hash = stored?.hash ?? null;
    if (hash === null) {
      await spendTime(password);
      return false;
    }
    if (!(await passwordMatches(password, hash)) || stored?.active !== true) return false;
    if (isOutdated(hash)) await this.#renew(user, password, hash);
    return true;
  }

  /** The password is right, whether or not a stronger hash of it can be stored now; a workspace may be read-only. */
  async #renew(user: string, password: string, previous: string): Promise<void> {
    const hash = await hashPassword(password);
    await this.#core('accounts.setPassword', { user, hash, scheme: SCHEME, previous }).catch(() => undefined);
  }

  async createSession(
    params: Params<'accounts.createSession'>,
    signal: AbortSignal,
  ): Promise<ResultOf<'accounts.createSession'>> {
    const token = randomToken();
    const hash = await sha256(token);
    return { token, ...(await this.#core('accounts.createSession', { ...params, hash }, signal)) };
  }

  async session({ token }: Params<'accounts.session'>, signal: AbortSignal): Promise<PlainRow | null> {
    return this.#core('accounts.session', { hash: await sha256(token) }, signal);
  }

  async endSession({ token }: Params<'accounts.endSession'>, signal: AbortSignal): Promise<boolean> {
    return this.#core('accounts.endSession', { hash: await sha256(token) }, signal);
  }

  async issueKey(params: Params<'accounts.issueKey'>, signal: AbortSignal): Promise<ResultOf<'accounts.issueKey'>> {
    const key = `avk_${randomToken()}`;
    return { ...(await this.#core('accounts.issueKey', { ...params, hash: await sha256(key) }, signal)), key };
  }

  async verifyKey({ key }: Params<'accounts.verifyKey'>, signal: AbortSignal): Promise<PlainRow | null> {
    return this.#core('accounts.verifyKey', { hash: await sha256(key) }, signal);
  }

  async storeProviderKey(
    { user, provider, secret, passphrase }: Params<'accounts.storeProviderKey'>,
    signal: AbortSignal,
  ): Promise<null> {
    for (const [argument, value] of Object.entries({ secret, passphrase })) {
      if (!isWellFormed(value) || value.length > 65_536)
        throw invalidArgument(`${argument}: must be valid Unicode text of at most 65536 characters.`, { argument });
    }
    const salt = toHex(random(16));
    const kdf = `pbkdf2:sha256:${ITERATIONS}$${salt}`;
    const iv = random(IV_BYTES);
    const key = await sealingKey(passphrase, saltBytes(salt), ITERATIONS);
    const sealed = new Uint8Array(await subtle().encrypt(gcm(iv, user, provider), key, utf8(secret)));
    const ciphertext = new Uint8Array([...iv, ...sealed]);
    return this.#core('accounts.storeProviderKey', { user, provider, ciphertext, cipher: CIPHER, kdf }, signal);
  }

  async openProviderKey(
    { user, provider, passphrase }: Params<'accounts.openProviderKey'>,
    signal: AbortSignal,
  ): Promise<string> {
    const stored = await this.#core('accounts.providerKey', { user, provider }, signal);
    if (stored === null)
      throw new ArchivoltError('NOT_FOUND', 'There is no key of this provider for the user.', { user, provider });
    const [, count, salt] = /^pbkdf2:sha256:(\d{1,8})\$([0-9a-f]+)$/.exec(stored.kdf ?? '') ?? [];
    const iterations = Number(count);
    const sealed = stored.ciphertext;
    if (stored.cipher !== CIPHER || salt === undefined || iterations < 1 || iterations > MAX_ITERATIONS)
      throw new ArchivoltError(
        'UNSUPPORTED',
        'This key was sealed by another system, as PostgreSQL does with pgp_sym_encrypt, and only that system can open ' +
          'it. Decrypt it there, then store it again with storeProviderKey.',
        { user, provider },
      );
    const key = await sealingKey(passphrase, saltBytes(salt), iterations);
    try {
      const iv = sealed.slice(0, IV_BYTES);
      return new TextDecoder().decode(await subtle().decrypt(gcm(iv, user, provider), key, sealed.slice(IV_BYTES)));
    } catch {
      // AES-GCM tells a wrong key and changed bytes apart no more than this.
      throw new ArchivoltError(
        'WRONG_PASSPHRASE',
        'The passphrase does not open this key, or the stored bytes were changed. Nothing was changed now.',
        { user, provider },
      );
    }
  }

  #core<M extends CoreMethod>(
    method: M,
    params: CoreMethods[M]['params'],
    signal?: AbortSignal,
  ): Promise<CoreMethods[M]['result']> {
    return this.#lane.run(() => this.#marked(() => this.#engine.call(method, params, this.#actor)), signal);
  }
}

const saltBytes = (salt: string): Uint8Array<ArrayBuffer> => fromHex(salt) ?? utf8(salt);

/** User and provider are authenticated too, so that a ciphertext moved to another row does not open. */
function gcm(iv: Uint8Array<ArrayBuffer>, user: string, provider: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: utf8(JSON.stringify([user, provider])) };
}
