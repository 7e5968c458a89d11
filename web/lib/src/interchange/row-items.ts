/** Rows that an array of a row holds: tasks and dependencies of stories. */
import type { MapTable, SystemMap } from './maps.js';
import type { RowLayout, Step } from './row-layout.js';
import type { SourceValue } from './source.js';
import { TARGETS } from './targets.gen.js';
import { jsonText } from './transforms.js';

/** Makes slots for them. `placed`: told of the columns that hold them. Answers what is to be done when the row's own id is known. */
export function placeItems(
  layout: RowLayout,
  map: SystemMap,
  table: MapTable,
  find: (column: { name: string }) => number,
  idOf: (table: string, origin: string) => string,
  placed: Set<number>,
): Step[] {
  const later: Step[] = [];
  const own = table.columns.map((column) => ({ column, target: column.table ?? '' }));
  const named = map.named.flatMap(({ target, columns }) => columns.map((column) => ({ column, target })));
  for (const { column, target } of [...own, ...named]) {
    if (column.transform !== 'items' && column.transform !== 'members') continue;
    const [of, source = ''] = (column.arguments?.of ?? '').split('.');
    const at = find({ name: source });
    if (of !== table.name || at < 0 || target === '') continue;
    placed.add(at);
    const inside = column.transform === 'members' ? column.name : null;
    const to = column.to ?? '';
    const kinds = TARGETS[target]?.columns ?? {};
    const slot = layout.slot(target, {}, `of ${at}`);
    layout.children.add(slot);
    const columns = ['id', 'origin', 'story_id', 'position', to].filter((name) => name in kinds);
    for (const name of columns) layout.column(slot, name);
    later.push((row, mapped) => {
      const { id } = mapped;
      itemsOf(row[at] ?? null, inside).forEach((item, position) => {
        const values: Record<string, unknown> = {
          id: idOf(target, `${id}#${position}`),
          origin: map.system,
          story_id: id,
          position,
          [to]: item,
        };
        (mapped.children ??= []).push({ slot, values: columns.map((name) => values[name]) });
      });
    });
  }
  return later;
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
