/** What is done with the whole database: its health, its free pages, its end. */
import { batch, signal } from '@preact/signals';
import type { HealthReport } from 'archivolt';
import { goTo } from '../../../route';
import { erase, isPassphrase, requireWorkspace } from '../../../workspace';
import { inform } from '../../notices/state';
import { setQuery } from '../../search/state';
import { job, runJob, type Outcome } from '../job';
import { STORAGE } from './strings';

export const health = signal<Outcome<HealthReport> | null>(null);
export const compacted = signal<Outcome<number> | null>(null);

export async function checkHealth(full: boolean): Promise<void> {
  if (job.peek()) return;
  health.value = null;
  health.value = await runJob('health', 'storage', () => requireWorkspace().health({ full }));
}

export async function compact(): Promise<void> {
  if (job.peek()) return;
  compacted.value = null;
  compacted.value = await runJob('compact', 'storage', async () => (await requireWorkspace().compact()).freedBytes);
}

export type Protecting = 'encrypt' | 'change' | 'remove';
export const protection = signal<{ action: Protecting; outcome: Outcome<void> } | null>(null);

/**
 * Encrypts everything under `next`, or stores it plainly when that is null. Answers false when `current` is not the present passphrase; then
 * nothing was done.
 */
export async function protect(action: Protecting, current: string | null, next: string | null): Promise<boolean> {
  if (job.peek()) return true;
  protection.value = null;
  let isRight = true;
  const outcome = await runJob('protect', 'storage', async () => {
    isRight = current === null || (await isPassphrase(current));
    if (isRight) await requireWorkspace().changePassphrase(next);
  });
  if (isRight) protection.value = { action, outcome };
  return isRight;
}

/** Deletes the database and begins with an empty one. What goes wrong the opening page says. */
export async function eraseEverything(): Promise<void> {
  if (job.peek()) return;
  batch(() => {
    health.value = null;
    compacted.value = null;
  });
  const outcome = await runJob('erase', 'storage', erase);
  if (outcome.state !== 'done') return;
  setQuery('');
  goTo({ name: 'search', query: '', mode: 'hybrid', kinds: [] });
  inform(STORAGE.erased);
}

/** What is damaged, a line each. */
export function damageOf(report: HealthReport): string[] {
  return [
    ...report.integrity,
    ...(report.foreignKeys > 0 ? [STORAGE.foreignKeys(report.foreignKeys)] : []),
    ...Object.entries(report.fullText).flatMap(([name, agrees]) => (agrees ? [] : [STORAGE.fullText(name)])),
    ...Object.entries(report.vectors).flatMap(([name, { ok, missing, orphaned }]) =>
      ok ? [] : [STORAGE.vectors(name, missing, orphaned)],
    ),
  ];
}
