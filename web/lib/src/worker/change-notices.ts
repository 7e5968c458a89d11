/**
 * What commits changed, told to the page: commits that follow one another closely are told together.
 *
 * A notice never comes before the commit, and at most WAIT_MS after it. Tables and keys are each named once a notice.
 */
import type { WorkspaceEvents } from '../types.js';

/** By table the keys of the rows that changed, null when they are too many to name. */
export type Changes = Record<string, string[] | null>;

/** Long enough to gather a burst of writes, too short to be seen. */
const WAIT_MS = 8;
/** A table with more changed rows than this in one notice is named without them. */
const MAX_KEYS = 1000;

export class ChangeNotices {
  readonly #tell: (detail: WorkspaceEvents['change']) => void;
  readonly #rows = new Map<string, Set<string> | null>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (detail: WorkspaceEvents['change']) => void) {
    this.#tell = tell;
  }

  add(changes: Changes): void {
    for (const [table, keys] of Object.entries(changes)) {
      const known = this.#rows.get(table);
      if (known === null) continue;
      const all = keys === null ? null : new Set([...(known ?? []), ...keys]);
      this.#rows.set(table, all === null || all.size > MAX_KEYS ? null : all);
    }
    this.#timer ??= setTimeout(() => this.flush(), WAIT_MS);
  }

  /** Tells at once what has been gathered, if anything. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#rows.size === 0) return;
    const rows = Object.fromEntries([...this.#rows].map(([table, keys]) => [table, keys === null ? null : [...keys]]));
    this.#rows.clear();
    this.#tell({ tables: Object.keys(rows).sort(), rows });
  }
}
