/** Which code brings in or takes out whose files: one line a system. */
import { invalidArgument } from '../errors.js';
import type { ImportReport, Progress } from '../types.js';
import { ArchiveExport } from './archive-export.js';
import { ArchiveIntake } from './archive-intake.js';
import { ExportRun, unsupported, type ExportHost, type ExportRequest } from './export-run.js';
import type { ImportHost } from './import-host.js';
import { ImportRun, type ImportRequest } from './import-run.js';
import type { Intake, Planned } from './intake.js';
import { MapIntake } from './map-intake.js';
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
  <P extends Planned>(make: (host: ImportHost, request: ImportRequest, now: string) => Intake<P>): Importer =>
  (host, request, ...rest) => {
    const now = new Date().toISOString();
    return new ImportRun(host, make(host, request, now), now, request, ...rest).run();
  };

const exporter =
  (map: SystemMap): Exporter =>
  (host, ...rest) =>
    new ExportRun(host, map, ...rest).run();

const byMaps = <Run>(make: (map: SystemMap) => Run): [string, Run][] =>
  Object.entries(MAPS).map(([system, map]) => [system, make(map)]);

const IMPORTERS = new Map<string, Importer>([
  ...byMaps((map) => importer((host, request, now) => new MapIntake(host, map, request, now))),
  ['archivolt', importer((host, { dryRun = false }, now) => new ArchiveIntake(host, dryRun, now))],
]);

const EXPORTERS = new Map<string, Exporter>([
  ...byMaps(exporter),
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
