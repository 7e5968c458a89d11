/** Ids of the main row and of those beside it, derived from the source's id, from its key, or from all of the row. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MapTable } from './maps.js';
import type { MappedRow, RowLayout, Step } from './row-layout.js';
import type { SourceValue } from './source.js';
import { TARGETS } from './targets.gen.js';
import { jsonText, textOf } from './transforms.js';

/** Where the ids of a slot's row stand, -1 for nowhere. */
interface IdPlaces {
  slot: number;
  id: number;
  originId: number;
  userId: number;
  provider: number;
}

type IdOf = (table: string, origin: string) => string;

/** What the source calls a row, or null where rows have no id and no key. */
export type SourceIdOf = (row: readonly SourceValue[]) => string | null;

/** REQUIRES: every other column is placed. `find`: the place of a column in the source's rows, or -1; `later` needs the row's own id. */
export function placeIdentity(
  layout: RowLayout,
  { target, columns, key = [] }: MapTable,
  find: (column: { name: string; otherNames?: string[] }) => number,
  idOf: IdOf,
  later: readonly Step[],
): SourceIdOf {
  const identity = columns.find(({ transform, to }) => transform === 'id' && (to === 'origin_id' || to === 'id'));
  const at = identity === undefined ? -1 : find(identity);
  const keys = key.map((name) => find({ name }));
  const byKey = keys.length > 0 && keys.every((place) => place >= 0);
  const verbatim = identity?.to === 'id' && at >= 0;
  const places = idPlaces(layout);
  const sourceIdOf: SourceIdOf = (row) => {
    const given = at >= 0 ? (row[at] ?? null) : null;
    if (given !== null) return textOf(given);
    return byKey && at < 0 ? keys.map((place) => textOf(row[place] ?? '')).join('#') : null;
  };
  layout.steps.push((row, mapped) => {
    mapped.sourceId = sourceIdOf(row);
    const origin = mapped.sourceId ?? bytesToHex(sha256(utf8ToBytes(jsonText(row)))).slice(0, 32);
    mapped.id = verbatim ? origin : idOf(target, origin);
    for (const place of places) identify(layout, place, mapped, origin, idOf);
    for (const step of later) step(row, mapped);
  });
  return sourceIdOf;
}

function idPlaces(layout: RowLayout): IdPlaces[] {
  const found: IdPlaces[] = [];
  for (const [slot, { table }] of layout.slots.entries()) {
    const kinds = TARGETS[table]?.columns ?? {};
    if (layout.children.has(slot)) continue;
    if ('id' in kinds) layout.column(slot, 'id');
    if (slot === 0 && 'origin_id' in kinds) layout.column(slot, 'origin_id');
    if (slot !== 0 && 'user_id' in kinds) layout.column(slot, 'user_id');
    const { columns } = layout.slotAt(slot);
    const place = (name: string): number => columns.indexOf(name);
    found.push({
      slot,
      id: place('id'),
      originId: slot === 0 ? place('origin_id') : -1,
      userId: slot === 0 ? -1 : place('user_id'),
      provider: slot === 0 ? -1 : place('provider'),
    });
  }
  return found;
}

function identify(
  layout: RowLayout,
  { slot, id, originId, userId, provider }: IdPlaces,
  mapped: MappedRow,
  origin: string,
  idOf: IdOf,
): void {
  const values = mapped.slots[slot];
  if (values === undefined) return;
  if (id >= 0) {
    const suffix = provider >= 0 ? `#${String(values[provider])}` : '';
    values[id] ??= slot === 0 ? mapped.id : idOf(layout.slotAt(slot).table, origin + suffix);
  }
  if (originId >= 0) values[originId] ??= origin;
  if (userId >= 0) values[userId] ??= mapped.id;
}
