/** `archivolt/embedders/transformers`: a model that runs here, by Transformers.js (`@huggingface/transformers`, which the application installs). */
import { among, bool, filled, fn, object, options as checked, positive, text } from '../client/check.js';
import { ArchivoltError, cancelled } from '../errors.js';
import type { Embedder, Metric } from '../types.js';
import { batched, type EmbedBatch, type Prefixes } from './batches.js';
import { batching } from './options.js';

/** What is used of the module `@huggingface/transformers`. */
export interface TransformersModule {
  pipeline(task: 'feature-extraction', model: string, options: object): Promise<unknown>;
  env: { localModelPath?: string; allowLocalModels?: boolean; backends?: unknown };
}

interface Extractor {
  (
    texts: string[],
    options: { pooling: string; normalize: boolean },
  ): Promise<{ data: unknown; dims: number[]; dispose?(): void }>;
  dispose?(): Promise<unknown>;
}

export interface TransformersEmbedderOptions extends Prefixes {
  /** A name such as `Xenova/all-MiniLM-L6-v2`: a folder below `localModelPath`, or a model of the hub. */
  model: string;
  /** Folder (Node) or address (browser) that holds models: then nothing is fetched from the hub. It is set for the whole module. */
  localModelPath?: string;
  /** The module, where the bundler does not find `@huggingface/transformers` by its name. */
  module?: TransformersModule;
  /** Revision of the model on the hub. Default 'main', which may come to mean another model: name a commit for vectors that are kept. */
  revision?: string;
  /** Number format of the weights, such as 'fp32', 'q8' or 'q4'. Default 'fp32'. */
  dtype?: string;
  /** 'wasm', 'webgpu' or 'cpu'. Default: the module's. */
  device?: string;
  /** How the tokens' vectors become one. Default 'mean'; models say which they were trained with. */
  pooling?: 'mean' | 'cls' | 'last_token';
  /** Default true: vectors of length 1. */
  normalize?: boolean;
  /** Default 'cosine'. */
  metric?: Metric;
  /** Texts of one batch; between batches a call can be cancelled. Default 16. */
  batchSize?: number;
  /** UTF-16 units of one batch; a longer text goes alone. Default 100,000. */
  batchCharacters?: number;
  /** Told of the model's files while they are fetched, as the module tells it. */
  onProgress?: (progress: unknown) => void;
}

/** An embedder that holds a model in memory until it is disposed of. */
export interface TransformersEmbedder extends Embedder, AsyncDisposable {
  /** Frees the model. Calls after it reject with FAILED_PRECONDITION. */
  dispose(): Promise<void>;
}

const POOLINGS = ['mean', 'cls', 'last_token'] as const;

/**
 * Loads the model and embeds one text to find out how long vectors are. Rejects with INVALID_ARGUMENT, with UNSUPPORTED when the module
 * is not installed, and with FAILED_PRECONDITION when the model cannot be loaded or run.
 */
export async function transformersEmbedder(options: TransformersEmbedderOptions): Promise<TransformersEmbedder> {
  checked('options', options, {
    model: filled,
    localModelPath: filled,
    module: object,
    revision: filled,
    dtype: filled,
    device: filled,
    pooling: among(...POOLINGS),
    normalize: bool,
    metric: among('cosine', 'ip', 'l2'),
    batchSize: positive,
    batchCharacters: positive,
    onProgress: fn,
    documentPrefix: text,
    queryPrefix: text,
  });
  const { model, dtype = 'fp32', revision = 'main', pooling = 'mean', normalize = true } = options;
  filled('options.model', model);
  let extractor: Extractor | undefined = await load(options, { dtype, revision });
  const embed: EmbedBatch = async (texts, signal) => {
    if (extractor === undefined)
      throw new ArchivoltError('FAILED_PRECONDITION', `The embedder of ${model} was disposed of.`, { model });
    if (signal?.aborted) throw cancelled();
    try {
      const tensor = await extractor(texts, { pooling, normalize });
      const vectors = rowsOf(tensor);
      tensor.dispose?.();
      return vectors;
    } catch (cause) {
      throw failed(model, cause);
    }
  };
  const dimensions = (await embed(['archivolt'], undefined))[0]?.length ?? 0;
  // Everything that changes what the model answers; the weights themselves are known by their revision.
  const fingerprint = ['transformers', revision, dtype, pooling, normalize ? 'unit' : 'raw'].join(':').slice(0, 200);
  const identity = { model, dimensions, metric: options.metric ?? ('cosine' as const), fingerprint };
  const dispose = async (): Promise<void> => {
    const held = extractor;
    extractor = undefined;
    await held?.dispose?.();
  };
  return {
    ...batched(identity, options, batching({ batchSize: 16, ...options }), embed),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

async function load(
  { model, module, localModelPath, device, onProgress }: TransformersEmbedderOptions,
  weights: { dtype: string; revision: string },
): Promise<Extractor> {
  const library = module ?? (await installed());
  if (localModelPath !== undefined) {
    library.env.allowLocalModels = true; // in a browser the module leaves it off
    library.env.localModelPath = localModelPath;
  }
  try {
    return (await library.pipeline('feature-extraction', model, {
      ...weights,
      local_files_only: localModelPath !== undefined,
      ...(device === undefined ? {} : { device }),
      ...(onProgress === undefined ? {} : { progress_callback: onProgress }),
    })) as Extractor;
  } catch (cause) {
    throw failed(model, cause);
  }
}

async function installed(): Promise<TransformersModule> {
  try {
    return (await import('@huggingface/transformers')) as unknown as TransformersModule;
  } catch (cause) {
    throw new ArchivoltError(
      'UNSUPPORTED',
      'Transformers.js is not installed: add @huggingface/transformers to the application, or pass it as `module`.',
      {},
      { cause },
    );
  }
}

/** One vector a text, copied out of the tensor. */
function rowsOf({ data, dims }: { data: unknown; dims: number[] }): Float32Array[] {
  const [count = 0, length = 0] = dims;
  if (!(data instanceof Float32Array) || dims.length !== 2 || data.length !== count * length)
    throw new TypeError(`the model's output has the shape ${dims.join(' x ')}`);
  return Array.from({ length: count }, (_, at) => data.slice(at * length, (at + 1) * length));
}

function failed(model: string, cause: unknown): ArchivoltError {
  if (cause instanceof ArchivoltError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ArchivoltError('FAILED_PRECONDITION', `The model ${model} failed: ${message}`, { model }, { cause });
}
