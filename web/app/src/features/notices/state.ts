/** Short messages over the page: errors with what to do about them, and the offer to load a new release. */
import { signal } from '@preact/signals';
import type { ErrorCode } from 'archivolt';
import { asArchivoltError, markLocked, markLost } from '../../workspace';
import { ADVICE } from './strings';

/** Errors stay until dismissed; information leaves by itself after this time. */
const INFORMATION_MS = 6000;
const MAX_NOTICES = 4;

export interface Notice {
  id: number;
  tone: 'error' | 'information';
  message: string;
  advice: string | null;
}

export const notices = signal<readonly Notice[]>([]);

/** An error that the bar over the page explains, and how often it came since: it is not told in a corner as well. */
export const covered = signal<{ code: ErrorCode; times: number } | null>(null);

let nextId = 1;

function add(notice: Omit<Notice, 'id'>): number {
  // The same message twice says nothing new; it moves to the front instead.
  const others = notices.value.filter((other) => other.message !== notice.message);
  const id = nextId++;
  notices.value = [...others, { ...notice, id }].slice(-MAX_NOTICES);
  return id;
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function inform(message: string): void {
  const id = add({ tone: 'information', message, advice: null });
  setTimeout(() => dismiss(id), INFORMATION_MS);
}

/** Shows an error with its advice. A cancellation is what the person asked for, so it is not shown. */
export function report(error: unknown): void {
  const { code, message } = asArchivoltError(error);
  if (code === 'CANCELLED') return;
  if (code === 'WORKER_LOST' || code === 'PROTOCOL_MISMATCH') {
    markLost({ code, message });
    return;
  }
  if (code === 'WRONG_PASSPHRASE') {
    markLocked();
    return;
  }
  const bar = covered.peek();
  if (bar?.code === code) covered.value = { code, times: bar.times + 1 };
  else add({ tone: 'error', message, advice: ADVICE[code] });
}

/** Set when a new release is installed and waits; calling it reloads the page into that release. */
export const update = signal<(() => void) | null>(null);
