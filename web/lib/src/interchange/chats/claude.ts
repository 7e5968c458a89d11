/** Conversations, accounts and projects of Claude's export. */
import { isObject, type JsonObject } from '../readers/vector-shapes.js';
import type { SourceValue } from '../source.js';
import type { Talk, TalkMessage } from './talk.js';
import { argumentLines, idOf, listOf, objectOf, paragraphs, placeholder, rest, stringOf } from './values.js';

/** The parent of first messages. */
const NO_PARENT = /^0{8}-0{4}-[04]0{3}-[08]0{3}-0{12}$/;

export function claudeTalk(item: JsonObject): Talk | string {
  const { chat_messages: messages } = item;
  if (!Array.isArray(messages)) return 'The conversation has no chat_messages.';
  const userId = idOf(objectOf(item['account'])['uuid']);
  return {
    id: idOf(item['uuid']),
    userId,
    title: item['name'] ?? null,
    createdAt: item['created_at'] ?? null,
    updatedAt: item['updated_at'] ?? null,
    isArchived: undefined,
    extra: rest(item, 'uuid', 'account', 'name', 'created_at', 'updated_at', 'chat_messages'),
    nodes: messages.map((one) => {
      const message = objectOf(one);
      const parent = idOf(message['parent_message_uuid']);
      return {
        id: idOf(message['uuid']),
        parent: parent === null ? undefined : NO_PARENT.test(parent) ? null : parent,
        children: [],
        message: messageOf(message, userId),
      };
    }),
    current: idOf(item['current_leaf_message_uuid']),
  };
}

function messageOf(message: JsonObject, userId: string | null): TalkMessage | null {
  const blocks = listOf(message['content']);
  const attachments = listOf(message['attachments']);
  const files = [...listOf(message['files']), ...listOf(message['files_v2'])];
  const said = paragraphs(blocks.map(blockText));
  const text = paragraphs([
    said === '' ? stringOf(message['text']) : said,
    ...attachments.map(attachmentText),
    ...new Set(files.map((file) => placeholder('File', objectOf(file)['file_name']))),
  ]);
  if (text === '' && blocks.length === 0) return null;
  const isPlain = blocks.every(isPlainText);
  return {
    role: message['sender'] ?? null,
    sender: null,
    content: text,
    isCode: false,
    model: message['model'] ?? null,
    userId: message['sender'] === 'human' ? userId : null,
    createdAt: message['created_at'] ?? null,
    updatedAt: message['updated_at'] ?? null,
    hidden: false,
    contentType: isPlain ? null : 'blocks',
    parts: isPlain ? null : blocks,
    attachments: attachments.length + files.length > 0 ? [...attachments, ...files] : null,
    extra: rest(
      message,
      ...['uuid', 'sender', 'model', 'created_at', 'updated_at', 'content', 'attachments', 'files', 'files_v2'],
      ...['parent_message_uuid', ...(said === '' || said === message['text'] ? ['text'] : [])],
    ),
  };
}

/** A block that its text says all of. */
function isPlainText(block: SourceValue): boolean {
  const { type, citations } = objectOf(block);
  return type === 'text' && listOf(citations).length === 0;
}

/** What was said, and the calls of tools with what was asked of them; thinking and results are kept beside the text. */
function blockText(block: SourceValue): string {
  if (typeof block === 'string') return block;
  const object = objectOf(block);
  if (object['type'] === 'tool_use') {
    return [placeholder('Tool', object['name']), argumentLines(object['input'])].filter(Boolean).join('\n');
  }
  return object['type'] === 'text' ? stringOf(object['text']) : '';
}

/** A long text that was pasted becomes an attachment without a name: it is what was said. */
function attachmentText(attachment: SourceValue): string {
  const { file_name: name, extracted_content: content } = objectOf(attachment);
  return stringOf(name) === '' && stringOf(content) !== '' ? stringOf(content) : placeholder('Attachment', name);
}

export function claudeUsers(item: JsonObject): JsonObject[] {
  const { uuid = null, full_name: name = null, email_address: email = null } = item;
  return [
    { id: idOf(uuid), full_name: name, email_address: email, extra: rest(item, 'uuid', 'full_name', 'email_address') },
  ];
}

export function claudeProjects(item: JsonObject): JsonObject[] {
  return [
    {
      id: idOf(item['uuid']),
      user_id: idOf(objectOf(item['creator'])['uuid']),
      name: stringOf(item['name']) || 'Untitled',
      description: item['description'] ?? null,
      created_at: item['created_at'] ?? null,
      updated_at: item['updated_at'] ?? null,
      extra: rest(item, 'uuid', 'creator', 'name', 'description', 'created_at', 'updated_at', 'docs'),
    },
  ];
}

export function claudeDocuments(item: JsonObject): JsonObject[] {
  return listOf(item['docs'])
    .filter((doc) => isObject(doc))
    .map((doc) => ({
      id: idOf(doc['uuid']),
      project_id: idOf(item['uuid']),
      user_id: idOf(objectOf(item['creator'])['uuid']),
      filename: stringOf(doc['filename']) || 'Untitled',
      content: doc['content'] ?? null,
      created_at: doc['created_at'] ?? null,
      extra: rest(doc, 'uuid', 'filename', 'content', 'created_at'),
    }));
}
