// A process that is killed in the middle of a change of the passphrase: the next open takes exactly the old one or exactly the new one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, statSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { assertSameRows, dump, fill } from '../support/backups.mjs';
import { assertNothingReadable } from '../support/plaintext.mjs';
import { temporaryFolder } from '../support/workspaces.mjs';

const entry = new URL('../../dist/node.js', import.meta.url).href;
const TEXTS = ['old takes a circuit breaker', 'document_chunks', 'SQLite format 3'];

const open = (directory, passphrase) =>
  openWorkspace({
    name: 'test',
    storage: { directory },
    embedder: null,
    ...(passphrase === null ? {} : { passphrase }),
  });

/** A process that changes the passphrase and says when it begins and when it has answered. */
function changer(directory, last, next) {
  const script = `
    import { openWorkspace } from ${JSON.stringify(entry)};
    const workspace = await openWorkspace({ name: 'test', storage: { directory: ${JSON.stringify(directory)} }, embedder: null,
      ...(${JSON.stringify(last)} === null ? {} : { passphrase: ${JSON.stringify(last)} }) });
    console.log('begin');
    await workspace.changePassphrase(${JSON.stringify(next)});
    console.log('done');
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What of the change can be seen from outside: its files come and go. */
function stage(directory) {
  const names = readdirSync(path.join(directory, 'test'));
  const size = (name) => statSync(path.join(directory, 'test', name), { throwIfNoEntry: false })?.size ?? 0;
  if (names.includes('keys-copy.part')) return size('keys-copy.part') === 0 ? 'prepares' : 'writes';
  if (names.includes('keys-2.bin') || (names.includes('keys-1.bin') && names.includes('keys-1.part'))) return 'copies';
  if (names.some((name) => /^keys-\d+\.part$/.test(name))) return 'prepared';
  return 'rests';
}

test(
  'killed at any moment of a change, a workspace opens with the old passphrase or the new one, whole',
  { timeout: 600_000 },
  async (t) => {
    const folder = temporaryFolder(t);
    const rows = {};
    for (const passphrase of [null, 'old']) {
      const model = path.join(folder, String(passphrase));
      const workspace = await open(model, passphrase);
      await fill(workspace, { name: 'old', size: 1_000_000 });
      rows[passphrase] = await dump(workspace);
      await workspace.close();
    }
    const outcomes = [];
    for (const [last, next] of [
      [null, 'new'],
      ['old', 'new'],
      ['old', null],
    ]) {
      for (const moment of ['prepares', 'writes', 'prepared', 'copies', 'done']) {
        const what = `${last} to ${next}, killed when it ${moment}`;
        const directory = path.join(folder, what);
        cpSync(path.join(folder, String(last)), directory, { recursive: true });
        const child = changer(directory, last, next);
        const exited = once(child, 'exit');
        const said = [];
        child.stdout.on('data', (data) => said.push(...String(data).trim().split('\n')));
        while (!said.includes('done') && (moment === 'done' || stage(directory) !== moment) && child.exitCode === null)
          await new Promise((resolve) => setTimeout(resolve, 2));
        child.kill('SIGKILL');
        await exited;
        const answered = said.includes('done');
        const opened = [];
        for (const passphrase of [last, next]) {
          const workspace = await open(directory, passphrase).catch((error) => {
            assert.ok(['WRONG_PASSPHRASE', 'FAILED_PRECONDITION'].includes(error.code), `${what}: ${error.message}`);
          });
          if (workspace === undefined) continue;
          opened.push(passphrase);
          assertSameRows(await dump(workspace), rows[last], what);
          assert.ok((await workspace.health({ full: true })).ok, what);
          await workspace.table('tags').insert({ name: 'goes on' });
          await workspace.close();
        }
        assert.equal(opened.length, 1, `${what}: opens with ${opened.join(' and ')}`);
        if (answered) assert.equal(opened[0], next, what);
        if (opened[0] !== null) assertNothingReadable(directory, TEXTS, what);
        const left = readdirSync(path.join(directory, 'test')).filter((name) => name.startsWith('keys'));
        assert.equal(left.length, opened[0] === null ? 0 : 1, `${what}: ${left.join()}`);
        t.diagnostic(what);
        outcomes.push(`${moment} ${opened[0] === next ? 'new' : 'old'}`);
      }
    }
    t.diagnostic(outcomes.join(', '));
    assert.ok(
      outcomes.some((outcome) => outcome.endsWith('old')) && outcomes.some((outcome) => outcome.endsWith('new')),
    );
  },
);
