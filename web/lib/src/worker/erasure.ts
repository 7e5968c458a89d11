/**
 * What is held about a person: given out as a file, and erased.
 *
 * Erasing is a transaction of the core, and then two steps that cannot be part of it: the copies made before migrations go, and the
 * file is rewritten without what was deleted. A mark in the database has both done at the next open if they were cut short.
 */
import { pruneBackups } from '../storage/backup-files.js';
import type { WorkspaceFiles } from '../storage/host-files.js';
import type { ErasureReport } from '../types.js';
import type { Engine } from './engine.js';
import { Lane } from './lane.js';
import { Marks } from './marks.js';
import { yieldToEvents } from './yield.js';

/** Text is handed to the host in parts of about so many characters, so that it can keep them outside of memory. */
const PART = 4 << 20;

export class Erasure {
  readonly #engine: Engine;
  readonly #lane: Lane;
  readonly #files: WorkspaceFiles;
  /** The core makes one export at a time. */
  readonly #exports = new Lane();

  constructor(engine: Engine, lane: Lane, files: WorkspaceFiles) {
    this.#engine = engine;
    this.#lane = lane;
    this.#files = files;
  }

  eraseUser(
    { user, dryRun = false }: { user: string; dryRun?: boolean },
    actor: string,
    signal: AbortSignal,
  ): Promise<ErasureReport> {
    return this.#lane.run(async () => {
      const report = this.#engine.call('privacy.eraseUser', { user, dryRun }, actor);
      if (dryRun) return { ...report, purged: false };
      try {
        await this.finish();
        return { ...report, purged: true };
      } catch {
        // Full storage, or too little memory for the rewriting: the rows are gone, and the next open tries the rest again.
        return { ...report, purged: false };
      }
    }, signal);
  }

  /** Takes the remains of erased rows out of every file, where an erasure left any. REQUIRES: the caller holds the lane. */
  async finish(): Promise<void> {
    if (!this.#engine.call('privacy.purge', { ask: true })) return;
    new Marks(this.#engine).keepOnly([]);
    await pruneBackups(this.#files, 0);
    this.#engine.call('privacy.purge', {});
  }

  /** Others have their turn between the pieces. */
  exportUser(user: string, signal: AbortSignal): Promise<Blob> {
    return this.#exports.run(async () => {
      const parts: Blob[] = [];
      let text = '';
      let piece = await this.#lane.run(() => this.#engine.call('privacy.export', { user }), signal);
      try {
        for (;;) {
          text += piece.text;
          if (text.length >= PART || !piece.more) {
            parts.push(new Blob([text]));
            text = '';
          }
          if (!piece.more) return new Blob(parts, { type: 'application/json' });
          await yieldToEvents();
          piece = await this.#lane.run(() => this.#engine.call('privacy.export', {}), signal);
        }
      } catch (error) {
        await this.#lane.run(() => this.#engine.call('privacy.export', { end: true }));
        throw error;
      }
    }, signal);
  }
}
