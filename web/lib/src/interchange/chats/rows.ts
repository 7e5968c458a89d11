/** Rows of the source's tables, as the maps name their columns, out of a conversation. */
import type { JsonObject } from '../readers/vector-shapes.js';
import type { SourceValue } from '../source.js';
import { fromMicros } from '../times.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Talk } from './talk.js';
import { threadOf, type Thread } from './thread.js';
import { microsOf } from './values.js';

const iso = (micros: number | null): string | null => (micros === null ? null : fromMicros(micros, 'iso'));

export function conversationRow(talk: Talk): JsonObject {
  const thread = threadOf(talk);
  const created = microsOf(talk.createdAt) ?? thread.messages[0]?.createdAt ?? null;
  const last = thread.messages.at(-1)?.createdAt ?? null;
  return {
    id: conversationId(talk, thread),
    user_id: talk.userId,
    title: talk.title,
    ...(talk.isArchived === undefined ? {} : { is_archived: talk.isArchived }),
    created_at: iso(created),
    updated_at: iso(microsOf(talk.updatedAt)),
    last_message_at: iso(last),
    extra: { ...talk.extra, ...(thread.empty > 0 ? { empty_messages: thread.empty } : {}) },
  };
}

export function messageRows(talk: Talk): JsonObject[] {
  const thread = threadOf(talk);
  const conversation = conversationId(talk, thread);
  return thread.messages.map(({ id, parent, message, createdAt, sourceCreatedAt, alternative }) => ({
    conversation_id: conversation,
    id,
    user_id: message.userId,
    role: message.role,
    sender: message.sender,
    content: message.content,
    message_type: message.isCode ? 'code' : 'text',
    model: message.model,
    created_at: iso(createdAt),
    updated_at: iso(microsOf(message.updatedAt)),
    // As the messages are called in the table: the same message may stand in a copy of the conversation.
    parent: parent === null ? null : `${conversation}#${parent}`,
    alternative: alternative || null,
    hidden: message.hidden || null,
    source_created_at: sourceCreatedAt,
    content_type: message.contentType,
    parts: message.parts,
    attachments: message.attachments,
    extra: Object.keys(message.extra).length > 0 ? message.extra : null,
  }));
}

/** A conversation without an id is known again by its beginning, which stays when it grows. */
function conversationId({ id, createdAt, title }: Talk, { messages: [first] }: Thread): string {
  if (id !== null) return id;
  const told: SourceValue[] = [createdAt, ...(first === undefined ? [title] : [first.id, first.message.content])];
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(told.map(String))))).slice(0, 32);
}
