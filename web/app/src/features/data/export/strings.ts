import type { ErrorCode } from 'archivolt';
import { DATA } from '../strings';
import type { ExportFormat } from '../systems';

export const DATA_EXPORT = {
  title: 'Take data out',
  sentence:
    'Writes the rows of a system as that system has them, changes since their import included, or everything as Archivolt has it.',
  whose: 'What goes out?',
  everything: 'Everything, of all systems',
  here: 'Has data here',
  notHere: 'Nothing here',
  shape: 'In which shape?',
  formats: {
    sqlite: 'SQLite file',
    sql: 'SQL script',
    jsonl: 'JSON lines',
    zip: 'Markdown files',
  } satisfies Record<ExportFormat, string>,
  formatHints: {
    sqlite: 'A database that the system opens.',
    sql: 'Makes the tables and fills them: read it with psql, or with sqlite3 where the system uses SQLite.',
    jsonl: 'One row a line, for programs.',
    zip: 'One file a decision, in a zip archive.',
  } satisfies Record<ExportFormat, string>,
  secrets: 'With secrets',
  secretsDetail:
    'Also what opens something: hashes of passwords, sessions and sealed keys. Without this they are left out, and nobody can log in with the file.',
  go: 'Write the file',
  export: 'Export',
  consistent: 'You can go on working meanwhile; what changes then may be in the file or not.',
  empty: 'There is nothing of it here: the file will have its tables, and no rows.',
  at: (table: string, done: number, total: number | null) =>
    `${table}: ${total === null ? DATA.rows(done) : DATA.rowsOf(done, total)}`,
  starting: 'Starting…',
  stopped: 'The export was stopped. No file was made.',
  confirmTitle: 'Write a file with secrets?',
  confirmDetail:
    'Whoever has the file can try to guess the passwords in it, and may open sessions that are still valid. Keep it as you would keep a key.',
  confirm: 'With secrets',
  confirmWithout: 'Without secrets',
} as const;

export const EXPORT_ADVICE: Partial<Record<ErrorCode, string>> = {
  CONSTRAINT: 'The data changed while they were written. Export them again.',
  QUOTA_EXCEEDED: 'Free space on this device, then export again. No file was made.',
  UNSUPPORTED: 'Choose another shape.',
  INVALID_ARGUMENT: 'Choose another system.',
};
