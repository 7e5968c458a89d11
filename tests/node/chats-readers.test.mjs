// The readers of chats: trees of any shape, values of any kind, files that anybody may have made; and damaged ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gptConversation, gptLine, gptMessage, json, webuiChat, webuiMessage } from '../support/chats.mjs';
import { assertUnpolluted } from '../support/misuse.mjs';
import { mutated } from '../support/mutations.mjs';
import { random, rowsByCursors, rowsOf } from '../support/readers.mjs';
import { ASSISTANTS } from '../support/rich-chats.mjs';
import { importSource } from '../support/source.mjs';

const { CHAT_MAPS, chatgptTalk, openChats, threadOf } = await importSource(
  'interchange/chats/open',
  'interchange/chats/maps',
  'interchange/chats/chatgpt',
  'interchange/chats/thread',
);
const open = (system, bytes, options = {}) =>
  openChats(CHAT_MAPS[system], [{ name: 'export', blob: new Blob([bytes]) }], options);
const tableOf = (source, name) => source.tables.find((table) => table.name === name);
const rowsIn = async (system, bytes, name) => rowsOf(tableOf(await open(system, bytes), name));
const thread = (nodes, more) => threadOf(chatgptTalk(gptConversation('c', nodes, more)));
const say = (id, parent, at) => [id, parent, gptMessage(id, 'user', `I am ${id}`, { at })];
const ids = ({ messages }) => messages.map(({ id }) => id).join(' ');
const path = ({ messages }) =>
  messages
    .filter(({ alternative }) => !alternative)
    .map(({ id }) => id)
    .join(' ');

test('a branch is read in its order whatever its times say', () => {
  const line = thread([
    say('a', null, 50),
    say('b', 'a', 10),
    say('c', 'b', null),
    say('d', 'c', 50),
    say('e', 'd', 60),
  ]);
  assert.equal(ids(line), 'a b c d e');
  assert.deepEqual(
    line.messages.map(({ createdAt }) => createdAt),
    [50e6, 50e6 + 1, 50e6 + 2, 50e6 + 3, 60e6],
  );
  assert.deepEqual(
    line.messages.map(({ sourceCreatedAt }) => sourceCreatedAt),
    [null, 10, null, 50, null],
  );
  const timeless = thread([say('a', null, null), say('b', 'a', null)], { create_time: null, update_time: null });
  assert.deepEqual(
    timeless.messages.map(({ id, createdAt }) => [id, createdAt]),
    [
      ['a', null],
      ['b', 1],
    ].map(([id]) => [id, null]),
  );
});

test('times as text, milliseconds, ISO, and what is no time', () => {
  const times = [
    '1700000000.5',
    1_700_000_001_000,
    '2023-11-14T22:13:22+00:00',
    'yesterday',
    1e300,
    {},
    -1,
    '',
    '1700000003',
  ];
  const { messages } = thread(times.map((at, index) => say(`m${index}`, index === 0 ? null : `m${index - 1}`, at)));
  const first = 1_700_000_000_500_000;
  assert.deepEqual(
    messages.map(({ createdAt }) => createdAt - first),
    [0, 500_000, 1_500_000, 1_500_001, 1_500_002, 1_500_003, 1_500_004, 1_500_005, 2_500_000],
  );
  assert.deepEqual(
    messages.slice(3, 8).map(({ sourceCreatedAt }) => sourceCreatedAt),
    ['yesterday', 1e300, {}, -1, ''],
  );
});

test('without a known end the branch that was spoken last is shown', () => {
  const nodes = [say('a', null, 1), say('b', 'a', 9), say('c', 'a', 5)];
  assert.equal(path(thread(nodes, { current_node: 'c' })), 'a c');
  for (const current of ['gone', null, 7, {}]) assert.equal(path(thread(nodes, { current_node: current })), 'a b');
});

test('circles, missing parents, parents of themselves and nodes that are none', () => {
  assert.equal(ids(thread([say('a', 'b', 1), say('b', 'a', 2)])).split(' ').length, 2);
  assert.equal(ids(thread([say('a', 'a', 1)])), 'a');
  assert.equal(
    path(thread([say('a', null, 1), say('b', 'gone', 2), say('c', 'b', 3)])),
    'a b c',
    'after what stands before it',
  );
  const ring = Array.from({ length: 50 }, (_, at) => say(`r${at}`, `r${(at + 49) % 50}`, at));
  assert.equal(thread(ring).messages.length, 50);
  for (const mapping of [
    { a: null, b: 5, c: [], d: { message: 'x' }, e: { message: { author: 7, content: [], metadata: 'x' } } },
    {},
  ])
    assert.deepEqual(threadOf(chatgptTalk({ id: 'c', mapping })).messages, []);
  // A parent that only lists its children.
  const listed = chatgptTalk(gptConversation('c', [say('a', null, 2), say('b', 'a', 1)]));
  for (const node of listed.nodes) node.parent = null;
  assert.equal(path(threadOf(listed)), 'a b');
});

test('a chain of 120,000 messages is read without going down it, in batches of bounded size', async () => {
  const count = 120_000;
  const nodes = Array.from({ length: count }, (_, at) => say(`m${at}`, at === 0 ? null : `m${at - 1}`, at)).reverse();
  const source = await open('chatgpt', json([gptConversation('deep', nodes, { current_node: `m${count - 1}` })]));
  let read = 0;
  for await (const { rows } of tableOf(source, 'messages').rows()) {
    assert.ok(rows.length <= 500);
    for (const row of rows) assert.equal(row[1], `m${read++}`);
  }
  assert.equal(read, count);
  assert.deepEqual(source.problems, []);
});

