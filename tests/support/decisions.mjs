// Files of decisions as they are handed over, and what became of them.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { BlobReader, TextWriter, ZipReader } from '@zip.js/zip.js';
import { openForTest } from './workspaces.mjs';
import { zip } from './zip.mjs';

export const file = (name, text) => new File([text], name);

/** As the browser hands over a chosen folder: the place is beside the name. */
export function placed(path, text) {
  const made = file(path.slice(path.lastIndexOf('/') + 1), text);
  Object.defineProperty(made, 'webkitRelativePath', { value: path });
  return made;
}

export const filesOf = (folder) => Object.entries(folder).map(([name, text]) => placed(name, text));
export const zipOf = (folder) => new Blob([zip(Object.entries(folder).map(([name, content]) => ({ name, content })))]);

/** Texts of the files in a zip by name, in the order of the archive. */
export async function unzipped(blob) {
  const reader = new ZipReader(new BlobReader(blob), { useWebWorkers: false });
  const entries = await reader.getEntries();
  const texts = {};
  for (const entry of entries) texts[entry.filename] = await entry.getData(new TextWriter(), { useWebWorkers: false });
  await reader.close();
  return texts;
}

/** Rows of decisions by their names in the folder, without what two workspaces have apart. */
export async function decisions(workspace) {
  const rows = await workspace.table('decisions').find({ orderBy: 'origin_id' });
  return Object.fromEntries(
    rows.map(({ created_at, ...row }) => [
      row.origin_id,
      // A day that no file tells is that of the import.
      { ...row, updated_at: null, day: /T00:00:00Z$/.exec(created_at) && created_at },
    ]),
  );
}

/** A workspace that holds these files and nothing else. */
export async function imported(t, files, options = {}) {
  const workspace = await openForTest(t, { name: `decisions-${Math.random().toString(36).slice(2)}` });
  const report = await workspace.import(files, { system: 'adr', ...options });
  assert.deepEqual(report.rejects, []);
  return workspace;
}

/** The decisions among the files of a folder. */
export const markdown = (folder) =>
  Object.fromEntries(Object.entries(folder).filter(([name]) => /\/\d{4,8}-[^/]*\.md$/.test(name)));
