// Several processes and one directory: one holds it, the others hear BUSY, and a dead holder is no obstacle.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
