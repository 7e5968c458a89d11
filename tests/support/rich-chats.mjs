// A conversation of each assistant with all that its exports can have in it: other branches, tools, code, thinking, media.
import {
  claudeConversation,
  claudeMessage,
  claudeZip,
  gptConversation,
  gptMessage,
  gptZip,
  json,
  NO_PARENT,
  START,
  uuid,
  webuiChat,
  webuiMessage,
} from './chats.mjs';

/** Every kind of content, an answer made again, a question edited, placeholders. */
export function gptRich(id = 'rich') {
  const model = { metadata: { model_slug: 'gpt-5-thinking' } };
  const at = (seconds) => ({ at: START + seconds });
  return gptConversation(
    id,
    [
      ['client-created-root', null, null],
      [
        'stub',
        'client-created-root',
        gptMessage('stub', 'system', '', { metadata: { is_visually_hidden_from_conversation: true }, at: null }),
      ],
      [
        'about',
        'stub',
        gptMessage(
          'about',
          'user',
          { content_type: 'user_editable_context', user_profile: 'I build bridges', user_instructions: 'Be brief' },
          { metadata: { is_visually_hidden_from_conversation: true }, at: null },
        ),
      ],
      ['ask-old', 'about', gptMessage('ask-old', 'user', 'Which database for sensors?', at(1))],
      ['answer-old', 'ask-old', gptMessage('answer-old', 'assistant', 'A spreadsheet.', { ...model, ...at(2) })],
      [
        'ask',
        'about',
        gptMessage(
          'ask',
          'user',
          {
            content_type: 'multimodal_text',
            parts: [
              {
                content_type: 'image_asset_pointer',
                asset_pointer: 'sediment://file_0001',
                width: 10,
                height: 10,
                metadata: { dalle: { prompt: 'a bridge' } },
              },
              'Which database for bridge sensors? Größe ∑ 👩‍🚀',
            ],
          },
          {
            ...at(3),
            metadata: { attachments: [{ id: 'file-1', name: 'sensors.csv', size: 12, mime_type: 'text/csv' }] },
          },
        ),
      ],
      [
        'thoughts',
        'ask',
        gptMessage(
          'thoughts',
          'assistant',
          {
            content_type: 'thoughts',
            thoughts: [{ summary: 'Weighing options', content: 'Time series matter' }],
            source_analysis_msg_id: 'x',
          },
          { ...model, ...at(6) },
        ),
      ],
      [
        'code',
        'thoughts',
        gptMessage(
          'code',
          'assistant',
          { content_type: 'code', language: 'python', text: 'print(len(rows))' },
          { ...model, ...at(4), recipient: 'python' },
        ),
      ],
      [
        'output',
        'code',
        gptMessage('output', 'tool', { content_type: 'execution_output', text: '4711' }, { ...at(7), name: 'python' }),
      ],
      [
        'quote',
        'output',
        gptMessage(
          'quote',
          'tool',
          {
            content_type: 'tether_quote',
            url: 'https://example.org/tsdb',
            domain: 'example.org',
            title: 'Time series',
            text: 'Use hypertables',
          },
          { ...at(8), name: 'browser' },
        ),
      ],
      ['again', 'quote', gptMessage('again', 'assistant', 'Take a relational database.', { ...model, ...at(9) })],
      ['answer', 'quote', gptMessage('answer', 'assistant', 'Take a time series database.', { ...model, ...at(10) })],
      [
        'voice',
        'answer',
        gptMessage(
          'voice',
          'user',
          {
            content_type: 'multimodal_text',
            parts: [
              { content_type: 'audio_transcription', text: 'And for how long?', direction: 'in' },
              {
                content_type: 'real_time_user_audio_video_asset_pointer',
                audio_asset_pointer: { asset_pointer: 'sediment://file_0002' },
              },
            ],
          },
          at(11),
        ),
      ],
      ['last', 'voice', gptMessage('last', 'assistant', 'Ten years.', { ...model, ...at(12) })],
    ],
    { title: 'Sensors', is_archived: true, gizmo_id: 'g-bridge' },
  );
}

export function claudeRich(id = uuid(100)) {
  const after = (parent) => ({ parent_message_uuid: parent });
  return claudeConversation(
    id,
    [
      claudeMessage(uuid(101), 'human', 'How do we cache?', 1, {
        ...after(NO_PARENT),
        attachments: [
          { file_name: 'notes.txt', file_size: 9, file_type: 'txt', extracted_content: 'TTL of five minutes' },
        ],
        files: [{ file_uuid: uuid(9), file_name: 'diagram.png' }],
      }),
      claudeMessage(uuid(102), 'assistant', 'In memory.', 2, after(uuid(101))),
      claudeMessage(
        uuid(103),
        'assistant',
        [
          { type: 'thinking', thinking: 'They want a cache', summaries: [] },
          { type: 'text', text: 'With a write-through cache.', citations: [] },
          {
            type: 'tool_use',
            id: 'toolu_1',
            name: 'artifacts',
            input: { title: 'Cache design', command: 'create', content: 'Evict the eldest' },
          },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            name: 'artifacts',
            content: [{ type: 'text', text: 'OK' }],
            is_error: false,
          },
        ],
        3,
        after(uuid(101)),
      ),
      claudeMessage(uuid(104), 'human', '', 4, {
        ...after(uuid(103)),
        content: [],
        attachments: [{ file_name: '', file_size: 9, file_type: 'txt', extracted_content: 'A long pasted log' }],
      }),
      claudeMessage(uuid(105), 'assistant', 'That is an overflow.', 5, after(uuid(104))),
    ],
    { name: 'Caching', summary: 'About caches' },
  );
}

export function webuiRich(id = uuid(300)) {
  const model = { model: 'llama3', modelName: 'Llama 3', modelIdx: 0, done: true, usage: { total_tokens: 7 } };
  const picture = `data:image/png;base64,${'A'.repeat(100_000)}`;
  return webuiChat(
    id,
    [
      webuiMessage('q1', null, 'user', 'Which queue for orders?', 1, {
        models: ['llama3'],
        files: [
          { type: 'image', url: picture },
          { type: 'file', name: 'orders.pdf', file: { data: { content: 'Orders arrive hourly' } } },
        ],
      }),
      webuiMessage('a1', 'q1', 'assistant', 'A log.', 1, model),
      webuiMessage('a2', 'q1', 'assistant', 'A broker with acknowledgements.', 1, {
        ...model,
        sources: [{ source: { name: 'orders.pdf' } }],
      }),
      webuiMessage(
        'q2',
        'a2',
        'user',
        [
          { type: 'text', text: 'And dead letters?' },
          { type: 'image_url', image_url: { url: 'x' } },
        ],
        1,
      ),
      webuiMessage('a3', 'q2', 'assistant', 'Keep them apart.', 2, model),
    ],
    { title: 'Queues' },
  );
}

/** What each assistant's export is like: the system, a rich conversation, and a file of conversations. */
export const ASSISTANTS = [
  { system: 'chatgpt', rich: gptRich, file: gptZip, id: 'rich', title: 'Sensors' },
  { system: 'claude', rich: claudeRich, file: claudeZip, id: uuid(100), title: 'Caching' },
  { system: 'open_webui', rich: webuiRich, file: json, id: uuid(300), title: 'Queues' },
];
