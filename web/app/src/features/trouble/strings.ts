import { formatCount, formatQuantity } from '../../format';
import type { TroubleKind } from './state';

interface Texts {
  title: string;
  detail: string;
}

/** What the bar over the page says of storage that fails. */
export const TROUBLES: Readonly<Record<TroubleKind, Texts>> = {
  cleared: {
    title: 'What was stored here has been cleared.',
    detail:
      'Nothing is saved any more. What this page still holds can be kept as a file: do it before you close or reload it.',
  },
  readOnly: {
    title: 'This device is full: open for reading only.',
    detail:
      'You can search, read, export and make a backup. Free some space and open it again to add or change anything.',
  },
  full: {
    title: 'There is no room left.',
    detail: 'The last change was not kept; everything else is as it was. Remove documents or free space, then go on.',
  },
  damaged: {
    title: 'A part of what is stored cannot be read.',
    detail: 'The rest is as it was. Save what can be read: the damaged file is kept beside it.',
  },
  broken: {
    title: 'The device did not read or write.',
    detail: 'The last change was not kept; everything else is as it was. If it happens again, make a backup.',
  },
};

export const TROUBLE = {
  label: 'Storage',
  backup: 'Save a backup',
  backupSealed: 'Save a backup…',
  export: 'Export…',
  storage: 'What takes room',
  reload: 'Begin anew',
  openAgain: 'Open again',
  salvage: 'Save what can be read',
  dismiss: 'Dismiss',
  technical: 'In detail',
} as const;

/** After a damaged workspace was opened by saving what can be read. */
export const SALVAGED = {
  title: 'What could be read was saved.',
  nothing: 'Nothing could be read.',
  damage: (damaged: number, total: number) =>
    damaged === 0
      ? 'The stored file was damaged. Everything that can be read is in a new one, and you go on with that.'
      : `${formatCount(damaged)} of ${formatQuantity(total, 'page', 'pages')} of the stored file ${damaged === 1 ? 'was' : 'were'} damaged. Everything that can be read is in a new one, and you go on with that.`,
  readOnly:
    'There is no room to store it: it is in memory, and nothing on the device was changed. Export it, or make a backup, before you close this page.',
  rows: 'saved',
  lost: 'lost',
  refused: 'left out',
  refusedNote: 'Rows that were left out refer to others that are lost. They are kept in the table import_rejects.',
  lostNote: 'How many rows are lost can only be told where an index still counts them.',
  byTable: 'By table',
  table: 'Table',
  kept: (name: string) => `The damaged file is kept as ${name}, until you remove it under Data, Storage.`,
  goOn: 'Go on',
  backup: 'Save a backup',
  export: 'Export…',
  technical: 'What was found',
} as const;

export const SET_ASIDE = {
  title: 'Damaged files',
  sentence:
    'They were set aside when what could be read of them was saved. A later version, or somebody who knows the format, may read more.',
  what: (size: string, when: string) => `${size}, set aside ${when}`,
  save: 'Save…',
  remove: 'Remove…',
  removeTitle: 'Remove the damaged file?',
  removeDetail: (name: string) => `${name} is deleted from this device. What was saved of it stays.`,
  cancel: 'Cancel',
  confirm: 'Remove it',
} as const;
