/**
 * What a session does without being asked: it tells what commits changed, makes vectors, keeps house and watches its files. Nothing of
 * it delays opening, and none of its failures is a reply.
 */
import type { ErrorShape } from '../errors.js';
import type { OpenParams } from '../protocol/messages.js';
import type { WorkspaceFiles } from '../storage/host-files.js';
import { ChangeNotices, type Changes } from './change-notices.js';
import type { Core } from './core.js';
import type { Erasure } from './erasure.js';
import { Housekeeping } from './housekeeping.js';
import { Maintenance } from './maintenance.js';
import { withoutMarks } from './marks.js';
import type { Announce } from './platform.js';
import { RowVectors } from './row-vectors.js';
import type { WatchedFiles } from './safety.js';
import type { Trouble } from './trouble.js';

/** Opening itself comes first. */
const WATCH_AFTER_MS = 1000;

export class Background {
  readonly housekeeping: Housekeeping;
  readonly #notices: ChangeNotices;
  readonly #maintenance: Maintenance;
  readonly #rowVectors: RowVectors;
  #watched: WatchedFiles | undefined;
  #stopped = false;

  constructor({ engine, lane, embedding }: Core, announce: Announce, erasure: () => Promise<Erasure>) {
    this.#notices = new ChangeNotices((detail) => announce({ kind: 'event', event: 'change', detail }));
    this.#maintenance = new Maintenance(
      engine,
      lane,
      (vectors) => announce({ kind: 'event', event: 'status', detail: { vectors } }),
      () => this.pokeRows(),
    );
    this.#rowVectors = new RowVectors(engine, lane, embedding, () => this.poke());
    this.housekeeping = new Housekeeping(engine, lane, erasure);
  }

  /** Of a commit. */
  noteChanges(changes: Changes): void {
    this.#notices.add(withoutMarks(changes));
    this.poke();
    this.#watched?.poke();
  }

  /** Says that there may be something to do. */
  poke(): void {
    this.#maintenance.poke();
  }

  /** Says that rows may wait for vectors of the page's embedder. */
  pokeRows(): void {
    this.#rowVectors.poke();
  }

  /** Why rows wait for their vectors; null while nothing is wrong. */
  get rowError(): ErrorShape | null {
    return this.#rowVectors.error;
  }

  /** Keeps out of the way of a long job until the returned function is called. */
  pause(): () => void {
    return this.#maintenance.pause();
  }

  /** Keeps out of the way of a long job, and looks for something to do when it has ended. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const resume = this.pause();
    try {
      return await work();
    } finally {
      resume();
      this.poke();
    }
  }

  /** REQUIRES: the database is open. */
  start({ name, readOnly, embedder }: OpenParams, files: WorkspaceFiles, trouble: Trouble): void {
    this.poke();
    // Rows may have vectors of another embedder although none waits.
    if (embedder.kind === 'external') this.pokeRows();
    if (!readOnly) this.housekeeping.start();
    if (files.kind === 'opfs' && files.refusal === undefined)
      setTimeout(() => void this.#watch(name, files, trouble).catch(() => undefined), WATCH_AFTER_MS);
  }

  async #watch(workspace: string, files: WorkspaceFiles, trouble: Trouble): Promise<void> {
    const { WatchedFiles } = await import('./safety.js');
    // Whoever clears the site's data clears what would be loaded to save them.
    import('./backups.js').catch(() => undefined);
    if (!this.#stopped) this.#watched = new WatchedFiles(workspace, files, (error) => trouble.refuse(error));
  }

  /** What is gathered is told, and nothing is begun after this. */
  stop(): void {
    this.#stopped = true;
    this.#watched?.stop();
    this.#maintenance.stop();
    this.#notices.flush();
    this.#rowVectors.stop();
    this.housekeeping.stop();
  }
}
