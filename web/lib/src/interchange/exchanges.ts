/** Which code brings in or takes out whose files: one line a system. */
import { invalidArgument } from '../errors.js';
import type { ImportReport, Progress } from '../types.js';
import { ArchiveExport } from './archive-export.js';
import { CHAT_MAPS } from './chats/maps.js';
import { openChats } from './chats/open.js';
import { ExportRun, unsupported, type ExportHost, type ExportRequest } from './export-run.js';
import type { ImportHost } from './import-host.js';
import { ImportRun, type ImportRequest } from './import-run.js';
import { MAPS, type SystemMap } from './maps.js';

type Report = (progress: Progress) => void;
type Importer = (
  host: ImportHost,
  request: ImportRequest,
  actor: string,
  signal: AbortSignal,
  report: Report,
) => Promise<ImportReport>;
type Exporter = (host: ExportHost, request: ExportRequest, signal: AbortSignal, report: Report) => Promise<Blob>;

const importer =
  (map: SystemMap): Importer =>
  (host, ...rest) =>
    new ImportRun(host, map, ...rest).run();

const exporter =
  (map: SystemMap): Exporter =>
  (host, ...rest) =>
    new ExportRun(host, map, ...rest).run();

const chatImporter =
  (map: SystemMap): Importer =>
  (host, ...rest) =>
    new ImportRun(host, map, ...rest).run((files, options) => openChats(map, files, options));

const byMaps = <Run>(maps: Readonly<Record<string, SystemMap>>, make: (map: SystemMap) => Run): [string, Run][] =>
  Object.entries(maps).map(([system, map]) => [system, make(map)]);

const IMPORTERS = new Map<string, Importer>([...byMaps(MAPS, importer), ...byMaps(CHAT_MAPS, chatImporter)]);

const EXPORTERS = new Map<string, Exporter>([
  ...byMaps(MAPS, exporter),
  [
    'archivolt',
    (host, { format, secrets = false }, signal, report) => {
      if (format !== 'jsonl') throw unsupported('Archivolt', format, ['jsonl']);
      return new ArchiveExport(host, secrets, signal, report).run();
    },
  ],
]);

/** INVALID_ARGUMENT: no such system. */
function of<Run>(runs: ReadonlyMap<string, Run>, system: string): Run {
  const run = runs.get(system);
  if (run === undefined)
    throw invalidArgument(`options.system: must be one of ${[...runs.keys()].map((name) => `'${name}'`).join(', ')}.`, {
      argument: 'options.system',
    });
  return run;
}

/** Brings in the files of a system. */
export async function runImport(
  host: ImportHost,
  request: ImportRequest,
  ...rest: [string, AbortSignal, Report]
): Promise<ImportReport> {
  return of(IMPORTERS, request.system)(host, request, ...rest);
}

/** Writes the rows of a system, or everything, as a file. */
export async function runExport(
  host: ExportHost,
  request: ExportRequest,
  ...rest: [AbortSignal, Report]
): Promise<Blob> {
  return of(EXPORTERS, request.system)(host, request, ...rest);
}
