// Exports of ChatGPT, Claude and Open WebUI through the package: what becomes of them, twice, grown, cut off, searched, given out.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import {
  claudeConversation,
  claudeMessage,
  gptConversation,
  gptLine,
  gptMessage,
  gptZip,
  json,
  readChat as read,
  shownChat as shown,
} from '../support/chats.mjs';
import { refusesAll } from '../support/misuse.mjs';
import { ASSISTANTS, gptRich } from '../support/rich-chats.mjs';
import { duringCall, openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';
import { zip } from '../support/zip.mjs';

const total = (report, what) => Object.values(report.tables).reduce((sum, counts) => sum + counts[what], 0);
const blob = (bytes) => new Blob([bytes]);
/** All rows, in the order in which they were written. */
const everything = (workspace) =>
  Promise.all(['conversations', 'messages'].map((table) => workspace.query(`SELECT * FROM ${table} ORDER BY pk`)));

for (const { system, rich, file, id, title } of ASSISTANTS) {
  test(`${system}: comes in once, a rehearsal counts the same and leaves nothing`, async (t) => {
    const workspace = await openForTest(t, { actor: 'importer' });
    const source = blob(file([rich(), rich('second')]));
    const dry = await workspace.import(source, { system, dryRun: true });
    assert.equal(await workspace.table('systems').count({ code: system }), 0);
    assert.equal(await workspace.table('messages').count(), 0);
    const report = await workspace.import(source, { system });
    assert.deepEqual(dry, report);
    assert.deepEqual(report.rejects, []);
    assert.equal(report.tables.conversations.added, 2);
    assert.equal(total(report, 'added'), total(report, 'read'));
    assert.equal(await workspace.table('systems').count({ code: system }), 1);
    const [conversation] = await workspace.table('conversations').find({ where: { origin_id: id } });
    assert.deepEqual([conversation.origin, conversation.title, conversation.mode], [system, title, 'chat']);
    const before = await everything(workspace);
    const again = await workspace.import(source, { system });
    assert.equal(total(again, 'unchanged'), total(report, 'read'));
    assert.equal(total(again, 'updated') + total(again, 'added'), 0);
    assert.deepEqual(await everything(workspace), before);
    const [entry] = await workspace.table('audit_log').find({ where: { action: 'import' } });
    assert.deepEqual([entry.actor, entry.resource_id], ['importer', system]);
    assert.equal(await workspace.table('audit_log').count({ resource_type: 'systems' }), 0);
    assert.ok((await workspace.health({ full: true })).ok);
  });

  test(`${system}: the JSON alone, packed, or of one conversation is the same`, async (t) => {
    const workspace = await openForTest(t);
    const packed = blob(file([rich()]));
    await workspace.import(packed, { system });
    const before = await everything(workspace);
    const forms = {
      json: json([rich()]),
      one: json(rich()),
      gzip: gzipSync(json([rich()])),
      wrapped: json({ conversations: [rich()] }),
      marked: Buffer.concat([Buffer.from('\ufeff \n'), json([rich()])]),
    };
    for (const [form, bytes] of Object.entries(forms)) {
      const { tables } = await workspace.import(blob(bytes), { system });
      assert.equal(tables.conversations.unchanged, 1, form);
      assert.deepEqual(await everything(workspace), before, form);
    }
  });

  test(`${system}: found by search, given out, and gone with its conversation`, async (t) => {
    const workspace = await openForTest(t);
    await workspace.import(blob(file([rich()])), { system });
    const [{ content }] = await read(workspace, id);
    const { hits } = await workspace.search(content, { kinds: ['messages'], mode: 'keyword' });
    assert.equal(hits[0].kind, 'messages');
    assert.equal(hits[0].title, title);
    const lines = await (await workspace.export({ system: 'archivolt', format: 'jsonl' })).text();
    const given = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const of = (table) => given.filter((line) => line.table === table && line.row.origin === system);
    assert.equal(of('messages').length, await workspace.table('messages').count());
    assert.deepEqual(
      of('conversations').map(({ row }) => row.title),
      [title],
    );
    assert.ok(given.some(({ table, row }) => table === 'systems' && row.code === system));
    const [conversation] = await workspace.table('conversations').find({});
    await workspace.table('conversations').delete(conversation.id);
    assert.equal(await workspace.table('messages').count(), 0);
    assert.deepEqual((await workspace.search(content, { kinds: ['messages'] })).hits, []);
  });
}

test('a later export of a conversation adds what is new and changes what was', async (t) => {
  const workspace = await openForTest(t);
  const early = gptConversation('c', [
    ['root', null, null],
    ['q', 'root', gptMessage('q', 'user', 'Why?')],
    ['a', 'q', gptMessage('a', 'assistant', 'So.')],
  ]);
  const late = gptConversation(
    'c',
    [
      ['root', null, null],
      ['q', 'root', gptMessage('q', 'user', 'Why?')],
      ['a', 'q', gptMessage('a', 'assistant', 'So.')],
      ['b', 'q', gptMessage('b', 'assistant', 'Because.', { at: 1_765_672_999 })],
    ],
    { title: 'Reasons' },
  );
  await workspace.import(blob(json([early])), { system: 'chatgpt' });
  const [{ id }] = await workspace.table('conversations').find({});
  const { tables } = await workspace.import(blob(json([late])), { system: 'chatgpt' });
  assert.deepEqual(
    [tables.conversations.updated, tables.messages.added, tables.messages.updated, tables.messages.unchanged],
    [1, 1, 1, 1],
  );
  const changed = await workspace.table('conversations').get(id);
  assert.deepEqual([changed.title, changed.last_message_at], ['Reasons', '2025-12-14T00:43:19Z']);
  assert.deepEqual(
    shown(await read(workspace, 'c')).map(({ content }) => content),
    ['Why?', 'Because.'],
  );
  await workspace.import(blob(json([early])), { system: 'chatgpt' });
  assert.deepEqual(
    shown(await read(workspace, 'c')).map(({ content }) => content),
    ['Why?', 'So.', 'Because.'],
    'nothing is taken away',
  );
});

test('files of a large export and copies of a conversation stay apart', async (t) => {
  const workspace = await openForTest(t);
  const parts = [0, 1, 2].map((part) => ({
    name: `conversations-00${part}.json`,
    content: json([gptLine(`p${part}`, 3)]),
  }));
  const copy = { ...gptLine('p0', 3), id: 'copy', conversation_id: 'copy' };
  const bytes = zip([
    ...parts,
    { name: 'export_manifest.json', content: '{"parts":3}' },
    { name: 'conversations-003.json', content: json([copy]) },
  ]);
  const { tables } = await workspace.import(blob(bytes), { system: 'chatgpt' });
  assert.deepEqual([tables.conversations.added, tables.messages.added], [4, 12]);
  assert.equal((await read(workspace, 'copy')).length, 3);
  const apart = await openForTest(t, { name: 'apart' });
  const files = parts.map(({ name, content }) => new File([content], name));
  assert.equal((await apart.import(files, { system: 'chatgpt' })).tables.messages.added, 9);
});

test('what cannot be read or does not fit is set aside, the rest comes in', async (t) => {
  const workspace = await openForTest(t);
  const strange = gptConversation('strange', [
    ['r', null, gptMessage('r', 'oracle', 'Hm')],
    ['s', 'r', gptMessage('s', 'user', 'Yes')],
  ]);
  const items = [
    JSON.stringify(gptLine('good', 2)),
    '{"id":"bad","mapping":5}',
    '{"id":"worse",]',
    JSON.stringify(strange),
  ];
  const bytes = Buffer.from(`[${items.join(',\n')}]`);
  const report = await workspace.import(blob(bytes), { system: 'chatgpt' });
  assert.equal(report.tables.messages.added, 3);
  const kept = await workspace.table('import_rejects').find({ orderBy: 'reason' });
  assert.equal(kept.length, report.rejected);
  const reasons = kept.map(({ reason }) => reason).join('\n');
  assert.match(reasons, /no mapping/);
  assert.match(reasons, /role/);
  await workspace.import(blob(bytes), { system: 'chatgpt' });
  assert.equal(await workspace.table('import_rejects').count(), report.rejected, 'once');
  const cut = json([gptLine('first', 2), gptLine('second', 2)]);
  const half = await workspace.import(blob(cut.subarray(0, cut.length - 40)), { system: 'chatgpt' });
  assert.deepEqual([half.tables.messages.added, half.rejected], [2, 1]);
});

const LONG = gptZip([gptLine('long', 4000, (index) => `Sensor ${index} ${'x'.repeat(300)}`), gptLine('short', 3)]);

test('an import that is cancelled within a conversation goes on there', async (t) => {
  const workspace = await openForTest(t);
  const abort = new AbortController();
  let taken = 0;
  const onProgress = ({ phase, done }) => phase === 'messages' && (taken = done);
  const cut = workspace.import(blob(LONG), { system: 'chatgpt', signal: abort.signal, onProgress });
  const rejected = assert.rejects(cut, withCode('CANCELLED'));
  const isDue = () => taken >= 1000;
  await duringCall(workspace, cut, isDue, () => abort.abort());
  await rejected;
  const part = await workspace.table('messages').count();
  assert.ok(part >= 1000 && part < 4003, `${part} messages`);
  const { tables } = await workspace.import(blob(LONG), { system: 'chatgpt' });
  assert.deepEqual(tables.messages, { read: 4003, added: 4003, updated: 0, unchanged: 0, rejected: 0 });
  assert.equal(await workspace.table('messages').count(), 4003);
});

test('an import whose process is killed goes on where it was', async (t) => {
  const directory = temporaryFolder(t);
  const file = path.join(directory, 'export.zip');
  writeFileSync(file, LONG);
  const options = { name: 'killed', storage: { directory } };
  const script = `
    const { openWorkspace } = await import(${JSON.stringify(new URL('../../dist/node.js', import.meta.url).href)});
    const workspace = await openWorkspace(${JSON.stringify(options)});
    const onProgress = ({ phase, done }) => phase === 'messages' && done >= 1000 && process.kill(process.pid, 'SIGKILL');
    await workspace.import(${JSON.stringify(file)}, { system: 'chatgpt', onProgress });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  assert.equal((await once(child, 'exit'))[1], 'SIGKILL');
  const workspace = await openWorkspace(options);
  t.after(() => workspace.close());
  assert.ok((await workspace.table('messages').count()) < 4003);
  const { tables } = await workspace.import(file, { system: 'chatgpt' });
  assert.equal(tables.messages.added, 4003);
  assert.equal(await workspace.table('messages').count(), 4003);
  assert.ok((await workspace.health({ full: true })).ok);
});

test('a file of another assistant, or of none, is refused and says what it looks like', async (t) => {
  const workspace = await openForTest(t);
  for (const { system, file, rich } of ASSISTANTS) {
    for (const other of ASSISTANTS.filter((one) => one.system !== system)) {
      const wrong = workspace.import(blob(file([rich()])), { system: other.system });
      await assert.rejects(
        wrong,
        (error) => withCode('INVALID_ARGUMENT', /looks like an export of/)(error) && error.detail.looksLike === system,
      );
    }
  }
  const nothing = { system: 'chatgpt' };
  await refusesAll([
    ['a page', () => workspace.import(blob('<html>'), nothing), 'INVALID_ARGUMENT', /no conversations of ChatGPT/],
    ['an empty file', () => workspace.import(blob(''), nothing), 'INVALID_ARGUMENT', /no conversations/],
    ['other JSON', () => workspace.import(blob(json([{ id: 1 }])), nothing), 'INVALID_ARGUMENT', /no conversations/],
    [
      'only media',
      () => workspace.import(blob(zip([{ name: 'a.png', content: 'x' }])), nothing),
      'INVALID_ARGUMENT',
      /no conversations/,
    ],
    [
      'encrypted',
      () => workspace.import(blob(zip([{ name: 'conversations.json', content: '[]', flags: 0x801 }])), nothing),
      'INVALID_ARGUMENT',
      /encrypted/,
    ],
    [
      'another format',
      () => workspace.import(blob(json([gptRich()])), { ...nothing, format: 'csv' }),
      'INVALID_ARGUMENT',
      /'zip' or 'json'/,
    ],
    [
      'half a zip',
      () => workspace.import(blob(zip([]).subarray(0, 10)), nothing),
      'INVALID_ARGUMENT',
      /zip|conversations/,
    ],
  ]);
  assert.equal(await workspace.table('systems').count({ code: 'chatgpt' }), 0);
  const { tables } = await workspace.import(blob('[]'), { system: 'claude' });
  assert.deepEqual(tables, {}, 'an account without conversations');
});

test('two imports at once, of one assistant and of two, are both whole', async (t) => {
  const workspace = await openForTest(t);
  const claude = blob(json([claudeConversation('k', [claudeMessage('m', 'human', 'Hello', 1)])]));
  const gpt = blob(json([gptLine('g', 50)]));
  const reports = await Promise.all([
    workspace.import(gpt, { system: 'chatgpt' }),
    workspace.import(claude, { system: 'claude' }),
    workspace.import(gpt, { system: 'chatgpt' }),
  ]);
  assert.deepEqual(
    reports.map(({ rejected }) => rejected),
    [0, 0, 0],
  );
  assert.equal(await workspace.table('messages').count(), 51);
});
