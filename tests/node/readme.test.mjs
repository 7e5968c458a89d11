// The README stays true: its example runs, its command starts the app, its links lead somewhere.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

test('the example of the README runs and finds the passage', () => {
  const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(code, 'README.md has no js block');
  assert.ok(code.trim().split('\n').length <= 12, 'the example is about ten lines');
  // From the repository's folder the package's own name leads to its built entry, as for a user of the package.
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /Circuit breaker/);
  assert.match(result.stdout, /semantic: \{ rank: 1/);
});

test('the README names the commands that package.json has', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const commands = [...readme.matchAll(/^npm (start|test|run (\S+))/gm)].map((match) => match[2] ?? match[1]);
  assert.deepEqual(commands, ['start', 'test']);
  for (const command of commands) assert.ok(scripts[command], `package.json has no script ${command}`);
});

test('npm start serves the app where it says', async () => {
  const port = 4187;
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  try {
    const address = await new Promise((resolve, reject) => {
      let output = '';
      const read = (chunk) => {
        output += chunk;
        const found = /Archivolt is running on (\S+)/.exec(output);
        if (found) resolve(found[1]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('exit', (status) => reject(new Error(`npm start ended with status ${status}: ${output}`)));
    });
    assert.equal(new URL(address).port, String(port));
    const response = await fetch(address);
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-security-policy') ?? '', /script-src 'self' 'wasm-unsafe-eval'/);
    assert.match(await response.text(), /<title>Archivolt/);
  } finally {
    // npm starts the server as a child: the whole group ends.
    process.kill(-child.pid, 'SIGTERM');
  }
});

test('the links of the README lead to files of the project', () => {
  const targets = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map((match) => match[1])
    .filter((link) => !link.includes(':'));
  assert.ok(targets.length >= 8);
  for (const target of targets)
    assert.ok(existsSync(path.join(root, target)), `README.md links to ${target}, which is missing`);
});
