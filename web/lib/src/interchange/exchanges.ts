/** Which code brings in or takes out whose files: one line a system. */
import { invalidArgument } from '../errors.js';
import type { ImportReport, Progress } from '../types.js';
import { ArchiveExport } from './archive-export.js';
import { ArchiveIntake } from './archive-intake.js';
import { CHAT_MAPS } from './chats/maps.js';
import { openChats } from './chats/open.js';
import { DecisionExport } from './adr/export.js';
import { importDecisions } from './adr/import.js';
import { ExportRun, unsupported, type ExportHost, type ExportRequest } from './export-run.js';
import type { ImportHost } from './import-host.js';
import { ImportRun, openOptionsOf, type ImportRequest } from './import-run.js';
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

const chatImporter = (map: SystemMap): Importer =>
  importer(
    (host, request, now) =>
      new MapIntake(host, map, request, now, {
        open: (signal) => openChats(map, request.files, openOptionsOf(host, request, signal)),
      }),
  );

const byMaps = <Run>(maps: Readonly<Record<string, SystemMap>>, make: (map: SystemMap) => Run): [string, Run][] =>
  Object.entries(maps).map(([system, map]) => [system, make(map)]);

const IMPORTERS = new Map<string, Importer>([
  ...byMaps(MAPS, (map) => importer((host, request, now) => new MapIntake(host, map, request, now))),
  ...byMaps(CHAT_MAPS, chatImporter),
  ['archivolt', importer((host, { dryRun = false }, now) => new ArchiveIntake(host, dryRun, now))],
  ['adr', importDecisions],
]);

const EXPORTERS = new Map<string, Exporter>([
  ...byMaps(MAPS, exporter),
  [
    'archivolt',
    (host, request, signal, report) => {
      const formats = ['jsonl', 'zip'];
      if (!formats.includes(request.format)) throw unsupported('Archivolt', request.format, formats);
      return new ArchiveExport(host, request, signal, report).run();
    },
  ],
  ['adr', (host, ...rest) => new DecisionExport(host, ...rest).run()],
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

/** INVALID_ARGUMENT: an option that says nothing of this system. */
function checkOwn(system: string, options: Readonly<Record<string, unknown>>): void {
  const [name] = Object.entries(options).find(([, value]) => system !== 'adr' && value !== undefined) ?? [];
  if (name !== undefined)
    throw invalidArgument(`options.${name}: is for the system 'adr' alone.`, { argument: `options.${name}` });
}

/** Brings in the files of a system. */
export async function runImport(
  host: ImportHost,
  request: ImportRequest,
  ...rest: [string, AbortSignal, Report]
): Promise<ImportReport> {
  const run = of(IMPORTERS, request.system);
  checkOwn(request.system, { user: request.user, project: request.project });
  return run(host, request, ...rest);
}

/** Writes the rows of a system, or everything, as a file. */
export async function runExport(
  host: ExportHost,
  request: ExportRequest,
  ...rest: [AbortSignal, Report]
): Promise<Blob> {
  const run = of(EXPORTERS, request.system);
  checkOwn(request.system, { layout: request.layout, project: request.project });
  return run(host, request, ...rest);
}
