// The declarations of dist/: those that an entry point of the package leads to, and no others.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fail, root, run } from './process.mjs';
import { copyChanged } from './stamp.mjs';

const emitted = 'build/types'; // web/lib/tsconfig.json's outDir

/** The declarations of the entry points, from dist/. */
export function declaredEntries() {
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const targets = Object.values(exports).flatMap((entry) => [entry.types, entry.node?.types]);
  return targets.filter(Boolean).map((target) => path.posix.relative('dist', target));
}

/** The files that `entries` import, one way or another, and themselves. */
function reachable(entries) {
  const found = new Set();
  const queue = [...entries];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const place = path.join(root, emitted, file);
    if (!existsSync(place)) fail(`${file} is imported by declarations and was not made`);
    for (const [, name] of readFileSync(place, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g)) {
      queue.push(path.posix.join(path.posix.dirname(file), `${name}.d.ts`));
    }
  }
  return found;
}

export function buildDeclarations() {
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'web/lib/tsconfig.json']);
  const wanted = reachable(declaredEntries());
  for (const file of wanted) copyChanged(`${emitted}/${file}`, `dist/${file}`);
  for (const file of readdirSync(path.join(root, 'dist'), { recursive: true })) {
    const name = file.split(path.sep).join('/');
    if (name.endsWith('.d.ts') && !wanted.has(name)) rmSync(path.join(root, 'dist', file));
  }
}
