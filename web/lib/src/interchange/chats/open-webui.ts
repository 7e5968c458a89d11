/** A chat of Open WebUI's export: a tree of messages by id, or their list alone in old ones. */
import { isObject, type JsonObject } from '../readers/vector-shapes.js';
import type { SourceValue } from '../source.js';
import type { Talk, TalkMessage, TalkNode } from './talk.js';
import { idOf, listOf, objectOf, paragraphs, placeholder, rest, stringOf } from './values.js';

export function openWebuiTalk(item: JsonObject): Talk | string {
  // A chat without its row: what its own import takes.
  const { chat: inner } = item;
  const chat = isObject(inner) ? inner : item;
  const history = objectOf(chat['history']);
  const { messages } = history;
  const list = listOf(chat['messages']);
  if (!isObject(messages) && !Array.isArray(chat['messages'])) return 'The chat has no messages.';
  const userId = idOf(item['user_id']);
  const isOwn = chat === item;
  return {
    id: idOf(item['id']) ?? idOf(chat['id']),
    userId,
    title: item['title'] ?? chat['title'] ?? null,
    createdAt: item['created_at'] ?? chat['timestamp'] ?? null,
    updatedAt: item['updated_at'] ?? null,
    isArchived: item['archived'] ?? false,
    extra: {
      ...(isOwn ? {} : rest(item, 'id', 'user_id', 'title', 'created_at', 'updated_at', 'archived', 'chat')),
      chat: rest(chat, 'id', 'title', 'history', 'messages', 'timestamp', ...(isOwn ? ['user_id', 'archived'] : [])),
    },
    nodes:
      isObject(messages) && (list.length === 0 || Object.keys(messages).length > 0)
        ? Object.entries(messages).map(([id, message]) => nodeOf(id, objectOf(message), null, userId))
        : list.map((message) => nodeOf(idOf(objectOf(message)['id']), objectOf(message), undefined, userId)),
    current: idOf(item['current_message_id']) ?? idOf(history['currentId']),
  };
}

function nodeOf(id: string | null, message: JsonObject, noParent: null | undefined, userId: string | null): TalkNode {
  return {
    id,
    parent: idOf(message['parentId']) ?? noParent,
    children: listOf(message['childrenIds']).map((child) => idOf(child) ?? ''),
    message: messageOf(message, userId),
  };
}

function messageOf(message: JsonObject, userId: string | null): TalkMessage | null {
  const { content = null } = message;
  const files = listOf(message['files']);
  const error = objectOf(message['error']);
  const text = paragraphs([
    typeof content === 'string' ? content : listOf(content).map(partText).filter(Boolean).join('\n'),
    ...files.map(fileText),
    stringOf(error['content']),
  ]);
  if (text === '') return null;
  const isPlain = typeof content === 'string';
  return {
    role: message['role'] ?? null,
    sender: null,
    content: text,
    isCode: false,
    model: message['model'] ?? null,
    userId: message['role'] === 'user' ? userId : null,
    createdAt: message['timestamp'] ?? null,
    updatedAt: null,
    hidden: false,
    contentType: isPlain ? null : 'parts',
    parts: isPlain ? null : content,
    attachments: files.length > 0 ? files : null,
    extra: rest(message, 'id', 'role', 'content', 'model', 'timestamp', 'files', 'parentId', 'childrenIds'),
  };
}

function partText(part: SourceValue): string {
  if (typeof part === 'string') return part;
  const { text, type } = objectOf(part);
  if (typeof text === 'string') return text;
  return type === 'image_url' ? placeholder('Image') : placeholder('Part', type);
}

function fileText(file: SourceValue): string {
  const { name, type, file: inner } = objectOf(file);
  if (type === 'image') return placeholder('Image', name);
  return placeholder('Attachment', name ?? objectOf(inner)['filename']);
}
