/** The way to a PostgreSQL server and back, in Node. Importing it does nothing. */
export { push } from './postgres/push.js';
export { pull } from './postgres/pull.js';
export type {
  PullOptions,
  PullReport,
  PushOptions,
  PushReport,
  ServerConnection,
  ServerOptions,
  TableChanges,
} from './postgres/options.js';
