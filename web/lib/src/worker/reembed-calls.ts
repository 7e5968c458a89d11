/** Parameters and results of the core's call `embedding.reembed`. */
import type { ExternalEmbedder } from '../protocol/messages.js';

export interface ReembedRequest {
  embedder?: ExternalEmbedder;
  begin: boolean;
  vectors?: (Float32Array | Uint8Array)[];
  limit: number;
  budgetMs: number;
}
export interface ReembedStep {
  phase: 'embed' | 'clean' | 'done';
  texts?: string[];
  /** The embedder that was named is the present one. */
  present?: true;
}
