// A real PostgreSQL for tests: a cluster of its own in a temporary folder, reached by a socket in it and by nothing else.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The folder with initdb, of the newest version there is; undefined when PostgreSQL is not installed. */
export function postgresPrograms() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).filter((name) => /^\d+$/.test(name)) : [];
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((version) => path.join(root, version, 'bin'));
  const others = (process.env.PATH ?? '').split(path.delimiter);
  return [...debian, ...others].find((folder) => existsSync(path.join(folder, 'initdb')));
}

/** PostgreSQL refuses to run as root: then it runs as this user. */
function account() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((what) => spawnSync('id', [what, name], { encoding: 'utf8' }).stdout?.trim());
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

/** Starts a cluster. Its `psql`, `dump` and `run` return what the programs write; `stop` ends it and deletes everything. */
export function startPostgres() {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('PostgreSQL is missing: node tools/setup.mjs test');
  const who = account();
  // Short, because the path of a socket has at most 107 characters.
  const folder = mkdtempSync(path.join(tmpdir(), 'avpg-'));
  chmodSync(folder, 0o755);
  if (who) chownSync(folder, who.uid, who.gid);
  const data = path.join(folder, 'data');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    PGHOST: folder,
    PGUSER: 'archivolt',
  };

  function run(program, args, { input } = {}) {
    const result = spawnSync(path.join(programs, program), args, {
      ...who,
      env,
      cwd: folder,
      input: input ?? '',
      maxBuffer: 1 << 30,
    });
    if (result.status !== 0) {
      throw new Error(`${program} ended with ${result.status}: ${result.error ?? result.stderr.toString()}`);
    }
    return result.stdout;
  }

  try {
    run('initdb', ['-D', data, '-U', 'archivolt', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
    const options = `-k ${folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off`;
    run('pg_ctl', ['-D', data, '-w', '-l', path.join(folder, 'log'), '-o', options, 'start']);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    version: Number(/(\d+)/.exec(run('postgres', ['--version']).toString())[1]),
    run,
    /** Runs SQL, or a script with meta commands; what it prints, unaligned and without heads. */
    psql: (sql, { database = 'postgres' } = {}) =>
      run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', database], { input: sql }).toString(),
    dump: (...args) => run('pg_dump', ['-d', 'postgres', ...args]),
    stop() {
      try {
        run('pg_ctl', ['-D', data, '-w', '-m', 'immediate', 'stop']);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}
