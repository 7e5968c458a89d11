// Batches of an import: rows that do not fit among thousands that do, a key twice, texts that cannot be stored.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { test } from 'node:test';
import { openForTest } from '../support/workspaces.mjs';

const ROWS = 5000;
const message = (id, talk, text) => `Chatbot\t${talk}\tUser\t${text}\t\t\t2026-01-30 10:00:00\t${id}\n`;

function dump(lines) {
  return new Blob([
    'COPY public.conversation_metadata (conversation_id, title, created_at, last_message_at) FROM stdin;\n',
    '1\tRuns\t2026-01-30 10:00:00\t2026-01-30 11:00:00\n\\.\n\n',
    'COPY public.conversations (archi_service, conversation_id, sender, content, link, context, ts, message_id) FROM stdin;\n',
    ...lines,
    '\\.\n',
  ]);
}

test('rows that do not fit are told one by one, wherever they stand in a batch', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const wrong = new Set([1, 2, 777, 778, 2500, 4000, 4001, ROWS]);
  const lines = Array.from({ length: ROWS }, (_, at) =>
    message(at + 1, wrong.has(at + 1) ? 99 : 1, `Beam ${at + 1} was checked`),
  );
  const dry = await workspace.import(dump(lines), { system: 'archi', dryRun: true });
  const report = await workspace.import(dump(lines), { system: 'archi' });
  assert.deepEqual(dry, report);
  assert.deepEqual(report.tables.conversations, {
    read: ROWS,
    added: ROWS - wrong.size,
    updated: 0,
    unchanged: 0,
    rejected: wrong.size,
  });
  assert.deepEqual(
    report.rejects.map(({ sourceId }) => Number(sourceId)).sort((a, b) => a - b),
    [...wrong],
  );
  for (const { reason } of report.rejects) assert.match(reason, /conversation_id/);
  const [kept] = await workspace.query(
    'SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM embedding_queue) AS queued',
  );
  assert.deepEqual(kept, { messages: ROWS - wrong.size, queued: ROWS - wrong.size });
  const { hits } = await workspace.search('"Beam 4002"', { kinds: ['messages'], mode: 'keyword' });
  assert.match(hits[0].text, /Beam 4002/);
  assert.ok((await workspace.health({ full: true })).ok);
  const again = await workspace.import(dump(lines), { system: 'archi' });
  assert.equal(again.tables.conversations.unchanged, ROWS - wrong.size);
});

test('of a key that stands twice in a batch the last row counts', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const lines = Array.from({ length: 300 }, (_, at) => message(at + 1, 1, `First ${at + 1}`));
  lines.splice(150, 0, message(20, 1, 'Second 20'));
  lines.push(message(300, 1, 'Second 300'));
  const { tables, rejects } = await workspace.import(dump(lines), { system: 'archi' });
  assert.deepEqual(rejects, []);
  assert.deepEqual(tables.conversations, { read: 302, added: 300, updated: 2, unchanged: 0, rejected: 0 });
  for (const id of ['20', '300']) {
    const [row] = await workspace.table('messages').find({ where: { origin_id: id } });
    assert.equal(row.content, `Second ${id}`);
  }
  assert.ok((await workspace.health({ full: true })).ok);
});

test('texts that cannot be stored reject their row alone', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const users = [
    { id: 'u1', display_name: 'A\u0000nn' },
    { id: 'u2', display_name: 'Bo \ud83d\ude00 e\u0301' },
    { id: 'u3', display_name: 'C\ud800' },
    { id: 'u4', display_name: 'Dee' },
  ];
  const file = new File([JSON.stringify(users)], 'users.json');
  const { tables, rejects } = await workspace.import(file, { system: 'archi' });
  assert.equal(tables.users.added, 2);
  assert.deepEqual(
    rejects.map(({ sourceId, reason }) => [sourceId, reason]),
    [
      ['u1', 'users.display_name must not hold a NUL character.'],
      ['u3', 'users.display_name must be valid Unicode text, without lone surrogates or broken bytes.'],
    ],
  );
  const [bo] = await workspace.table('users').find({ where: { origin_id: 'u2' } });
  assert.equal(bo.display_name, users[1].display_name);
});
