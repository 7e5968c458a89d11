/**
 * The side of an import that reads: files to rows, rows by their map, packed for the core. Runs in a worker of its own
 * (worker/import-reader.ts), so that the next batches are made while the core writes one; read-ahead.ts is the other side.
 *
 * It answers one batch for each that was asked for, and keeps the rows of those that are not yet written, since the core may refuse
 * some. Whatever fails here is answered by 'failed' and nothing more: who asked reads on by itself, and meets the same error.
 */
import type { MapTable, SystemMap } from './maps.js';
import { IdSpace } from './ids.js';
import { openSource } from './open-source.js';
import { packedBatch, type WriteBatch } from './packed-rows.js';
import { RowMapper } from './rows.js';
import type { OpenOptions, RowBatch, Source, SourceFile, SourceProblem } from './source.js';
import { Clockwork } from './times.js';
import { Unfit } from './unfit.js';

export interface OpenRequest {
  files: SourceFile[];
  options: Pick<OpenOptions, 'format' | 'memberTexts'>;
  map: SystemMap;
  timeZone: string;
  /** The time of what has none. */
  now: string;
}

/** From where one of the source's tables is read. */
export interface TableRequest {
  /** Tells what is asked for this table from what was asked for another. */
  run: number;
  /** Its place among the source's tables. */
  at: number;
  table: MapTable;
  cursor: string | null;
  /** Whether JSON comes as text. */
  jsonIsText: boolean;
}

export type ToReader =
  | { type: 'open'; request: OpenRequest }
  | { type: 'table'; request: TableRequest }
  /** One more batch; those before `written` are written. */
  | { type: 'more'; written: number }
  /** The rows of a batch that is not yet written. */
  | { type: 'rows'; number: number };

/** A batch that is ready for the core, or one whose rows have to be looked at. */
export type ReadBatch = {
  number: number;
  cursor: string;
  /** What could not be read since the batch before. */
  problems: SourceProblem[];
} & ({ count: number; packed: WriteBatch } | { batch: RowBatch });

/** Answers carry the number of the request for a table that they belong to. */
export type FromReader =
  | { type: 'ready' }
  | { type: 'batch'; run: number; batch: ReadBatch }
  | { type: 'rows'; run: number; batch: RowBatch }
  | { type: 'end'; run: number; problems: SourceProblem[] }
  | { type: 'failed' };

/** A worker, the inside of one, or a port. */
export interface Port<Sent, Received> {
  postMessage(message: Sent, transfer: ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<Received>) => void) | null;
}

/** Serves one import. */
export function serveReader(port: Port<FromReader, ToReader>): void {
  const reader = new Reader((message, transfer = []) => port.postMessage(message, transfer));
  // One after another: a batch is asked for as soon as the files are.
  let last = Promise.resolve();
  port.onmessage = ({ data }) => {
    last = last.then(() => reader.receive(data)).catch(() => port.postMessage({ type: 'failed' }, []));
  };
  port.postMessage({ type: 'ready' }, []);
}

class Reader {
  readonly #post: (message: FromReader, transfer?: ArrayBuffer[]) => void;
  readonly #spaces = new Map<string, IdSpace>();
  #opened: { source: Source; request: OpenRequest; clock: Clockwork } | undefined;
  #table: (TableRequest & { batches: AsyncIterator<RowBatch> }) | undefined;
  /** Of the batches that are not yet written, by their number. */
  readonly #kept = new Map<number, RowBatch>();
  #number = 0;

  constructor(post: (message: FromReader, transfer?: ArrayBuffer[]) => void) {
    this.#post = post;
  }

  async receive(message: ToReader): Promise<void> {
    switch (message.type) {
      case 'open':
        this.#opened = await opened(message.request);
        return;
      case 'table':
        return this.#begin(message.request);
      case 'more':
        for (const number of this.#kept.keys()) if (number < message.written) this.#kept.delete(number);
        return this.#read();
      case 'rows': {
        const batch = this.#kept.get(message.number);
        if (this.#table === undefined || batch === undefined) throw new RangeError('the batch is gone');
        this.#post({ type: 'rows', run: this.#table.run, batch });
      }
    }
  }

  async #begin(request: TableRequest): Promise<void> {
    await this.#table?.batches.return?.();
    const { cursor } = request;
    const table = this.#opened?.source.tables[request.at];
    if (table === undefined) throw new RangeError('there is no such table');
    // Whoever asks has found these as well.
    this.#takeProblems();
    const batches = table.rows(cursor === null ? {} : { cursor })[Symbol.asyncIterator]();
    this.#kept.clear();
    this.#number = 0;
    this.#table = { ...request, batches };
  }

  #takeProblems(): SourceProblem[] {
    return this.#opened?.source.problems.splice(0) ?? [];
  }

  async #read(): Promise<void> {
    if (this.#table === undefined) return;
    const { run, batches } = this.#table;
    const next = await batches.next();
    const problems = this.#takeProblems();
    if (next.done === true) {
      this.#post({ type: 'end', run, problems });
      return;
    }
    const batch = next.value;
    const number = this.#number++;
    const head = { number, cursor: batch.cursor, problems };
    const packed = this.#packed(batch);
    if (packed === null) {
      this.#post({ type: 'batch', run, batch: { ...head, batch } });
      return;
    }
    this.#kept.set(number, batch);
    const buffers = [packed.rows.buffer as ArrayBuffer];
    this.#post({ type: 'batch', run, batch: { ...head, count: batch.rows.length, packed } }, buffers);
  }

  /** Null when a row does not fit, or is more than one row of one table. */
  #packed({ columns, rows, absent }: RowBatch): WriteBatch | null {
    if (this.#opened === undefined || this.#table === undefined) return null;
    if (absent?.some((places) => places !== null) === true) return null;
    const { request, clock } = this.#opened;
    const { table, jsonIsText } = this.#table;
    const idOf = (of: string, origin: string): string => this.#space(of).idOf(origin);
    const context = { clock, idOf, lookUp: () => null, jsonIsText };
    const mapper = new RowMapper(request.map, table, columns, context, request.now);
    const [main, ...others] = mapper.slots;
    if (main === undefined) return null;
    try {
      const mapped = rows.map((row) => {
        const one = mapper.map(row);
        if (
          one.vector !== null ||
          one.ensured !== null ||
          others.some((_, at) => mapper.rowsOf(one, at + 1).length > 0)
        )
          throw new Unfit('is more than one row');
        return one.slots[0] ?? [];
      });
      return packedBatch(main, mapped);
    } catch (error) {
      if (error instanceof Unfit) return null;
      throw error;
    }
  }

  #space(table: string): IdSpace {
    const known = this.#spaces.get(table) ?? new IdSpace(this.#opened?.request.map.system ?? '', table);
    this.#spaces.set(table, known);
    return known;
  }
}

async function opened(request: OpenRequest): Promise<{ source: Source; request: OpenRequest; clock: Clockwork }> {
  const source = await openSource(request.files, request.options);
  return { source, request, clock: new Clockwork(request.timeZone) };
}
