/** The bundle interchange.js beside the workers, which is loaded when files come in or go out, and when damaged ones are read. */
export { Exchange } from './exchange.js';
export { runImport, salvageRows, serveReader, type ImportCalls } from '../interchange/index.js';
