/** What the worker loads when files come in or go out: one bundle beside it, interchange.js. */
export {
  ImportRun,
  type ImportCalls,
  type ImportHost,
  type ImportRequest,
  type WriteBatch,
  type WriteResult,
} from './import-run.js';
export { ExportRun, type ExportHost, type ExportRequest, type MadeFile } from './export-run.js';
export { sqliteSource, type OtherFile } from './sqlite.js';
