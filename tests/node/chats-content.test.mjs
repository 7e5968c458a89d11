// What becomes of each part of a conversation of ChatGPT, Claude and Open WebUI, and of what their exports hold beside.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gptZip, json, readChat as read, shownChat as shown, uuid } from '../support/chats.mjs';
import { ASSISTANTS, claudeRich, gptRich, webuiRich } from '../support/rich-chats.mjs';
import { openForTest } from '../support/workspaces.mjs';

const blob = (bytes) => new Blob([bytes]);

test('ChatGPT: the branch that is shown in its order, the others marked, nothing lost', async (t) => {
  const workspace = await openForTest(t);
  const report = await workspace.import(blob(gptZip([gptRich()])), { system: 'chatgpt' });
  assert.deepEqual(
    report.skipped.map(({ table, reason }) => [table, reason]),
    [
      ['user.json and 2 more', 'holds no conversations'],
      ['chat.html', 'a page for people, of what the JSON holds'],
      ['dalle-generations/file-1.webp and 1 more', 'files and media are not imported'],
    ],
  );
  const messages = await read(workspace, 'rich');
  assert.deepEqual(
    shown(messages).map(({ origin_id: origin }) => origin.replace('rich#', '')),
    ['about', 'ask', 'thoughts', 'code', 'output', 'quote', 'answer', 'voice', 'last'],
  );
  assert.equal(messages.length, 12);
  const named = Object.fromEntries(messages.map((row) => [row.origin_id.replace('rich#', ''), row]));
  const meta = (name) => JSON.parse(named[name].metadata);
  assert.deepEqual(
    [named.ask.content, meta('ask').parts.content_type],
    [
      '[Image: a bridge]\nWhich database for bridge sensors? Größe ∑ 👩‍🚀\n\n[Attachment: sensors.csv]',
      'multimodal_text',
    ],
  );
  assert.equal(meta('ask').attachments[0].mime_type, 'text/csv');
  assert.deepEqual(
    [named.code.content, named.code.message_type, JSON.parse(named.code.extra).recipient],
    ['print(len(rows))', 'code', 'python'],
  );
  assert.deepEqual([named.output.role, named.output.sender], ['tool', 'python']);
  assert.equal(named.thoughts.content, 'Weighing options\nTime series matter');
  assert.equal(named.quote.content, 'Time series\nhttps://example.org/tsdb\n\nUse hypertables');
  assert.equal(named.voice.content, 'And for how long?\n[Audio and video]');
  assert.deepEqual([named.about.content, meta('about').hidden], ['I build bridges\n\nBe brief', true]);
  assert.equal(named.answer.model_used, 'gpt-5-thinking');
  assert.equal(meta('answer').parent, named.quote.id);
  assert.equal(meta('answer-old').parent, named['ask-old'].id, 'branches hold together');
  // The code says that it is older than the thoughts before it.
  assert.equal(named.code.created_at, named.thoughts.created_at + 1);
  assert.equal(meta('code').source_created_at, 1_765_672_234.25);
  const [conversation] = await workspace.table('conversations').find({});
  assert.equal(conversation.status, 'archived');
  assert.equal(conversation.last_message_at, '2025-12-14T00:30:42.250000Z');
  assert.deepEqual([conversation.extra.gizmo_id, conversation.extra.empty_messages], ['g-bridge', 2]);
});

test('Claude: account, project and its documents come along; thinking and tools are kept', async (t) => {
  const workspace = await openForTest(t);
  const { skipped } = await workspace.import(blob(ASSISTANTS[1].file([claudeRich()])), { system: 'claude' });
  assert.deepEqual(skipped, [{ table: 'memories.json', reason: 'holds no conversations' }]);
  const [user] = await workspace.table('users').find({});
  assert.deepEqual([user.display_name, user.email, user.origin_id], ['Ann Bright', 'ann@example.org', uuid(1)]);
  const [project] = await workspace.table('projects').find({});
  assert.deepEqual(
    [project.name, project.owner_id, project.extra.prompt_template],
    ['Bridges', user.id, 'Think of rust'],
  );
  const [document] = await workspace.table('documents').find({});
  assert.deepEqual([document.filename, document.content, document.project_id], ['steel.md', '# Steel', project.id]);
  const messages = await read(workspace, uuid(100));
  assert.deepEqual(
    shown(messages).map(({ role, content }) => [role, content]),
    [
      ['user', 'How do we cache?\n\n[Attachment: notes.txt]\n\n[File: diagram.png]'],
      [
        'assistant',
        'With a write-through cache.\n\n[Tool: artifacts]\ntitle: Cache design\ncommand: create\ncontent: Evict the eldest',
      ],
      ['user', 'A long pasted log'],
      ['assistant', 'That is an overflow.'],
    ],
  );
  assert.equal(messages.length, 5);
  assert.deepEqual(
    messages.map(({ user_id: owner }) => owner),
    [user.id, null, null, user.id, null],
  );
  const answer = JSON.parse(messages.find(({ origin_id: origin }) => origin.endsWith(uuid(103))).metadata);
  assert.deepEqual(
    answer.parts.map(({ type }) => type),
    ['thinking', 'text', 'tool_use', 'tool_result'],
  );
  const asked = JSON.parse(messages[0].metadata);
  assert.equal(asked.attachments[0].extracted_content, 'TTL of five minutes');
  const { erased } = await workspace.privacy.eraseUser(user.id);
  assert.ok(erased.messages >= 5 && erased.conversations === 1, JSON.stringify(erased));
  assert.equal(await workspace.table('messages').count(), 0);
});

test('Open WebUI: owner, tree, files; a picture in the JSON is named, not kept', async (t) => {
  const workspace = await openForTest(t);
  await workspace.import(blob(json([webuiRich()])), { system: 'open_webui' });
  const [user] = await workspace.table('users').find({});
  const [conversation] = await workspace.table('conversations').find({});
  assert.deepEqual([user.origin_id, conversation.user_id], [uuid(1), user.id]);
  assert.deepEqual(
    [conversation.extra.pinned, conversation.extra.meta, conversation.extra.chat.models],
    [true, { tags: ['storage'] }, ['llama3']],
  );
  const messages = await read(workspace, uuid(300));
  assert.deepEqual(
    shown(messages).map(({ content }) => content),
    [
      'Which queue for orders?\n\n[Image]\n\n[Attachment: orders.pdf]',
      'A broker with acknowledgements.',
      'And dead letters?\n[Image]',
      'Keep them apart.',
    ],
  );
  assert.deepEqual(
    messages.filter((row) => !shown(messages).includes(row)).map(({ content }) => content),
    ['A log.'],
  );
  const { attachments } = JSON.parse(messages[0].metadata);
  assert.equal(attachments[0].url, 'data:image/png;base64, (100000 characters left out)');
  assert.equal(attachments[1].file.data.content, 'Orders arrive hourly');
});
