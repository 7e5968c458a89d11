/**
 * Documents whose vectors an earlier release made: told by the status, and embedded again when the person asks for it. Meanwhile
 * everything else goes on.
 */
import { computed, effect, signal } from '@preact/signals';
import type { Progress } from 'archivolt';
import { asArchivoltError, workspace } from '../../workspace';
import { inform, report } from '../notices/state';
import { searchNow } from '../search/state';
import { refresh, status } from '../status/state';
import { REEMBED } from './strings';

/** How far it is while it runs. */
export const progress = signal<Progress | null>(null);
export const running = computed(() => progress.value !== null);
/** Whether documents wait for it; `begun`: a part is done. */
export const waiting = computed(() => status.value?.embedding.other ?? null);

let controller = new AbortController();

export async function start(): Promise<void> {
  const open = workspace.peek();
  if (!open || running.peek()) return;
  controller = new AbortController();
  progress.value = { phase: 'embed', done: 0, total: null };
  try {
    await open.documents.reembed(undefined, {
      signal: controller.signal,
      onProgress: (now) => (progress.value = now),
    });
    inform(REEMBED.done);
    void searchNow();
  } catch (error) {
    if (asArchivoltError(error).code === 'CANCELLED') inform(REEMBED.stopped);
    else report(error);
  } finally {
    progress.value = null;
    await refresh();
  }
}

/** What is done is kept. */
export function stop(): void {
  controller.abort();
}

// Another workspace, or none.
effect(() => {
  if (!workspace.value) stop();
});
