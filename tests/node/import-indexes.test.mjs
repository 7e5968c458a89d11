// Indexes that an import sets aside for many rows (docs/adr/0020-indexes-set-aside-by-imports.md): whatever ends it, they are there again
// and nothing else differs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorkspace } from '../../dist/node.js';
import { until } from '../support/until.mjs';
import { duringCall, openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const ROWS = 12_000;
const entry = new URL('../../dist/node.js', import.meta.url).href;
const root = fileURLToPath(new URL('../..', import.meta.url));

function dump() {
  const lines = Array.from(
    { length: ROWS },
    (_, at) => `Chatbot\t1\tUser\tBeam ${at + 1} was checked\t\t\t2026-01-30 10:00:00\t${at + 1}\n`,
  );
  return [
    'COPY public.conversation_metadata (conversation_id, title, created_at, last_message_at) FROM stdin;\n',
    '1\tRuns\t2026-01-30 10:00:00\t2026-01-30 11:00:00\n\\.\n\n',
    'COPY public.conversations (archi_service, conversation_id, sender, content, link, context, ts, message_id) FROM stdin;\n',
    ...lines,
    '\\.\n',
  ].join('');
}

async function indexes(workspace) {
  const rows = await workspace.query("SELECT name FROM pragma_index_list('messages') ORDER BY name");
  return rows.map(({ name }) => name);
}

async function whole() {
  const workspace = await openWorkspace({ name: 'whole', storage: 'memory', embedder: null });
  const names = await indexes(workspace);
  await workspace.close();
  assert.ok(names.includes('ix_messages_conversation'));
  return names;
}

/** Imports and looks, behind the first `from` rows, with the function. */
function importAnd(workspace, look, { from = 4000, ...options } = {}) {
  let taken = 0;
  const done = workspace.import(new Blob([dump()]), {
    system: 'archi',
    ...options,
    onProgress: ({ phase, done: rows }) => phase === 'conversations' && (taken = rows),
  });
  const isDue = () => taken >= from;
  const looked = duringCall(workspace, done, isDue, look);
  return { done, looked: () => looked };
}

async function assertComplete(workspace) {
  assert.deepEqual(await indexes(workspace), await whole());
  assert.equal(await workspace.table('messages').count(), ROWS);
  const [{ found }] = await workspace.query(
    "SELECT count(*) AS found FROM messages_fts WHERE messages_fts MATCH 'beam'",
  );
  assert.equal(found, ROWS);
  assert.ok((await workspace.health({ full: true })).ok);
}

test('while rows come in every answer is right, and afterwards the schema is whole', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const { done, looked } = importAnd(workspace, async () => ({
    left: await indexes(workspace),
    messages: await workspace.table('messages').count(),
    of: await workspace.table('messages').count({ role: 'user' }),
    found: (await workspace.search('"Beam 17"', { kinds: ['messages'], mode: 'keyword' })).hits.length,
    health: await workspace.health(),
  }));
  const report = await done;
  assert.equal(report.tables.conversations.added, ROWS);
  const seen = await looked();
  assert.ok(!seen.left.includes('ix_messages_conversation'), 'the import set nothing aside');
  assert.ok(seen.left.includes('ux_messages_origin'), 'what holds a constraint stays');
  assert.ok(seen.messages >= 4000 && seen.of >= seen.messages);
  assert.ok(seen.found > 0);
  assert.ok(seen.health.ok);
  await assertComplete(workspace);
});

test('a dry run leaves them', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  await workspace.import(new Blob([dump()]), { system: 'archi', dryRun: true });
  assert.deepEqual(await indexes(workspace), await whole());
  assert.equal(await workspace.table('messages').count(), 0);
});

test('after a cancellation they come back, and the import goes on', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const abort = new AbortController();
  const { done } = importAnd(workspace, () => abort.abort(), { signal: abort.signal });
  await assert.rejects(done, withCode('CANCELLED'));
  const names = await whole();
  await until(async () => (await indexes(workspace)).length === names.length);
  assert.deepEqual(await indexes(workspace), names);
  const report = await workspace.import(new Blob([dump()]), { system: 'archi' });
  assert.equal(report.tables.conversations.added, ROWS);
  await assertComplete(workspace);
});

test('a backup that was taken meanwhile is restored, and becomes whole', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const { done, looked } = importAnd(workspace, () => workspace.backup());
  await done;
  const other = await openForTest(t, { name: 'other', embedder: null });
  await other.restore(await looked());
  const names = await whole();
  await until(async () => (await indexes(other)).length === names.length);
  assert.ok((await other.table('messages').count()) >= 4000);
  await other.import(new Blob([dump()]), { system: 'archi' });
  await assertComplete(other);
});

test('after a kill the next opening makes them again, and the import goes on', async (t) => {
  const directory = temporaryFolder(t);
  const file = path.join(directory, 'dump.sql');
  writeFileSync(file, dump());
  const script = `
    const { openWorkspace } = await import(${JSON.stringify(entry)});
    const workspace = await openWorkspace({ name: 'killed', embedder: null, storage: { directory: ${JSON.stringify(directory)} } });
    await workspace.import(${JSON.stringify(file)}, {
      system: 'archi',
      onProgress: ({ phase, done }) => {
        if (phase === 'conversations' && done >= 4000) process.kill(process.pid, 'SIGKILL');
      },
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root, stdio: 'inherit' });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL');
  const workspace = await openForTest(t, { name: 'killed', embedder: null, storage: { directory } });
  const before = await workspace.table('messages').count();
  assert.ok(before >= 2000 && before < ROWS, `${before} rows`);
  const names = await whole();
  await until(async () => (await indexes(workspace)).length === names.length);
  const report = await workspace.import(file, { system: 'archi' });
  assert.equal(report.tables.conversations.added, ROWS, 'the counts go on as well');
  await assertComplete(workspace);
});
