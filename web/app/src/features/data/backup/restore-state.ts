/** A restore: which file, whether it is sealed, how it ended. */
import { batch, computed, signal } from '@preact/signals';
import type { RestoreReport } from 'archivolt';
import { requireWorkspace } from '../../../workspace';
import { refresh } from '../../documents/state';
import { reading } from '../../reader/state';
import { searchNow } from '../../search/state';
import { job, runJob, type Outcome } from '../job';
import { BACKUP, RESTORE } from './strings';

export interface BackupFile {
  file: File;
  /** It opens with a passphrase. */
  sealed: boolean;
}
export const chosen = signal<BackupFile | null>(null);
export const outcome = signal<Outcome<RestoreReport> | null>(null);

/** How a sealed file begins (docs/formats.md). */
const SEALED = 'Archivolt sealed';

export async function chooseBackup(file: File): Promise<void> {
  const head = await file
    .slice(0, SEALED.length)
    .text()
    // What cannot be read says so when it is restored.
    .catch(() => '');
  batch(() => {
    chosen.value = { file, sealed: head === SEALED };
    outcome.value = null;
  });
}

/** Replaces everything. On any failure everything is as it was. */
export async function restoreNow(passphrase: string | null): Promise<void> {
  const from = chosen.peek();
  if (!from || job.peek()) return;
  outcome.value = null;
  const result = await runJob('restore', 'backup', (signal, onProgress) =>
    requireWorkspace().restore(from.file, { ...(passphrase === null ? {} : { passphrase }), signal, onProgress }),
  );
  batch(() => {
    outcome.value = result;
    if (result.state === 'done') chosen.value = null;
  });
  if (result.state === 'done') await followContent();
}

/** Another content came in no commit that anybody was told of: what is in view is asked for again. */
async function followContent(): Promise<void> {
  reading.value = null;
  await Promise.all([refresh(), searchNow()]);
}

export const line = computed<string>(() => {
  const progress = job.value?.progress;
  if (!progress) return BACKUP.starting;
  if (progress.phase === 'read' && progress.total !== null) return RESTORE.reading(progress.done, progress.total);
  return RESTORE.phases[progress.phase] ?? BACKUP.starting;
});
