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
  /** Members of the JSON columns, as JSON text, by their number in #memberPlaces. */
  members: (string[] | undefined)[] | null;
}

/** Fills places of the slots from one value of the source. */
type Step = (row: readonly SourceValue[], out: MappedRow) => void;

/** Where the ids of a slot's row stand, -1 for nowhere. */
interface IdPlaces {
  slot: number;
  id: number;
  originId: number;
  userId: number;
  provider: number;
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
  readonly #memberPlaces: { slot: number; column: number }[] = [];
  readonly #idPlaces: IdPlaces[] = [];
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
    for (const step of this.#steps) step(row, mapped);
    mapped.members?.forEach((members, number) => {
      const place = this.#memberPlaces[number];
      const values = mapped.slots[place?.slot ?? 0];
      if (place !== undefined && values !== undefined && members !== undefined)
        values[place.column] = `{${members.join(',')}}`;
    });
    return mapped;
  }

  /** The rows of a slot other than the first that a row brings with it. */
  rowsOf({ slots, children }: MappedRow, slot: number): unknown[][] {
    const values = slots[slot];
    const own = values === undefined || this.#isEmpty(slot, values) ? [] : [values];
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

  /** Rows of other tables than the main one are made for what they hold: a key without its ciphertext is none. */
  #isEmpty(slot: number, values: readonly unknown[]): boolean {
    const { table, columns } = this.#slotAt(slot);
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
    const number = this.#memberPlace(slot, column);
    const label = `${JSON.stringify(name)}:`;
    this.#steps.push((row, mapped) => {
      const value = row[at] ?? null;
      if (value !== null) membersOf(mapped, number).push(label + String(transform(value)));
    });
  }

  #memberPlace(slot: number, name: string): number {
    const column = this.#column(slot, name);
    const known = this.#memberPlaces.findIndex((place) => place.slot === slot && place.column === column);
    return known >= 0 ? known : this.#memberPlaces.push({ slot, column }) - 1;
  }

  /** What the way back would not give again is kept beside it. */
  #placeVerbatim(slot: number, column: MapColumn, at: number): void {
    const back = backOf(column);
    if (back === undefined) return;
    const number = this.#memberPlace(slot, 'extra');
    const place = this.#column(slot, column.to ?? '');
    this.#steps.push((row, mapped) => {
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
    this.#steps.push((row, mapped) => {
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
    this.#steps.push((row, mapped) => {
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
    this.#later.push((row, mapped) => {
      const { id } = mapped;
      itemsOf(row[at] ?? null, inside).forEach((item, position) => {
        const values: Record<string, unknown> = {
          id: this.#context.idOf(target, `${id}#${position}`),
          origin: this.#map.system,
          story_id: id,
          position,
          [to]: item,
        };
        (mapped.children ??= []).push({ slot, values: columns.map((name) => values[name]) });
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
    this.#steps.push((row, mapped) => {
      mapped.sourceId = this.#sourceId(row);
      const origin = mapped.sourceId ?? bytesToHex(sha256(utf8ToBytes(jsonText(row)))).slice(0, 32);
      mapped.id = verbatim ? origin : this.#context.idOf(target, origin);
      for (const places of this.#idPlaces) this.#identify(places, mapped, origin);
      for (const step of this.#later) step(row, mapped);
    });
    for (const [slot, { table }] of this.slots.entries()) {
      const kinds = TARGETS[table]?.columns ?? {};
      if (this.#children.has(slot)) continue;
      if ('id' in kinds) this.#column(slot, 'id');
      if (slot === 0 && 'origin_id' in kinds) this.#column(slot, 'origin_id');
      if (slot !== 0 && 'user_id' in kinds) this.#column(slot, 'user_id');
      const { columns } = this.#slotAt(slot);
      const place = (name: string): number => columns.indexOf(name);
      this.#idPlaces.push({
        slot,
        id: place('id'),
        originId: slot === 0 ? place('origin_id') : -1,
        userId: slot === 0 ? -1 : place('user_id'),
        provider: slot === 0 ? -1 : place('provider'),
      });
    }
  }

  #identify({ slot, id, originId, userId, provider }: IdPlaces, mapped: MappedRow, origin: string): void {
    const values = mapped.slots[slot];
    if (values === undefined) return;
    if (id >= 0) {
      const suffix = provider >= 0 ? `#${String(values[provider])}` : '';
      values[id] ??= slot === 0 ? mapped.id : this.#context.idOf(this.#slotAt(slot).table, origin + suffix);
    }
    if (originId >= 0) values[originId] ??= origin;
    if (userId >= 0) values[userId] ??= mapped.id;
  }

  /** Columns that the map does not know. */
  #placeRest(): void {
    if (!('extra' in (TARGETS[this.#table.target]?.columns ?? {}))) return;
    this.#columns.forEach((name, at) => {
      if (!this.#placed.has(at)) this.#placeMember(0, 'extra', name, at, (value) => member(value as SourceValue));
    });
  }
}

function membersOf(mapped: MappedRow, number: number): string[] {
  return ((mapped.members ??= [])[number] ??= []);
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
