import type { ErrorCode } from 'archivolt';
import { formatBytes, formatCount, formatQuantity } from '../../format';
import type { DataSection } from '../../route';
import { ADVICE } from '../notices/strings';
import type { JobKind } from './job';
import type { SystemGroup } from './systems';

/** Texts that the sections of the data page share. */
export const DATA = {
  title: 'Data',
  sentence: 'Everything here happens in this browser. Nothing is uploaded.',
  navLabel: 'Data',
  back: 'Search',
  sections: {
    import: 'Import',
    export: 'Export',
    backup: 'Backup',
    quality: 'Search quality',
    storage: 'Storage',
  } satisfies Record<DataSection, string>,
  facts: {
    import: 'From other systems and assistants',
    export: 'In each system’s own shape',
    quality: 'Questions with known answers',
    noBackup: 'None made yet',
    lastBackup: (when: string) => `Last one ${when}`,
    storage: (used: number) => `${formatBytes(used)} in use`,
    storageUnknown: 'Size, health, cleaning up',
  },
  groups: {
    systems: 'Architecture assistants',
    assistants: 'Chats',
    records: 'Records',
  } satisfies Record<SystemGroup, string>,
  loadFailed: 'This page could not be loaded.',
  loadFailedAdvice: 'Archivolt was updated, or the network is gone. Reload to go on.',
  reload: 'Reload',
  cancel: 'Cancel',
  close: 'Close',
  progress: 'Progress',
  /** What runs, for the status bar and as a name of the progress. */
  jobs: {
    check: 'Checking the files',
    import: 'Importing',
    export: 'Exporting',
    save: 'Saving the file',
    backup: 'Making a backup',
    restore: 'Restoring',
    health: 'Checking the database',
    compact: 'Giving back free space',
    protect: 'Changing the encryption',
    erase: 'Deleting everything',
    evaluate: 'Asking the questions',
    replay: 'Searching again',
    recall: 'Comparing with every passage',
  } satisfies Record<JobKind, string>,
  busy: (kind: JobKind) => `${DATA.jobs[kind]}: this waits until it has ended.`,
  adding: 'Documents are being added: this waits until that has ended.',
  share: (kind: JobKind, percent: number) => `${DATA.jobs[kind]}, ${percent} %`,
  rows: (count: number) => formatQuantity(count, 'row', 'rows'),
  tables: (count: number) => formatQuantity(count, 'table', 'tables'),
  rowsOf: (done: number, total: number) => `${formatCount(done)} of ${formatCount(total)}`,
  bytesOf: (done: number, total: number) => `${formatBytes(done)} of ${formatBytes(total)}`,
  technical: 'In detail',
} as const;

/** A file that was made. */
export const MADE = {
  downloaded: 'It is among your downloads.',
  ready: 'It is ready. Choose where to keep it.',
  saved: 'It is where you put it.',
  failed: 'It could not be written there. Choose another place.',
  save: 'Save…',
  again: 'Save again…',
  away: 'Done',
} as const;

/** What to do about an error, where nothing nearer is known. */
export function adviceFor(code: ErrorCode, nearer: Partial<Record<ErrorCode, string>> = {}): string {
  return nearer[code] ?? ADVICE[code];
}
