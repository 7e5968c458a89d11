/**
 * One import at a time: collects the files, hands them to the package, counts what becomes of each.
 * Every document is one commit, so that a cancelled or lost import keeps what it had finished.
 */
import { computed, signal } from '@preact/signals';
import type { IngestReport, Workspace } from 'archivolt';
import { asArchivoltError, requireWorkspace } from '../../workspace';
import { inform, report } from '../notices/state';
import { collectDrop, collectPicked, type Picked, type PickedFile } from './collect';
import { documentCount, refresh } from './state';
import { DOCUMENTS, IMPORT } from './strings';

/** While one document is being indexed the next one is already read and hashed. */
const IN_FLIGHT = 2;
/** Failed and duplicate files that are listed one by one; the rest is counted. */
const MAX_LISTED = 200;

export interface ImportOutcome {
  path: string;
  status: 'duplicate' | 'failed';
  reason: string;
}
export interface ImportRun {
  state: 'collecting' | 'running' | 'done' | 'cancelled' | 'stopped';
  found: number;
  total: number;
  done: number;
  current: string;
  indexed: number;
  passages: number;
  duplicates: number;
  failures: number;
  skipped: number;
  outcomes: readonly ImportOutcome[];
}

const EMPTY: ImportRun = {
  state: 'collecting',
  found: 0,
  total: 0,
  done: 0,
  current: '',
  indexed: 0,
  passages: 0,
  duplicates: 0,
  failures: 0,
  skipped: 0,
  outcomes: [],
};

/** The present or last import; null when there was none or its summary was closed. */
export const importRun = signal<ImportRun | null>(null);

export const importing = computed(() => {
  const state = importRun.value?.state;
  return state === 'collecting' || state === 'running';
});

/** Whether the present import is the one that fills an empty workspace: the page shows the arch being built. */
export const buildingFirst = signal(false);

let controller: AbortController | null = null;

function patch(change: Partial<ImportRun>): void {
  const run = importRun.peek();
  if (run) importRun.value = { ...run, ...change };
}

/** Stops the import. Files that are finished stay. */
export function cancelImport(): void {
  controller?.abort();
}

export function closeImport(): void {
  if (!importing.value) importRun.value = null;
}

/** Starts an import of a drop. Does nothing while another one runs. */
export function importDrop(transfer: DataTransfer): void {
  if (importing.value) return;
  const signal = begin();
  // Called here and not later: the transfer is readable only inside the drop event.
  void run(
    collectDrop(transfer, (found) => patch({ found }), signal),
    signal,
  );
}

/** Starts an import of picked files or of a picked folder. */
export function importPicked(list: FileList): void {
  if (importing.value || list.length === 0) return;
  const signal = begin();
  void run(Promise.resolve(collectPicked(list)), signal);
}

function begin(): AbortSignal {
  controller = new AbortController();
  importRun.value = EMPTY;
  buildingFirst.value = documentCount.peek() === 0;
  return controller.signal;
}

async function run(collecting: Promise<Picked>, signal: AbortSignal): Promise<void> {
  try {
    const { files, skipped } = await collecting;
    patch({ state: 'running', total: files.length, skipped });
    if (files.length === 0) inform(IMPORT.nothingFound);
    const workspace = requireWorkspace();
    const queue = files.values();
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => drain(queue, workspace, signal)));
    patch({ state: signal.aborted ? 'cancelled' : 'done', current: '' });
  } catch (error) {
    const cancelled = signal.aborted;
    // The other lane must not go on after a full disk or a lost worker.
    controller?.abort();
    patch({ state: cancelled ? 'cancelled' : 'stopped', current: '' });
    if (!cancelled) report(error);
  }
  await refresh();
  buildingFirst.value = false;
}

async function drain(queue: Iterator<PickedFile>, workspace: Workspace, signal: AbortSignal): Promise<void> {
  for (let next = queue.next(); !next.done && !signal.aborted; next = queue.next()) {
    const { path, file } = next.value;
    patch({ current: path });
    try {
      const source = { filename: path, content: file, sourceType: 'local_files' as const };
      const report = await workspace.documents.ingest(source, { signal });
      count(path, report);
    } catch (error) {
      if (signal.aborted) return;
      if (endsImport(error)) throw error;
      countFailure(path, asArchivoltError(error).message);
    }
  }
}

/** Errors that every further file would meet as well. The rest concern one file. */
function endsImport(error: unknown): boolean {
  const { code } = asArchivoltError(error);
  return ['QUOTA_EXCEEDED', 'WORKER_LOST', 'CORRUPTION', 'IO_ERROR', 'PROTOCOL_MISMATCH', 'BUSY'].includes(code);
}

function count(path: string, { documents }: IngestReport): void {
  const run = importRun.peek();
  if (!run) return;
  const [document] = documents;
  if (!document || document.status === 'failed') {
    countFailure(path, document?.error?.message ?? DOCUMENTS.failedWithoutReason);
  } else if (document.status === 'duplicate') {
    const outcome: ImportOutcome = { path, status: 'duplicate', reason: DOCUMENTS.duplicate };
    patch({ done: run.done + 1, duplicates: run.duplicates + 1, outcomes: listed(run, outcome) });
  } else {
    patch({ done: run.done + 1, indexed: run.indexed + 1, passages: run.passages + document.chunks });
  }
}

function countFailure(path: string, reason: string): void {
  const run = importRun.peek();
  if (!run) return;
  const outcome: ImportOutcome = { path, status: 'failed', reason };
  patch({ done: run.done + 1, failures: run.failures + 1, outcomes: listed(run, outcome) });
}

function listed(run: ImportRun, outcome: ImportOutcome): readonly ImportOutcome[] {
  return run.outcomes.length < MAX_LISTED ? [...run.outcomes, outcome] : run.outcomes;
}
