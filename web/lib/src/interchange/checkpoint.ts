/** How far an import has come: a row of migration_state, written in the transaction of each batch. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ImportReport } from '../types.js';
import { IdSpace } from './ids.js';
import type { ImportHost } from './import-host.js';
import type { SourceFile } from './source.js';
import { writeRows } from './write-rows.js';

export interface ImportState {
  /** Index of the table in the plan; those before it are done. */
  table: number;
  /** The end of the last batch of it that was committed. */
  cursor: string | null;
  report: ImportReport;
}

const COLUMNS = ['id', 'origin', 'migration_name', 'last_checkpoint', 'status', 'completed_at'];

export class Checkpoint {
  readonly #host: ImportHost;
  readonly #name: string;
  readonly #id: string;
  readonly #now: string;
  /** Where an import of the same files stopped; null where none did, or the last one came to its end. */
  readonly state: ImportState | null;

  constructor(host: ImportHost, name: string, now: string) {
    this.#host = host;
    this.#name = name;
    this.#now = now;
    this.#id = new IdSpace('local', 'migration_state').idOf(name);
    const { rows } = host.call('sql.query', {
      sql: "SELECT last_checkpoint FROM migration_state WHERE id = ? AND status = 'in_progress'",
      params: [this.#id],
    });
    const saved = rows[0]?.[0];
    this.state = typeof saved === 'string' ? (JSON.parse(saved) as ImportState) : null;
  }

  save(state: ImportState): void {
    this.#write(JSON.stringify(state), 'in_progress', null);
  }

  complete(): void {
    this.#write(null, 'completed', new Date().toISOString());
  }

  #write(checkpoint: string | null, status: string, completed: string | null): void {
    writeRows(this.#host, { table: 'migration_state', columns: COLUMNS, defaults: { started_at: this.#now } }, [
      [this.#id, 'local', this.#name, checkpoint, status, completed],
    ]);
  }
}

const ENDS = 256 * 1024;
const SAMPLE = 16 * 1024;
const SAMPLES = 14;

/** Tells files apart by their sizes and by samples of their bytes: a large one is not read twice for it. */
export async function fingerprint(files: readonly SourceFile[]): Promise<string> {
  const hash = sha256.create();
  for (const { name, blob } of files) {
    hash.update(utf8ToBytes(`${name}\0${blob.size}\0`));
    const step = Math.max(1, Math.floor(blob.size / SAMPLES));
    const parts: [number, number][] = [
      [0, ENDS],
      [Math.max(0, blob.size - ENDS), blob.size],
    ];
    for (let at = step; at < blob.size && blob.size > 2 * ENDS; at += step) parts.push([at, at + SAMPLE]);
    for (const [from, to] of parts) hash.update(new Uint8Array(await blob.slice(from, to).arrayBuffer()));
  }
  return bytesToHex(hash.digest()).slice(0, 32);
}
