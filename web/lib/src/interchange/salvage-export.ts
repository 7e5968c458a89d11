/**
 * The rows of a damaged database that can be read, as the lines of archive-export.ts.
 *
 * A table is walked by rowid and not by an index, which may be damaged on its own. Where a page cannot be read the walk goes on behind it.
 * Tables without rowids are small: they are read from both ends. Rows behind a damaged interior page, and those of a table
 * whose first page is damaged, are out of reach.
 */
import { ArchivoltError } from '../errors.js';
import { COLLECTION_COLUMNS, COLLECTIONS, ownForm, POINT_COLUMNS, POINTS, type Columns } from './archive-forms.js';
import { TextParts } from './parts.js';
import { TARGETS } from './targets.gen.js';

const ROWS = 256;
/** Rowids are tried one by one this far behind a page that cannot be read, then in growing steps. */
const ONE_BY_ONE = 4096;
/** Between two turns of the event loop. */
const READS = 200;

export interface DamagedFile {
  query(sql: string, params?: unknown[]): { columns: string[]; rows: unknown[][] };
}

export interface SalvagedTable {
  /** Rows that could be read. */
  read: number;
  /** Rows that an intact index counts and that could not be read; null when nothing tells. */
  lost: number | null;
}

export interface SalvagedRows {
  lines: Blob;
  tables: Record<string, SalvagedTable>;
}

/** Reads every table of the archive. Anything but damage is thrown. */
export async function salvageRows(
  file: DamagedFile,
  turn: () => Promise<void>,
  onTable: (table: string) => void,
): Promise<SalvagedRows> {
  const run = new Salvage(file, turn);
  const tables: Record<string, SalvagedTable> = {};
  const add = async (name: string, columns: Columns, from?: string): Promise<void> => {
    onTable(name);
    const table = await run.table(name, columns, from);
    if (table !== undefined) tables[name] = table;
  };
  for (const [name, { columns }] of Object.entries(TARGETS)) await add(name, columns);
  await add(COLLECTIONS, COLLECTION_COLUMNS);
  await add(POINTS, POINT_COLUMNS, pointColumns(run));
  return { lines: run.lines(), tables };
}

/** A point names its collection. */
function pointColumns(run: Salvage): string {
  const names = run.collections();
  const cases = names.map(({ id, name }) => `WHEN ${literal(id)} THEN ${literal(name)}`).join(' ');
  const collection = names.length === 0 ? 'collection_id' : `CASE collection_id ${cases} ELSE collection_id END`;
  const others = 'point_uid, chunk_id, code_symbol_id, vector, payload, relevance_score, created_at';
  return `id, ${collection}, ${others}`;
}

