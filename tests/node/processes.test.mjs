// Several processes and one directory: one holds it, the others hear BUSY, and a dead holder is no obstacle.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorkspace } from '../../dist/node.js';
import { temporaryFolder, withCode } from '../support/workspaces.mjs';

const entry = new URL('../../dist/node.js', import.meta.url).href;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process that opens the workspace, adds a tag, says "open" and waits. */
async function holder(directory) {
  const script = `
    const { openWorkspace } = await import(${JSON.stringify(entry)});
    const workspace = await openWorkspace({ name: 'shared', storage: { directory: ${JSON.stringify(directory)} } });
    await workspace.table('tags').insert({ name: 'held' });
    console.log('open');
    process.stdin.once('data', () => workspace.close());`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [output] = await once(child.stdout, 'data');
  assert.equal(String(output).trim(), 'open');
  return child;
}

test('a second process hears BUSY until the first has closed', async (t) => {
  const directory = temporaryFolder(t);
  const options = { name: 'shared', storage: { directory } };
  const child = await holder(directory);
  t.after(() => child.kill('SIGKILL'));
  await assert.rejects(openWorkspace(options), withCode('BUSY', /another process/));
  child.stdin.end('close\n');
  assert.equal((await once(child, 'exit'))[0], 0);
  const workspace = await openWorkspace(options);
  assert.equal(await workspace.table('tags').count(), 1);
  await workspace.close();
});

test('a process that was killed leaves its commits and no obstacle', async (t) => {
  const directory = temporaryFolder(t);
  const child = await holder(directory);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = path.join(directory, 'shared/archivolt.lock');
  assert.ok(existsSync(lock), 'the dead process could not remove its lock');
  const workspace = await openWorkspace({ name: 'shared', storage: { directory } });
  assert.equal(await workspace.table('tags').count(), 1);
  assert.equal(JSON.parse(readFileSync(lock, 'utf8')).pid, process.pid);
  await workspace.close();
  assert.ok(!existsSync(lock));
});

test('the lock of another life of the same process id is no obstacle', async (t) => {
  const directory = temporaryFolder(t);
  const options = { name: 'shared', storage: { directory } };
  await (await openWorkspace(options)).close();
  const lock = path.join(directory, 'shared/archivolt.lock');
  writeFileSync(lock, JSON.stringify({ pid: process.pid, started: '1', token: 'old' }));
  const workspace = await openWorkspace(options);
  await workspace.close();
});

test('two workspaces of one process do not share a directory either', async (t) => {
  const directory = temporaryFolder(t);
  const options = { name: 'shared', storage: { directory } };
  const first = await openWorkspace(options);
  await assert.rejects(openWorkspace(options), withCode('BUSY'));
  assert.equal(await first.table('tags').count(), 0, 'the first one is unharmed');
  await first.close();
});

test('an erasure that is killed anywhere is whole after the next opening, or has not begun', async (t) => {
  const directory = temporaryFolder(t);
  const options = { name: 'erased', storage: { directory } };
  const folder = path.join(directory, 'erased');
  const mark = 'zqmarkerasedzq';
  const script = `
    const { openWorkspace } = await import(${JSON.stringify(entry)});
    const workspace = await openWorkspace(${JSON.stringify(options)});
    process.stdin.once('data', async () => {
      await workspace.privacy.eraseUser(process.argv[1]);
      console.log('erased');
    });
    console.log('open');`;
  const opened = async () => {
    const workspace = await openWorkspace(options);
    t.after(() => workspace.close());
    return workspace;
  };
  const outcomes = new Set();
  const rounds = 5;
  let whole = 0; // milliseconds of an erasure that nobody disturbs: the first round's
  for (let round = 0; round < rounds; round++) {
    const workspace = await opened();
    const { id } = await workspace.table('users').insert({ username: `ann${round}`, bio: mark });
    const { id: conversation_id } = await workspace.table('conversations').insert({ user_id: id, title: mark });
    await workspace
      .table('messages')
      .insertMany(Array.from({ length: 200 }, (_, i) => ({ conversation_id, role: 'user', content: `${mark} ${i}` })));
    await workspace.close();
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, id], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const started = performance.now();
    child.stdin.write('erase\n');
    if (round === 0) {
      await once(child.stdout, 'data');
      whole = performance.now() - started;
    } else {
      await new Promise((resolve) => setTimeout(resolve, ((round - 1) / (rounds - 1)) * whole));
    }
    child.kill('SIGKILL');
    await once(child, 'exit');

    const after = await opened();
    const there = (await after.table('users').get(id)) !== null;
    outcomes.add(there);
    assert.equal(await after.table('messages').count({ conversation_id }), there ? 200 : 0, `round ${round}`);
    if (there) await after.privacy.eraseUser(id);
    assert.ok((await after.health({ full: true })).ok, `round ${round}`);
    await after.close();
    const holding = readdirSync(folder).filter((name) => readFileSync(path.join(folder, name)).includes(mark));
    assert.deepEqual(holding, [], `round ${round}: bytes of the user are left`);
  }
  assert.deepEqual([...outcomes].sort(), [false, true], 'the kills fell before and after the transaction');
});
