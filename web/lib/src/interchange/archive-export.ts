/**
 * Everything of a workspace as lines of JSON, in the package's own forms: `{"table":…,"row":{…}}`.
 *
 * Rows have the columns of the tables here. A vector is base64 of its float32 in little-endian order, so are other bytes; a
 * collection's line comes before its points'. Without secrets their columns are left out, and so are rows that are nothing else.
 */
import { cancelled } from '../errors.js';
import type { Progress } from '../types.js';
import { COLLECTION_COLUMNS, COLLECTIONS, ownForm, POINT_COLUMNS, POINTS, type Columns } from './archive-forms.js';
import type { ExportHost, ExportRequest } from './export-run.js';
import { TextParts } from './parts.js';
import { SECRET_COLUMNS, SECRET_TABLES } from './secrets.js';
import { TableArchive } from './table-archive.js';
import { TARGETS } from './targets.gen.js';

const ROWS = 500;

export class ArchiveExport {
  readonly #host: ExportHost;
  readonly #secrets: boolean;
  readonly #signal: AbortSignal;
  readonly #report: (progress: Progress) => void;
  readonly #archive: TableArchive | undefined;
  #parts = new TextParts();

  constructor(
    host: ExportHost,
    { format, secrets = false }: ExportRequest,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ) {
    this.#host = host;
    this.#secrets = secrets;
    if (format === 'zip') this.#archive = new TableArchive();
    this.#signal = signal;
    this.#report = report;
  }

  async run(): Promise<Blob> {
    for (const [table, { key, columns }] of Object.entries(TARGETS)) {
      if (!this.#secrets && SECRET_TABLES.includes(table)) continue;
      const left = this.#secrets ? [] : (SECRET_COLUMNS[table] ?? []);
      await this.#rows(table, table === 'migration_state' ? STATE_QUERY : table, key, columns, left);
    }
    await this.#rows(COLLECTIONS, `${COLLECTIONS} t`, ['id'], COLLECTION_COLUMNS);
    await this.#rows(POINTS, `(${POINT_QUERY}) t`, ['id'], POINT_COLUMNS);
    return this.#archive?.blob() ?? this.#parts.blob('application/x-ndjson');
  }

  async #rows(
    table: string,
    from: string,
    key: readonly string[],
    kinds: Columns,
    left: readonly string[] = [],
  ): Promise<void> {
    const columns = Object.entries(kinds).filter(([name]) => !left.includes(name));
    const names = columns.map(([name]) => `"${name}"`).join(', ');
    const keys = key.map((name) => `"${name}"`).join(', ');
    const places = key.map(() => '?').join(', ');
    const head = `{"table":${JSON.stringify(table)},"row":{`;
    let after: unknown[] | null = null;
    let done = 0;
    do {
      const release = await this.#host.acquire(this.#signal);
      let found: unknown[][];
      try {
        const where: string = after === null ? '' : ` WHERE (${keys}) > (${places})`;
        found = this.#host.query(
          `SELECT ${keys}, ${names} FROM ${from}${where} ORDER BY ${keys} LIMIT ${ROWS}`,
          after ?? [],
        );
      } finally {
        release();
      }
      for (const row of found) {
        const members = columns.map(
          ([name, kind], at) => `${JSON.stringify(name)}:${ownForm(kind, row[key.length + at] ?? null)}`,
        );
        this.#parts.add(`${head}${members.join(',')}}}\n`);
      }
      done += found.length;
      this.#report({ phase: table, done, total: null });
      after = found.length < ROWS ? null : (found.at(-1)?.slice(0, key.length) ?? null);
      await this.#host.yieldToEvents();
      if (this.#signal.aborted) throw cancelled();
    } while (after !== null);
    if (this.#archive === undefined) return;
    await this.#archive.add(table, this.#parts);
    this.#parts = new TextParts();
  }
}

/** Marks of other tabs' writes (worker/marks.ts) are of the moment. */
const STATE_QUERY = "(SELECT * FROM migration_state WHERE id NOT GLOB 'call:*')";

const POINT_QUERY =
  'SELECT p.id AS id, c.name AS collection, p.point_uid AS point, p.chunk_id AS chunk, p.code_symbol_id AS code_symbol, ' +
  'p.vector AS vector, p.payload AS payload, p.relevance_score AS relevance_score, p.created_at AS created_at ' +
  'FROM vector_points p JOIN vector_collections c ON c.id = p.collection_id';
