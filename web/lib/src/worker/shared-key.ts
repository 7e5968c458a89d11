/** The key between tabs of one workspace: who follows shows that it has it, and hands on what it is changed to. */
import type { SealedKey } from '../protocol/messages.js';
import { toHex } from '../protocol/hex.js';
import { openRoot } from '../storage/opfs-directory.js';
import { random, subtle, utf8 } from './crypto.js';
import type { Unlocked, UnlockParams } from './unlocked.js';
import { findRecord, type Reader } from './key-files.js';
import { normalised, openRecord, prepareKey, type NewKey } from './key-record.js';
import { changedElsewhere, notEncrypted, passphraseNeeded } from './unlocking.js';

/** What a tab that follows shows to the one that leads. Keeps the key in `params` in place of the passphrase. WRONG_PASSPHRASE. */
export async function prove(params: UnlockParams, tab: string): Promise<string> {
  const { name, passphrase } = params;
  if (passphrase !== undefined) {
    const { number, record } = await findRecord(await openForReading(name));
    if (record?.encrypted !== true) return '';
    params.unlocked = { number, key: await openRecord(record, normalised(passphrase)) };
    delete params.passphrase;
  }
  return params.unlocked === undefined ? '' : proofOf(params.unlocked, tab);
}

/** Rejects unless the tab has the key. */
export async function admit(unlocked: Unlocked | undefined, tab: string, proof: string | undefined): Promise<void> {
  if (unlocked === undefined) throw notEncrypted();
  if (proof === undefined) throw passphraseNeeded();
  if (proof !== (await proofOf(unlocked, tab))) throw changedElsewhere();
}

async function proofOf({ key }: Unlocked, tab: string): Promise<string> {
  const hmac = await subtle().importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return toHex(new Uint8Array(await subtle().sign('HMAC', hmac, utf8(`archivolt tab ${tab}`))));
}

/** A new key for the tab that holds the database, and what this tab has in its hands once that is done. */
export async function handOn(
  next: string | null,
  present: Unlocked | undefined,
): Promise<{ made: SealedKey; unlocked: Unlocked | undefined }> {
  const { file, key } = await prepareKey(next);
  if (key === undefined) return { made: { file, key: null, iv: null }, unlocked: undefined };
  const unlocked = { number: (present?.number ?? 0) + 1, key };
  if (present === undefined) return { made: { file, key, iv: null }, unlocked };
  const iv = random(12);
  const sealed = await subtle().encrypt({ name: 'AES-GCM', iv }, await sealing(present), key);
  return { made: { file, key: new Uint8Array(sealed), iv }, unlocked };
}

/** What another tab has made. */
export async function takeOver({ file, key, iv }: SealedKey, present: Unlocked | undefined): Promise<NewKey> {
  if (key === null) return { file, key: undefined };
  if (iv === null || present === undefined) {
    if (iv !== null || present !== undefined) throw changedElsewhere();
    return { file, key };
  }
  try {
    const opened = await subtle().decrypt({ name: 'AES-GCM', iv }, await sealing(present), key);
    return { file, key: new Uint8Array(opened) };
  } catch {
    throw changedElsewhere();
  }
}

function sealing({ key }: Unlocked): Promise<CryptoKey> {
  return subtle().importKey('raw', key.slice(0, 32), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** The directory of a workspace whose files another tab holds. */
async function openForReading(name: string): Promise<Reader> {
  const directory = await (await openRoot()).getDirectoryHandle(name, { create: true });
  return {
    read: async (file) => (await directory.getFileHandle(file)).getFile(),
    list: async () => {
      const found: { name: string }[] = [];
      for await (const file of directory.keys()) found.push({ name: file });
      return found;
    },
  };
}
