import type { ErrorCode, WorkspaceStatus } from 'archivolt';
import { formatBytes } from '../../../format';
import { DATA } from '../strings';

export const STORAGE = {
  title: 'What is stored here',
  sentence:
    'Everything lies in this browser’s private files on this device, and leaves it only as files that you make.',
  room: 'Room',
  places: {
    opfs: 'On this device, in this browser',
    memory: 'In memory: gone when the page is closed',
    directory: 'In a folder',
  } satisfies Record<WorkspaceStatus['storage'], string>,
  used: (bytes: number) => `${formatBytes(bytes)} in use`,
  granted: (bytes: number) => `The browser grants ${formatBytes(bytes)}.`,
  meter: (used: number, quota: number) => `${formatBytes(used)} of ${formatBytes(quota)} in use`,
  persisted: 'It stays until you remove it.',
  notPersisted: 'The browser may clear it when the device runs out of room. Ask it to keep it, and make backups.',
  persist: 'Ask to keep it',
  compact: 'Give back free space',
  compactDetail: 'Rewrites the database without what was deleted; needs as much room again meanwhile.',
  compacted: (bytes: number) =>
    bytes === 0 ? 'There was no free space to give back.' : `${formatBytes(bytes)} given back.`,
  health: 'Health',
  healthDetail:
    'The quick check looks at the structure. The full one compares every index with its table, and reads everything for it.',
  quick: 'Quick check',
  full: 'Full check',
  checking: 'Reading the database…',
  working: 'Rewriting the database…',
  healthy: 'Nothing is wrong.',
  healthyDetail: (rows: number, tables: number) => `${DATA.rows(rows)} in ${DATA.tables(tables)}.`,
  free: (pages: number) => `${pages === 1 ? 'One page is' : `${pages} pages are`} free and can be given back.`,
  unhealthy: 'Something is damaged.',
  unhealthyAdvice:
    'Export everything while it can be read, and keep your older backups. Then restore a backup from before the damage.',
  integrity: (what: string) => what,
  foreignKeys: (rows: number) => `${DATA.rows(rows)} that refer to nothing`,
  fullText: (name: string) => `The full-text index ${name} does not agree with its table`,
  vectors: (name: string, missing: number, orphaned: number) =>
    `The vectors of ${name}: ${missing} missing, ${orphaned} without their row`,
  byTable: 'By table',
  erase: 'Delete everything',
  eraseDetail:
    'Removes the database with all documents, rows and vectors from this device. Files elsewhere, such as backups, stay.',
  eraseButton: 'Delete everything…',
  eraseTitle: 'Delete everything here?',
  erased: 'Everything was deleted.',
} as const;

export const STORAGE_ADVICE: Partial<Record<ErrorCode, string>> = {
  CORRUPTION: STORAGE.unhealthyAdvice,
  BUSY: 'Another tab holds the database. Close it and try again.',
  QUOTA_EXCEEDED: 'Free space on this device and try again. Nothing was changed.',
};
