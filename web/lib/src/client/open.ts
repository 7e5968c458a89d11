/** Opening a workspace: options checked, worker started, database opened. Any failure ends the worker. */
import { cancelled, invalidArgument } from '../errors.js';
import { randomId } from '../protocol/hex.js';
import type { EmbedderChoice, OpenParams } from '../protocol/messages.js';
import type { Embedder, OpenOptions, StorageChoice, Workspace } from '../types.js';
import { actor, among, bool, count, fn, object, options as checkOptions, signal, filled } from './check.js';
import { Connection } from './connection.js';
import { checkEmbedder, identityOf } from './embedder.js';
import type { Endpoint } from './endpoint.js';
import { WorkspaceClient } from './workspace.js';

/** What differs between the entries of the package. */
export interface Host {
  /** undefined: the caller must choose. */
  defaultStorage: StorageChoice | undefined;
  /** What a relative `wasmUrl` starts from. */
  base(): string;
  start(options: OpenOptions, params: OpenParams): Endpoint;
}

const SLOW_QUERY_MS = 1000;

const OPTIONS = {
  name: filled,
  passphrase: filled,
  storage: storageChoice,
  embedder: embedderOption,
  wasmUrl: (argument: string, value: unknown) => (value instanceof URL ? undefined : filled(argument, value)),
  worker: object,
  durability: among('full', 'relaxed'),
  readOnly: bool,
  recover: among('salvage'),
  actor,
  slowQueryMs: count,
  onProgress: fn,
  signal,
};

export async function openWith(host: Host, options: string | OpenOptions): Promise<Workspace> {
  const given: OpenOptions = typeof options === 'string' ? { name: options } : options;
  checkOptions('options', given, OPTIONS);
  checkName(given.name);
  const storage = given.storage ?? host.defaultStorage;
  if (storage === undefined) {
    throw invalidArgument("options.storage: name a directory ({ directory: './data' }) or ask for 'memory'.", {
      argument: 'options.storage',
    });
  }
  if (given.signal?.aborted) throw cancelled();
  const params: OpenParams = {
    name: given.name,
    storage,
    embedder: embedderChoice(given.embedder),
    durability: given.durability ?? 'full',
    readOnly: given.readOnly ?? false,
    recover: given.recover !== undefined,
    slowQueryMs: given.slowQueryMs ?? SLOW_QUERY_MS,
    wasmUrl: given.wasmUrl === undefined ? null : absolute(given.wasmUrl, host),
    lockToken: randomId(),
    passphrase: given.passphrase,
  };
  return connect(host.start(given, params), given, params);
}

async function connect(endpoint: Endpoint, options: OpenOptions, params: OpenParams): Promise<Workspace> {
  const connection = new Connection(
    endpoint,
    options.embedder ?? null,
    (message) => workspace.receive(message),
    (error) => workspace.lose(error),
  );
  const workspace = new WorkspaceClient(params.name, connection, options.actor);
  const { signal: abort, onProgress } = options;
  const giveUp = (): void => connection.end(cancelled());
  abort?.addEventListener('abort', giveUp, { once: true });
  try {
    workspace.salvaged = await connection.request('workspace.open', params, { onProgress });
    return workspace;
  } catch (error) {
    connection.end(cancelled());
    throw error;
  } finally {
    abort?.removeEventListener('abort', giveUp);
  }
}

/** Names become directories, so only what every file system takes is allowed. */
export function checkName(name: unknown): string {
  if (typeof name === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(name) && !/^\.+$/.test(name)) return name;
  throw invalidArgument('name: 1 to 64 characters of A-Z a-z 0-9 . _ -, and not only dots.', { argument: 'name' });
}

function storageChoice(argument: string, value: unknown): void {
  if (value === 'opfs' || value === 'memory') return;
  if (typeof value === 'object' && value !== null) {
    checkOptions(argument, value, { directory: filled });
    filled(`${argument}.directory`, (value as { directory?: unknown }).directory);
    return;
  }
  throw invalidArgument(`${argument}: must be 'opfs', 'memory' or { directory }.`, { argument });
}

function absolute(url: string | URL, host: Host): string {
  try {
    return new URL(url, host.base()).href;
  } catch {
    throw invalidArgument('options.wasmUrl: not a URL.', { argument: 'options.wasmUrl' });
  }
}

function embedderOption(argument: string, value: unknown): void {
  if (value !== null) checkEmbedder(argument, value);
}

function embedderChoice(embedder: Embedder | null | undefined): EmbedderChoice {
  if (embedder === undefined) return { kind: 'builtin' };
  return embedder === null ? { kind: 'none' } : identityOf(embedder);
}
