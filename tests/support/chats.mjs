// Exports of chats as the assistants write them, made here: ChatGPT's and Claude's zips, Open WebUI's JSON.
import { zip } from './zip.mjs';

export const START = 1_765_672_230.25;
export const json = (value) => Buffer.from(JSON.stringify(value));
/** An id as these systems have them, the same for the same number. */
export const uuid = (number) => `${String(number).padStart(8, '0')}-1111-4222-8333-444444444444`;

// ----- ChatGPT

export function gptMessage(id, role, content, more = {}) {
  const { metadata = {}, name = null, at = START, ...rest } = more;
  return {
    id,
    author: { role, name, metadata: {} },
    create_time: at,
    update_time: null,
    content: typeof content === 'string' ? { content_type: 'text', parts: [content] } : content,
    status: 'finished_successfully',
    end_turn: role === 'assistant' ? true : null,
    weight: 1.0,
    metadata,
    recipient: 'all',
    channel: null,
    ...rest,
  };
}

/** Nodes as [id, parent, message | null]; children are filled in. */
export function gptConversation(id, nodes, more = {}) {
  const mapping = Object.fromEntries(
    nodes.map(([node, parent, message]) => [node, { id: node, message, parent, children: [] }]),
  );
  for (const [node, parent] of nodes) mapping[parent]?.children.push(node);
  return {
    title: `Talk ${id}`,
    create_time: START,
    update_time: START + 100,
    mapping,
    moderation_results: [],
    current_node: nodes.at(-1)?.[0] ?? null,
    plugin_ids: null,
    conversation_id: id,
    conversation_template_id: null,
    gizmo_id: null,
    is_archived: false,
    safe_urls: [],
    default_model_slug: 'gpt-5',
    id,
    ...more,
  };
}

/** Questions and answers, one after the other. */
export function gptLine(id, count, text = (index) => `Message ${index} of ${id}`) {
  const nodes = [['root', null, null]];
  for (let index = 0; index < count; index++) {
    const node = `${id}-${index}`;
    const role = index % 2 === 0 ? 'user' : 'assistant';
    nodes.push([node, nodes.at(-1)[0], gptMessage(node, role, text(index), { at: START + index })]);
  }
  return gptConversation(id, nodes);
}

export function gptZip(conversations, more = []) {
  return zip([
    { name: 'user.json', content: json({ id: 'user-1', email: 'ann@example.org' }) },
    { name: 'conversations.json', content: json(conversations) },
    { name: 'message_feedback.json', content: json([]) },
    { name: 'shared_conversations.json', content: json([{ id: 's', conversation_id: 'rich', title: 'Sensors' }]) },
    { name: 'chat.html', content: '<html></html>' },
    { name: 'dalle-generations/file-1.webp', content: 'RIFF', stored: true },
    { name: 'file-2-photo.png', content: 'PNG', stored: true },
    ...more,
  ]);
}

// ----- Claude

export const NO_PARENT = '00000000-0000-4000-8000-000000000000';
const claudeTime = (seconds) => new Date((Math.floor(START) + seconds) * 1000).toISOString().replace('Z', '123Z');

export function claudeMessage(id, sender, content, seconds, more = {}) {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content, citations: [] }] : content;
  return {
    uuid: id,
    text: blocks.map(({ text = '' }) => text).join(' '),
    content: blocks,
    sender,
    created_at: claudeTime(seconds),
    updated_at: claudeTime(seconds),
    attachments: [],
    files: [],
    ...more,
  };
}

export function claudeConversation(id, messages, more = {}) {
  return {
    uuid: id,
    name: `Talk ${id}`,
    summary: '',
    created_at: claudeTime(0),
    updated_at: claudeTime(100),
    account: { uuid: uuid(1) },
    chat_messages: messages,
    ...more,
  };
}

export function claudeZip(conversations) {
  return zip([
    { name: 'conversations.json', content: json(conversations) },
    {
      name: 'users.json',
      content: json([
        { uuid: uuid(1), full_name: 'Ann Bright', email_address: 'ann@example.org', verified_phone_number: null },
      ]),
    },
    {
      name: 'projects.json',
      content: json([
        {
          uuid: uuid(200),
          name: 'Bridges',
          description: 'All of them',
          is_private: true,
          is_starter_project: false,
          prompt_template: 'Think of rust',
          created_at: claudeTime(0),
          updated_at: claudeTime(1),
          creator: { uuid: uuid(1), full_name: 'Ann Bright' },
          docs: [{ uuid: uuid(201), filename: 'steel.md', content: '# Steel', created_at: claudeTime(2) }],
        },
      ]),
    },
    { name: 'memories.json', content: json([{ conversations_memory: 'likes bridges' }]) },
  ]);
}

// ----- Open WebUI

export function webuiMessage(id, parentId, role, content, seconds, more = {}) {
  return { id, parentId, childrenIds: [], role, content, timestamp: Math.floor(START) + seconds, ...more };
}

export function webuiChat(id, messages, more = {}, chat = {}) {
  const byId = Object.fromEntries(messages.map((message) => [message.id, message]));
  for (const { id: child, parentId } of messages) byId[parentId]?.childrenIds.push(child);
  return {
    id,
    user_id: uuid(1),
    title: `Talk ${id}`,
    chat: {
      id: '',
      title: `Talk ${id}`,
      models: ['llama3'],
      params: {},
      history: { messages: byId, currentId: messages.at(-1)?.id ?? null },
      messages,
      tags: [],
      timestamp: Math.floor(START) * 1000,
      files: [],
      ...chat,
    },
    updated_at: Math.floor(START) + 100,
    created_at: Math.floor(START),
    share_id: null,
    archived: false,
    pinned: true,
    meta: { tags: ['storage'] },
    folder_id: null,
    ...more,
  };
}

// ----- What came in

/** The messages of a conversation by its id there, as they are read. */
export const readChat = (workspace, id) =>
  workspace.query(
    `SELECT m.* FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.origin_id = ?
     ORDER BY m.created_at, m.pk`,
    [id],
  );
/** Those of the branch that is shown. */
export const shownChat = (messages) =>
  messages.filter(({ metadata }) => JSON.parse(metadata ?? '{}').alternative !== true);
