/** Whose data come in and go out: the one list of it in the application. */
import type { ExportOptions, ImportSystem } from 'archivolt';

export type ExportSystem = ExportOptions['system'];
export type ExportFormat = ExportOptions['format'];
export type SystemGroup = 'systems' | 'assistants' | 'records';

export interface DataSystem {
  id: ImportSystem;
  title: string;
  group: SystemGroup;
  /** What its files are, shortly. */
  files: string;
  /** The shapes it goes out in, the usual one first; none: it only comes in. */
  formats: readonly ExportFormat[];
  /** Whether its times may have no offset, so that somebody has to say where they are of. */
  naiveTimes: boolean;
}

const DUMPS = 'PostgreSQL dump or CSV';

export const SYSTEMS: readonly DataSystem[] = [
  {
    id: 'softarchitect',
    title: 'SoftArchitect AI',
    group: 'systems',
    files: 'SQLite, JSON or Chroma',
    formats: ['sqlite', 'sql', 'jsonl'],
    naiveTimes: true,
  },
  {
    id: 'gemini_ea',
    title: 'Gemini Enterprise Architect',
    group: 'systems',
    files: 'PostgreSQL dump, Qdrant',
    formats: ['sql', 'jsonl'],
    naiveTimes: true,
  },
  { id: 'archi', title: 'Archi', group: 'systems', files: DUMPS, formats: ['sql', 'jsonl'], naiveTimes: true },
  { id: 'socrates', title: 'Socrates', group: 'systems', files: DUMPS, formats: ['sql', 'jsonl'], naiveTimes: true },
  {
    id: 'autodevhub',
    title: 'AutoDevHub',
    group: 'systems',
    files: 'SQLite, CSV or JSON',
    formats: ['sqlite', 'sql', 'jsonl'],
    naiveTimes: true,
  },
  {
    id: 'chatgpt',
    title: 'ChatGPT',
    group: 'assistants',
    files: 'Export as zip or JSON',
    formats: [],
    naiveTimes: false,
  },
  {
    id: 'claude',
    title: 'Claude',
    group: 'assistants',
    files: 'Export as zip or JSON',
    formats: [],
    naiveTimes: false,
  },
  {
    id: 'open_webui',
    title: 'Open WebUI',
    group: 'assistants',
    files: 'Chats as JSON',
    formats: [],
    naiveTimes: false,
  },
  {
    id: 'adr',
    title: 'Decision records',
    group: 'records',
    files: 'Folder of Markdown (ADR)',
    formats: ['zip'],
    naiveTimes: false,
  },
  {
    id: 'archivolt',
    title: 'Archivolt',
    group: 'records',
    files: 'JSON lines of an export',
    formats: ['jsonl'],
    naiveTimes: false,
  },
];

export function systemOf(id: ImportSystem): DataSystem {
  const system = SYSTEMS.find((one) => one.id === id);
  if (!system) throw new RangeError(`no system ${id}`);
  return system;
}

const isExportable = (system: DataSystem): system is DataSystem & { id: ExportSystem } => system.formats.length > 0;

/** Those that go out. Everything, in the package's own form, stands first. */
export const EXPORTED: readonly (DataSystem & { id: ExportSystem })[] = SYSTEMS.filter(isExportable).sort(
  (a, b) => Number(b.id === 'archivolt') - Number(a.id === 'archivolt'),
);
