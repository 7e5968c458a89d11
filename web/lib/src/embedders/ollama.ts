/** `archivolt/embedders/ollama`: a model that Ollama runs, by its `POST /api/embed`. */
import { bool, filled, positive, text } from '../client/check.js';
import { ArchivoltError } from '../errors.js';
import type { Embedder } from '../types.js';
import { batched, type EmbedBatch } from './batches.js';
import { access, batching, checkOptions, type ServerEmbedderOptions } from './options.js';
import { requestJson, type ServerAccess } from './server.js';

export interface OllamaEmbedderOptions extends ServerEmbedderOptions {
  /** Default `http://127.0.0.1:11434`. A page of another origin must be among the server's `OLLAMA_ORIGINS`. */
  url?: string;
  /** How long the model stays in the server's memory, such as '10m'. */
  keepAlive?: string;
  /** Asks for shorter vectors of so many numbers, as some models can make them. */
  truncateTo?: number;
  /** Whether a text beyond the model's context is cut (the server's default), or refused with INVALID_ARGUMENT. */
  truncateText?: boolean;
}

/**
 * An embedder for `openWorkspace({ embedder })`. Unless `dimensions` is given, the server is asked for the model's digest, which becomes
 * the fingerprint, and for one vector. Rejects with INVALID_ARGUMENT, and what a request can reject with: NOT_FOUND for a model
 * that was not pulled, IO_ERROR, TIMEOUT, CANCELLED.
 */
export async function ollamaEmbedder(options: OllamaEmbedderOptions): Promise<Embedder> {
  checkOptions(options, { url: filled, keepAlive: text, truncateTo: positive, truncateText: bool });
  const { model, truncateTo } = options;
  const server = access({ ...options, url: options.url ?? 'http://127.0.0.1:11434' });
  const embed: EmbedBatch = async (texts, signal) => {
    const request = {
      model,
      input: texts,
      ...(options.keepAlive === undefined ? {} : { keep_alive: options.keepAlive }),
      ...(options.truncateText === undefined ? {} : { truncate: options.truncateText }),
      ...(truncateTo === undefined ? {} : { dimensions: truncateTo }),
    };
    return vectorsOf(await requestJson(server, 'POST', '/api/embed', request, signal));
  };
  let { dimensions, fingerprint } = options;
  if (dimensions === undefined) {
    dimensions = (await embed(['archivolt'], undefined))[0]?.length ?? 0;
    fingerprint ??= await digestOf(server, model);
  }
  const identity = {
    model,
    dimensions,
    metric: options.metric ?? ('cosine' as const),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
  return batched(identity, options, batching(options), embed);
}

/** What the server calls the model's content; undefined when it does not say. */
async function digestOf(server: ServerAccess, model: string): Promise<string | undefined> {
  const { models } = ((await requestJson(server, 'GET', '/api/tags', undefined)) ?? {}) as { models?: unknown };
  if (!Array.isArray(models)) return undefined;
  const names = [model, `${model}:latest`];
  const found = (models as { name?: unknown; digest?: unknown }[]).find(({ name }) => names.includes(String(name)));
  const digest = found?.digest;
  return typeof digest === 'string' && /^[\w:.-]{1,150}$/.test(digest) ? `ollama:${digest}` : undefined;
}

function vectorsOf(answer: unknown): Float32Array[] {
  const { embeddings } = (answer ?? {}) as { embeddings?: unknown };
  const isVector = (value: unknown): value is number[] =>
    Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number');
  if (!Array.isArray(embeddings) || !embeddings.every(isVector)) {
    throw new ArchivoltError(
      'FAILED_PRECONDITION',
      'The server answered with something other than embeddings. Is the model one that embeds, and the server Ollama 0.3 or later?',
    );
  }
  return embeddings.map((embedding) => Float32Array.from(embedding));
}
