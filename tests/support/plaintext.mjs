// Looks for known text in every byte of every file of a workspace.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Every file of a workspace by name. */
export function filesOf(directory, name = 'test') {
  const folder = path.join(directory, name);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file))]));
}

/** Places of `texts` in these files, as UTF-8 and as UTF-16: `name: text`. */
export function findTexts(files, texts) {
  const found = [];
  for (const [name, bytes] of Object.entries(files)) {
    for (const text of texts) {
      for (const encoding of ['utf8', 'utf16le'])
        if (Buffer.from(bytes).includes(Buffer.from(text, encoding))) found.push(`${name}: ${text}`);
    }
  }
  return found;
}

export function assertNothingReadable(directory, texts, message = '') {
  assert.deepEqual(findTexts(filesOf(directory), texts), [], message);
}
