/** One row of a source as the rows here that it becomes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MapColumn, MapDerived, MapTable, SystemMap } from './maps.js';
import { formatInterval } from './readers/pg-text.js';
import type { SourceValue } from './source.js';
import { TARGETS } from './targets.gen.js';
import { jsonText, member, textOf, transformOf, type Transform, type TransformContext } from './transforms.js';
import { Unfit } from './unfit.js';
import type { Slot } from './write-rows.js';

export interface MappedRow {
  /** The id of the source, for reports; null where rows have none. */
  sourceId: string | null;
  /** By slot: a row's values, or several rows' for what an array holds. */
  rows: { slot: number; values: unknown[] }[];
  /** The row's vector, a point of the collection of the row's table. */
  vector: { id: string; vector: Float32Array } | null;
  /** Rows that must be there and that no table of the source may hold. */
  ensured: { table: string; origin: string; id: string }[];
}

/** Fills places of the slots from one value of the source. */
type Step = (row: readonly SourceValue[], out: Draft) => void;

interface Draft {
  slots: unknown[][];
  /** Members of the JSON columns, as JSON text, by slot and column. */
  members: Map<string, string[]>;
  mapped: MappedRow;
  id: string | null;
}

const PROVIDER_KEY = { kind: 'provider', cipher: 'pgp' };
/** The member of `extra` that keeps what a transform cannot give back. */
export const VERBATIM = '$source';

export class RowMapper {
  readonly slots: Slot[] = [];
  readonly #map: SystemMap;
  readonly #table: MapTable;
  readonly #columns: readonly string[];
  readonly #context: TransformContext;
  readonly #steps: Step[] = [];
  /** Steps that need the row's own id. */
  readonly #later: Step[] = [];
  readonly #slotOf = new Map<string, number>();
  /** What the source calls a row, or null where rows have no id and no key. */
  #sourceId: (row: readonly SourceValue[]) => string | null = () => null;
  /** Slots of rows that an array of the row holds. */
  readonly #children = new Set<number>();
  /** Source columns that the map places. */
  readonly #placed = new Set<number>();

  /** `columns`: of the source's rows, the absent ones left out. */
  constructor(map: SystemMap, table: MapTable, columns: readonly string[], context: TransformContext, now: string) {
    this.#map = map;
    this.#table = table;
    this.#columns = columns;
    this.#context = context;
    this.#slot(table.target, { ...table.constants });
    for (const column of [...table.columns, ...(table.further ?? [])]) this.#placeColumn(column, now);
    for (const derived of table.derived ?? []) this.#placeDerived(derived);
    this.#placeChildren();
    this.#placeIdentity();
    this.#placeRest();
  }

