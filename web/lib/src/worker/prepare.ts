/** From a source as the page gave it to what the core takes in: bytes read, hashed and turned into text. */
import { ArchivoltError, cancelled, errorName, invalidArgument, toShape, type ErrorShape } from '../errors.js';
import { extractText } from '../extract/extract.js';
import { mimeType, type TextFormat } from '../extract/format.js';
import { toHex } from '../protocol/hex.js';
import { isWellFormed } from '../protocol/packed.js';
import type { DocumentSource } from '../types.js';
import type { DocumentFacts } from './ingest-calls.js';
import { yieldToEvents } from './yield.js';

/** The core's own limit is on the text; this one keeps a huge file from filling the worker's memory before that. */
export const MAX_SOURCE_BYTES = 128 * 1024 * 1024;

export type Prepared = { facts: DocumentFacts } & (
  { ok: true; contentHash: string; text: string; format: TextFormat } | { ok: false; error: ErrorShape }
);

/** Never rejects, so that it can run ahead of its turn. */
export async function prepare(source: DocumentSource, signal: AbortSignal): Promise<Prepared> {
  const { content, ...about } = source;
  delete about.chunks;
  const facts: DocumentFacts = { ...about, sizeBytes: sizeOf(content) };
  const contentType = mimeType(about.contentType) || (content instanceof Blob ? mimeType(content.type) : '');
  if (contentType !== '') facts.contentType = contentType;
  try {
    if (facts.sizeBytes > MAX_SOURCE_BYTES) {
      throw invalidArgument(
        `The file has ${facts.sizeBytes} bytes; at most ${MAX_SOURCE_BYTES} are taken in. Split it.`,
        { size: facts.sizeBytes },
      );
    }
    const bytes = await bytesOf(content);
    facts.sizeBytes = bytes.length;
    const contentHash = await sha256(bytes);
    facts.contentHash = contentHash;
    const extracted = await extractText(typeof content === 'string' ? content : bytes, about, () => pause(signal));
    const { title, date, tags } = extracted;
    if (title || date) facts.metadata = { ...(title && { title }), ...(date && { date }), ...about.metadata };
    if (tags && about.tags === undefined) facts.tags = tags;
    return { ok: true, facts, contentHash, text: extracted.text, format: extracted.format };
  } catch (error) {
    return { ok: false, facts, error: toShape(error) };
  }
}

/** Lets what waits in the worker have its turn. Rejects with CANCELLED when aborted. */
export async function pause(signal: AbortSignal): Promise<void> {
  await yieldToEvents();
  if (signal.aborted) throw cancelled();
}

function sizeOf(content: DocumentSource['content']): number {
  if (typeof content === 'string') return content.length;
  return content instanceof Blob ? content.size : content.byteLength;
}

async function bytesOf(content: DocumentSource['content']): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof content === 'string') {
    // The encoder would replace lone surrogates without a word.
    if (!isWellFormed(content)) throw invalidArgument('The text holds a lone surrogate.');
    return new TextEncoder().encode(content);
  }
  return new Uint8Array(content instanceof Blob ? await readBlob(content) : content);
}

async function readBlob(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    // A file that was moved, changed or locked since it was chosen.
    throw new ArchivoltError(
      'IO_ERROR',
      `The file cannot be read (${errorName(cause)}). It may have changed since it was chosen; choose it again.`,
      {},
      { cause },
    );
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `sha256:${toHex(digest)}`;
}
