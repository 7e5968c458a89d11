/**
 * How a session comes to be: files and module are opened side by side, what is encrypted is unlocked, what is damaged is saved where that
 * is asked for, what was not closed is looked at, and then the database is opened.
 */
import { ArchivoltError, cancelled, cannotLoad, isArchivoltError } from '../errors.js';
import { loadAhead, type LateEngine } from '../loader/late-engine.js';
import { WORKSPACE_FILES, type WorkspaceFiles } from '../storage/host-files.js';
import type { Progress, SalvageReport } from '../types.js';
import { unlockIfEncrypted } from './encrypted.js';
import type { UnlockParams } from './unlocked.js';
import type { Announce, Platform } from './platform.js';
import { Session, type Checked, type Ground } from './session.js';

/** Whether a database was closed as it should be, or never is. */
function isAsLeft(files: WorkspaceFiles): boolean {
  const [database = 0, log] = WORKSPACE_FILES.map((name) => files.find(name)?.size());
  return files.kind === 'memory' || (database > 0 && log === 0);
}

/** A failure closes whatever was open and changes no file. */
export async function openSession(
  params: UnlockParams,
  platform: Platform,
  announce: Announce,
  signal: AbortSignal,
  report: (progress: Progress) => void,
  { host, loading }: LateEngine = loadAhead(params.wasmUrl, platform.compile),
): Promise<Session> {
  report({ phase: 'open', done: 0, total: 2 });
  let files = await platform.openFiles(params);
  let salvaged: SalvageReport | null = null;
  try {
    const unlocked = await unlockIfEncrypted(files, params);
    host.files = files;
    if (params.recover && unlocked !== undefined)
      throw new ArchivoltError('UNSUPPORTED', 'What is encrypted cannot be salvaged. Restore a backup.');
    if (params.recover && files.kind !== 'memory') {
      const { salvage } = await import('./salvage.js').catch(cannotLoad);
      ({ files, report: salvaged } = await salvage(files, params, host, await loading, signal, report));
      host.files = files;
    }
    const checked = isAsLeft(files)
      ? undefined
      : await (await import('./safety.js').catch(cannotLoad)).checkFiles(files, params);
    const module = await loading;
    report({ phase: 'open', done: 1, total: 2 });
    if (signal.aborted) throw cancelled();
    const ground = { params, platform, announce, files, host, module, unlocked, salvaged };
    const session = await begin(ground, checked);
    report({ phase: 'open', done: 2, total: 2 });
    return session;
  } catch (error) {
    files.close();
    throw error;
  }
}

/** Full storage keeps nobody from reading. */
async function begin(ground: Ground, checked: Checked | undefined): Promise<Session> {
  const { params, files } = ground;
  const start = async (refusal?: ArchivoltError): Promise<Session> => {
    const readOnly = params.readOnly || refusal !== undefined;
    const session = new Session({ ...ground, params: { ...params, readOnly } });
    await session.start(checked, refusal);
    return session;
  };
  try {
    return await start(files.refusal);
  } catch (error) {
    if (params.readOnly || !isArchivoltError(error, 'QUOTA_EXCEEDED')) throw error;
    const { openedFull } = await import('./safety.js').catch(cannotLoad);
    return await start(openedFull(params.name)).catch(() => {
      throw error;
    });
  }
}
