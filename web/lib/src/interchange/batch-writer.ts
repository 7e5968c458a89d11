/** Batches of source rows as rows here: mapped, written by the core, and what does not fit set aside. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ImportReport, ImportedTable } from '../types.js';
import { collectionFor } from './collections.js';
import { IdSpace } from './ids.js';
import type { ImportHost, WriteResult } from './import-host.js';
import type { SystemMap } from './maps.js';
import type { PlannedTable } from './plan.js';
import type { TableRequest } from './reader.js';
import { Rejects } from './rejects.js';
import type { Slot, WriteBatch } from './packed-rows.js';
import { RowMapper, type MappedRow } from './rows.js';
import type { RowBatch, SourceValue } from './source.js';
import { TARGETS } from './targets.gen.js';
import type { Clockwork } from './times.js';
import { jsonText, textOf, type TransformContext } from './transforms.js';
import { Unfit } from './unfit.js';
import { writeRows } from './write-rows.js';

export class BatchWriter {
  /** Whether JSON comes as text: known when the source is open. */
  jsonIsText = true;
  readonly #host: ImportHost;
  readonly #map: SystemMap;
  readonly #clock: Clockwork;
  readonly #now: string;
  readonly rejects: Rejects;
  readonly #spaces = new Map<string, IdSpace>();
  /** By target table and length of its vectors: their collection. */
  readonly #collections = new Map<string, string>();

  /** `now`: the time of what has none. */
  constructor(host: ImportHost, map: SystemMap, clock: Clockwork, now: string, dryRun: boolean) {
    this.#host = host;
    this.#map = map;
    this.#clock = clock;
    this.#now = now;
    this.rejects = new Rejects(host, map.system, map.system, now, dryRun);
  }

  get result(): ImportReport {
    return this.rejects.report;
  }

  counts(table: string): ImportedTable {
    return this.rejects.counts(table);
  }

  /** Rows name the system that they are of. REQUIRES: a transaction of the caller. */
  register(): void {
    const { system, title, engine } = this.#map;
    this.write({ table: 'systems', columns: ['code'], defaults: { title, engine } }, [[system]]);
  }

  #space(table: string): IdSpace {
    const known = this.#spaces.get(table);
    if (known !== undefined) return known;
    const space = new IdSpace(this.#map.system, table);
    this.#spaces.set(table, space);
    return space;
  }

  #context(lookUp: TransformContext['lookUp']): TransformContext {
    return {
      clock: this.#clock,
      idOf: (table, origin) => this.#space(table).idOf(origin),
      lookUp,
      jsonIsText: this.jsonIsText,
    };
  }

  /** Writes a batch, its vectors and the rows beside it; what does not fit is set aside. REQUIRES: a transaction of the caller. */
  writeBatch(planned: PlannedTable, batch: RowBatch): void {
    // Rows of one form together: what a row does not have is not written.
    const forms = new Map<string, number[]>();
    batch.rows.forEach((_, index) => {
      const form = batch.absent?.[index]?.join() ?? '';
      const list = forms.get(form) ?? [];
      forms.set(form, list);
      list.push(index);
    });
    for (const [form, indexes] of forms) {
      const absent = new Set(form === '' ? [] : form.split(',').map(Number));
      const present = batch.columns.map((_, at) => at).filter((at) => !absent.has(at));
      const columns = present.map((at) => batch.columns[at] ?? '');
      const rows = indexes.map((index) => {
        const row = batch.rows[index] ?? [];
        return absent.size === 0 ? row : present.map((at) => row[at] ?? null);
      });
      this.#writeRows(planned, columns, rows);
    }
  }

  #writeRows({ source, table }: PlannedTable, columns: string[], rows: SourceValue[][]): void {
    const counts = this.counts(source.name);
    const mapper = new RowMapper(
      this.#map,
      table,
      columns,
      this.#context(this.#lookUps(table, columns, rows)),
      this.#now,
    );
    const fitting: { row: SourceValue[]; mapped: MappedRow }[] = [];
    for (const row of rows) {
      counts.read++;
      try {
        fitting.push({ row, mapped: mapper.map(row) });
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        this.#reject(source.name, columns, row, mapper.sourceIdOf(row), `${error.message}.`);
      }
    }
    this.#ensure(fitting.map(({ mapped }) => mapped));
    const [main, ...others] = mapper.slots;
    if (main === undefined) return;
    const written = this.write(
      main,
      fitting.map(({ mapped }) => mapped.slots[0] ?? []),
    );
    this.#count(counts, written);
    const refused = new Map(written.rejects);
    for (const [index, reason] of refused) {
      const one = fitting[index];
      if (one !== undefined) this.#reject(source.name, columns, one.row, one.mapped.sourceId, reason);
    }
    const kept = refused.size === 0 ? fitting : fitting.filter((_, index) => !refused.has(index));
    others.forEach((slot, at) => {
      const owners: { row: SourceValue[]; mapped: MappedRow }[] = [];
      const values: unknown[][] = [];
      for (const one of kept) {
        for (const row of mapper.rowsOf(one.mapped, at + 1)) {
          owners.push(one);
          values.push(row);
        }
      }
      if (values.length === 0) return;
      for (const [index, reason] of this.write(slot, values).rejects) {
        const one = owners[index];
        if (one !== undefined)
          this.#reject(source.name, columns, one.row, one.mapped.sourceId, `${slot.table}: ${reason}`);
      }
    });
    this.#writeVectors(
      main.table,
      kept.flatMap(({ mapped: { id, vector } }) => (vector === null ? [] : [{ id, vector }])),
    );
  }

  /** What a worker has to know to map this table's rows; null where the rows of others have to be asked. */
  ahead({ source, table }: PlannedTable): Pick<TableRequest, 'table' | 'jsonIsText'> | null {
    // The rows of a table whose head does not tell its columns are looked at here before it is read.
    if (source.columns === null || table.columns.some(({ arguments: told }) => told?.by !== undefined)) return null;
    return { table, jsonIsText: this.jsonIsText };
  }

  /** False when some are refused: nothing is counted then. REQUIRES: a transaction of the caller, to be rolled back then. */
  writePacked(name: string, count: number, packed: WriteBatch): boolean {
    const written = this.#host.call('interchange.write', packed);
    if (written.rejects.length > 0) return false;
    const counts = this.counts(name);
    counts.read += count;
    this.#count(counts, written);
    return true;
  }

  #count(counts: ImportedTable, { added, updated, unchanged }: WriteResult): void {
    counts.added += added;
    counts.updated += updated;
    counts.unchanged += unchanged;
  }

  write(slot: Slot, rows: unknown[][]): WriteResult {
    return writeRows(this.#host, slot, rows);
  }

  /** Rows that are referred to and that the source need not hold: kept configurations, sprints. */
  #ensure(mapped: readonly MappedRow[]): void {
    const byTable = new Map<string, Map<string, string>>();
    for (const { table, origin, id } of mapped.flatMap(({ ensured }) => ensured ?? [])) {
      const rows = byTable.get(table) ?? new Map<string, string>();
      byTable.set(table, rows);
      rows.set(origin, id);
    }
    for (const [table, rows] of byTable) {
      const values = [...rows].map(([origin, id]) => [id, this.#map.system, origin]);
      this.write({ table, columns: ['id', 'origin', 'origin_id'], defaults: {} }, values);
    }
  }

  #writeVectors(table: string, points: { id: string; vector: Float32Array }[]): void {
    const byLength = new Map<number, typeof points>();
    for (const point of points) {
      const list = byLength.get(point.vector.length) ?? [];
      byLength.set(point.vector.length, list);
      list.push(point);
    }
    for (const [dimensions, list] of byLength) {
      const name = this.#collection(table, dimensions);
      const chunk = table === 'document_chunks';
      this.#host.call('interchange.points', {
        name,
        points: list.map((point) => (chunk ? { ...point, chunk: point.id } : point)),
      });
    }
  }

  /** Vectors of another length than the first ones have a collection of their own. */
  #collection(table: string, dimensions: number): string {
    const key = `${table} ${dimensions}`;
    const known = this.#collections.get(key);
    if (known !== undefined) return known;
    const own = `${this.#map.system}:${table}`;
    const declared = this.#map.collections.find(({ target }) => target.collection === own);
    const name = collectionFor(this.#host, own, dimensions, null, declared?.metric ?? 'cosine');
    this.#collections.set(key, name);
    return name;
  }

  /** References by another column than the id: one question a batch. */
  #lookUps(
    table: PlannedTable['table'],
    columns: readonly string[],
    rows: SourceValue[][],
  ): TransformContext['lookUp'] {
    const found = new Map<string, string>();
    for (const { name, arguments: told } of table.columns) {
      const at = columns.findIndex((column) => column.toLowerCase() === name.toLowerCase());
      if (told?.by === undefined || told.table === undefined || at < 0) continue;
      if (TARGETS[told.table]?.columns[told.by] === undefined) continue;
      const values = [
        ...new Set(
          rows
            .map((row) => row[at] ?? null)
            .filter((value) => value !== null)
            .map(textOf),
        ),
      ];
      const { rows: ids } = this.#host.call('sql.query', {
        sql: `SELECT ${told.by}, id FROM ${told.table} WHERE origin = ? AND ${told.by} IN (SELECT value FROM json_each(?))`,
        params: [this.#map.system, JSON.stringify(values)],
      });
      for (const [value, id] of ids) found.set(`${told.table}.${told.by}.${String(value)}`, String(id));
    }
    return (of, by, value) => found.get(`${of}.${by}.${value}`) ?? null;
  }

  #reject(
    table: string,
    columns: readonly string[],
    row: readonly SourceValue[],
    sourceId: string | null,
    reason: string,
  ): void {
    const raw = jsonText(Object.fromEntries(columns.map((name, at) => [name, presentable(row[at] ?? null)])));
    this.rejects.reject(table, sourceId, reason, raw);
  }

  /** Sets aside what could not be read or written. */
  addReject(table: string, sourceId: string | null, reason: string, raw: string): void {
    this.rejects.add(table, sourceId, reason, raw);
  }
}

function presentable(value: SourceValue): SourceValue {
  return value instanceof Uint8Array ? `\\x${bytesToHex(value)}` : value;
}
