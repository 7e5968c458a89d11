// The package as a user gets it: packed, and installed from its tarball into a folder of its own, without a network.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function npm(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} failed: ${stderr}`);
  return stdout;
}

/**
 * A project that has the package as its one dependency.
 * @param {Record<string, string>} [files] what else is in it
 * @returns {{ folder: string, installed: string, remove(): void }} installed: the package's own folder
 */
export function consumerProject(files = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-consumer-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const manifest = JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' });
    for (const [name, text] of Object.entries({ 'package.json': manifest, ...files })) {
      writeFileSync(path.join(folder, name), text);
    }
    const [{ filename }] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder));
    npm(folder, 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', path.join(folder, filename));
    return { folder, installed: path.join(folder, 'node_modules/archivolt'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}
