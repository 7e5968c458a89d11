/** What the worker loads when files come in or go out: one bundle beside it, interchange.js. */
export type { EmbedderIdentity, ImportCalls, ImportHost, WriteResult } from './import-host.js';
export type { WriteBatch } from './packed-rows.js';
export type { ExportHost, MadeFile } from './export-run.js';
export { runExport, runImport } from './exchanges.js';
export type { OtherFile } from './other-file.js';
export { sqliteSource } from './sqlite.js';
export { salvageRows, type SalvagedTable } from './salvage-export.js';
export { serveReader } from './reader.js';
export type { ReaderWorker } from './read-ahead.js';
