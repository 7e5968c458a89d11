/** Parameters and results of the core's `ingest.*` calls. */
import type { Section } from '../extract/code-sections.js';
import type { TextFormat } from '../extract/format.js';
import type { DocumentSource, SourceChunk } from '../types.js';

/** What is known of a document before its text: the same for `ingest.open` and `ingest.fail`. */
export interface DocumentFacts extends Pick<
  DocumentSource,
  'filename' | 'category' | 'tags' | 'owner' | 'project' | 'url' | 'sourceType' | 'metadata'
> {
  sizeBytes: number;
  contentType?: string;
  /** "sha256:" and 64 hexadecimal digits over the bytes as they came. */
  contentHash?: string;
}

export interface IngestOpen extends DocumentFacts {
  contentHash: string;
  text: string;
  format: TextFormat;
  sections?: Section[];
  chunkSize?: number;
  chunkOverlap?: number;
  embed: 'builtin' | 'external' | 'none';
  chunks?: SourceChunk[];
}

export interface IngestStep {
  phase: 'chunk' | 'embed' | 'write' | 'done';
  done: number;
  total: number;
  /** With phase 'embed': for vectors of the page's embedder that is present when the step is taken. */
  waits?: boolean;
  /** With phase 'done'. */
  document?: { id: string; chunks: number };
}
