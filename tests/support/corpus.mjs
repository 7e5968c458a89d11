// Real documents for tests and benches: SQLite's own documentation as Debian packages it (HTML, with the package
// sqlite3-doc) and the documentation inside npm packages (Markdown, text). Nothing of it is committed.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const roots = { html: '/usr/share/doc/sqlite3', markdown: path.join(root, 'node_modules') };
const readable = /\.(md|markdown|txt|html?)$/i;

/** Files below a folder that hold documents, in a fixed order; symbolic links are not followed. */
function documentsBelow(folder) {
  const found = [];
  const walk = (current) => {
    const entries = readdirSync(current, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const full = path.join(current, entry.name);
      if (entry.isDirectory()) walk(full);
      else if (entry.isFile() && readable.test(entry.name)) found.push(full);
    }
  };
  walk(folder);
  return found;
}

/**
 * Real documents, HTML and Markdown in turn, so that any prefix of the list is a mixture.
 * @param {{ bytes?: number, files?: number, kinds?: ('html' | 'markdown')[] }} [limits] stops at so many bytes or files; files
 *   under 200 bytes or above 1 MB are left out, as they say nothing or are generated
 * @returns {{ name: string, path: string, size: number, read(): Buffer }[]} name is unique and relative
 */
export function realDocuments({ bytes = Infinity, files = Infinity, kinds = ['html', 'markdown'] } = {}) {
  const lists = kinds.map((kind) =>
    documentsBelow(roots[kind])
      .map((full) => ({
        name: path.relative(roots[kind], full),
        path: full,
        size: statSync(full).size,
        read: () => readFileSync(full),
      }))
      .filter((file) => file.size >= 200 && file.size <= 1_000_000),
  );
  const chosen = [];
  let total = 0;
  for (let i = 0; lists.some((list) => i < list.length); i++) {
    for (const list of lists) {
      const file = list[i];
      if (!file) continue;
      if (chosen.length >= files || total >= bytes) return chosen;
      chosen.push(file);
      total += file.size;
    }
  }
  return chosen;
}
