/** What a JSON file of an export holds, by its beginning. */
import { firstMembers, isEmptyArray } from '../readers/json-detect.js';
import type { ChatSystem } from '../maps.js';

/** `users`, `projects`: files beside Claude's conversations. `empty`: a list without anything in it. */
export type ChatFile = ChatSystem | 'users' | 'projects' | 'empty';

/** Members whose list an export may be wrapped in. */
export const WRAPPERS = ['conversations', 'chats'];

const has = (members: readonly string[], ...names: string[]): boolean => names.every((name) => members.includes(name));

function kindOf(members: readonly string[]): ChatFile | null {
  if (has(members, 'mapping')) return 'chatgpt';
  if (has(members, 'chat_messages')) return 'claude';
  if (has(members, 'chat') || has(members, 'history', 'title')) return 'open_webui';
  if (has(members, 'uuid', 'prompt_template') || has(members, 'uuid', 'docs')) return 'projects';
  if (has(members, 'uuid', 'full_name', 'email_address')) return 'users';
  return null;
}

/** Null for what is nothing that is read here. */
export function chatFile(text: string): ChatFile | null {
  if (isEmptyArray(text)) return 'empty';
  for (const members of firstMembers(text, WRAPPERS)) {
    const kind = kindOf(members);
    if (kind !== null) return kind;
  }
  return null;
}
