/** What comes in from other systems and goes out to them, as the page sees it. */
import { invalidArgument } from '../errors.js';
import type { ExportOptions, ImportOptions, ImportReport } from '../types.js';
import { array, bool, fn, filled, oneOf, options as checkOptions, signal } from './check.js';
import type { Call } from './workspace.js';

const SYSTEMS = ['softarchitect', 'gemini_ea', 'archi', 'socrates', 'autodevhub'];
const FORMATS = ['sqlite', 'pg_dump', 'csv', 'json', 'jsonl', 'qdrant', 'chroma', 'zip'];

const IMPORT = {
  system: (argument: string, value: unknown) => oneOf(argument, value, SYSTEMS),
  format: (argument: string, value: unknown) => oneOf(argument, value, FORMATS),
  timeZone: filled,
  dryRun: bool,
  onProgress: fn,
  signal,
};

const EXPORT = {
  system: (argument: string, value: unknown) => oneOf(argument, value, [...SYSTEMS, 'archivolt']),
  format: (argument: string, value: unknown) => oneOf(argument, value, ['sqlite', 'sql', 'jsonl', 'zip']),
  secrets: bool,
  onProgress: fn,
  signal,
};

export async function importFiles(call: Call, source: Blob | Blob[], options: ImportOptions): Promise<ImportReport> {
  const blobs = Array.isArray(source) ? source : [source];
  array('source', blobs).forEach((blob, index) => {
    if (!(blob instanceof Blob))
      throw invalidArgument(`source[${index}]: expected a Blob or File.`, { argument: 'source' });
  });
  if (blobs.length === 0) throw invalidArgument('source: name at least one file.', { argument: 'source' });
  checkOptions('options', options, IMPORT);
  oneOf('options.system', options.system, SYSTEMS);
  const { onProgress, signal: abort, ...rest } = options;
  const files = blobs.map((blob, index) => ({ name: 'name' in blob ? String(blob.name) : `file-${index + 1}`, blob }));
  return call('workspace.import', { ...rest, files }, { signal: abort, onProgress });
}

export async function exportSystem(call: Call, options: ExportOptions): Promise<Blob> {
  checkOptions('options', options, EXPORT);
  EXPORT.system('options.system', options.system);
  EXPORT.format('options.format', options.format);
  const { onProgress, signal: abort, ...rest } = options;
  return call('workspace.export', rest, { signal: abort, onProgress });
}
