// Running other programs from the tools: output shown as it comes, a failure ends the tool with one clear line.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs a program to its end with its output on ours; exits this process when it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options] cwd is the repository unless given
 */
export function run(program, args, options = {}) {
  const status = tryRun(program, args, options);
  if (status !== 0) {
    fail(`${program} ${args.join(' ')} ended with status ${status}`);
  }
}

/** As run(), but returns the exit status (127 when the program cannot be started). */
export function tryRun(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    console.error(`${program}: ${result.error.message}`);
    return 127;
  }
  return result.status ?? 1;
}

/** Standard output of a program, or undefined when it fails or is not there. Its standard error is dropped. */
export function output(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  return result.status === 0 ? result.stdout : undefined;
}

/** The absolute path of a program on PATH, or undefined. */
export function which(program) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find((candidate) => existsSync(candidate));
}

/** Prints one line and ends the process with status 1. */
export function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}
