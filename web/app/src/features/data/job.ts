/**
 * The one piece of work with all the data that runs: an import, an export, a backup, a restore. It goes on while the person looks at
 * other pages; the status bar leads back to it. One at a time, since each wants the whole database.
 */
import { computed, signal } from '@preact/signals';
import type { ErrorCode, Progress } from 'archivolt';
import type { DataSection } from '../../route';
import { asArchivoltError } from '../../workspace';
import { refresh } from '../status/state';
import { report } from '../notices/state';

export type JobKind =
  | 'check'
  | 'import'
  | 'export'
  | 'save'
  | 'backup'
  | 'restore'
  | 'health'
  | 'compact'
  | 'protect'
  | 'erase'
  | 'evaluate'
  | 'replay'
  | 'recall';

export interface Job {
  kind: JobKind;
  section: DataSection;
  progress: Progress | null;
}

export interface Failure {
  code: ErrorCode;
  message: string;
}
export type Outcome<T> = { state: 'done'; value: T } | { state: 'cancelled' } | { state: 'failed'; failure: Failure };

/** What runs; null when nothing does. */
export const job = signal<Job | null>(null);
export const working = computed(() => job.value !== null);

let controller = new AbortController();

/** Asks the running work to end. What it then says is its own: an import keeps its batches, a restore changes nothing. */
export function cancelJob(): void {
  controller.abort();
}

/** Runs the work unless something else runs; that it cannot, the buttons say before. Never rejects. */
export async function runJob<T>(
  kind: JobKind,
  section: DataSection,
  work: (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<Outcome<T>> {
  if (job.peek()) return { state: 'cancelled' };
  controller = new AbortController();
  job.value = { kind, section, progress: null };
  try {
    const value = await work(controller.signal, (progress) => (job.value = { kind, section, progress }));
    return { state: 'done', value };
  } catch (error) {
    const { code, message } = asArchivoltError(error);
    if (code === 'CANCELLED') return { state: 'cancelled' };
    // A page that has lost its worker says so as a whole.
    if (code === 'WORKER_LOST' || code === 'PROTOCOL_MISMATCH') report(error);
    return { state: 'failed', failure: { code, message } };
  } finally {
    job.value = null;
    void refresh();
  }
}
