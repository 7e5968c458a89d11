/** Rows of `systems` for what no migration names: whose files these are, rows refer to by `origin`. */
import type { ImportHost } from './import-host.js';

/** Makes sure that the system is there; its row stays as it is. REQUIRES: a transaction of the caller. */
export function ensureSystem(host: Pick<ImportHost, 'call'>, code: string, title: string): void {
  host.call('interchange.write', { table: 'systems', columns: ['code'], rows: [[code]], defaults: { title } });
}
