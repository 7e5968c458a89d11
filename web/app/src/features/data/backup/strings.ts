import type { ErrorCode } from 'archivolt';
import { formatBytes, formatQuantity } from '../../../format';
import { DATA } from '../strings';

export const BACKUP = {
  title: 'Keep a copy',
  sentence:
    'A backup is one file that holds everything here. It is tried out before you get it, and puts everything back on this or another device.',
  make: 'Make a backup',
  none: 'No backup has been made of these data yet.',
  last: (when: string, details: string) => `The last backup is of ${when}${details === '' ? '' : ` (${details})`}.`,
  size: (bytes: number) => formatBytes(bytes),
  sealed: 'sealed',
  seal: 'Seal it with a passphrase',
  sealDetail:
    'The file is encrypted. Without the passphrase nobody reads it, and nobody gets it back: it is kept nowhere.',
  unsealedDetail:
    'What is stored here is encrypted; this file would not be. Whoever gets it can read everything in it.',
  plainDetail: 'The file also holds hashes of passwords and sealed keys. Keep it where only you reach it.',
  button: 'Make a backup',
  tooShort: 'Enter a passphrase, or take the seal off.',
  phases: {
    copy: 'Copying the database…',
    check: 'Trying the copy out…',
    write: 'Writing the file…',
  } as Readonly<Record<string, string>>,
  starting: 'Starting…',
  written: (done: number, total: number) => `Writing the file: ${DATA.bytesOf(done, total)}`,
  stopped: 'The backup was stopped. No file was made.',
} as const;

export const BACKUP_ADVICE: Partial<Record<ErrorCode, string>> = {
  QUOTA_EXCEEDED: 'A backup needs as much room again for a moment. Free space on this device and try again.',
  CORRUPTION: 'The database here is damaged. See Storage for what a health check says of it.',
  INVALID_ARGUMENT: 'Choose another passphrase.',
};

export const RESTORE = {
  title: 'Restore',
  sentence: 'Puts a backup in the place of everything that is here.',
  safe: 'It asks once more before anything is replaced.',
  choose: 'Choose a backup',
  chooseOther: 'Choose another',
  dropHere: 'Drop a backup',
  dropDetail: 'It is looked at first. Nothing is replaced before you say so.',
  file: (bytes: number, when: string) => `${formatBytes(bytes)}, written ${when}`,
  sealed: 'Sealed',
  sealedDetail: 'Enter the passphrase that it was sealed with.',
  needPassphrase: 'Enter the passphrase of the file.',
  button: 'Restore…',
  confirmTitle: 'Replace everything here?',
  confirmDetail: (name: string) =>
    `What is here now goes, and what ${name} holds takes its place. There is no way back without a backup.`,
  present: (documents: number | null, passages: number | null, bytes: number | null) =>
    `Here now: ${[
      documents !== null && formatQuantity(documents, 'document', 'documents'),
      passages !== null && formatQuantity(passages, 'passage', 'passages'),
      bytes !== null && `${formatBytes(bytes)} in use`,
    ]
      .filter((part) => part !== false)
      .join(', ')}.`,
  noBackup: 'No backup of it has been made yet.',
  lastBackup: (when: string) => `Its last backup is of ${when}.`,
  backupFirst: 'Make a backup first',
  confirm: 'Replace everything',
  phases: {
    read: 'Reading the file…',
    check: 'Checking the file…',
    restore: 'Putting the data in place…',
  } as Readonly<Record<string, string>>,
  reading: (done: number, total: number) => `Reading the file: ${DATA.bytesOf(done, total)}`,
  done: 'Everything is as it was in the backup.',
  holds: (rows: number, tables: number) => `${DATA.rows(rows)} in ${DATA.tables(tables)}`,
  byTable: 'By table',
  stopped: 'The restore was stopped. Nothing was changed.',
} as const;

/** In every one of these cases the present data are as they were. */
export const RESTORE_TITLES: Partial<Record<ErrorCode, string>> = {
  WRONG_PASSPHRASE: 'The passphrase does not open this file.',
  CORRUPTION: 'The file is damaged, or was cut short.',
  INVALID_ARGUMENT: 'This is no backup of Archivolt.',
  SCHEMA_TOO_NEW: 'A newer Archivolt wrote this backup.',
  UNSUPPORTED: 'A newer Archivolt sealed this backup.',
  QUOTA_EXCEEDED: 'There is no room for it on this device.',
  IO_ERROR: 'The file could not be read.',
};
const UNCHANGED = 'What is here was not touched.';
export const RESTORE_ADVICE: Partial<Record<ErrorCode, string>> = {
  WRONG_PASSPHRASE: `${UNCHANGED} Enter it again; capitals and spaces count.`,
  CORRUPTION: `${UNCHANGED} Try another copy of the backup.`,
  INVALID_ARGUMENT: `${UNCHANGED} Choose a file that was made by “Make a backup”. Data of other systems come in by Import.`,
  SCHEMA_TOO_NEW: `${UNCHANGED} Reload the page to get the present version, then restore again.`,
  UNSUPPORTED: `${UNCHANGED} Reload the page to get the present version, then restore again.`,
  QUOTA_EXCEEDED: `${UNCHANGED} A restore needs room for the file and its content for a moment: free some and try again.`,
  IO_ERROR: `${UNCHANGED} It may have been moved since it was chosen. Choose it again.`,
  FAILED_PRECONDITION: `${UNCHANGED} Reload the page and try again.`,
};
