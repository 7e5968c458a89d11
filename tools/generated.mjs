// Writing generated files, and --check: the same run writes nothing and fails when a committed file is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, root } from './process.mjs';

/**
 * @param {Record<string, string>} files content by path from the repository's root
 * @param {string} command what to run when --check fails
 */
export function emit(files, command) {
  const stale = Object.entries(files).filter(([file, content]) => {
    const place = path.join(root, file);
    return !existsSync(place) || readFileSync(place, 'utf8') !== content;
  });
  if (process.argv.includes('--check')) {
    if (stale.length > 0) {
      fail(`out of date: ${stale.map(([file]) => file).join(', ')}; run: ${command}`);
    }
    return;
  }
  for (const [file, content] of stale) {
    const place = path.join(root, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
    console.log(`wrote ${file}`);
  }
}
