// Skips a build step whose inputs are the same as when it last succeeded.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './process.mjs';

/** Every file below a path (a file or a folder, from the repository's root), sorted; [] when there is none. */
export function filesBelow(place) {
  const absolute = path.join(root, place);
  if (!existsSync(absolute)) {
    return [];
  }
  if (statSync(absolute).isFile()) {
    return [place];
  }
  return readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => !['node_modules', '.cache', '.git'].includes(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesBelow(path.join(place, entry.name)));
}

/**
 * Runs `action` unless the content of `inputs` and the presence of `outputs` are as after its last success.
 * @param {string} name names the stamp in build/stamps
 * @param {string[]} inputs files and folders, from the repository's root
 * @param {string[]} outputs files that must be there for the step to be skipped
 * @param {() => unknown} action
 * @returns {Promise<boolean>} whether it ran
 */
export async function whenChanged(name, inputs, outputs, action) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap(filesBelow)) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  const digest = hash.digest('hex');
  const stamp = path.join(root, 'build/stamps', name);
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
  if (fresh && outputs.every((file) => existsSync(path.join(root, file)))) {
    return false;
  }
  rmSync(stamp, { force: true });
  await action();
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}

/** Copies a file unless the target has the same bytes already, so that later steps see no change where there is none. */
export function copyChanged(from, to) {
  writeChanged(to, readFileSync(path.join(root, from)));
}

/** Writes a file unless it has the same content already. `file`: from the repository's root, or absolute. */
export function writeChanged(file, content) {
  const bytes = Buffer.from(content);
  const target = path.resolve(root, file);
  if (!existsSync(target) || !bytes.equals(readFileSync(target))) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
}
