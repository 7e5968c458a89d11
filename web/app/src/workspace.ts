/**
 * The one workspace of the application: opens it, says in which state it is, hands it to the features.
 * Storage never falls back silently: memory is used only after the person asked for it.
 */
import { computed, signal } from '@preact/signals';
import { ArchivoltError, deleteWorkspace, openWorkspace, type Progress, type Workspace } from 'archivolt';

export const WORKSPACE_NAME = 'archivolt';

export type Opening =
  /** `salvages`: what can be read of a damaged workspace is being saved. */
  | { state: 'opening'; progress: Progress | null; salvages?: boolean }
  | { state: 'ready'; workspace: Workspace }
  /** Encrypted, and not open: `wrong` after a passphrase that does not open it. */
  | { state: 'locked'; wrong: boolean }
  /** `sealed`: a passphrase was given for it. */
  | { state: 'failed'; code: ArchivoltError['code']; message: string; sealed?: boolean };

export const opening = signal<Opening>({ state: 'opening', progress: null });

/** The open workspace, or null while it is not ready. */
export const workspace = computed<Workspace | null>(() =>
  opening.value.state === 'ready' ? opening.value.workspace : null,
);

/**
 * Opens the workspace. Errors become the state 'failed', which the page shows in full; an encrypted one asks for its passphrase.
 * `salvages`: what can be read of a damaged one is saved.
 */
export async function open(
  storage: 'opfs' | 'memory' = 'opfs',
  passphrase?: string,
  salvages: boolean = false,
): Promise<void> {
  opening.value = { state: 'opening', progress: null, salvages };
  try {
    const opened = await openWorkspace({
      name: WORKSPACE_NAME,
      storage,
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(salvages ? { recover: 'salvage' } : {}),
      onProgress: (progress) => {
        if (opening.peek().state === 'opening') opening.value = { state: 'opening', progress, salvages };
      },
    });
    opening.value = { state: 'ready', workspace: opened };
  } catch (error) {
    const { code, message } = asArchivoltError(error);
    opening.value =
      code === 'WRONG_PASSPHRASE'
        ? { state: 'locked', wrong: passphrase !== undefined }
        : { state: 'failed', code, message, sealed: passphrase !== undefined };
  }
}

/** Whether the passphrase opens the workspace: it is opened beside the present one and closed again. */
export async function isPassphrase(passphrase: string): Promise<boolean> {
  try {
    const beside = await openWorkspace({ name: WORKSPACE_NAME, passphrase });
    await beside.close();
    return true;
  } catch (error) {
    if (asArchivoltError(error).code === 'WRONG_PASSPHRASE') return false;
    throw error;
  }
}

/** Deletes what nobody can open any more, and begins with nothing. */
export async function startAnew(): Promise<void> {
  opening.value = { state: 'opening', progress: null };
  try {
    await deleteWorkspace(WORKSPACE_NAME);
  } catch (error) {
    markLost(asArchivoltError(error));
    return;
  }
  await open();
}

/** Deletes the database and opens an empty one in its place. */
export async function erase(): Promise<void> {
  const old = requireWorkspace();
  const { storage } = await old.status();
  opening.value = { state: 'opening', progress: null };
  try {
    await old.close();
    if (storage === 'opfs') await deleteWorkspace(WORKSPACE_NAME);
  } finally {
    await open(storage === 'memory' ? 'memory' : 'opfs');
  }
}

/** The passphrase was changed in another tab: what is open here does not answer any more. */
export function markLocked(): void {
  void workspace
    .peek()
    ?.close()
    .catch(() => undefined);
  opening.value = { state: 'locked', wrong: false };
}

/** The page cannot go on with the present worker: shows the full-page state, from which it can be opened again. */
export function markLost(error: Pick<ArchivoltError, 'code' | 'message'>): void {
  opening.value = { state: 'failed', code: error.code, message: error.message };
}

/** Opens it again in a page that was left and is gone back to: the worker ended when it was left. */
export async function openAfterReturn(): Promise<void> {
  const now = opening.peek();
  const code =
    now.state === 'ready'
      ? await now.workspace.status().then(
          () => null,
          (error: unknown) => asArchivoltError(error).code,
        )
      : now.state === 'failed' && now.code;
  if (code === 'WORKER_LOST') await open();
}

/** Every rejection of the package is an ArchivoltError; whatever else arrives is a defect and says so. */
export function asArchivoltError(error: unknown): Pick<ArchivoltError, 'code' | 'message'> {
  if (error instanceof ArchivoltError) return error;
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}

/** The open workspace. Only called from what is shown while it is open. */
export function requireWorkspace(): Workspace {
  const open = workspace.peek();
  if (!open) throw new Error('The workspace is not open.');
  return open;
}
