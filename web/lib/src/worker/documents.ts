/** Long jobs over documents, loaded when they are asked for: taking them in, and embedding everything again. */
import { ArchivoltError, cannotLoad } from '../errors.js';
import type { EmbedderChoice, IngestParams, Params } from '../protocol/messages.js';
import type { IngestReport, Progress } from '../types.js';
import type { Background } from './background.js';
import type { Core } from './core.js';

export class Documents {
  readonly #core: Core;
  readonly #background: Background;
  #reembedding = false;

  constructor(core: Core, background: Background) {
    this.#core = core;
    this.#background = background;
  }

  async ingest(
    params: IngestParams,
    actor: string,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ): Promise<IngestReport> {
    const { engine, lane } = this.#core;
    // Where the schema is too old this rejects as a whole, instead of a report in which every document failed.
    await lane.run(() => engine.call('sql.query', { sql: 'SELECT 1' }), signal);
    const { IngestRun } = await import('./ingest.js').catch(cannotLoad);
    const resume = this.#background.pause();
    try {
      return await new IngestRun(this.#core, params, actor, signal, report).run();
    } finally {
      resume();
    }
  }

  /** Embeds all documents and rows again. `request`: of this tab's page, which has the embedder that it names. */
  async reembed(
    { embedder }: Params<'documents.reembed'>,
    request: number,
    signal: AbortSignal,
    report: (progress: Progress) => void,
    onPresent: (choice: EmbedderChoice) => void,
  ): Promise<null> {
    const { embedding } = this.#core;
    if (this.#reembedding)
      throw new ArchivoltError('BUSY', 'Everything is being embedded again already. Wait for that call to end.');
    if (embedder === undefined && embedding.choice.kind === 'none')
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        'The workspace was opened without an embedder. Name the one that is to embed.',
      );
    this.#reembedding = true;
    try {
      const { reembed } = await import('./ingest.js').catch(cannotLoad);
      await reembed(this.#core, embedder, request, signal, report, () => onPresent(embedding.choice));
    } finally {
      this.#reembedding = false;
      this.#background.poke();
      this.#background.pokeRows();
    }
    return null;
  }
}
