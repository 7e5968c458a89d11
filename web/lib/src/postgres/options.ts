/** What push and pull are called with, and what they answer. */
import { invalidArgument } from '../errors.js';
import type { Progress, Workspace } from '../types.js';
import { bool, filled, fn, object, oneOf, options as checkOptions, signal, wholeNumber } from '../client/check.js';

/** Where the server is. What is left out is taken from the environment (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD). */
export interface ServerConnection {
  /** A name, an address, or the folder of a Unix socket. */
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  password?: string;
  /** 'verify-full' also compares the server's name with its certificate. Default: no TLS. */
  ssl?: 'require' | 'prefer' | 'verify-full';
}

export interface ServerOptions {
  /** postgres://user:password@host:port/database?sslmode=verify-full, or `connection` instead. */
  url?: string;
  connection?: ServerConnection;
  /** Which of the server's schemas; made when it is not there. Default 'archivolt'. */
  schema?: string;
  /** Under which id the workspace is kept, a UUID. Default: derived from the workspace's name. */
  workspaceId?: string;
  /** Goes on although the other side has changes that this side does not know: they are lost. */
  force?: boolean;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface PushOptions extends ServerOptions {
  /** Hashes of passwords, logins and sealed keys as well. */
  secrets?: boolean;
  /** Where the server has no pgvector: 'array' keeps vectors as real[]; by default that is UNSUPPORTED. */
  vectors?: 'pgvector' | 'array';
}

export type PullOptions = ServerOptions;

export interface TableChanges {
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
}

export interface PushReport {
  workspaceId: string;
  /** Names this state on the server; the same as before when nothing changed. */
  revision: string;
  /** By table, of those that have rows or had some. */
  tables: Record<string, TableChanges>;
}

export interface PullReport extends PushReport {
  /** Rows that the workspace did not take as they are, by table: its rules refuse them, or it makes them itself. */
  left: Record<string, number>;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SSL = ['require', 'prefer', 'verify-full'];

const SERVER = {
  url: filled,
  connection: (argument: string, value: unknown) =>
    checkOptions(argument, value, {
      host: filled,
      port: (name: string, port: unknown) => wholeNumber(name, port, 1),
      database: filled,
      user: filled,
      password: filled,
      ssl: (name: string, mode: unknown) => oneOf(name, mode, SSL),
    }),
  schema: schemaName,
  workspaceId: (argument: string, value: unknown) => {
    if (!UUID.test(filled(argument, value)))
      throw invalidArgument(`${argument}: must be a UUID such as 6f1c2a34-….`, { argument });
  },
  force: bool,
  onProgress: fn,
  signal,
};
const PUSH = { ...SERVER, secrets: bool, vectors: (a: string, v: unknown) => oneOf(a, v, ['pgvector', 'array']) };

/** PostgreSQL cuts longer names off, and keeps those that begin with pg_ for itself. */
function schemaName(argument: string, value: unknown): void {
  const name = filled(argument, value);
  if (Buffer.byteLength(name) > 63 || /^pg_|\p{Cc}|\p{Surrogate}/u.test(name))
    throw invalidArgument(
      `${argument}: must be a name of 1 to 63 bytes without control characters that does not begin with pg_.`,
      { argument },
    );
  if (['public', 'information_schema'].includes(name))
    throw invalidArgument(`${argument}: must be a schema of its own, not '${name}'.`, { argument });
}

export function checkPush(workspace: unknown, given: PushOptions): void {
  check(workspace, given, PUSH);
}

export function checkPull(workspace: unknown, given: PullOptions): void {
  check(workspace, given, SERVER);
}

function check(workspace: unknown, given: ServerOptions, checks: Parameters<typeof checkOptions>[2]): void {
  const { transaction, query } = object('workspace', workspace) as unknown as Partial<Workspace>;
  if (typeof transaction !== 'function' || typeof query !== 'function')
    throw invalidArgument('workspace: expected an open workspace.', { argument: 'workspace' });
  checkOptions('options', given, checks);
  if ((given.url === undefined) === (given.connection === undefined))
    throw invalidArgument('options: name the server by either url or connection.', { argument: 'options.url' });
}
