/**
 * Takes documents in, one after the other: prepare, open a job in the core, step it to its end.
 *
 * Between slices the lane is free for other requests; from the first write to the commit of a document it is held. A document
 * that fails becomes a `failed` entry and row, and the next one goes on; storage that takes no more writes ends the whole call.
 */
import { ArchivoltError, cancelled, toShape, type ErrorCode, type ErrorShape } from '../errors.js';
import type { Section } from '../extract/code-sections.js';
import { codeSections } from '../extract/extract.js';
import type { EmbedderChoice, IngestParams } from '../protocol/messages.js';
import type { DocumentSource, IngestReport, IngestedDocument, Progress } from '../types.js';
export { insertMany, upsertPoints } from './in-slices.js';
export { reembed } from './reembed.js';
import type { Core } from './core.js';
import type { DocumentFacts, IngestOpen, IngestStep } from './ingest-calls.js';
import { pause, prepare, type Prepared } from './prepare.js';
import { untilAborted } from './until-aborted.js';
import { yieldToEvents } from './yield.js';

const SLICE_MS = 40;
/** Texts that the page's embedder gets in one message. */
const EMBED_BATCH = 64;
const PROGRESS_MS = 50;
/** Failures of the workspace rather than of one document. */
const FATAL: ErrorCode[] = ['CANCELLED', 'QUOTA_EXCEEDED', 'IO_ERROR', 'CORRUPTION', 'INTERNAL', 'WORKER_LOST'];

/** As the core looks for them. */
const SAME_BYTES = `SELECT 1 FROM documents WHERE origin = 'local' AND content_hash = ? AND ifnull(owner_id, '') = ? AND status = 'indexed'`;

interface Duplicate {
  duplicate: { id: string; chunks: number };
}

export class IngestRun {
  readonly #host: Core;
  readonly #params: IngestParams;
  readonly #actor: string;
  readonly #signal: AbortSignal;
  readonly #report: (progress: Progress) => void;
  #reportedAt = 0;
  #reportedPhase = '';

  constructor(
    host: Core,
    params: IngestParams,
    actor: string,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ) {
    this.#host = host;
    this.#params = params;
    this.#actor = actor;
    this.#signal = signal;
    this.#report = report;
  }

