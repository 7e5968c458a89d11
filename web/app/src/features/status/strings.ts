import type { WorkspaceStatus } from 'archivolt';
import { formatBytes, formatCount, formatQuantity } from '../../format';

/** Texts of the status bar. */
export const STATUS = {
  label: 'Status',
  storage: {
    opfs: 'On this device',
    memory: 'In memory, not saved',
    directory: 'In a folder',
  } satisfies Record<WorkspaceStatus['storage'], string>,
  cleared: 'Cleared: only in this page',
  persisted: 'kept until you remove it',
  notPersisted: 'may be cleared if space runs out',
  persist: 'Keep it',
  persistGranted: 'Your documents now stay until you remove them.',
  persistRefused: 'The browser did not agree yet. It usually does once Archivolt is installed or visited often.',
  used: (used: number, quota: number | null) =>
    quota === null ? `${formatBytes(used)} used` : `${formatBytes(used)} of ${formatBytes(quota)}`,
  documents: (count: number) => formatQuantity(count, 'document', 'documents'),
  passages: (count: number) => formatQuantity(count, 'passage', 'passages'),
  adding: (done: number, total: number) => `Adding ${formatCount(done)} of ${formatCount(total)}`,
  offline: 'Offline',
  offlineDetail: 'No network. Nothing here needs one.',
  vectors: {
    ready: 'Meaning index ready',
    loading: 'Meaning index loading',
    rebuilding: 'Meaning index being built',
  },
  vectorsDetail: 'Searches are complete throughout, only slower until the index is ready.',
  readOnly: 'Read-only',
  install: 'Install',
  version: (version: string) => `Archivolt ${version}`,
} as const;
