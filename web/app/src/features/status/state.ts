/** What the status bar says: storage, counts, network, installation. */
import { effect, signal } from '@preact/signals';
import type { WorkspaceStatus } from 'archivolt';
import { workspace } from '../../workspace';
import { importing } from '../documents/import';
import { inform, report } from '../notices/state';
import { STATUS } from './strings';

/** Commits come in bursts; usage and counts follow at this pace. */
const FOLLOW_MS = 1000;

/** Chromium's event that offers installation; not in the DOM types. */
interface InstallPromptEvent extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}
const isInstallPrompt = (event: Event): event is InstallPromptEvent => 'prompt' in event;

export const status = signal<WorkspaceStatus | null>(null);
export const passageCount = signal<number | null>(null);
export const online = signal(navigator.onLine);
export const installPrompt = signal<InstallPromptEvent | null>(null);

/** Asks again what is stored. */
export async function refresh(): Promise<void> {
  const open = workspace.peek();
  if (!open) return;
  try {
    const [now, [counts]] = await Promise.all([
      open.status(),
      open.query<{ passages: number }>('SELECT count(*) AS passages FROM document_chunks'),
    ]);
    status.value = now;
    passageCount.value = Number(counts?.passages ?? 0);
  } catch (error) {
    report(error);
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
function refreshSoon(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    void refresh();
  }, FOLLOW_MS);
}

/** Asks the browser to keep the data. Called from a click, since some browsers ask the person. */
export async function persist(): Promise<void> {
  const granted = await navigator.storage.persist();
  inform(granted ? STATUS.persistGranted : STATUS.persistRefused);
  await refresh();
}

/** Shows the browser's installation dialog. */
export async function install(): Promise<void> {
  const event = installPrompt.peek();
  installPrompt.value = null;
  await event?.prompt();
}

effect(() => {
  const open = workspace.value;
  status.value = null;
  if (!open) return;
  void refresh();
  const ends = [open.on('change', refreshSoon), open.on('status', refreshSoon)];
  return () => ends.forEach((end) => end());
});

/** The end of an import is where people look at the counts. */
effect(() => {
  if (!importing.value) void refresh();
});

window.addEventListener('online', () => (online.value = true));
window.addEventListener('offline', () => (online.value = false));
window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  if (isInstallPrompt(event)) installPrompt.value = event;
});
window.addEventListener('appinstalled', () => (installPrompt.value = null));
