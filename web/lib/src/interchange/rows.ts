/** One row of a source as the rows here that it becomes. */
import type { MapColumn, MapDerived, MapTable, SystemMap } from './maps.js';
import type { Slot } from './packed-rows.js';
import { formatInterval } from './readers/pg-text.js';
import { placeIdentity, type SourceIdOf } from './row-identity.js';
import { placeItems } from './row-items.js';
import { membersOf, RowLayout, type MappedRow } from './row-layout.js';
import type { SourceValue } from './source.js';
import { TARGETS } from './targets.gen.js';
import { member, textOf, transformOf, type Transform, type TransformContext } from './transforms.js';
import { Unfit } from './unfit.js';

export type { MappedRow } from './row-layout.js';

/** The member of `extra` that keeps what a transform cannot give back. */
export const VERBATIM = '$source';

export class RowMapper {
  readonly #layout: RowLayout;
  readonly #table: MapTable;
  readonly #columns: readonly string[];
  readonly #context: TransformContext;
  readonly #sourceId: SourceIdOf;
  /** Source columns that the map places. */
  readonly #placed = new Set<number>();

  /** `columns`: of the source's rows, the absent ones left out. */
  constructor(map: SystemMap, table: MapTable, columns: readonly string[], context: TransformContext, now: string) {
    this.#layout = new RowLayout(map, table.target, { ...table.constants });
    this.#table = table;
    this.#columns = columns;
    this.#context = context;
    for (const column of [...table.columns, ...(table.further ?? [])]) this.#placeColumn(column, now);
    for (const derived of table.derived ?? []) this.#placeDerived(derived);
    const find = this.#find.bind(this);
    const idOf = context.idOf.bind(context);
    const later = placeItems(this.#layout, map, table, find, idOf, this.#placed);
    this.#sourceId = placeIdentity(this.#layout, table, find, idOf, later);
    this.#placeRest();
  }

  get slots(): readonly Slot[] {
    return this.#layout.slots;
  }

  /** Throws Unfit, its message a whole reason, when a value has no place. */
  map(row: readonly SourceValue[]): MappedRow {
    const { steps, memberPlaces } = this.#layout;
    const mapped = this.#layout.empty();
    for (const step of steps) step(row, mapped);
    mapped.members?.forEach((members, number) => {
      const place = memberPlaces[number];
      const values = mapped.slots[place?.slot ?? 0];
      if (place !== undefined && values !== undefined && members !== undefined)
        values[place.column] = `{${members.join(',')}}`;
    });
    return mapped;
  }

  /** The rows of a slot other than the first that a row brings with it. */
  rowsOf({ slots, children }: MappedRow, slot: number): unknown[][] {
    const values = slots[slot];
    const own = values === undefined || this.#layout.isEmpty(slot, values) ? [] : [values];
    return children === null
      ? own
      : [...own, ...children.filter((child) => child.slot === slot).map((child) => child.values)];
  }

  /** What the source calls a row that does not fit; null where it cannot be told. */
  sourceIdOf(row: readonly SourceValue[]): string | null {
    try {
      return this.#sourceId(row);
    } catch {
      return null;
    }
  }

  #find({ name, otherNames = [] }: { name: string; otherNames?: string[] }): number {
    const wanted = [name, ...otherNames].map((one) => one.toLowerCase());
    return this.#columns.findIndex((column) => wanted.includes(column.toLowerCase()));
  }

