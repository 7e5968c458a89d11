/** A conversation of ChatGPT's export: a tree of nodes by id, with a message in most of them. */
import type { JsonObject } from '../readers/vector-shapes.js';
import { isObject } from '../readers/vector-shapes.js';
import type { SourceValue } from '../source.js';
import type { Talk, TalkMessage, TalkNode } from './talk.js';
import { idOf, listOf, objectOf, paragraphs, placeholder, rest, stringOf } from './values.js';

export function chatgptTalk(item: JsonObject): Talk | string {
  const { mapping } = item;
  if (!isObject(mapping)) return 'The conversation has no mapping, the tree of its messages.';
  return {
    id: idOf(item['id']) ?? idOf(item['conversation_id']),
    userId: null,
    title: item['title'] ?? null,
    createdAt: item['create_time'] ?? null,
    updatedAt: item['update_time'] ?? null,
    isArchived: item['is_archived'] ?? false,
    extra: rest(item, 'id', 'title', 'create_time', 'update_time', 'is_archived', 'mapping'),
    nodes: Object.entries(mapping).map(([id, node]) => nodeOf(id, objectOf(node))),
    current: idOf(item['current_node']),
  };
}

function nodeOf(id: string, { parent, children, message }: JsonObject): TalkNode {
  return {
    id,
    parent: idOf(parent),
    children: listOf(children).map((child) => idOf(child) ?? ''),
    message: isObject(message) ? messageOf(message) : null,
  };
}

function messageOf(message: JsonObject): TalkMessage | null {
  const author = objectOf(message['author']);
  const metadata = objectOf(message['metadata']);
  const content = objectOf(message['content']);
  const type = stringOf(content['content_type']) || 'text';
  const attachments = listOf(metadata['attachments']);
  const text = paragraphs([
    contentText(type, content),
    aboutUser(metadata),
    ...attachments.map((attachment) => placeholder('Attachment', objectOf(attachment)['name'])),
  ]);
  if (text === '') return null;
  const isPlain = type === 'text' && listOf(content['parts']).every((part) => typeof part === 'string');
  return {
    role: author['role'] ?? null,
    sender: author['name'] ?? null,
    content: text,
    isCode: type === 'code' || type === 'execution_output',
    model: metadata['model_slug'] ?? null,
    userId: null,
    createdAt: message['create_time'] ?? null,
    updatedAt: message['update_time'] ?? null,
    hidden: metadata['is_visually_hidden_from_conversation'] === true,
    contentType: isPlain ? null : type,
    parts: isPlain ? null : content,
    attachments: attachments.length > 0 ? attachments : null,
    extra: rest(message, 'id', 'author', 'create_time', 'update_time', 'content'),
  };
}

/** What stands where the user told about himself: the message itself is empty. */
function aboutUser(metadata: JsonObject): string {
  const about = objectOf(metadata['user_context_message_data']);
  return paragraphs(Object.values(about).map(stringOf));
}

/** Members that hold the text of the kinds of content, the first that is there. */
const TEXTS = ['text', 'content', 'result', 'summary', 'model_set_context', 'snippet'];

function contentText(type: string, content: JsonObject): string {
  if (type === 'thoughts') {
    return paragraphs(
      listOf(content['thoughts']).map((thought) => {
        const { summary, content: thinking } = objectOf(thought);
        return [stringOf(summary), stringOf(thinking)].filter((text) => text !== '').join('\n');
      }),
    );
  }
  if (type === 'user_editable_context')
    return paragraphs([stringOf(content['user_profile']), stringOf(content['user_instructions'])]);
  if (Array.isArray(content['parts'])) return content['parts'].map(partText).filter(Boolean).join('\n');
  const found = TEXTS.map((name) => stringOf(content[name])).find((text) => text !== '') ?? '';
  const heading = [stringOf(content['title']), stringOf(content['url'])].filter((text) => text !== '').join('\n');
  return paragraphs([heading, found]);
}

/** A part of a message that has more than text: pictures and sound are named, what was said is there. */
function partText(part: SourceValue): string {
  if (typeof part === 'string') return part;
  const object = objectOf(part);
  const type = stringOf(object['content_type']);
  const text = stringOf(object['text']);
  if (text !== '') return text;
  if (type === 'image_asset_pointer') {
    const { dalle } = objectOf(object['metadata']);
    return placeholder('Image', objectOf(dalle)['prompt']);
  }
  if (type === 'audio_asset_pointer' || type === 'audio_transcription') return placeholder('Audio');
  if (type === 'real_time_user_audio_video_asset_pointer') return placeholder('Audio and video');
  return Object.keys(object).length === 0 ? '' : placeholder(type === '' ? 'Part' : type);
}
