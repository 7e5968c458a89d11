/** What storage failed to do while the workspace is open, in the words of the page, until it is over or put away. */
import { computed, effect, signal } from '@preact/signals';
import type { SalvageReport, StorageFailure } from 'archivolt';
import { goTo } from '../../route';
import { open, workspace } from '../../workspace';
import { backUp } from '../data/backup/state';
import { covered } from '../notices/state';
import { refresh, status } from '../status/state';

export type TroubleKind = 'cleared' | 'readOnly' | 'full' | 'damaged' | 'broken';

const failure = signal<StorageFailure | null>(null);

function kindOf({ code, detail }: StorageFailure): TroubleKind {
  if (code === 'QUOTA_EXCEEDED') return detail?.['reason'] === 'full' ? 'readOnly' : 'full';
  if (code === 'CORRUPTION') return detail?.['reason'] === 'cleared' ? 'cleared' : 'damaged';
  return 'broken';
}

export interface Trouble {
  kind: TroubleKind;
  failure: StorageFailure;
  /** What still holds cannot be put away. */
  stays: boolean;
}
export const trouble = computed<Trouble | null>(() => {
  const now = failure.value;
  if (!now) return null;
  const kind = kindOf(now);
  return { kind, failure: now, stays: kind === 'cleared' || kind === 'readOnly' };
});

effect(() => {
  const now = failure.value;
  covered.value = now && { code: now.code, times: 0 };
});

export function dismissTrouble(): void {
  failure.value = null;
}

effect(() => {
  const opened = workspace.value;
  failure.value = null;
  if (!opened) return;
  const end = opened.on('storage', (now) => {
    failure.value = now;
    void refresh();
  });
  // What happened before anybody listened, as while it was opened, or in another tab.
  void opened.status().then(
    ({ storageFailure }) => (failure.value ??= storageFailure),
    () => undefined,
  );
  return end;
});

/** Saves a backup at once; whoever has encrypted the documents says first whether the file is sealed. */
export function backUpNow(): void {
  goTo({ name: 'data', section: 'backup' });
  if (!status.peek()?.encrypted) void backUp(null);
}

/** What was saved of a damaged workspace; null once it was read. */
export const salvaged = signal<SalvageReport | null>(null);
effect(() => {
  salvaged.value = workspace.value?.salvaged ?? null;
});

/** Closes the workspace, and opens it again by saving what can be read. */
export async function salvageNow(): Promise<void> {
  await workspace
    .peek()
    ?.close()
    .catch(() => undefined);
  await open('opfs', undefined, true);
}
