// A process that is killed in the middle of a restore, at moments all over it: the next open finds the old data or the new ones, whole.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { assertSameRows, bytesOfBlob, dump, fill } from '../support/backups.mjs';
import { temporaryFolder } from '../support/workspaces.mjs';

const entry = new URL('../../dist/node.js', import.meta.url).href;

/** A process that restores `file` over and says each phase it is in; `done` when it has answered. */
function restorer(directory, file) {
  const script = `
    import { readFileSync } from 'node:fs';
    import { openWorkspace } from ${JSON.stringify(entry)};
    const workspace = await openWorkspace({ name: 'test', storage: { directory: ${JSON.stringify(directory)} }, embedder: null });
    const blob = new Blob([readFileSync(${JSON.stringify(file)})]);
    await workspace.restore(blob, { onProgress: ({ phase, done, total }) => console.log(phase, done, total) });
    console.log('done');
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What it said until a line that `stop` takes; it can go on saying more. */
function linesUntil(child, stop) {
  return new Promise((resolve) => {
    const lines = [];
    child.stdout.on('data', (data) => {
      for (const line of String(data).trim().split('\n')) {
        lines.push(line);
        if (stop(line)) resolve(lines.slice());
      }
    });
    child.once('exit', () => resolve(lines));
  });
}

test(
  'killed at any moment of a restore, a workspace opens with the old data or the new',
  { timeout: 600_000 },
  async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, 'backup.db');
    const source = await openWorkspace({ name: 'source', storage: 'memory', embedder: null });
    await fill(source, { name: 'new', size: 8_000_000 });
    writeFileSync(file, await bytesOfBlob(await source.backup()));
    const fresh = await dump(source);
    await source.close();

    const model = path.join(folder, 'model');
    const first = await openWorkspace({ name: 'test', storage: { directory: model }, embedder: null });
    await fill(first, { name: 'old', size: 2_000_000 });
    const old = await dump(first);
    await first.close();

    const outcomes = [];
    const moments = [
      (line) => line.startsWith('read'),
      (line) => line.startsWith('check'),
      ...[0.05, 0.2, 0.4, 0.6, 0.8, 0.95].map((part) => (line) => {
        const [phase, done, total] = line.split(' ');
        return phase === 'restore' && Number(done) >= part * Number(total);
      }),
      // The page hears of it after the commit, or during what follows it.
      (line) => line === 'done',
    ];
    // And by the clock, since what comes after the last page says nothing.
    const delays = [5, 15, 30, 60];
    for (const [i, stop] of [...moments, ...delays.map(() => moments[7])].entries()) {
      const directory = path.join(folder, `run-${i}`);
      cpSync(model, directory, { recursive: true });
      const child = restorer(directory, file);
      const exited = once(child, 'exit');
      const lines = await linesUntil(child, stop);
      if (i >= moments.length) await new Promise((resolve) => setTimeout(resolve, delays[i - moments.length]));
      child.kill('SIGKILL');
      await exited;
      const workspace = await openWorkspace({ name: 'test', storage: { directory }, embedder: null });
      const rows = await dump(workspace);
      const isNew = rows.users[0].username === 'new';
      // What the file itself was asked by opening it may add to the audit trail nothing: compared are all tables.
      assertSameRows(rows, isNew ? fresh : old, `killed after ${lines.at(-1)}`);
      assert.ok((await workspace.health({ full: true })).ok);
      await workspace.table('tags').insert({ name: 'goes on' });
      await workspace.close();
      assert.ok(!existsSync(path.join(directory, 'test/incoming.part')));
      outcomes.push(isNew);
      if (lines.at(-1) === 'done') assert.ok(isNew, 'what was answered is there');
    }
    t.diagnostic(outcomes.map((isNew) => (isNew ? 'new' : 'old')).join(' '));
    assert.ok(outcomes.includes(true) && outcomes.includes(false));
  },
);
