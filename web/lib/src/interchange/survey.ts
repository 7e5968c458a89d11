/** What the values of a table's columns are like, so that its definition is one that they fit. */
import { textArray, type Cell } from './cells.js';
import type { ExportColumn } from './export-query.js';
import type { ExportTable } from './export-table.js';

export interface ColumnFacts {
  nulls: boolean;
  /** Characters of the longest text, or of the longest item of an array. */
  longest: number;
  /** UUIDs as PostgreSQL prints them. */
  uuids: boolean;
  /** Whole numbers; their bounds. */
  whole: boolean;
  least: number;
  most: number;
  /** Digits before and after the point. */
  integerDigits: number;
  decimals: number;
  /** Lengths of vectors. */
  dimensions: Set<number>;
  /** JSON that PostgreSQL's jsonb cannot hold. */
  onlyJson: boolean;
  /** Values outside those that the document lists, or its range. */
  breaksCheck: boolean;
  /** References to rows that are not exported. */
  orphans: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** NUL, and halves of surrogate pairs; numbers that its numeric may not reach. */
const NO_JSONB = /\\u(?:0000|[dD][89a-fA-F])|[eE][-+]?\d{4}/;

export class Survey {
  readonly table: ExportTable;
  readonly facts: ReadonlyMap<string, ColumnFacts>;
  rows = 0;
  readonly #judges: ((cell: Cell) => void)[];

  constructor(table: ExportTable) {
    this.table = table;
    const facts = new Map<string, ColumnFacts>();
    this.#judges = table.columns.map((column) => {
      const own: ColumnFacts = {
        nulls: false,
        longest: 0,
        uuids: true,
        whole: true,
        least: 0,
        most: 0,
        integerDigits: 0,
        decimals: 0,
        dimensions: new Set(),
        onlyJson: false,
        breaksCheck: false,
        orphans: false,
      };
      facts.set(column.name, own);
      return judgeOf(column, own);
    });
    this.facts = facts;
  }

  add(rows: readonly Cell[][], orphans: ReadonlySet<string>): void {
    this.rows += rows.length;
    for (const row of rows) row.forEach((cell, at) => this.#judges[at]?.(cell));
    for (const name of orphans) {
      const facts = this.facts.get(name);
      if (facts !== undefined) facts.orphans = true;
    }
  }

  of(name: string): ColumnFacts {
    const facts = this.facts.get(name);
    if (facts === undefined) throw new RangeError(`${this.table.table.name} has no column ${name}`);
    return facts;
  }
}

function judgeOf({ kind, map }: ExportColumn, facts: ColumnFacts): (cell: Cell) => void {
  const allowed = map?.values === undefined || kind !== 'text' ? undefined : new Set(Object.keys(map.values));
  const [low, high] = map?.range ?? [];
  const judgeText = (text: string): void => {
    if (text.length > facts.longest) facts.longest = Math.max(facts.longest, lengthOf(text));
    if (facts.uuids && !UUID.test(text)) facts.uuids = false;
  };
  return (cell) => {
    if (cell === null) {
      facts.nulls = true;
      return;
    }
    if (allowed !== undefined && !allowed.has(String(cell))) facts.breaksCheck = true;
    if (kind === 'integer') {
      const isNumber = typeof cell !== 'string';
      if (!isNumber) facts.whole = false;
      else {
        facts.least = Math.min(facts.least, Number(cell));
        facts.most = Math.max(facts.most, Number(cell));
        if (low !== undefined && high !== undefined && (Number(cell) < low || Number(cell) > high))
          facts.breaksCheck = true;
      }
    } else if (kind === 'json') {
      facts.onlyJson ||= NO_JSONB.test(String(cell));
    } else if (kind === 'array') {
      for (const item of textArray(String(cell)).flat(2)) if (item !== null) judgeText(String(item));
    } else if (cell instanceof Uint8Array) {
      if (kind === 'vector') facts.dimensions.add(cell.length / 4);
    } else {
      judgeText(String(cell));
      if (kind === 'real' || map?.transform === 'e2') judgeDigits(String(cell), facts);
    }
  };
}

function judgeDigits(text: string, facts: ColumnFacts): void {
  const [, whole = '', fraction = '', exponent] = /^-?(\d*)(?:\.(\d*))?(e.*)?$/i.exec(text) ?? [];
  facts.integerDigits = Math.max(facts.integerDigits, exponent === undefined ? whole.replace(/^0+/, '').length : 400);
  facts.decimals = Math.max(facts.decimals, exponent === undefined ? fraction.length : 400);
}

/** Characters as databases count them: halves of a surrogate pair are one. */
function lengthOf(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs;
}
