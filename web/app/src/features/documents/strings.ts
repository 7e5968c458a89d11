import { formatCount, formatQuantity } from '../../format';

/** Texts of the documents feature. */
export const DOCUMENTS = {
  title: 'Documents',
  chooseFiles: 'Add files',
  chooseFolder: 'Add a folder',
  dropHere: 'Drop to add',
  dropDetail: 'Files and whole folders. They are read here and sent nowhere.',
  emptyTitle: 'Bring your documents in.',
  emptySentence:
    'Drop a folder of notes, specifications or code here: Archivolt reads it in this browser, indexes every passage by word and by meaning, and answers from it, even offline.',
  emptyFormats: 'Markdown, text, HTML, tables, JSON and source code.',
  emptyOther: 'Moving in from another system?',
  emptyImport: 'Import its data',
  emptyOr: 'or',
  emptyRestore: 'restore a backup',
  filter: 'Filter by name',
  filterClear: 'Clear the filter',
  noneMatch: 'No document has that in its name.',
  listLabel: 'Documents, newest first',
  open: (name: string) => `Open ${name}`,
  remove: (name: string) => `Remove ${name}`,
  removeTitle: 'Remove this document?',
  removeDetail: (name: string) =>
    `${name} leaves the index with its passages and vectors. The file on your disk is not touched.`,
  removeConfirm: 'Remove',
  removeCancel: 'Keep it',
  removed: (name: string) => `Removed ${name}.`,
  passages: (count: number) => formatQuantity(count, 'passage', 'passages'),
  indexed: 'Indexed',
  failed: 'Failed',
  failedWithoutReason: 'It could not be indexed.',
  duplicate: 'Already here',
  inProgress: 'Indexing',
  count: (count: number) => formatCount(count),
  shownOf: (shown: number, all: number) => `${formatCount(shown)} of ${formatCount(all)}`,
} as const;

/** Texts of a running or finished import. */
export const IMPORT = {
  label: 'Import',
  collecting: (count: number) =>
    count === 0 ? 'Looking through the folder…' : `Found ${formatQuantity(count, 'file', 'files')} so far…`,
  progressLabel: 'Files indexed',
  counts: (done: number, total: number) => `${formatCount(done)} of ${formatCount(total)}`,
  starting: 'Starting…',
  cancel: 'Cancel',
  searchNow: 'Start searching',
  close: 'Close',
  finished: (indexed: number) =>
    indexed === 0 ? 'Nothing new to add.' : `Added ${formatQuantity(indexed, 'document', 'documents')}.`,
  cancelled: (indexed: number) => `Stopped. ${formatQuantity(indexed, 'document', 'documents')} added before that.`,
  stopped: (indexed: number) => `Stopped by an error. ${formatQuantity(indexed, 'document', 'documents')} added.`,
  nothingFound: 'No readable file in there.',
  passages: (count: number) => formatQuantity(count, 'passage', 'passages'),
  duplicates: (count: number) => `${formatCount(count)} already here`,
  failures: (count: number) => `${formatCount(count)} failed`,
  skipped: (count: number) => `${formatCount(count)} not text, left out`,
  details: 'What happened',
  moreDetails: (count: number) => `and ${formatCount(count)} more`,
  announce: (done: number, total: number) => `${formatCount(done)} of ${formatCount(total)} files done`,
} as const;