  async run(): Promise<IngestReport> {
    if ((crypto.subtle as SubtleCrypto | undefined) === undefined)
      throw new ArchivoltError(
        'UNSUPPORTED',
        'Documents cannot be taken in: the page is not a secure context (https or localhost), so nothing here can hash them.',
        { feature: 'crypto.subtle' },
      );
    const { sources } = this.#params;
    const documents: IngestedDocument[] = [];
    let ahead = this.#prepare(0);
    for (const [index, source] of sources.entries()) {
      const prepared = await untilAborted(ahead, this.#signal);
      // The next file is read and hashed while the core works on this one.
      ahead = this.#prepare(index + 1);
      documents.push(await this.#takeIn(source, prepared as Prepared));
      this.#progress('documents', documents.length, sources.length, true);
    }
    return { documents };
  }

  #prepare(index: number): Promise<Prepared | undefined> {
    const source = this.#params.sources[index];
    if (source === undefined) return Promise.resolve(undefined);
    if (index === 0) this.#progress('read', 0, null, true);
    return prepare(source, this.#signal);
  }

  async #takeIn(source: DocumentSource, prepared: Prepared): Promise<IngestedDocument> {
    const { filename } = source;
    if (!prepared.ok) return this.#failed(filename, prepared);
    try {
      const opened = await this.#open(source, prepared);
      if ('duplicate' in opened)
        return { id: opened.duplicate.id, filename, status: 'duplicate', chunks: opened.duplicate.chunks };
      const { id, chunks } = await this.#drive(opened.job);
      return { id, filename, status: 'indexed', chunks };
    } catch (error) {
      const shape = toShape(error);
      if (FATAL.includes(shape.code)) throw error;
      return this.#failed(filename, { facts: prepared.facts, error: shape });
    }
  }

  async #open(source: DocumentSource, prepared: Prepared & { ok: true }): Promise<{ job: number } | Duplicate> {
    const { chunkSize, chunkOverlap } = this.#params;
    const { chunks } = source;
    const { engine, lane, embedding } = this.#host;
    const sections = await this.#sections(source, prepared);
    // Chunks that all bring their vectors need no embedder.
    const areEmbedded = chunks !== undefined && chunks.length > 0 && chunks.every(({ vector }) => vector !== undefined);
    for (;;) {
      const { choice } = embedding;
      const embed = areEmbedded ? 'none' : choice.kind;
      if (embed === 'builtin') await embedding.ready(this.#signal);
      const request: IngestOpen = {
        ...prepared.facts,
        contentHash: prepared.contentHash,
        text: prepared.text,
        format: prepared.format,
        ...(sections && { sections }),
        embed,
        ...(chunkSize === undefined ? {} : { chunkSize }),
        ...(chunkOverlap === undefined ? {} : { chunkOverlap }),
        ...(chunks === undefined ? {} : { chunks }),
      };
      const open = (): { job: number } | Duplicate | undefined =>
        embedding.choice === choice ? engine.call('ingest.open', request, this.#actor) : undefined;
      const opened = await lane.run(open, this.#signal);
      if (opened !== undefined) return opened;
    }
  }

  /** Where source code is cut. Bytes that are here already are not parsed: opening answers with what they are. */
  async #sections(source: DocumentSource, prepared: Prepared & { ok: true }): Promise<Section[] | undefined> {
    const { format, contentHash } = prepared;
    if (source.chunks !== undefined || (format !== 'code' && format !== 'markdown')) return undefined;
    const { engine, lane } = this.#host;
    const size = await lane.run(() => {
      const { rows } = engine.call('sql.query', { sql: SAME_BYTES, params: [contentHash, source.owner ?? ''] });
      if (rows.length > 0) return Infinity;
      return this.#params.chunkSize ?? Number(engine.call('settings.resolve', {})['chunk_size']?.value);
    }, this.#signal);
    return codeSections(prepared, source, size, () => pause(this.#signal));
  }

  async #drive(job: number): Promise<{ id: string; chunks: number }> {
    try {
      for (;;) {
        const { step, choice } = await this.#slice(job);
        if (step.phase === 'done') {
          if (step.document === undefined) throw new ArchivoltError('INTERNAL', 'an ingest ended without its document');
          return step.document;
        }
        if (step.waits) await this.#embedOutside(job, step, choice);
        else await yieldToEvents();
      }
    } catch (error) {
      if (error instanceof ArchivoltError && error.code !== 'INTERNAL')
        await this.#host.lane.run(() => this.#host.engine.call('ingest.cancel', { job }));
      throw error;
    }
  }

  /** One slice, and who embedded then; a write phase is stepped to its commit before the lane is given back. */
  async #slice(job: number): Promise<{ step: IngestStep; choice: EmbedderChoice }> {
    const release = await this.#host.lane.acquire(this.#signal);
    let writing = false;
    try {
      for (;;) {
        this.#stopIfCancelled();
        const step = this.#host.engine.call('ingest.step', { job, budgetMs: SLICE_MS }, this.#actor);
        writing = step.phase === 'write';
        if (step.phase !== 'done') this.#progress(step.phase, step.done, step.total);
        if (!writing) return { step, choice: this.#host.embedding.choice };
        await yieldToEvents();
      }
    } catch (error) {
      // Rolled back before anyone else gets the database.
      if (writing && error instanceof ArchivoltError && error.code !== 'INTERNAL')
        this.#host.engine.call('ingest.cancel', { job });
      throw error;
    } finally {
      release();
    }
  }

  /** Has the page embed for as long as `choice`, whom the job waits for, is the present embedder: the next step is about another one. */
  async #embedOutside(job: number, { done, total }: IngestStep, choice: EmbedderChoice): Promise<void> {
    const { engine, lane, embedding } = this.#host;
    const isPresent = (): boolean => embedding.choice === choice;
    for (let from = done; from < total;) {
      const ask = (): string[] => (isPresent() ? engine.call('ingest.texts', { job, from, limit: EMBED_BATCH }) : []);
      const texts = await lane.run(ask, this.#signal);
      if (texts.length === 0) return;
      const vectors = await embedding.embed('documents', texts, this.#signal).catch((error: unknown) => {
        if (isPresent()) throw error;
      });
      await lane.run(() => {
        if (vectors && isPresent()) engine.call('ingest.vectors', { job, from, vectors });
      }, this.#signal);
      from += texts.length;
      if (isPresent()) this.#progress('embed', from, total);
    }
  }

  /** The entry and the row of a failure. Facts that no row can hold, such as an unknown owner, leave the entry without one. */
  async #failed(
    filename: string,
    { facts, error }: { facts: DocumentFacts; error: ErrorShape },
  ): Promise<IngestedDocument> {
    const { lane, engine } = this.#host;
    const row = { ...facts, error: { code: error.code, message: error.message } };
    let id = '';
    try {
      id = (await lane.run(() => engine.call('ingest.fail', row, this.#actor), this.#signal)).id;
    } catch (reason) {
      if (FATAL.includes(toShape(reason).code)) throw reason;
    }
    return { id, filename, status: 'failed', chunks: 0, error };
  }

  #stopIfCancelled(): void {
    if (this.#signal.aborted) throw cancelled();
  }

  /** A message for every change of phase and otherwise every PROGRESS_MS. */
  #progress(phase: string, done: number, total: number | null, always = false): void {
    const now = performance.now();
    if (!always && phase === this.#reportedPhase && now - this.#reportedAt < PROGRESS_MS) return;
    this.#reportedAt = now;
    this.#reportedPhase = phase;
    this.#report({ phase, done, total });
  }
}
