/** Files of the machine by their paths. */
import { openAsBlob, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ArchivoltError, invalidArgument } from '../errors.js';

interface OpenedPath {
  name: string;
  blob: Blob;
}

/** Files that folders of decisions are made of. */
const OF_DECISIONS = /\.(?:md|markdown)$|^\.(?:adr-dir|log4brains\.yml)$/i;
/** Folders that hold what others wrote. */
const FOREIGN = new Set(['node_modules', '.git']);
const MOST_FILES = 20_000;

/** The file at `place`, or with `folders` the decisions in the folder there. NOT_FOUND: there is none. */
export async function openPath(place: string, folders: boolean): Promise<OpenedPath[]> {
  let isFolder: boolean;
  try {
    const found = statSync(place);
    if (found.isFile()) return [{ name: place, blob: await openAsBlob(place) }];
    isFolder = found.isDirectory();
  } catch (error) {
    throw new ArchivoltError('NOT_FOUND', 'There is no file of this path that can be read.', {}, { cause: error });
  }
  if (!folders || !isFolder) throw new ArchivoltError('NOT_FOUND', 'What this path names is no file.');
  const names = namesIn(place);
  if (names.length === 0) throw new ArchivoltError('NOT_FOUND', 'The folder of this path holds no Markdown files.');
  return Promise.all(names.map(async (name) => ({ name, blob: await openAsBlob(path.join(place, name)) })));
}

/** Links are not followed: they may lead in circles. */
function namesIn(folder: string): string[] {
  const names: string[] = [];
  const left = [''];
  for (let below = left.pop(); below !== undefined; below = left.pop()) {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && !FOREIGN.has(entry.name)) left.push(name);
      else if (entry.isFile() && OF_DECISIONS.test(entry.name)) names.push(name);
      if (names.length > MOST_FILES)
        throw invalidArgument(
          `The folder holds more than ${MOST_FILES} Markdown files. Name the one of the decisions.`,
        );
    }
  }
  return names.sort();
}
