/** The export of a system's rows, or of everything, as a file. */
import { batch, computed, signal } from '@preact/signals';
import { requireWorkspace } from '../../../workspace';
import { report } from '../../notices/state';
import { job, runJob, type Failure } from '../job';
import { madeFile, offer } from '../made-file';
import { datedName } from '../save-file';
import { EXPORTED, systemOf, type ExportFormat, type ExportSystem } from '../systems';
import { DATA_EXPORT } from './strings';

export const system = signal<ExportSystem>(EXPORTED[0]?.id ?? 'archivolt');
const wanted = signal<ExportFormat>('jsonl');
/** A system has not every shape. */
export const formats = computed(() => systemOf(system.value).formats);
export const format = computed<ExportFormat>(() =>
  formats.value.includes(wanted.value) ? wanted.value : (formats.value[0] ?? 'jsonl'),
);
export const secrets = signal(false);

export const made = madeFile();
export type Ending = { state: 'cancelled' } | { state: 'failed'; failure: Failure };
/** How the last export ended, when no file came of it. */
export const ending = signal<Ending | null>(null);

const EXTENSIONS: Record<ExportFormat, string> = { sqlite: 'db', sql: 'sql', jsonl: 'jsonl', zip: 'zip' };

function forget(): void {
  made.value = null;
  ending.value = null;
}

export function chooseSystem(id: ExportSystem): void {
  batch(() => {
    system.value = id;
    wanted.value = systemOf(id).formats[0] ?? 'jsonl';
    forget();
  });
}

export function chooseFormat(next: ExportFormat): void {
  batch(() => {
    wanted.value = next;
    forget();
  });
}

export function chooseSecrets(next: boolean): void {
  batch(() => {
    secrets.value = next;
    forget();
  });
}

export async function exportNow(): Promise<void> {
  if (job.peek()) return;
  const [whose, shape, withSecrets] = [system.peek(), format.peek(), secrets.peek()];
  forget();
  const outcome = await runJob('export', 'export', (signal, onProgress) =>
    requireWorkspace().export({ system: whose, format: shape, secrets: withSecrets, signal, onProgress }),
  );
  if (outcome.state !== 'done') {
    ending.value = outcome;
    return;
  }
  const name = withSecrets ? `${whose}-with-secrets` : whose;
  offer(made, outcome.value, datedName(name, EXTENSIONS[shape]));
}

export const line = computed<string>(() => {
  const progress = job.value?.progress;
  return progress ? DATA_EXPORT.at(progress.phase, progress.done, progress.total) : DATA_EXPORT.starting;
});

/** 0..1 of the present table. */
export const share = computed<number | null>(() => {
  const { done = 0, total = null } = job.value?.progress ?? {};
  return total === null || total === 0 ? null : done / total;
});

/** The systems that there are rows of; null until that is known. */
export const present = signal<ReadonlySet<string> | null>(null);

/** Looks whose rows there are: by the indexes of origins, so that a million rows take no time. */
export async function findPresent(): Promise<void> {
  try {
    const open = requireWorkspace();
    const tables = await open.sql<{ name: string }>`
      SELECT m.name FROM sqlite_schema m
       WHERE m.type = 'table' AND m.name NOT IN ('api_keys', 'auth_sessions') -- whose ids of origin are secrets
         AND (SELECT count(*) FROM pragma_table_info(m.name) c WHERE c.name IN ('origin', 'origin_id')) = 2`;
    const origins = tables.map(({ name }) => `SELECT origin FROM "${name}" WHERE origin_id IS NOT NULL`);
    const rows = await open.query<{ origin: string }>(origins.join(' UNION '));
    present.value = new Set(rows.map(({ origin }) => origin));
  } catch (error) {
    report(error);
  }
}
