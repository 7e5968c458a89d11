/** `archivolt/embedders/openai`: any server that speaks OpenAI's `POST /embeddings`, such as vLLM, llama.cpp, LM Studio or a gateway. */
import { among, filled, positive } from '../client/check.js';
import { ArchivoltError } from '../errors.js';
import type { Embedder } from '../types.js';
import { batched, type EmbedBatch } from './batches.js';
import { access, batching, checkOptions, keyOption, type ServerEmbedderOptions } from './options.js';
import { requestJson, type ServerAccess } from './server.js';

export interface OpenAiEmbedderOptions extends ServerEmbedderOptions {
  /** Default `https://api.openai.com/v1`. Plain http is refused for a key, but to this device. */
  url?: string;
  /** Sent as `Authorization: Bearer`; a function is asked at each request, so that the key need not be kept here. */
  apiKey?: ServerAccess['apiKey'];
  /** Asks for shorter vectors of so many numbers, as some models can make them. */
  truncateTo?: number;
  /** How vectors travel: 'base64' is a third of the bytes, where the server can. Default 'float'. */
  encoding?: 'float' | 'base64';
}

/**
 * An embedder for `openWorkspace({ embedder })`. Without `dimensions` or `truncateTo` one text is embedded here to find out how long
 * vectors are. Rejects with INVALID_ARGUMENT, and what a request can reject with: NOT_FOUND for an unknown model,
 * FAILED_PRECONDITION for a refused key, IO_ERROR, TIMEOUT, CANCELLED.
 */
export async function openaiEmbedder(options: OpenAiEmbedderOptions): Promise<Embedder> {
  checkOptions(options, {
    url: filled,
    apiKey: keyOption,
    truncateTo: positive,
    encoding: among('float', 'base64'),
  });
  const { model, truncateTo } = options;
  const server = access({ ...options, url: options.url ?? 'https://api.openai.com/v1' }, options.apiKey);
  const embed: EmbedBatch = async (texts, signal) => {
    const request = {
      model,
      input: texts,
      encoding_format: options.encoding ?? 'float',
      ...(truncateTo === undefined ? {} : { dimensions: truncateTo }),
    };
    return vectorsOf(await requestJson(server, 'POST', '/embeddings', request, signal), texts.length);
  };
  const dimensions = options.dimensions ?? truncateTo ?? (await embed(['archivolt'], undefined))[0]?.length ?? 0;
  const identity = {
    model,
    dimensions,
    metric: options.metric ?? ('cosine' as const),
    ...(options.fingerprint === undefined ? {} : { fingerprint: options.fingerprint }),
  };
  return batched(identity, options, batching(options), embed);
}

/** By their `index`: servers may answer in another order. */
function vectorsOf(answer: unknown, count: number): Float32Array[] {
  const { data } = (answer ?? {}) as { data?: unknown };
  const vectors: Float32Array[] = [];
  if (!Array.isArray(data)) throw noEmbeddings();
  data.forEach((entry: unknown, at) => {
    const { index = at, embedding } = (entry ?? {}) as { index?: unknown; embedding?: unknown };
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= count || vectors[index as number])
      throw noEmbeddings();
    vectors[index as number] = vectorOf(embedding);
  });
  if (Object.keys(vectors).length !== count) throw noEmbeddings();
  return vectors;
}

function vectorOf(embedding: unknown): Float32Array {
  if (Array.isArray(embedding) && embedding.length > 0 && embedding.every((value) => typeof value === 'number'))
    return Float32Array.from(embedding as number[]);
  if (typeof embedding === 'string') {
    let bytes: Uint8Array;
    try {
      bytes = Uint8Array.from(atob(embedding), (character) => character.charCodeAt(0));
    } catch {
      throw noEmbeddings();
    }
    if (bytes.length > 0 && bytes.length % 4 === 0) return new Float32Array(bytes.buffer as ArrayBuffer);
  }
  throw noEmbeddings();
}

function noEmbeddings(): ArchivoltError {
  return new ArchivoltError(
    'FAILED_PRECONDITION',
    'The server answered with something other than embeddings. Is its address one that ends before /embeddings?',
  );
}
