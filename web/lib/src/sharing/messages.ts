/**
 * What tabs of one workspace say to each other, over BroadcastChannels.
 *
 * One channel is everybody's: who comes asks who leads, who leads says so and tells what changed. Requests and their answers go over
 * a channel that only the leader and one tab have open. Both carry the leader's own id: what was meant for a leader that is gone, or
 * comes from it late, is dropped. Releases of this package that differ may meet here, so these shapes are never changed.
 */
import type { ErrorShape } from '../errors.js';
import type { Cancel, EventMessage, OpenParams, ProgressMessage, Reply, Request } from '../protocol/messages.js';

export const channelName = (workspace: string): string => `archivolt:workspace:${workspace}`;
export const tabChannelName = (workspace: string, tab: string): string => `archivolt:workspace:${workspace}:${tab}`;
/** Held by every tab for as long as it lives: who gets it knows that the tab is gone. */
export const tabLockName = (tab: string): string => `archivolt:tab:${tab}`;

/** What all tabs of a workspace must agree on. */
export function settingsOf({ embedder, durability }: OpenParams): string {
  return JSON.stringify({ durability, embedder });
}

/** Why tabs have to open the workspace again. */
export type Expulsion = 'key' | 'embedder';

/** To everybody. */
export type Call =
  /** `settings`: what all tabs must agree on. `proof`: of an encrypted workspace's key; '' is a passphrase for a plain one. */
  | { kind: 'join'; tab: string; version: number; settings: string; proof?: string | undefined }
  | { kind: 'leading'; leader: string }
  | { kind: 'event'; leader: string; message: EventMessage };

/** From the leader to one tab. */
export type ToTab =
  /** The leader is still opening the workspace. */
  | { kind: 'wait' }
  /** `tables`: all there are, for a tab that may have missed what changed. */
  | { kind: 'joined'; leader: string; tables: string[] }
  | { kind: 'refused'; error: ErrorShape }
  | { kind: 'answer'; leader: string; message: Reply | ProgressMessage };

/** From a tab to the leader. */
export interface ToLeader {
  kind: 'ask';
  leader: string;
  message: Request | Cancel;
}

/**
 * Any script of the origin can write to these channels, and an error in a listener would end the whole worker: what has not the shape
 * of a message is dropped.
 */
export function isOfLeader(data: unknown): data is Call & { leader: string } {
  if (!isMessage(data)) return false;
  const { kind, leader, message } = data as Record<string, unknown>;
  if (typeof leader !== 'string' || kind !== 'event') return typeof leader === 'string';
  return isMessage(message) && message.kind === 'event' && isObject((message as Partial<EventMessage>).detail);
}

export function isToTab(data: unknown): data is ToTab {
  if (!isMessage(data)) return false;
  const { kind, tables, error, message } = data as Record<string, unknown>;
  if (kind === 'joined') return Array.isArray(tables);
  if (kind === 'refused') return isObject(error);
  if (kind !== 'answer') return kind === 'wait';
  if (!isMessage(message)) return false;
  return message.kind === 'reply'
    ? (message as Reply).ok || isObject((message as Reply & { ok: false }).error)
    : message.kind === 'progress';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Whether something that came over a channel is a message at all: any script of the origin can write there. */
export function isMessage(data: unknown): data is { kind: string } {
  return typeof data === 'object' && data !== null && typeof (data as { kind?: unknown }).kind === 'string';
}