test('names that mean something to JavaScript are names', async () => {
  const nodes = [say('__proto__', null, 1), say('constructor', '__proto__', 2), say('toString', 'constructor', 3)];
  const text = JSON.stringify([gptConversation('prototype', [])]).replace(
    '"mapping":{}',
    `"mapping":{${nodes
      .map(([id, parent, message]) => {
        const held = JSON.stringify({ ...message, polluted: 1 }).replace('"polluted"', '"__proto__"');
        return `${JSON.stringify(id)}:${JSON.stringify({ id, parent, children: [] }).slice(0, -1)},"message":${held}}`;
      })
      .join(',')}}`,
  );
  const rows = await rowsIn('chatgpt', text, 'messages');
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['__proto__', 'constructor', 'toString'],
  );
  assert.ok(Object.hasOwn(rows[0].extra, '__proto__'));
  assertUnpolluted();
});

test('ids that are numbers, missing or there twice', async () => {
  const numbers = { ...gptLine('x', 1), id: 12, conversation_id: 12 };
  const [conversation] = await rowsIn('chatgpt', json([numbers]), 'conversations');
  assert.equal(conversation.id, '12');
  const chat = webuiChat(
    'twice',
    [],
    {},
    {
      history: undefined,
      currentId: null,
      messages: [
        webuiMessage('m', undefined, 'user', 'First', 1),
        webuiMessage('m', undefined, 'user', 'Second', 2),
        { role: 'user', content: 'Third' },
      ],
    },
  );
  const rows = await rowsIn('open_webui', json([chat]), 'messages');
  assert.deepEqual(
    rows.map(({ id, content, alternative }) => [id, content, alternative]),
    [
      ['m', 'First', null],
      ['m#2', 'Second', null],
      ['#3', 'Third', null],
    ],
  );
  const nameless = (count) => ({ ...gptLine('same', count), id: undefined, conversation_id: undefined });
  const [short] = await rowsIn('chatgpt', json([nameless(2)]), 'conversations');
  const [grown] = await rowsIn('chatgpt', json([nameless(4)]), 'conversations');
  assert.match(short.id, /^[0-9a-f]{32}$/);
  assert.equal(grown.id, short.id, 'known again by its beginning');
});

test('a conversation with a text of many megabytes, NUL and halves of pairs', async () => {
  const long = `${'Grüße '.repeat(1_000_000)}\0\ud800!`;
  const [message] = await rowsIn('chatgpt', json([gptLine('long', 1, () => long)]), 'messages');
  assert.equal(message.content.length, long.length);
  assert.ok(message.content.endsWith(' \ufffd\ufffd!'));
});

test('what is wrong with an item is told once, by whichever table', async () => {
  const source = await open('chatgpt', Buffer.from(`[${JSON.stringify(gptLine('a', 1))}, 5, {"mapping":[]}, {"x":1}`));
  for (const table of source.tables) await rowsOf(table);
  assert.deepEqual(
    source.problems.map(({ table }) => table),
    ['conversations', 'conversations', 'conversations'],
  );
  for (const { raw, reason } of source.problems) assert.ok(raw !== '' && reason !== '');
});

const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 60);
const limits = { maxRowBytes: 256 * 1024, maxDepth: 30, maxEntries: 20 };

/** Reads a file to its end and once more by cursors; the number of messages. */
async function readAll(system, bytes, about) {
  try {
    const source = await open(system, bytes, { limits });
    let messages = 0;
    for (const table of source.tables) {
      const rows = [];
      for await (const batch of table.rows()) {
        assert.deepEqual(batch.columns, table.columns, about);
        for (const row of batch.rows) assert.equal(row.length, batch.columns.length, about);
        rows.push(...batch.rows);
      }
      assert.deepEqual(await rowsByCursors(table), rows, about);
      if (table.name === 'messages') messages += rows.length;
    }
    for (const { reason, raw } of source.problems) assert.ok(reason !== '' && raw.length <= 4096, about);
    await source.close();
    return messages;
  } catch (error) {
    if (error.name !== 'ArchivoltError') throw new Error(`${about}: ${error.stack}`, { cause: error });
    assert.equal(error.code, 'INVALID_ARGUMENT', about);
    assert.doesNotMatch(error.message, /undefined|NaN|\[object/, about);
    return 0;
  }
}

for (const [index, { system, file, rich }] of ASSISTANTS.entries()) {
  for (const [form, bytes] of [
    ['as it comes', file([rich(), rich('other')])],
    ['as JSON', json([rich(), rich('other')])],
    ['of one conversation', json(rich())],
  ]) {
    test(`an export of ${system}, ${form}, damaged`, async () => {
      assert.ok((await readAll(system, bytes, 'whole')) > 0);
      const next = random(index + 1);
      let readable = 0;
      for (let round = 0; round < ROUNDS; round++) {
        if ((await readAll(system, mutated(bytes, next), `${system} ${form} round ${round}`)) > 0) readable++;
      }
      assert.ok(readable > 0);
      for (let cut = 1; cut < 40; cut++) {
        await readAll(system, bytes.subarray(0, Math.floor((bytes.length * cut) / 40)), `${system} cut at ${cut}/40`);
      }
      assertUnpolluted();
    });
  }
}
