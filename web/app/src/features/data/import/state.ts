/** The import of another system's files: which, whose, a check of what it would do, the import itself. */
import { batch, computed, signal } from '@preact/signals';
import type { ImportReport, ImportSystem, Progress } from 'archivolt';
import { place } from '../../../route';
import { requireWorkspace } from '../../../workspace';
import { collectDrop, collectPicked, type PickedFile } from '../../documents/collect';
import { report } from '../../notices/state';
import { searchNow } from '../../search/state';
import { job, runJob, type Outcome } from '../job';
import { systemOf } from '../systems';
import { DATA_IMPORT } from './strings';

export const system = signal<ImportSystem | null>(null);
export const files = signal<readonly PickedFile[]>([]);
export const timeZone = signal('UTC');
/** What is missing, after somebody tried without. */
export const missing = signal<string | null>(null);

export type Run = { kind: 'check' | 'import'; rows: number } & Outcome<ImportReport>;
/** How the last check or import of these files ended. */
export const run = signal<Run | null>(null);

/** Rows that each table has come to; an import reads one table after another. */
const seen = signal<ReadonlyMap<string, number>>(new Map());
const rowsSeen = computed(() => [...seen.value.values()].reduce((sum, rows) => sum + rows, 0));
/** Rows of the files, when a check has counted them. */
const expected = signal<number | null>(null);

/** Whether a check of these very files is in view. */
export const isChecked = computed(() => run.value?.kind === 'check' && run.value.state === 'done');
/** Whether the same files would go on from where they were. */
export const isResumable = computed(() => run.value?.kind === 'import' && run.value.state !== 'done');

/** Other files, or others': what was found out is not about them. */
function forget(): void {
  run.value = null;
  expected.value = null;
  missing.value = null;
}

export function chooseSystem(id: ImportSystem): void {
  batch(() => {
    system.value = id;
    forget();
  });
}

export function chooseZone(zone: string): void {
  batch(() => {
    timeZone.value = zone;
    forget();
  });
}

export function clearFiles(): void {
  batch(() => {
    files.value = [];
    forget();
  });
}

/** Of an export's folder every file may be data. */
const EVERYTHING = () => true;

export function choosePicked(list: FileList): void {
  if (list.length > 0) take(collectPicked(list, EVERYTHING).files);
}

/** Must be called in the drop event itself, as `collectDrop`. */
export async function chooseDropped(transfer: DataTransfer): Promise<void> {
  try {
    take((await collectDrop(transfer, () => undefined, new AbortController().signal, EVERYTHING)).files);
  } catch (error) {
    report(error);
  }
}

function take(found: readonly PickedFile[]): void {
  if (found.length === 0) return;
  batch(() => {
    files.value = found;
    forget();
  });
}

/** Counts what an import would do. */
export const check = (): Promise<void> => go('check');
/** Imports, or goes on where the same files stopped. */
export const importNow = (): Promise<void> => go('import');

async function go(kind: 'check' | 'import'): Promise<void> {
  const whose = system.peek();
  const picked = files.peek();
  missing.value = whose === null ? DATA_IMPORT.needSystem : picked.length === 0 ? DATA_IMPORT.needFiles : null;
  if (whose === null || missing.value !== null || job.peek()) return;
  batch(() => {
    run.value = null;
    seen.value = new Map();
  });
  const outcome = await runJob(kind, 'import', (signal, onProgress) =>
    requireWorkspace().import(picked.map(sourceOf), {
      system: whose,
      dryRun: kind === 'check',
      ...(systemOf(whose).naiveTimes ? { timeZone: timeZone.peek() } : {}),
      signal,
      onProgress: (progress) => {
        follow(progress);
        onProgress(progress);
      },
    }),
  );
  batch(() => {
    run.value = { kind, rows: rowsSeen.peek(), ...outcome };
    if (outcome.state === 'done') expected.value = kind === 'check' ? readOf(outcome.value) : null;
  });
  // What came in belongs among the results in view.
  if (kind === 'import' && place.peek().name !== 'search') void searchNow();
}

/** A file of a folder keeps its path, by which files of one name are told apart. */
function sourceOf({ path, file }: PickedFile): File {
  return path === file.name ? file : new File([file], path, { type: file.type, lastModified: file.lastModified });
}

function follow({ phase, done }: Progress): void {
  if (phase !== 'look') seen.value = new Map(seen.peek()).set(phase, done);
}

const readOf = (found: ImportReport): number => Object.values(found.tables).reduce((sum, { read }) => sum + read, 0);

/** 0..1: of all rows when a check has counted them, else of the present table. */
export const share = computed<number | null>(() => {
  const progress = job.value?.progress;
  if (!progress || progress.phase === 'look') return null;
  if (expected.value !== null && expected.value > 0) return Math.min(1, rowsSeen.value / expected.value);
  return progress.total === null || progress.total === 0 ? null : progress.done / progress.total;
});

export const line = computed<string>(() => {
  const progress = job.value?.progress;
  if (!progress || progress.phase === 'look') return DATA_IMPORT.looking;
  return DATA_IMPORT.at(progress.phase, progress.done, progress.total);
});
