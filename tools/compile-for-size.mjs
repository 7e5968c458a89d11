// A copy of a C source in which all functions but the named ones are compiled for size, whatever the level of optimisation: where a
// few functions take most of the time, they alone are worth the bytes.
// node tools/compile-for-size.mjs <source> <copy> <file of function names>
//
// Ends with an error when a name is not defined in the source: a new version of it may have renamed the function.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { fail } from './process.mjs';

const small = '#pragma clang attribute push(__attribute__((minsize)), apply_to = function)';
const end = '#pragma clang attribute pop';

/** The last line of the head of a function whose name stands in line `first`, or -1 when it is only declared there. */
function endOfHead(lines, first) {
  for (let at = first; at < lines.length; at++) {
    const line = lines[at].replaceAll(/\/\*.*?\*\//g, '').trimEnd();
    if (line.includes(';')) return -1;
    if (line.endsWith('{')) return at;
  }
  return -1;
}

/** The text with the pragmas, and the names that were not found. */
export function compileForSize(text, names) {
  const lines = text.split('\n');
  const out = [small];
  const missing = new Set(names);
  for (let at = 0; at < lines.length; at++) {
    const name = /^(?:[A-Za-z_][\w ]*[\s*]+)(\w+)\s*\(/.exec(lines[at])?.[1];
    const head = name !== undefined && names.has(name) ? endOfHead(lines, at) : -1;
    if (head === -1) {
      out.push(lines[at]);
      continue;
    }
    missing.delete(name);
    const last = lines.indexOf('}', head);
    out.push(end, ...lines.slice(at, last + 1), small);
    at = last;
  }
  out.push(end, '');
  return { text: out.join('\n'), missing: [...missing] };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [source, copy, list] = process.argv.slice(2);
  const names = new Set(
    readFileSync(list, 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .flatMap((line) => line.split(' '))
      .filter((name) => name !== ''),
  );
  const { text, missing } = compileForSize(readFileSync(source, 'utf8'), names);
  if (missing.length > 0) fail(`${list} names functions that ${source} does not define: ${missing.join(', ')}`);
  writeFileSync(copy, text);
}
