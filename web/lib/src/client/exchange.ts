/** What comes in from other systems and goes out to them, as the page sees it. */
import { invalidArgument } from '../errors.js';
import type { ImportFile } from '../protocol/messages.js';
import type { ExportOptions, ImportOptions, ImportReport, ImportSource } from '../types.js';
import { bool, fn, filled, oneOf, options as checkOptions, signal } from './check.js';
import type { Call } from './call.js';

const FORMATS = ['sqlite', 'pg_dump', 'csv', 'json', 'jsonl', 'qdrant', 'chroma', 'zip'];

// Which systems there are, the code of imports and exports knows: it is loaded when one is asked for.
const IMPORT = {
  system: filled,
  format: (argument: string, value: unknown) => oneOf(argument, value, FORMATS),
  timeZone: filled,
  dryRun: bool,
  user: filled,
  project: filled,
  onProgress: fn,
  signal,
};

const EXPORT = {
  system: filled,
  format: (argument: string, value: unknown) => oneOf(argument, value, ['sqlite', 'sql', 'jsonl', 'zip']),
  secrets: bool,
  layout: filled,
  project: filled,
  onProgress: fn,
  signal,
};

export async function importFiles(
  call: Call,
  source: ImportSource | ImportSource[],
  options: ImportOptions,
): Promise<ImportReport> {
  const sources = Array.isArray(source) ? source : [source];
  if (sources.length === 0) throw invalidArgument('source: name at least one file.', { argument: 'source' });
  const files = sources.map((one, index): ImportFile => {
    if (typeof one === 'string') {
      return { name: one, path: filled(`source[${index}]`, one) };
    }
    if (!(one instanceof Blob))
      throw invalidArgument(`source[${index}]: expected a Blob or File.`, { argument: 'source' });
    // Of a folder that was chosen the file's place in it.
    const { name, webkitRelativePath: place } = one as Partial<File>;
    return { name: place || (name ?? `file-${index + 1}`), blob: one };
  });
  checkOptions('options', options, IMPORT);
  filled('options.system', options.system);
  const { onProgress, signal: abort, ...rest } = options;
  return call('workspace.import', { ...rest, files }, { signal: abort, onProgress });
}

export async function exportSystem(call: Call, options: ExportOptions): Promise<Blob> {
  checkOptions('options', options, EXPORT);
  filled('options.system', options.system);
  EXPORT.format('options.format', options.format);
  const { onProgress, signal: abort, ...rest } = options;
  return call('workspace.export', rest, { signal: abort, onProgress });
}
