/** What an encrypted workspace is opened with. */
import type { OpenParams } from '../protocol/messages.js';

/** The key of an open database, and the number of the record that it is in. */
export interface Unlocked {
  number: number;
  key: Uint8Array<ArrayBuffer>;
}

/** `unlocked`: what a tab that leads now had found out when it opened the workspace. */
export type UnlockParams = OpenParams & { unlocked?: Unlocked | undefined };
