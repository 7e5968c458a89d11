/** What an open workspace gives its parts. */
import type { Method, Params, ResultOf } from '../protocol/messages.js';
import type { RequestOptions } from './connection.js';

/** Sends one request of this workspace. */
export type Call = <M extends Method>(method: M, params: Params<M>, options?: RequestOptions) => Promise<ResultOf<M>>;

/** Starts a watch on a table and returns the function that ends it. */
export type Watcher = <R>(
  table: string,
  query: () => Promise<R>,
  listener: (rows: R) => void,
  onError?: (error: unknown) => void,
) => () => void;
