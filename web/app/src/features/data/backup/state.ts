/** Backups: everything as one file, and which was the last. A passphrase is handed over and kept nowhere. */
import { batch, computed, signal } from '@preact/signals';
import type { Progress } from 'archivolt';
import { requireWorkspace } from '../../../workspace';
import { status } from '../../status/state';
import { job, runJob, type Failure } from '../job';
import { madeFile, offer } from '../made-file';
import { timedName } from '../save-file';
import { BACKUP } from './strings';

export const made = madeFile();
/** How the last attempt ended, when no file came of it. */
export const ending = signal<{ state: 'cancelled' } | { state: 'failed'; failure: Failure } | null>(null);

/** What the workspace does not know of its last backup; kept on this device. */
interface Kept {
  at: string;
  bytes: number;
  sealed: boolean;
}
const KEY = 'archivolt.backup';

function readKept(): Kept | null {
  try {
    const { at, bytes, sealed } = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Record<keyof Kept, unknown>;
    if (typeof at !== 'string' || typeof bytes !== 'number') return null;
    return { at, bytes, sealed: sealed === true };
  } catch {
    return null;
  }
}
const kept = signal<Kept | null>(readKept());

function remember(now: Kept | null): void {
  kept.value = now;
  try {
    if (now) localStorage.setItem(KEY, JSON.stringify(now));
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is refused: it is known until the page is left.
  }
}

export interface LastBackup {
  at: number;
  /** Known when it was made in this browser. */
  bytes: number | null;
  sealed: boolean;
}
/** Of these data, as far as they know: a restored file knows of its own making. */
export const lastBackup = computed<LastBackup | null>(() => {
  const at = status.value?.lastBackupAt ?? null;
  if (at === null) return null;
  const own = kept.value?.at === at ? kept.value : null;
  return { at: Date.parse(at), bytes: own?.bytes ?? null, sealed: own?.sealed ?? false };
});

/** Makes a backup and hands it to the person. Whether there is one now. */
export async function backUp(passphrase: string | null): Promise<boolean> {
  if (job.peek()) return false;
  batch(() => {
    made.value = null;
    ending.value = null;
  });
  const outcome = await runJob('backup', 'backup', async (signal, onProgress) => {
    const open = requireWorkspace();
    const blob = await open.backup({ passphrase, signal, onProgress });
    return { blob, at: (await open.status()).lastBackupAt };
  });
  if (outcome.state !== 'done') {
    ending.value = outcome;
    return false;
  }
  const { blob, at } = outcome.value;
  const sealed = passphrase !== null;
  if (at !== null) remember({ at, bytes: blob.size, sealed });
  offer(made, blob, timedName('archivolt-backup', sealed ? 'sealed' : 'db'));
  return true;
}

/** The phases of a backup and of a restore: those that count bytes or pages have a share. */
export function shareOf(progress: Progress | null | undefined): number | null {
  return progress && progress.total !== null && progress.total > 0 ? progress.done / progress.total : null;
}

export const line = computed<string>(() => {
  const progress = job.value?.progress;
  if (!progress) return BACKUP.starting;
  if (progress.phase === 'write' && progress.total !== null) return BACKUP.written(progress.done, progress.total);
  return BACKUP.phases[progress.phase] ?? BACKUP.starting;
});
