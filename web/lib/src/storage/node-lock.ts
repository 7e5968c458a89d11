/**
 * The lock file that keeps two processes, or two workers of one, from opening the same directory.
 *
 * It names its owner: process id, start time of that process (a restarted machine or container gives ids out again) and a
 * token of the opener. A lock whose process is gone is taken over.
 */
import { readFileSync, renameSync, linkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { systemCode } from '../errors.js';

interface Owner {
  pid: number;
  started: string;
  token: string;
}
/** An unfinished lock file this old was left by a process that died while it wrote. */
const UNFINISHED_MS = 10_000;

/** False when somebody else holds the lock. */
export function takeLock(path: string, token: string): boolean {
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid), token } satisfies Owner);
  for (let round = 0; round < 3; round++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return true;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const seen = read(path);
    if (seen !== undefined && (isAlive(seen, path) || !removeExactly(path, seen, token))) return false;
  }
  return false;
}

/** Removes the lock when it carries the token; anything else stays. Never throws: what cannot be read here is no lock of ours. */
export function freeLock(path: string, token: string): void {
  try {
    const content = read(path);
    if (content !== undefined && parse(content)?.token === token) rmSync(path, { force: true });
  } catch {
    // Runs after failures and when a worker has died, where the first error is the one that counts.
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(content: string): Owner | undefined {
  try {
    return JSON.parse(content) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(content: string, path: string): boolean {
  const owner = parse(content);
  if (owner === undefined) {
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return age < UNFINISHED_MS;
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  const started = startOf(owner.pid);
  return started === '' || owner.started === '' || started === owner.started;
}

/** Clock ticks since boot at which the process started; '' where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces; the start time is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Removes a dead owner's lock. Another process may do the same: what was moved away is looked at before it is dropped. */
function removeExactly(path: string, content: string, token: string): boolean {
  const aside = `${path}.${token}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    throw error;
  }
  const wasDead = read(aside) === content;
  if (!wasDead) linkSync(aside, path);
  rmSync(aside, { force: true });
  return wasDead;
}
