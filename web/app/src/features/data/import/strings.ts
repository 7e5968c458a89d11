import type { ErrorCode } from 'archivolt';
import { formatBytes, formatCount, formatQuantity } from '../../../format';
import { DATA } from '../strings';

export const DATA_IMPORT = {
  title: 'Bring data in',
  sentence:
    'Reads another system’s export and keeps everything it holds. The same files twice change nothing; newer ones update what is here.',
  whose: 'Whose files are these?',
  files: 'The files',
  filesDetail: 'One file, or all of one system together. You can also drop them on this page.',
  chooseFiles: 'Choose files',
  chooseFolder: 'Choose a folder',
  dropHere: 'Drop to import',
  dropDetail: 'Exports, dumps and databases. They are read here and sent nowhere.',
  chosen: (count: number, bytes: number) => `${formatQuantity(count, 'file', 'files')}, ${formatBytes(bytes)}`,
  chosenLabel: 'Chosen files',
  more: (count: number) => `and ${formatCount(count)} more`,
  clear: 'Choose others',
  zone: 'Times without a time zone are of',
  zoneUtc: 'UTC',
  zoneHere: (zone: string) => `${zone} (this browser)`,
  zoneLikely: 'Likely',
  zoneAll: 'All time zones',
  go: 'Check, then import',
  goDetail: 'A check counts what an import would do and changes nothing.',
  check: 'Check',
  checkAgain: 'Check again',
  import: 'Import',
  goOn: 'Go on',
  needSystem: 'Say first whose files these are.',
  needFiles: 'Choose the files first.',
  looking: 'Looking at the files…',
  at: (table: string, done: number, total: number | null) =>
    `${table}: ${total === null ? DATA.rows(done) : DATA.rowsOf(done, total)}`,
} as const;

export const REPORT = {
  checked: 'This is what an import would do.',
  imported: 'The import is done.',
  nothingNew: 'Everything in these files is already here.',
  added: 'Added',
  updated: 'Updated',
  unchanged: 'Unchanged',
  rejected: 'Do not fit',
  byTable: 'By table',
  table: 'Table',
  read: 'Read',
  tableLabel: 'Rows by table',
  rejects: (count: number) => `${DATA.rows(count)} that ${count === 1 ? 'does' : 'do'} not fit`,
  rejectsChecked: 'An import leaves them out and keeps each one whole, with its reason.',
  rejectsKept:
    'They are kept whole, with their reasons, in the table import_rejects. An export of everything holds them.',
  firstOf: (shown: number, all: number) =>
    `These are the first ${formatCount(shown)} of ${formatCount(all)}; all of them are in that table.`,
  firstOfChecked: (shown: number, all: number) => `These are the first ${formatCount(shown)} of ${formatCount(all)}.`,
  noId: 'without an id',
  unreadable: 'The file',
  skipped: (count: number) => `${DATA.tables(count)} left out`,
  searchIt: 'Search it',
  meaning: (count: number) =>
    `Words find it at once. By meaning it is found as its vectors are made: ${DATA.rows(count)} to go.`,
  stoppedCheck: 'The check was stopped. Nothing was changed.',
  stopped: 'The import was stopped.',
  stoppedDetail: (rows: number) =>
    `${DATA.rows(rows)} had been read; what they brought is kept. The same files go on from there, now or another day.`,
} as const;

/** What to do when an import fails. The finished batches stay, as after a cancellation. */
export const IMPORT_ADVICE: Partial<Record<ErrorCode, string>> = {
  INVALID_ARGUMENT: 'Choose the system that wrote these files, or other files. Nothing was changed.',
  UNSUPPORTED: 'Export the data again in another format, and choose that file.',
  IO_ERROR: 'The file may have been moved or changed since it was chosen. Choose it again and go on.',
  QUOTA_EXCEEDED: 'Free space on this device, then import the same files again: it goes on from where it was.',
  CORRUPTION: 'The file is damaged. Export it again; what was read before stays.',
  OUT_OF_MEMORY: 'Close other tabs and import the same files again: it goes on from where it was.',
};
