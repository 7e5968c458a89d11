/** Documents, as the page sees them. */
import { invalidArgument } from '../errors.js';
import type { IngestParams, Scope } from '../protocol/messages.js';
import type {
  DocumentSource,
  Documents,
  EffectiveSelection,
  Embedder,
  IngestOptions,
  IngestReport,
  NameSearch,
  NamedDocument,
  ReembedOptions,
  Row,
} from '../types.js';
import {
  among,
  array,
  bool,
  count,
  filled,
  fn,
  object,
  positive,
  options as checkOptions,
  signal,
  text,
  vector,
} from './check.js';
import { checkEmbedder, identityOf } from './embedder.js';
import type { Call } from './call.js';

const SOURCE = {
  filename: filled,
  content,
  contentType: text,
  category: text,
  tags: (argument: string, value: unknown) =>
    array(argument, value).forEach((tag, index) => text(`${argument}[${index}]`, tag)),
  owner: text,
  project: text,
  url: text,
  sourceType: among('local_files', 'web', 'ticket', 'git', 'unknown'),
  metadata: object,
  chunks: (argument: string, value: unknown) =>
    array(argument, value).forEach((chunk, index) => checkOptions(`${argument}[${index}]`, chunk, CHUNK)),
};
const CHUNK = { text, start: count, end: count, vector, metadata: object };
const INGEST = { chunkSize, chunkOverlap: count, onProgress: fn, signal, transfer: bool };
const REEMBED = { onProgress: fn, signal };
const SCOPE = { user: filled, conversation: filled };
const NAME_SEARCH = { limit: positive, threshold: share };

function share(argument: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw invalidArgument(`${argument}: must be a number from 0 to 1.`, { argument });
}

/** The range of the core. Checked here as well: wrong options are no failure of the documents. */
function chunkSize(argument: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < 100 || (value as number) > 10_000)
    throw invalidArgument(`${argument}: must be a whole number from 100 to 10000.`, { argument });
}

function checkOverlap({ chunkSize: size, chunkOverlap: overlap }: IngestOptions): void {
  if (size !== undefined && overlap !== undefined && overlap * 2 >= size)
    throw invalidArgument('options.chunkOverlap: must be less than half of chunkSize.', {
      argument: 'options.chunkOverlap',
    });
}

function content(argument: string, value: unknown): void {
  if (typeof value === 'string' || value instanceof Blob || value instanceof ArrayBuffer) return;
  throw invalidArgument(`${argument}: expected a string, a Blob or an ArrayBuffer.`, { argument });
}

export class DocumentsClient implements Documents {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async ingest(source: DocumentSource | DocumentSource[], options: IngestOptions = {}): Promise<IngestReport> {
    const sources = Array.isArray(source) ? source : [source];
    sources.forEach((item, index) => checkSource(Array.isArray(source) ? `source[${index}]` : 'source', item));
    checkOptions('options', options, INGEST);
    checkOverlap(options);
    const { chunkSize: size, chunkOverlap: overlap, onProgress, signal: abort, transfer } = options;
    const params: IngestParams = {
      sources,
      ...(size === undefined ? {} : { chunkSize: size }),
      ...(overlap === undefined ? {} : { chunkOverlap: overlap }),
    };
    const buffers =
      transfer === true ? sources.map((item) => item.content).filter((item) => item instanceof ArrayBuffer) : [];
    return this.#call('documents.ingest', params, { signal: abort, onProgress, transfer: [...new Set(buffers)] });
  }

  async reembed(embedder?: Embedder, options: ReembedOptions = {}): Promise<void> {
    if (embedder !== undefined) checkEmbedder('embedder', embedder);
    checkOptions('options', options, REEMBED);
    const { onProgress, signal: abort } = options;
    const params = embedder === undefined ? {} : { embedder: identityOf(embedder) };
    await this.#call('documents.reembed', params, { signal: abort, onProgress, embedder });
  }

  async chunks(documentId: string): Promise<Row<'document_chunks'>[]> {
    return (await this.#call('documents.chunks', {
      id: filled('documentId', documentId),
    })) as unknown as Row<'document_chunks'>[];
  }

  async remove(documentId: string): Promise<boolean> {
    return this.#call('documents.remove', { id: filled('documentId', documentId) });
  }

  async select(
    documentId: string,
    enabled: boolean | null,
    scope: { user: string } | { conversation: string },
  ): Promise<void> {
    filled('documentId', documentId);
    if (enabled !== null) bool('enabled', enabled);
    checkOptions('scope', scope, SCOPE);
    if (Object.keys(scope).length !== 1)
      throw invalidArgument('scope: name either a user or a conversation.', { argument: 'scope' });
    await this.#call('documents.select', { id: documentId, enabled, ...scope });
  }

  async effective(scope: Scope = {}): Promise<EffectiveSelection[]> {
    checkOptions('scope', scope, SCOPE);
    return this.#call('documents.effective', scope);
  }

  async findByName(name: string, options: NameSearch = {}): Promise<NamedDocument[]> {
    filled('name', name);
    checkOptions('options', options, NAME_SEARCH);
    return this.#call('documents.findByName', { name, ...options });
  }
}

function checkSource(argument: string, source: DocumentSource): void {
  checkOptions(argument, source, SOURCE);
  filled(`${argument}.filename`, source.filename);
  content(`${argument}.content`, source.content);
  source.chunks?.forEach((chunk, index) => text(`${argument}.chunks[${index}].text`, chunk.text));
}
