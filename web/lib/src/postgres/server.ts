/** One connection to a PostgreSQL server, and its failures as the package's errors: none of them shows a password or a row. */
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { ArchivoltError, cancelled, invalidArgument } from '../errors.js';
import { TupleReader } from './binary.js';
import type { ServerOptions } from './options.js';
import type { Spool } from './spool.js';

/** PostgreSQL 15 is the oldest that is tested. */
const LEAST_VERSION = 150_000;

export type Answer = Record<string, unknown>[];

/** Statements of one transaction, or of none. */
export class Session {
  readonly #sql: Pick<postgres.Sql, 'unsafe'>;

  constructor(sql: Pick<postgres.Sql, 'unsafe'>) {
    this.#sql = sql;
  }

  async ask(text: string, params: (string | number | boolean | null)[] = []): Promise<Answer> {
    return [...(await this.#sql.unsafe(text, params))] as Answer;
  }

  /** The rows of a COPY … TO STDOUT in binary form, one by one. */
  async read(copy: string, row: (tuple: Buffer) => void): Promise<void> {
    const reader = new TupleReader();
    const stream = await this.#sql.unsafe(copy).readable();
    for await (const chunk of stream) {
      for (const tuple of reader.add(chunk as Buffer)) row(tuple);
    }
    reader.end();
    // The client pauses its socket while the stream is full, and where the end came meanwhile it would never go on.
    stream._read(0);
  }

  /** COPY … FROM STDIN in binary form. */
  async write(copy: string, rows: Spool): Promise<void> {
    const query: Rejecting = this.#sql.unsafe(copy);
    // What the server finds wrong after the last row the client tells the query alone, which was answered: its stream never ends.
    const failed = new Promise<never>((_, reject) => {
      const { reject: told } = query;
      query.reject = (error) => {
        reject(error as Error);
        told?.(error);
      };
    });
    failed.catch(() => undefined);
    await Promise.race([pipeline(rows.stream(), await query.writable()), failed]);
  }
}

/** Of the client's queries what its types leave out. */
type Rejecting = ReturnType<postgres.Sql['unsafe']> & { reject?: (error: unknown) => void };

export class Server {
  readonly #sql: postgres.Sql;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = (): void => void this.#sql.end({ timeout: 0 });

  constructor({ url, connection, signal }: ServerOptions) {
    if (signal?.aborted === true) throw cancelled();
    this.#sql = client(url, connection);
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stop);
  }

  /** All or nothing; `mode` as after BEGIN. */
  async transaction<R>(mode: string, body: (session: Session) => Promise<R>): Promise<R> {
    let running: Promise<R> | undefined;
    let failure: unknown;
    try {
      return (await this.#sql.begin(mode, (sql) => {
        running = body(new Session(sql));
        return running.catch((error: unknown) => {
          failure = error;
          throw error;
        });
      })) as R;
    } catch (error) {
      // A connection that is lost ends the transaction before its body.
      await running?.catch(() => undefined);
      throw this.#explained(failure ?? error);
    }
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#stop);
    await this.#sql.end({ timeout: 5 });
  }

  #explained(error: unknown): unknown {
    return this.#signal?.aborted === true ? cancelled() : explained(error);
  }
}

function client(url: string | undefined, given: ServerOptions['connection']): postgres.Sql {
  if (url !== undefined && !/^postgres(?:ql)?:\/\//.test(url)) throw badUrl();
  const options = {
    ...given,
    max: 1,
    prepare: false,
    fetch_types: false,
    max_lifetime: null,
    onnotice: () => undefined,
    connection: { application_name: 'archivolt', standard_conforming_strings: 'on' },
  };
  try {
    return url === undefined
      ? postgres(options as unknown as postgres.Options<Record<string, never>>)
      : postgres(url, options as unknown as postgres.Options<Record<string, never>>);
  } catch {
    throw badUrl();
  }
}

function badUrl(): ArchivoltError {
  return invalidArgument('options.url: expected postgres://user:password@host:port/database.', {
    argument: 'options.url',
  });
}

export function checkVersion(version: number): void {
  if (version >= LEAST_VERSION) return;
  const name = version >= 100_000 ? String(Math.floor(version / 10_000)) : `9.${Math.floor(version / 100) % 100}`;
  throw new ArchivoltError('UNSUPPORTED', `The server is PostgreSQL ${name}; 15 or newer is needed.`);
}

/** What a class of SQLSTATE, or one of it, means to the caller. */
const BY_STATE: readonly [state: RegExp, code: ConstructorParameters<typeof ArchivoltError>[0], message: string][] = [
  [/^28/, 'INVALID_ARGUMENT', 'The server refuses this user or password.'],
  [/^3D000/, 'NOT_FOUND', 'The server has no such database. Create it first.'],
  [/^42501/, 'FAILED_PRECONDITION', 'The user may not do this on the server. Grant the right or name another user.'],
  [/^25006/, 'FAILED_PRECONDITION', 'The server takes no writes: name the primary one.'],
  [/^23505/, 'CONSTRAINT', 'Two rows would have one key on the server.'],
  [/^23/, 'CONSTRAINT', 'A row breaks a rule of the tables on the server.'],
  [/^54000/, 'CONSTRAINT', "A key is longer than the server's indexes take (about 2,700 bytes). Shorten it."],
  [/^22/, 'CONSTRAINT', 'A value does not fit its column on the server.'],
  [/^53[12]00/, 'QUOTA_EXCEEDED', 'The server has no room left.'],
  [/^53300|^57P03/, 'BUSY', 'The server takes no connection now. Try again in a moment.'],
  [/^55P03/, 'BUSY', 'The server holds the tables for somebody else. Try again in a moment.'],
  [/^40/, 'CONFLICT', 'Another writer came first on the server. Try again.'],
  [/^57014/, 'TIMEOUT', 'The server gave a statement up.'],
  [/^42P0[12]|^42703|^3F000/, 'FAILED_PRECONDITION', 'The schema on the server is not what Archivolt made.'],
];

export function explained(error: unknown): unknown {
  if (error instanceof ArchivoltError || !(error instanceof Error)) return error;
  const told = error as unknown as Record<string, unknown>;
  const { code, table_name: table, constraint_name: constraint } = told;
  if (typeof code !== 'string') return error;
  const detail: Record<string, string> = { code };
  if (typeof table === 'string') detail['table'] = table;
  if (typeof constraint === 'string') detail['constraint'] = constraint;
  // The server tells a severity, the client's own failures have none.
  if (told['severity'] === undefined || /^(?:08|57P0[12])/.test(code))
    return new ArchivoltError('IO_ERROR', `The server cannot be reached or went away (${code}). Try again.`, detail);
  const [, kind, message] = BY_STATE.find(([state]) => state.test(code)) ?? [
    null,
    'IO_ERROR' as const,
    'The server refused a statement.',
  ];
  const where = detail['table'] === undefined ? '' : ` Table: ${detail['table']}.`;
  const rule = detail['constraint'] === undefined ? '' : ` Rule: ${detail['constraint']}.`;
  return new ArchivoltError(kind, `${message} (SQLSTATE ${code})${where}${rule}`, detail);
}
