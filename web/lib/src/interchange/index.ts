/** What the worker loads when files come in or go out: one bundle beside it, interchange.js. */
export type { ImportCalls, ImportHost, WriteBatch, WriteResult } from './import-host.js';
export { ImportRun, type ImportRequest } from './import-run.js';
export { ExportRun, type ExportHost, type ExportRequest, type MadeFile } from './export-run.js';
export { sqliteSource, type OtherFile } from './sqlite.js';
