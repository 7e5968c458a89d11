/**
 * Notices that the files of an open workspace are gone, as when a user clears the site's data.
 *
 * Handles stay usable then: writes are answered as if nothing had happened, and everything is lost with the worker. So the directory
 * is looked at after commits and every other second. From the moment the files are missed every write fails; what can be read stays
 * readable, so that a backup or an export saves it.
 */
import { ArchivoltError, errorName } from '../errors.js';
import { WORKSPACE_FILES, DATABASE_FILE, type WorkspaceFiles } from '../storage/host-files.js';
import { openWorkspaceDirectory } from '../storage/opfs-directory.js';

const EVERY_MS = 2000;
const AFTER_COMMIT_MS = 250;

export class WatchedFiles {
  readonly #workspace: string;
  readonly #files: WorkspaceFiles;
  readonly #onGone: (error: ArchivoltError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSoon = false;
  #ended = false;

  /** `onGone` is told once. */
  constructor(workspace: string, files: WorkspaceFiles, onGone: (error: ArchivoltError) => void) {
    this.#workspace = workspace;
    this.#files = files;
    this.#onGone = onGone;
    this.#lookIn(0);
  }

  /** After a commit. */
  poke(): void {
    if (!this.#isSoon) this.#lookIn(AFTER_COMMIT_MS);
    this.#isSoon = true;
  }

  stop(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#ended) this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    this.#isSoon = false;
    const gone = await this.#isGone();
    if (this.#ended) return;
    if (!gone) return this.#isSoon ? undefined : this.#lookIn(EVERY_MS);
    this.#ended = true;
    const error = new ArchivoltError(
      'CORRUPTION',
      'The stored files of the workspace are gone, as after the site’s data were cleared. Nothing is written any more. What was read ' +
        'into memory can still be saved: call backup() or export() before the workspace is closed.',
      { workspace: this.#workspace, reason: 'cleared' },
    );
    refuseWrites(this.#files, error);
    this.#files.gone = true;
    this.#onGone(error);
  }

  async #isGone(): Promise<boolean> {
    try {
      await (await openWorkspaceDirectory(this.#workspace)).getFileHandle(DATABASE_FILE);
      return false;
    } catch (error) {
      return errorName(error) === 'NotFoundError';
    }
  }
}

/** The workspace's own files fail every write from now on; reading goes on. */
export function refuseWrites(files: WorkspaceFiles, error: ArchivoltError): void {
  const refuse = (): never => {
    throw error;
  };
  for (const name of WORKSPACE_FILES) {
    const file = files.find(name);
    if (file !== undefined) Object.assign(file, { write: refuse, truncate: refuse, flush: refuse });
  }
}
