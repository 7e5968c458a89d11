import type { ErrorCode } from 'archivolt';

interface Page {
  title: string;
  detail: string;
}

export const OPENING = {
  opening: 'Opening your documents…',
  phases: (phase: string) => phase.replaceAll(/[-_]/g, ' '),
  tryAgain: 'Try again',
  reload: 'Reload the page',
  useMemory: 'Go on without saving',
  useMemoryDetail: 'Everything added in this visit is forgotten when the page is closed.',
  salvaging: 'Saving what can be read…',
  salvage: 'Save what can be read',
  salvageDetail:
    'Everything that can be read is copied into a new file. The damaged one stays beside it, so that nothing is lost by trying.',
  sealedDetail:
    'It is encrypted, and what is damaged then cannot be read in parts. A backup can be restored after everything here was deleted.',
  anew: 'Delete everything and begin anew…',
  anewTitle: 'Delete what is damaged?',
  anewDetail: 'Everything here is deleted, also what could still be read. A backup can be restored afterwards.',
  technical: 'What the browser said',
} as const;

const OTHER: Page = {
  title: 'The documents could not be opened.',
  detail: 'Nothing was changed. Try again; if it happens again, restart the browser.',
};

const PAGES: Partial<Record<ErrorCode, Page>> = {
  BUSY: {
    title: 'Open in another tab.',
    detail: 'Another tab or window of this browser holds your documents. Go on there, or close it and try again here.',
  },
  UNSUPPORTED: {
    title: 'This browser cannot keep documents.',
    detail:
      'Archivolt needs the private file system of a current Chrome, Edge, Firefox or Safari, and it is not given here. Private browsing often withholds it.',
  },
  SCHEMA_TOO_NEW: {
    title: 'Written by a newer Archivolt.',
    detail: 'These documents were last opened by a newer version. They are untouched. Reload to get that version.',
  },
  CORRUPTION: {
    title: 'The stored documents are damaged.',
    detail: 'The file was left as it is, and nothing is written to it. Your original files are not affected.',
  },
  QUOTA_EXCEEDED: {
    title: 'This device is full.',
    detail: 'The browser grants no more storage. Free some space and try again.',
  },
  OUT_OF_MEMORY: {
    title: 'Not enough memory.',
    detail: 'Close other tabs or programs and try again.',
  },
  WORKER_LOST: {
    title: 'The engine stopped.',
    detail: 'What was finished is stored. Open the documents again to go on.',
  },
  PROTOCOL_MISMATCH: {
    title: 'Archivolt was updated.',
    detail:
      'This page, or another tab with your documents, is from before the update. Reload both to go on. Nothing was changed.',
  },
};

export function pageFor(code: ErrorCode): Page {
  return PAGES[code] ?? OTHER;
}
