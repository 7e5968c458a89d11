// Gets the packages of sources.json, at their pinned versions, and unpacks them; nothing is installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { fail, run } from '../process.mjs';

/** @typedef {{ package: string, from: 'debian' | 'npm', version: string, sha256: string }} Package */

/** Name of a package's archive, as apt-get and npm call it but for its architecture. @param {Package} source */
function archiveName(source) {
  if (source.from === 'npm') return `${source.package.replace('@', '').replace('/', '-')}-${source.version}.tgz`;
  return `${source.package}_${source.version.replaceAll(':', '%3a')}_ARCH.deb`;
}

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * Downloads and unpacks what is not there yet. Ends the process when a package is gone or is another than the one pinned.
 * @param {Package} source @param {string} cache @returns {string} the folder of its files
 */
export function fetchPackage(source, cache) {
  const folder = path.join(cache, 'unpacked', `${source.package.replaceAll(/[@/]+/g, '_')}-${source.version}`);
  if (existsSync(folder)) return folder;
  const archives = path.join(cache, 'archives');
  mkdirSync(archives, { recursive: true });
  const name = archiveName(source);
  const candidates = ['all', 'amd64'].map((arch) => path.join(archives, name.replace('ARCH', arch)));
  const find = () => candidates.find((file) => existsSync(file));
  if (find() === undefined) {
    const pinned = `${source.package}${source.from === 'npm' ? '@' : '='}${source.version}`;
    if (source.from === 'npm') run('npm', ['pack', '--silent', '--ignore-scripts', pinned], { cwd: archives });
    else run('apt-get', ['download', '-q', pinned], { cwd: archives });
  }
  const archive = find() ?? fail(`${source.package} ${source.version} did not come as ${name}`);
  if (sha256(archive) !== source.sha256) fail(`${archive} is not the file whose SHA-256 sources.json has`);
  mkdirSync(`${folder}.part`, { recursive: true });
  if (source.from === 'npm') run('tar', ['-xzf', archive, '-C', `${folder}.part`]);
  else run('dpkg-deb', ['-x', archive, `${folder}.part`]);
  renameSync(`${folder}.part`, folder);
  return folder;
}
