/** Where the values of a source's row stand in the rows here that it becomes: their tables and columns, and what fills them. */
import type { MapColumn, SystemMap } from './maps.js';
import type { Slot } from './packed-rows.js';
import type { SourceValue } from './source.js';
import { TARGETS } from './targets.gen.js';

/** A million of them are made for a large table: what most rows do not have is null and no empty list. */
export interface MappedRow {
  /** The id of the source, for reports; null where rows have none. */
  sourceId: string | null;
  /** The id here. */
  id: string;
  /** By slot: the row's values. The first one's always count, another's where it is not empty. */
  slots: unknown[][];
  /** Rows of further slots, for what an array holds. */
  children: { slot: number; values: unknown[] }[] | null;
  /** The row's vector, a point of the collection of the row's table. */
  vector: Float32Array | null;
  /** Rows that must be there and that no table of the source may hold. */
  ensured: { table: string; origin: string; id: string }[] | null;
  /** Members of the JSON columns, as JSON text, by their number in the layout. */
  members: (string[] | undefined)[] | null;
}

/** Fills places of the slots from one value of the source. */
export type Step = (row: readonly SourceValue[], out: MappedRow) => void;

const PROVIDER_KEY = { kind: 'provider', cipher: 'pgp' };

export class RowLayout {
  readonly slots: Slot[] = [];
  readonly steps: Step[] = [];
  /** Slots of rows that an array of the row holds. */
  readonly children = new Set<number>();
  /** The JSON columns whose members are gathered from several columns of the source. */
  readonly memberPlaces: { slot: number; column: number }[] = [];
  readonly #main: string;
  readonly #system: string;
  readonly #slotOf = new Map<string, number>();

  /** `main`: the table of the first slot. */
  constructor({ system }: SystemMap, main: string, constants: Record<string, unknown>) {
    this.#system = system;
    this.#main = main;
    this.slot(main, constants);
  }

  slotAt(index: number): Slot {
    const slot = this.slots[index];
    if (slot === undefined) throw new RangeError(`there is no slot ${index}`);
    return slot;
  }

  /** A new slot of a target table; `variant` tells several of one table apart. */
  slot(table: string, constants: Record<string, unknown>, variant = ''): number {
    const slot = this.slots.length;
    this.slots.push({ table, columns: [], defaults: {} });
    this.#slotOf.set(`${table} ${variant}`, slot);
    for (const [name, value] of Object.entries(constants)) {
      const at = this.column(slot, name);
      this.steps.push((_, { slots }) => {
        const values = slots[slot];
        if (values !== undefined) values[at] = value;
      });
    }
    return slot;
  }

  /** The place of a column in a slot. */
  column(slot: number, name: string): number {
    const { columns } = this.slotAt(slot);
    const known = columns.indexOf(name);
    return known >= 0 ? known : columns.push(name) - 1;
  }

  /** The slot that a column of the map goes to. */
  target(column: Pick<MapColumn, 'table' | 'transform' | 'arguments'>): number {
    const table = column.table ?? this.#main;
    const provider = column.transform === 'byok' ? (column.arguments?.provider ?? '') : '';
    return (
      this.#slotOf.get(`${table} ${provider}`) ??
      this.slot(
        table,
        {
          ...('origin' in (TARGETS[table]?.columns ?? {}) ? { origin: this.#system } : {}),
          ...(provider === '' ? {} : { ...PROVIDER_KEY, provider }),
        },
        provider,
      )
    );
  }

  /** The number of a JSON column that members go to. */
  memberPlace(slot: number, name: string): number {
    const column = this.column(slot, name);
    const known = this.memberPlaces.findIndex((place) => place.slot === slot && place.column === column);
    return known >= 0 ? known : this.memberPlaces.push({ slot, column }) - 1;
  }

  empty(): MappedRow {
    const mapped: MappedRow = {
      sourceId: null,
      id: '',
      slots: [],
      children: null,
      vector: null,
      ensured: null,
      members: null,
    };
    for (const { columns } of this.slots) mapped.slots.push(new Array<unknown>(columns.length).fill(null));
    return mapped;
  }

  /** Rows of other tables than the main one are made for what they hold: a key without its ciphertext is none. */
  isEmpty(slot: number, values: readonly unknown[]): boolean {
    const { table, columns } = this.slotAt(slot);
    if (table === 'api_keys') return values[columns.indexOf('ciphertext')] === null;
    return this.children.has(slot);
  }
}

/** The members of a JSON column, to add to. */
export function membersOf(mapped: MappedRow, number: number): string[] {
  return ((mapped.members ??= [])[number] ??= []);
}
