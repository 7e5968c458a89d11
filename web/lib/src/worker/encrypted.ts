/** Encrypted workspaces: what opens them is loaded when one is met. */
import { cannotLoad } from '../errors.js';
import type { OpenParams } from '../protocol/messages.js';
import type { WorkspaceFiles } from '../storage/host-files.js';

/** The key of an open database, and the number of the record that it is in. */
export interface Unlocked {
  number: number;
  key: Uint8Array<ArrayBuffer>;
}

/** `unlocked`: what a tab that leads now had found out when it opened the workspace. */
export type UnlockParams = OpenParams & { unlocked?: Unlocked | undefined };

/** Undefined for a plain workspace. The passphrase is forgotten. */
export async function unlockIfEncrypted(files: WorkspaceFiles, params: UnlockParams): Promise<Unlocked | undefined> {
  const { passphrase, unlocked } = params;
  const given = passphrase ?? unlocked;
  if (given === undefined && !(await files.list()).some(({ name }) => name.startsWith('keys'))) return undefined;
  const { unlock } = await import('./encryption.js').catch(cannotLoad);
  const opened = await unlock(files, params);
  delete params.passphrase;
  return opened;
}
