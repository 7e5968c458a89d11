import type { ErrorCode } from 'archivolt';

export const NOTICES = {
  region: 'Notices',
  dismiss: 'Dismiss',
  updateReady: 'A new version of Archivolt is ready.',
  updateAdvice: 'Reload when it suits you; running imports are stopped by a reload.',
  reload: 'Reload now',
  later: 'Later',
  offlineReady: 'Archivolt is stored on this device and now works without a network.',
} as const;

/** What a person can do about each error. Codes that a page of its own explains are there as well, for late arrivals. */
export const ADVICE: Readonly<Record<ErrorCode, string>> = {
  INVALID_ARGUMENT: 'Change what was entered and try again.',
  NOT_FOUND: 'It may have been removed in another tab.',
  ALREADY_EXISTS: 'There is nothing to do: it is already here.',
  CONSTRAINT: 'The change breaks a rule of the stored records and was not made.',
  FAILED_PRECONDITION: 'Reload the page and try again.',
  CONFLICT: 'Something else changed it first. Try again.',
  BUSY: 'Another tab is using the documents. Try again in a moment.',
  WRONG_PASSPHRASE: 'Nothing was changed. Enter the passphrase again.',
  QUOTA_EXCEEDED: 'Free space on this device or remove documents, then try again.',
  OUT_OF_MEMORY: 'Close other tabs, or add smaller files.',
  CORRUPTION: 'Add nothing more for now. What can be read is kept.',
  SCHEMA_TOO_NEW: 'A newer Archivolt wrote these documents. Reload to get the present version.',
  IO_ERROR: 'Nothing was half-written. Try again; if it happens again, restart the browser.',
  UNSUPPORTED: 'Use a current version of Chrome, Edge, Firefox or Safari, outside private browsing.',
  CANCELLED: 'What was finished before stays.',
  TIMEOUT: 'It took too long. Try again.',
  WORKER_LOST: 'Reload the page to open the documents again.',
  PROTOCOL_MISMATCH: 'Reload the page: it was updated in the meantime.',
  INTERNAL: 'This is a defect in Archivolt. Please report it with this message.',
};
