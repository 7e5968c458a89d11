/** Encrypted workspaces: what opens them is loaded when one is met. */
import { cannotLoad } from '../errors.js';
import type { WorkspaceFiles } from '../storage/host-files.js';
import type { Unlocked, UnlockParams } from './unlocked.js';

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
