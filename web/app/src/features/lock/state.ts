/**
 * Locking: an encrypted workspace is closed, and the page loaded anew, so that nothing that was read stays in its memory. It happens
 * when the person asks for it, and after some time without a touch in any tab of this browser.
 */
import { effect, signal } from '@preact/signals';
import { replacePlace } from '../../route';
import { open, workspace } from '../../workspace';
import { job } from '../data/job';
import { importing } from '../documents/import';
import { status } from '../status/state';

export type LockReason = 'asked' | 'idle';

const AFTER_KEY = 'archivolt.lock-after';
const ACTIVE_KEY = 'archivolt.active';
const REASON_KEY = 'archivolt.locked';
const LOOK_MS = 5000;
const MINUTE_MS = 60_000;
/** Minutes without a touch; 0: never. */
export const LOCK_CHOICES = [5, 15, 30, 60, 0] as const;
const DEFAULT_MINUTES = 15;

function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}
function write(storage: () => Storage, key: string, value: string | null): void {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // Storage is refused: what is noted holds until the page is left.
  }
}
const kept = () => localStorage;
const visit = () => sessionStorage;

function storedMinutes(): number {
  const text = read(kept, AFTER_KEY);
  const minutes = Number(text);
  return text !== null && LOCK_CHOICES.some((choice) => choice === minutes) ? minutes : DEFAULT_MINUTES;
}

export const lockAfter = signal(storedMinutes());
/** Why the page is locked, when it locked itself. */
export const lockReason = signal<LockReason | null>(
  ([read(visit, REASON_KEY)] as (LockReason | null)[]).find((reason) => reason === 'asked' || reason === 'idle') ??
    null,
);

export function setLockAfter(minutes: number): void {
  lockAfter.value = minutes;
  write(kept, AFTER_KEY, String(minutes));
}

export async function unlock(passphrase: string): Promise<void> {
  await open('opfs', passphrase);
  if (!workspace.peek()) return;
  lockReason.value = null;
  write(visit, REASON_KEY, null);
}

let locking = false;
const tabs = new BroadcastChannel('archivolt.lock');
tabs.onmessage = ({ data }) => {
  if (data === 'asked' && status.peek()?.encrypted) void lockThis('asked');
};

/** Locks every tab: what one of them shows is not hidden by closing another. Untouched tabs lock themselves, each when its work has ended. */
export async function lock(): Promise<void> {
  tabs.postMessage('asked');
  await lockThis('asked');
}

/** Closes the workspace and loads the page anew, at a place that names no document and no question. */
async function lockThis(reason: LockReason): Promise<void> {
  if (locking) return;
  locking = true;
  write(visit, REASON_KEY, reason);
  replacePlace({ name: 'search', query: '', mode: 'hybrid', kinds: [] });
  // A worker that does not close is ended by the reload.
  await workspace
    .peek()
    ?.close()
    .catch(() => undefined);
  location.reload();
}

let touched = Date.now();

/** The latest touch in any tab. */
function lastTouch(): number {
  return Math.max(touched, Number(read(kept, ACTIVE_KEY) ?? 0) || 0);
}

function touch(): void {
  const now = Date.now();
  // Other tabs need not know it to the second.
  if (now - touched >= LOOK_MS) write(kept, ACTIVE_KEY, String(now));
  touched = now;
}

const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

effect(() => {
  const minutes = lockAfter.value;
  if (!status.value?.encrypted || minutes === 0) return;
  touch();
  const look = () => {
    if (Date.now() - lastTouch() >= minutes * MINUTE_MS && !job.peek() && !importing.peek()) void lockThis('idle');
  };
  // A device that slept looks as soon as the page is seen again, before anything can be read.
  const timer = setInterval(look, LOOK_MS);
  document.addEventListener('visibilitychange', look);
  for (const kind of TOUCHES) window.addEventListener(kind, touch, { passive: true, capture: true });
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
    for (const kind of TOUCHES) window.removeEventListener(kind, touch, { capture: true });
  };
});
