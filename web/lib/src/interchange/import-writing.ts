/**
 * The tables of an import on their way in: a transaction a batch, and with it the place in the source where it ended, so that an import
 * that was killed or cancelled goes on there.
 */
import { cancelled } from '../errors.js';
import { Checkpoint, fingerprint } from './checkpoint.js';
import type { ImportHost } from './import-host.js';
import type { Intake, Planned } from './intake.js';
import { locked } from './locked.js';
import type { ReadAhead } from './read-ahead.js';
import type { Source, SourceFile } from './source.js';
import { writeRows } from './write-rows.js';

/** How far a table is written. */
interface Place {
  /** In the plan. */
  index: number;
  cursor: string | null;
}

/** Ends the transaction of a batch that has to be looked at row by row. */
class Refused extends Error {}

/** What of a run the writing takes part in. */
export interface WritingHost<P extends Planned> {
  readonly host: ImportHost;
  readonly intake: Intake<P>;
  readonly files: SourceFile[];
  /** The time of what has none. */
  readonly now: string;
  readonly actor: string;
  readonly signal: AbortSignal;
  /** What the reader could not read. */
  setAside(source: Pick<Source, 'problems'>): void;
  /** How far a table is. */
  tell(table: P): void;
}

export class ImportWriting<P extends Planned> {
  readonly #run: WritingHost<P>;
  readonly #host: ImportHost;
  readonly #intake: Intake<P>;
  readonly #writer: Intake<P>['writer'];
  readonly #signal: AbortSignal;

  constructor(run: WritingHost<P>) {
    this.#run = run;
    this.#host = run.host;
    this.#intake = run.intake;
    this.#writer = run.intake.writer;
    this.#signal = run.signal;
  }

  /** Everything from where an earlier run of the same files ended. `ahead`: what reads beside this. */
  async write(tables: readonly P[], source: Source, ahead: ReadAhead | undefined): Promise<void> {
    const name = `import:${this.#intake.system}:${await fingerprint(this.#run.files)}${this.#intake.variant ?? ''}`;
    await this.#transaction(() => this.#intake.prepare?.());
    const checkpoint = await this.#locked(() => new Checkpoint(this.#host, name, this.#run.now));
    const resumed = checkpoint.state;
    if (resumed !== null) Object.assign(this.#writer.result, resumed.report);
    for (const [index, table] of tables.entries()) {
      if (index < (resumed?.table ?? 0)) continue;
      const cursor = index === resumed?.table ? resumed.cursor : null;
      if (cursor === null) await this.#locked(() => this.#writer.forgetRejects(table));
      const place: Place = { index, cursor };
      const complete = ahead !== undefined && (await this.#writeAhead(table, place, source, checkpoint, ahead));
      if (!complete) {
        const from = place.cursor === null ? {} : { cursor: place.cursor };
        for await (const batch of table.source.rows({ signal: this.#signal, ...from })) {
          await this.#write(table, place, batch.cursor, source, checkpoint, () =>
            this.#writer.writeBatch(table, batch),
          );
        }
      }
      await this.#transaction(() => {
        this.#run.setAside(source);
        checkpoint.save({ table: index + 1, cursor: null, report: this.#writer.result });
      });
      await this.#restoreIndexes();
    }
    await this.#restoreIndexes();
    await this.#transaction(() => {
      this.#host.call('interchange.finish', { origin: this.#intake.system });
      this.#recordImport();
      checkpoint.complete();
    });
  }

  /** A batch, what could not be read before it, and the place behind it. */
  async #write(
    table: P,
    place: Place,
    cursor: string,
    source: Pick<Source, 'problems'>,
    checkpoint: Checkpoint,
    work: () => void,
  ): Promise<void> {
    await this.#transaction(() => {
      work();
      this.#run.setAside(source);
      checkpoint.save({ table: place.index, cursor, report: this.#writer.result });
    }, true);
    place.cursor = cursor;
    this.#run.tell(table);
  }

  /** Writes what a worker reads beside this one. False when the rest, from the place on, is to be read here. */
  async #writeAhead(
    table: P,
    place: Place,
    source: Source,
    checkpoint: Checkpoint,
    ahead: ReadAhead,
  ): Promise<boolean> {
    const writer = this.#writer;
    const told = writer.ahead?.(table) ?? null;
    if (told === null) return false;
    const batches = ahead.batches({ at: source.tables.indexOf(table.source), cursor: place.cursor, ...told });
    for (;;) {
      const { value: batch, done } = await batches.next();
      if (done === true) {
        // In the transaction that ends the table.
        source.problems.push(...batch.problems);
        return batch.complete;
      }
      const write = (work: () => void): Promise<void> =>
        this.#write(table, place, batch.cursor, batch, checkpoint, work);
      let rows = 'batch' in batch ? batch.batch : undefined;
      if ('packed' in batch) {
        const { count, packed } = batch;
        try {
          await write(() => {
            if (writer.writePacked?.(table, count, packed) !== true) throw new Refused();
          });
          continue;
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          rows = await ahead.rowsOf(batch);
        }
      }
      if (rows === undefined) return false;
      const found = rows;
      await write(() => writer.writeBatch(table, found));
    }
  }

  /** What the core set aside for many rows; where this is not reached, it is done in the background. Others have their turn between two. */
  async #restoreIndexes(): Promise<void> {
    while (await this.#locked(() => this.#host.call('interchange.restoreIndex', {}))) {
      await this.#host.yieldToEvents();
      if (this.#signal.aborted) throw cancelled();
    }
  }

  #locked<T>(work: () => T): Promise<T> {
    return locked(this.#host, this.#signal, work);
  }

  /** `bulk`: a power cut may undo it, with the place in the source, until the next one that is not. */
  async #transaction(work: () => void, bulk = false): Promise<void> {
    await this.#locked(() => {
      if (bulk) this.#host.call('interchange.bulk', { on: true });
      try {
        this.#host.call('tx.begin', {});
        try {
          work();
          this.#host.call('tx.commit', {});
        } catch (error) {
          this.#host.call('tx.rollback', {});
          throw error;
        }
      } finally {
        if (bulk) this.#host.call('interchange.bulk', { on: false });
      }
    });
    await this.#host.yieldToEvents();
    if (this.#signal.aborted) throw cancelled();
  }

  #recordImport(): void {
    const details = JSON.stringify({ tables: this.#writer.result.tables, rejected: this.#writer.result.rejected });
    const columns = ['id', 'actor', 'action', 'resource_type', 'resource_id', 'details', 'created_at'];
    const actor = this.#run.actor === '' ? null : this.#run.actor;
    const now = new Date().toISOString();
    writeRows(this.#host, { table: 'audit_log', columns, defaults: {} }, [
      [crypto.randomUUID(), actor, 'import', 'import', this.#intake.system, details, now],
    ]);
  }
}