  #placeColumn(column: MapColumn, now: string): void {
    const at = this.#find(column);
    if (at >= 0) this.#placed.add(at);
    if (column.to === null || column.transform === 'const') return;
    // A row beside the main one is for what the source has.
    if (at < 0 && column.table !== undefined) return;
    if (column.transform === 'vec') return this.#placeVector(column, at);
    if (column.transform === 'items' || column.transform === 'members') return;
    const slot = this.#layout.target(column);
    const slotTable = this.#layout.slotAt(slot).table;
    if (column.transform === 'extra' || column.transform === 'member') {
      if (at >= 0)
        this.#placeMember(
          slot,
          column.transform === 'extra' ? 'extra' : column.to,
          column.name,
          at,
          transformOf(column, this.#context),
        );
      return;
    }
    if (at < 0) {
      const given = column.whenAbsent?.import;
      const value = given === '$now' ? now : given;
      if (value === undefined || value === '$id' || value === null) return;
      this.#layout.slotAt(slot).defaults[column.to] = transformOf(column, { ...this.#context, jsonIsText: true })(
        value as SourceValue,
      );
      return;
    }
    this.#place(slot, column, at, transformOf(column, this.#context));
    if (column.transform === 'ensure') this.#placeEnsured(column, at);
    if (TARGETS[slotTable]?.columns['extra'] !== undefined) this.#placeVerbatim(slot, column, at);
  }

  #place(slot: number, column: { name?: string; to: string | null }, at: number, transform: Transform): void {
    const place = this.#layout.column(slot, column.to ?? '');
    const name = this.#columns[at] ?? '';
    this.#layout.steps.push((row, { slots }) => {
      const values = slots[slot];
      if (values === undefined) return;
      try {
        values[place] = transform(row[at] ?? null);
      } catch (error) {
        throw error instanceof Unfit ? new Unfit(`${name} ${error.message}`) : error;
      }
    });
  }

  #placeMember(slot: number, column: string, name: string, at: number, transform: Transform): void {
    const number = this.#layout.memberPlace(slot, column);
    const label = `${JSON.stringify(name)}:`;
    this.#layout.steps.push((row, mapped) => {
      const value = row[at] ?? null;
      if (value !== null) membersOf(mapped, number).push(label + String(transform(value)));
    });
  }

  /** What the way back would not give again is kept beside it. */
  #placeVerbatim(slot: number, column: MapColumn, at: number): void {
    const back = backOf(column);
    if (back === undefined) return;
    const number = this.#layout.memberPlace(slot, 'extra');
    const place = this.#layout.column(slot, column.to ?? '');
    this.#layout.steps.push((row, mapped) => {
      const value = row[at] ?? null;
      if (typeof value !== 'string' || back(mapped.slots[slot]?.[place]) === value) return;
      const list = membersOf(mapped, number);
      const label = JSON.stringify(VERBATIM);
      const known = list.findIndex((text) => text.startsWith(label));
      const entry = `${JSON.stringify(column.name)}:${JSON.stringify(value)}`;
      if (known < 0) list.push(`${label}:{${entry}}`);
      else list[known] = `${(list[known] ?? '').slice(0, -1)},${entry}}`;
    });
  }

  #placeVector(column: MapColumn, at: number): void {
    if (at < 0) return;
    const transform = transformOf(column, this.#context);
    this.#layout.steps.push((row, mapped) => {
      let vector: unknown;
      try {
        vector = transform(row[at] ?? null);
      } catch (error) {
        throw error instanceof Unfit ? new Unfit(`${column.name} ${error.message}`) : error;
      }
      if (vector instanceof Float32Array) mapped.vector = vector;
    });
  }

  #placeEnsured(column: MapColumn, at: number): void {
    const table = column.arguments?.table ?? '';
    this.#layout.steps.push((row, mapped) => {
      const value = row[at] ?? null;
      if (value === null) return;
      const origin = textOf(value);
      (mapped.ensured ??= []).push({ table, origin, id: this.#context.idOf(table, origin) });
    });
  }

  #placeDerived(derived: MapDerived): void {
    const from = Array.isArray(derived.from) ? derived.from : [derived.from];
    const places = from.map((name) => this.#find({ name }));
    if (places.some((at) => at < 0)) return;
    const slot = this.#layout.target(derived);
    if (derived.transform === 'joined') {
      const place = this.#layout.column(slot, derived.to);
      this.#layout.steps.push((row, { slots }) => {
        const values = slots[slot];
        if (values !== undefined) values[place] = places.map((at) => textOf(row[at] ?? '')).join('#');
      });
      return;
    }
    this.#place(slot, derived, places[0] ?? 0, transformOf(derived, this.#context));
  }

  /** Columns that the map does not know. */
  #placeRest(): void {
    if (!('extra' in (TARGETS[this.#table.target]?.columns ?? {}))) return;
    this.#columns.forEach((name, at) => {
      if (!this.#placed.has(at)) this.#placeMember(0, 'extra', name, at, (value) => member(value as SourceValue));
    });
  }
}

/** The way back of a transform that loses something, undefined for the others. */
function backOf(column: MapColumn): ((value: unknown) => string) | undefined {
  if (column.transform === 'lower') {
    return column.arguments?.exportAs === 'upper' ? (value) => String(value).toUpperCase() : (value) => String(value);
  }
  if (column.transform === 'interval') return (value) => formatInterval(BigInt(value as number));
  if (column.transform !== 'map' || column.type === 'BOOLEAN') return undefined;
  const back = new Map(Object.entries(column.values ?? {}).map(([source, target]) => [target, source]));
  return (value) => back.get(String(value)) ?? String(value);
}