const quoted = (name: string): string => `"${name}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

class Salvage {
  readonly #file: DamagedFile;
  readonly #turn: () => Promise<void>;
  readonly #parts = new TextParts();
  readonly #collections: { id: string; name: string }[] = [];
  #reads = 0;

  constructor(file: DamagedFile, turn: () => Promise<void>) {
    this.#file = file;
    this.#turn = turn;
  }

  lines(): Blob {
    return this.#parts.blob('application/x-ndjson');
  }

  collections(): { id: string; name: string }[] {
    return this.#collections;
  }

  /** undefined when there is no such table, as in an older schema. */
  async table(name: string, kinds: Columns, from?: string): Promise<SalvagedTable | undefined> {
    const present = this.#tryRead('SELECT name FROM pragma_table_info(?)', [name])?.map(([column]) => String(column));
    if (present === undefined || present.length === 0) return undefined;
    const columns = Object.entries(kinds).filter(([column]) => from !== undefined || present.includes(column));
    const selected = from ?? columns.map(([column]) => quoted(column)).join(', ');
    const head = `{"table":${JSON.stringify(name)},"row":{`;
    let read = 0;
    const take = (values: unknown[]): void => {
      read++;
      if (name === COLLECTIONS) this.#collections.push({ id: String(values[0]), name: String(values[2]) });
      const members = columns.map(
        ([column, kind], at) => `${JSON.stringify(column)}:${ownForm(kind, values[at] ?? null)}`,
      );
      this.#parts.add(`${head}${members.join(',')}}}\n`);
    };
    const [[sql] = []] = this.#tryRead("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", [name]) ?? [];
    const hasRowid = !/WITHOUT\s+ROWID/i.test(String(sql));
    if (hasRowid) await this.#walk(name, selected, take);
    else this.#bothEnds(name, selected, kinds, take);
    const counted = this.#tryRead(`SELECT count(*) FROM ${quoted(name)}`)?.[0]?.[0];
    return { read, lost: counted === undefined ? null : Math.max(0, Number(counted) - read) };
  }

  async #walk(table: string, selected: string, take: (values: unknown[]) => void): Promise<void> {
    const read = (after: unknown, limit: number): unknown[][] | undefined =>
      this.#tryRead(
        `SELECT rowid, ${selected} FROM ${quoted(table)} NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT ${limit}`,
        [after],
      );
    const first = -9223372036854775808n;
    let after: bigint = first;
    let limit = ROWS;
    for (;;) {
      if (++this.#reads % READS === 0) await this.#turn();
      const rows = read(after, limit);
      if (rows === undefined) {
        if (limit > 1) {
          limit = Math.max(1, limit >> 2);
          continue;
        }
        const next = await this.#behind(after === first ? 0n : after, (from) => read(from, 1));
        if (next === undefined) return;
        after = next;
        limit = ROWS;
        continue;
      }
      for (const [, ...values] of rows) take(values);
      const last = rows.at(-1)?.[0];
      if (last === undefined) return;
      const reached = BigInt(last as number | bigint);
      // A damaged tree may answer the same rows again.
      if (reached <= after) return;
      after = reached;
      if (limit < ROWS) limit = Math.min(ROWS, limit * 2);
    }
  }

  /** The least rowid behind which can be read again; undefined when there is none within reach. */
  async #behind(after: bigint, read: (from: bigint) => unknown[][] | undefined): Promise<bigint | undefined> {
    for (let step = 1; step <= ONE_BY_ONE; step++) {
      if (++this.#reads % READS === 0) await this.#turn();
      if (read(after + BigInt(step)) !== undefined) return after + BigInt(step);
    }
    let failed = after + BigInt(ONE_BY_ONE);
    for (let step = BigInt(ONE_BY_ONE); step < 1n << 61n; step *= 2n) {
      let readable = after + step;
      if (read(readable) === undefined) {
        failed = readable;
        continue;
      }
      while (readable - failed > 1n) {
        const middle = (failed + readable) / 2n;
        if (read(middle) === undefined) failed = middle;
        else readable = middle;
      }
      return readable;
    }
    return undefined;
  }

  #bothEnds(table: string, selected: string, kinds: Columns, take: (values: unknown[]) => void): void {
    const key = this.#tryRead('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', [table]) ?? [];
    const names = key.map(([name]) => String(name)).filter((name) => name in kinds);
    if (names.length === 0) return;
    const seen = new Set<string>();
    for (const direction of ['', ' DESC']) {
      const order = names.map((name) => `${quoted(name)}${direction}`).join(', ');
      const keys = names.map(quoted).join(', ');
      for (let offset = 0; ; offset++) {
        const [row] =
          this.#tryRead(
            `SELECT ${keys}, ${selected} FROM ${quoted(table)} ORDER BY ${order} LIMIT 1 OFFSET ${offset}`,
          ) ?? [];
        const id = JSON.stringify(row?.slice(0, names.length), (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        if (row === undefined || seen.has(id)) break;
        seen.add(id);
        take(row.slice(names.length));
      }
    }
  }

  /** undefined for damage. */
  #tryRead(sql: string, params: unknown[] = []): unknown[][] | undefined {
    try {
      return this.#file.query(sql, params).rows;
    } catch (error) {
      if (error instanceof ArchivoltError && (error.code === 'CORRUPTION' || error.code === 'INVALID_ARGUMENT'))
        return undefined;
      throw error;
    }
  }
}
