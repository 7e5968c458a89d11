/** What an import counts and sets aside: its report, and rows that do not fit whole in import_rejects. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ImportReport, ImportedTable } from '../types.js';
import { IdSpace } from './ids.js';
import type { ImportHost } from './import-host.js';

/** Reports name so many rejected rows; all of them are in import_rejects. */
const MOST_REPORTED = 1000;
/** Characters of a row that cannot be kept whole. */
const MOST_KEPT = 1 << 20;
const COLUMNS = ['id', 'origin', 'source_table', 'source_id', 'reason', 'row'];

export class Rejects {
  readonly report: ImportReport = { tables: {}, rejects: [], skipped: [], rejected: 0 };
  readonly #host: ImportHost;
  readonly #origin: string;
  readonly #now: string;
  readonly #dryRun: boolean;
  readonly #ids: IdSpace;

  /** `system`: who is imported, for the ids. `origin`: under which the rows are kept. */
  constructor(host: ImportHost, system: string, origin: string, now: string, dryRun: boolean) {
    this.#host = host;
    this.#origin = origin;
    this.#now = now;
    this.#dryRun = dryRun;
    this.#ids = new IdSpace(system, 'import_rejects');
  }

  counts(table: string): ImportedTable {
    return (this.report.tables[table] ??= { read: 0, added: 0, updated: 0, unchanged: 0, rejected: 0 });
  }

  /** A row of a table does not fit. */
  reject(table: string, sourceId: string | null, reason: string, raw: string): void {
    this.counts(table).rejected++;
    this.add(table, sourceId, reason, raw);
  }

  /** Something is left out on purpose: told once. */
  skip(table: string, reason: string): void {
    const { skipped } = this.report;
    if (!skipped.some((one) => one.table === table && one.reason === reason)) skipped.push({ table, reason });
  }

  /** Sets aside what could not be read or written. */
  add(table: string, sourceId: string | null, reason: string, raw: string): void {
    this.report.rejected++;
    if (this.report.rejects.length < MOST_REPORTED) this.report.rejects.push({ table, sourceId, reason });
    if (this.#dryRun) return;
    const id = this.#ids.idOf(bytesToHex(sha256(utf8ToBytes(`${table}\0${sourceId ?? ''}\0${raw}`))));
    const keep = (row: string): boolean => {
      const values = [id, this.#origin, printable(table), sourceId === null ? null : printable(sourceId), reason, row];
      const rows = [values];
      const defaults = { rejected_at: this.#now };
      const written = this.#host.call('interchange.write', {
        table: 'import_rejects',
        columns: COLUMNS,
        rows,
        defaults,
      });
      return written.rejects.length === 0;
    };
    const whole = raw === 'null' || !isJson(raw) ? JSON.stringify(raw) : raw;
    // What is too long or of too many levels for a row here is kept as the text of its beginning.
    if (!keep(whole.replaceAll('\\u0000', '\\ufffd'))) keep(JSON.stringify(printable(raw).slice(0, MOST_KEPT)));
  }

  /** A table that is read anew tells anew what does not fit. */
  forget(table: string): void {
    this.#host.call('sql.execute', {
      sql: 'DELETE FROM import_rejects WHERE origin = ? AND source_table = ?',
      params: [this.#origin, table],
    });
  }
}

function printable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