  /** Throws Unfit, its message a whole reason, when a value has no place. */
  map(row: readonly SourceValue[]): MappedRow {
    const mapped: MappedRow = { sourceId: null, rows: [], vector: null, ensured: [] };
    const draft: Draft = {
      slots: this.slots.map(({ columns }) => new Array<unknown>(columns.length).fill(null)),
      members: new Map(),
      mapped,
      id: null,
    };
    for (const step of this.#steps) step(row, draft);
    for (const [place, members] of draft.members) {
      const [slot = 0, column = 0] = place.split(':').map(Number);
      const values = draft.slots[slot];
      if (values !== undefined) values[column] = `{${members.join(',')}}`;
    }
    const children = mapped.rows;
    mapped.rows = draft.slots.flatMap((values, slot) => (this.#isEmpty(slot, values) ? [] : [{ slot, values }]));
    mapped.rows.push(...children);
    return mapped;
  }

  /** What the source calls a row that does not fit; null where it cannot be told. */
  sourceIdOf(row: readonly SourceValue[]): string | null {
    try {
      return this.#sourceId(row);
    } catch {
      return null;
    }
  }

  /** Rows of other tables than the main one are made for what they hold: a key without its ciphertext is none. */
  #isEmpty(slot: number, values: readonly unknown[]): boolean {
    const { table, columns } = this.#slotAt(slot);
    if (slot === 0) return false;
    if (table === 'api_keys') return values[columns.indexOf('ciphertext')] === null;
    return this.#children.has(slot);
  }

  #slotAt(index: number): Slot {
    const slot = this.slots[index];
    if (slot === undefined) throw new RangeError(`there is no slot ${index}`);
    return slot;
  }

  /** The slot of a target table; `variant` tells several of one table apart. */
  #slot(table: string, constants: Record<string, unknown>, variant = ''): number {
    const slot = this.slots.length;
    this.slots.push({ table, columns: [], defaults: {} });
    this.#slotOf.set(`${table} ${variant}`, slot);
    for (const [name, value] of Object.entries(constants)) {
      const at = this.#column(slot, name);
      this.#steps.push((_, { slots }) => {
        const values = slots[slot];
        if (values !== undefined) values[at] = value;
      });
    }
    return slot;
  }

  #column(slot: number, name: string): number {
    const { columns } = this.#slotAt(slot);
    const known = columns.indexOf(name);
    return known >= 0 ? known : columns.push(name) - 1;
  }

  #target(column: Pick<MapColumn, 'table' | 'transform' | 'arguments'>): number {
    const table = column.table ?? this.#table.target;
    const provider = column.transform === 'byok' ? (column.arguments?.provider ?? '') : '';
    return (
      this.#slotOf.get(`${table} ${provider}`) ??
      this.#slot(
        table,
        {
          ...('origin' in (TARGETS[table]?.columns ?? {}) ? { origin: this.#map.system } : {}),
          ...(provider === '' ? {} : { ...PROVIDER_KEY, provider }),
        },
        provider,
      )
    );
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
    const slot = this.#target(column);
    const slotTable = this.#slotAt(slot).table;
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
      this.#slotAt(slot).defaults[column.to] = transformOf(column, { ...this.#context, jsonIsText: true })(
        value as SourceValue,
      );
      return;
    }
    this.#place(slot, column, at, transformOf(column, this.#context));
    if (column.transform === 'ensure') this.#placeEnsured(column, at);
    if (TARGETS[slotTable]?.columns['extra'] !== undefined) this.#placeVerbatim(slot, column, at);
  }

  #place(slot: number, column: { name?: string; to: string | null }, at: number, transform: Transform): void {
    const place = this.#column(slot, column.to ?? '');
    const name = this.#columns[at] ?? '';
    this.#steps.push((row, { slots }) => {
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
    const key = `${slot}:${this.#column(slot, column)}`;
    const label = `${JSON.stringify(name)}:`;
    this.#steps.push((row, { members }) => {
      const value = row[at] ?? null;
      if (value === null) return;
      const list = members.get(key) ?? [];
      members.set(key, list);
      list.push(label + String(transform(value)));
    });
  }

  /** What the way back would not give again is kept beside it. */
  #placeVerbatim(slot: number, column: MapColumn, at: number): void {
    const back = backOf(column);
    if (back === undefined) return;
    const key = `${slot}:${this.#column(slot, 'extra')}`;
    const place = this.#column(slot, column.to ?? '');
    this.#steps.push((row, { members, slots }) => {
      const value = row[at] ?? null;
      if (typeof value !== 'string' || back(slots[slot]?.[place]) === value) return;
      const list = members.get(key) ?? [];
      members.set(key, list);
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
    this.#steps.push((row, draft) => {
      let vector: unknown;
      try {
        vector = transform(row[at] ?? null);
      } catch (error) {
        throw error instanceof Unfit ? new Unfit(`${column.name} ${error.message}`) : error;
      }
      if (vector instanceof Float32Array) draft.mapped.vector = { id: '', vector };
    });
  }

  #placeEnsured(column: MapColumn, at: number): void {
    const table = column.arguments?.table ?? '';
    this.#steps.push((row, { mapped }) => {
      const value = row[at] ?? null;
      if (value === null) return;
      const origin = textOf(value);
      mapped.ensured.push({ table, origin, id: this.#context.idOf(table, origin) });
    });
  }

  #placeDerived(derived: MapDerived): void {
    const from = Array.isArray(derived.from) ? derived.from : [derived.from];
    const places = from.map((name) => this.#find({ name }));
    if (places.some((at) => at < 0)) return;
    const slot = this.#target(derived);
    if (derived.transform === 'joined') {
      const place = this.#column(slot, derived.to);
      this.#steps.push((row, { slots }) => {
        const values = slots[slot];
        if (values !== undefined) values[place] = places.map((at) => textOf(row[at] ?? '')).join('#');
      });
      return;
    }
    this.#place(slot, derived, places[0] ?? 0, transformOf(derived, this.#context));
  }

  /** Rows that an array of this row holds: tasks and dependencies of stories. */
  #placeChildren(): void {
    const own = this.#table.columns.map((column) => ({ column, target: column.table ?? '' }));
    const named = this.#map.named.flatMap(({ target, columns }) => columns.map((column) => ({ column, target })));
    for (const { column, target } of [...own, ...named]) {
      if (column.transform !== 'items' && column.transform !== 'members') continue;
      const [of, source = ''] = (column.arguments?.of ?? '').split('.');
      const at = this.#find({ name: source });
      if (of !== this.#table.name || at < 0 || target === '') continue;
      this.#placed.add(at);
      const inside = column.transform === 'members' ? column.name : null;
      this.#placeItems(target, column.to ?? '', at, inside);
    }
  }

  #placeItems(target: string, to: string, at: number, inside: string | null): void {
    const kinds = TARGETS[target]?.columns ?? {};
    const slot = this.#slot(target, {}, `of ${at}`);
    this.#children.add(slot);
    const columns = ['id', 'origin', 'story_id', 'position', to].filter((name) => name in kinds);
    for (const name of columns) this.#column(slot, name);
    this.#later.push((row, { id, mapped }) => {
      itemsOf(row[at] ?? null, inside).forEach((item, position) => {
        const values: Record<string, unknown> = {
          id: this.#context.idOf(target, `${id ?? ''}#${position}`),
          origin: this.#map.system,
          story_id: id,
          position,
          [to]: item,
        };
        mapped.rows.push({ slot, values: columns.map((name) => values[name]) });
      });
    });
  }

  /** Id of the main row and of those beside it, derived from the source's id, from its key, or from all of the row. */
  #placeIdentity(): void {
    const { target, columns, key = [] } = this.#table;
    const identity = columns.find(({ transform, to }) => transform === 'id' && (to === 'origin_id' || to === 'id'));
    const at = identity === undefined ? -1 : this.#find(identity);
    const keys = key.map((name) => this.#find({ name }));
    const byKey = keys.length > 0 && keys.every((place) => place >= 0);
    const verbatim = identity?.to === 'id' && at >= 0;
    this.#sourceId = (row) => {
      const given = at >= 0 ? (row[at] ?? null) : null;
      if (given !== null) return textOf(given);
      return byKey && at < 0 ? keys.map((place) => textOf(row[place] ?? '')).join('#') : null;
    };
    this.#steps.push((row, draft) => {
      draft.mapped.sourceId = this.#sourceId(row);
      const origin = draft.mapped.sourceId ?? bytesToHex(sha256(utf8ToBytes(jsonText(row)))).slice(0, 32);
      draft.id = verbatim ? origin : this.#context.idOf(target, origin);
      if (draft.mapped.vector !== null) draft.mapped.vector.id = draft.id;
      for (const [slot, values] of draft.slots.entries()) this.#identify(slot, values, draft, origin);
      for (const step of this.#later) step(row, draft);
    });
    for (const [slot, { table }] of this.slots.entries()) {
      const kinds = TARGETS[table]?.columns ?? {};
      if (this.#children.has(slot)) continue;
      if ('id' in kinds) this.#column(slot, 'id');
      if (slot === 0 && 'origin_id' in kinds) this.#column(slot, 'origin_id');
      if (slot !== 0 && 'user_id' in kinds) this.#column(slot, 'user_id');
    }
  }

  #identify(slot: number, values: unknown[], { id }: Draft, origin: string): void {
    const { table, columns } = this.#slotAt(slot);
    if (this.#children.has(slot)) return;
    const fill = (name: string, value: unknown): void => {
      const place = columns.indexOf(name);
      if (place >= 0 && (values[place] ?? null) === null) values[place] = value;
    };
    if (slot === 0) {
      fill('id', id);
      fill('origin_id', origin);
      return;
    }
    fill('user_id', id);
    const provider = columns.includes('provider') ? `#${String(values[columns.indexOf('provider')])}` : '';
    fill('id', this.#context.idOf(table, origin + provider));
  }

  /** Columns that the map does not know. */
  #placeRest(): void {
    if (!('extra' in (TARGETS[this.#table.target]?.columns ?? {}))) return;
    this.#columns.forEach((name, at) => {
      if (!this.#placed.has(at)) this.#placeMember(0, 'extra', name, at, (value) => member(value as SourceValue));
    });
  }
}

/** The items of a JSON array, of the member `inside` of an object where that is named, as text. */
function itemsOf(value: SourceValue, inside: string | null): string[] {
  let found: unknown = value;
  if (typeof value === 'string') {
    try {
      found = JSON.parse(value);
    } catch {
      return [];
    }
  }
  if (inside !== null)
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[inside] : [];
  if (!Array.isArray(found)) return [];
  return found.map((item: unknown) => {
    if (typeof item === 'object' && item !== null && 'title' in item && typeof item.title === 'string')
      return item.title;
    return typeof item === 'string' ? item : jsonText(item);
  });
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
