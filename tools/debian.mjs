// What the operating system must have, and how to get it there: Debian packages through apt-get.
import { readFileSync } from 'node:fs';
import { fail, output, run, which } from './process.mjs';

/** Fields of /etc/os-release, {} where there is none. */
export function osRelease() {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
    return Object.fromEntries(
      lines.map((line) => line.split('=')).map(([key, value]) => [key, value?.replaceAll('"', '')]),
    );
  } catch {
    return {};
  }
}

/** Which of these Debian packages are not installed. */
export function missingPackages(names) {
  const known = output('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n']);
  if (known === undefined) {
    fail(
      `this is no Debian system: install the equivalents of ${names.join(' ')} yourself, then run with ARCHIVOLT_NO_APT=1`,
    );
  }
  const installed = new Set(
    known
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Installs what is missing of these packages and says so; as root, or by sudo. */
export function installPackages(names) {
  if (process.env.ARCHIVOLT_NO_APT) {
    return;
  }
  const missing = missingPackages(names);
  if (missing.length === 0) {
    return;
  }
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo'];
  const command = [...asRoot, 'apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (asRoot.length > 0 && !which('sudo')) {
    fail(`these Debian packages are missing and there is no sudo; run as root: ${command.slice(1).join(' ')}`);
  }
  console.log(`setup: installing Debian packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-q', '-o', 'Dpkg::Use-Pty=0'];
  run(asRoot[0] ?? 'apt-get', [...(asRoot.length ? ['apt-get'] : []), ...quiet, 'update'], { env });
  run(command[0], [...command.slice(1), ...quiet], { env });
}
