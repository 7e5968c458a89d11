// A second `npm start` with nothing changed: from the command to the address on the terminal, median of three.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile, report } from '../support/report.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Milliseconds until the app is served; the server is ended. */
function start() {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, PORT: '4188' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (status) => reject(new Error(`npm start ended with status ${status}`)));
    child.stdout.on('data', (chunk) => {
      if (!String(chunk).includes('is running on')) return;
      const took = performance.now() - began;
      child.removeAllListeners('exit');
      child.on('exit', () => resolve(took));
      process.kill(-child.pid, 'SIGTERM');
    });
  });
}

const samples = [];
for (let i = 0; i < 3; i++) samples.push(await start());
report(
  'restart',
  'npm start with nothing changed',
  [{ measure: 'to the served app', value: quantile(samples, 0.5) / 1000, unit: 's', below: 10 }],
  samples,
);
