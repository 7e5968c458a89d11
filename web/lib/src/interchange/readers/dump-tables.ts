/** The tables that a dump of PostgreSQL names, and the places of their rows, as they are met. */
import { invalidArgument } from '../../errors.js';
import type { SourceProblem } from '../source.js';
import { rawText } from './problems.js';
import type { TableName } from './sql-heads.js';

/** Rows that lie together: the lines of one COPY, or a run of INSERT statements, which may have others among them. */
export interface Range {
  kind: 'copy' | 'insert';
  start: number;
  end: number;
  /** Of a COPY with a list. */
  columns: string[] | null;
}

export interface DumpTable extends TableName {
  database: string | null;
  /** Tells it from others of its name. */
  key: string;
  /** Of the first rows, else as created. */
  columns: string[] | null;
  /** As CREATE TABLE has them. */
  created: string[] | null;
  types: Map<string, string> | null;
  ranges: Range[];
  lines: number;
}

export interface DumpIndex {
  tables: DumpTable[];
  /** Ordinary strings know backslashes. */
  backslashes: boolean;
  problems: { key: string; problem: SourceProblem }[];
}

const MOST_RANGES = 100_000;
/** Runs of one table; further ones are read together with what lies between. */
export const MOST_RUNS = { blob: 512, stream: 4 };

export class DumpTables {
  readonly tables: DumpTable[] = [];
  readonly problems: DumpIndex['problems'] = [];
  /** Where a table is that says neither. */
  database: string | null = null;
  schema: string | null = null;
  readonly #byKey = new Map<string, DumpTable>();
  readonly #mostRuns: number;
  #ranges = 0;
  /** Counts COPY blocks, over which no run of INSERT reaches. */
  #blocks = 0;
  #runBlocks = new Map<Range, number>();

  constructor(mostRuns: number) {
    this.#mostRuns = mostRuns;
  }

  table(named: TableName): DumpTable {
    const schema = named.schema ?? this.schema;
    const key = JSON.stringify([this.database, schema, named.name]);
    let table = this.#byKey.get(key);
    if (table === undefined) {
      const { name } = named;
      table = {
        ...{ key, name, schema, database: this.database, columns: null, created: null, types: null },
        ...{ ranges: [], lines: 0 },
      };
      this.#byKey.set(key, table);
      this.tables.push(table);
      if (this.tables.length > MOST_RANGES) throw tooMany();
    }
    return table;
  }

  range(table: DumpTable, range: Range): Range {
    if (++this.#ranges > MOST_RANGES) throw tooMany();
    table.ranges.push(range);
    return range;
  }

  /** The run that an INSERT of the table belongs to; `last`: that of the INSERT before. */
  run(table: DumpTable, start: number, end: number, last: Range | undefined): Range {
    const run = table.ranges.at(-1);
    const isLast = run !== undefined && last === run;
    const within = run?.kind === 'insert' && this.#runBlocks.get(run) === this.#blocks;
    if (run !== undefined && within && (isLast || table.ranges.length >= this.#mostRuns)) run.end = end;
    const range =
      run !== undefined && within && run.end === end
        ? run
        : this.range(table, { kind: 'insert', start, end, columns: null });
    this.#runBlocks.set(range, this.#blocks);
    return range;
  }

  beginBlock(): void {
    this.#blocks++;
  }

  problem(table: DumpTable | null | undefined, reason: string, raw: Uint8Array, position: number): void {
    const problem = { table: table?.name ?? null, reason, raw: rawText(raw), position };
    this.problems.push({ key: `index ${this.problems.length}`, problem });
    if (this.problems.length > MOST_RANGES) throw tooMany();
  }
}

function tooMany(): Error {
  return invalidArgument('The dump has more tables, or its rows lie in more places, than can be followed.');
}
