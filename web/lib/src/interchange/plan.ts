/** Which table of a source is which of the map, and in what order they are read. */
import type { MapColumn, MapShape, MapTable, SystemMap } from './maps.js';
import type { SourceTable } from './source.js';

export interface PlannedTable {
  source: SourceTable;
  table: MapTable;
}

export interface ImportPlan {
  /** Rows that others refer to come first. */
  tables: PlannedTable[];
  /** Tables of the source that have no place, and why. */
  skipped: { table: string; reason: string }[];
}

/** A source table with the columns that it is known to have, from its head or from its first rows. */
export interface KnownTable {
  source: SourceTable;
  columns: readonly string[];
}

const fold = (name: string): string => name.toLowerCase();

const names = ({ name, otherNames = [] }: { name: string; otherNames?: string[] }): string[] =>
  [name, ...otherNames].map(fold);

function has(known: KnownTable, columns: readonly string[]): boolean {
  const present = new Set(known.columns.map(fold));
  return columns.every((column) => present.has(fold(column)));
}

/** Whether these tables are of the shape that the real application writes. */
function matches({ detect }: MapShape, known: readonly KnownTable[]): boolean {
  const { table, columns = [], members = [] } = detect;
  if (table === undefined) return known.some((one) => has(one, members));
  return known.some((one) => fold(one.source.name) === fold(table) && has(one, columns));
}

/** Nothing of them is imported: a version of another schema, an index that is made anew. */
export function isOnlyNamed(table: MapTable): boolean {
  return table.columns.every(({ transform }) => ['version', 'fullText', 'items', 'members'].includes(transform));
}

/** Full-text indexes of SQLite and their shadows, SQLite's own tables, and what tools keep of themselves. */
const FURNITURE = /^(?:sqlite_|.*_fts(?:_(?:data|idx|content|docsize|config))?$)/;

export function planImport(map: SystemMap, known: readonly KnownTable[]): ImportPlan {
  const shapes = map.shapes.filter((shape) => matches(shape, known));
  const candidates = [...shapes.flatMap(({ tables }) => tables), ...map.tables, ...map.named];
  const skipped: ImportPlan['skipped'] = [];
  const found: PlannedTable[] = [];
  for (const one of known) {
    const { name } = one.source;
    const table =
      candidates.find((candidate) => names(candidate).includes(fold(name))) ??
      // A file of rows may have any name.
      shapes.find(({ detect }) => detect.table === undefined && has(one, detect.members ?? []))?.tables[0];
    if (table === undefined) {
      const reason = FURNITURE.test(fold(name))
        ? 'kept by its database itself'
        : `no table of ${map.title} has this name`;
      skipped.push({ table: name, reason });
    } else if (isOnlyNamed(table)) {
      skipped.push({
        table: name,
        reason: table.columns.length === 0 ? 'the document only names it' : 'made anew here',
      });
    } else {
      found.push({ source: one.source, table });
    }
  }
  return { tables: inOrder(found), skipped };
}

/** Tables that this one's rows refer to, by their names here. */
function parents({ table }: Pick<PlannedTable, 'table'>): string[] {
  const columns: Pick<MapColumn, 'transform' | 'arguments'>[] = [
    ...table.columns,
    ...(table.further ?? []),
    ...(table.derived ?? []),
  ];
  return columns
    .filter(({ transform }) => transform === 'fk' || transform === 'ensure')
    .map((column) => column.arguments?.table ?? '')
    .filter((parent) => parent !== table.target);
}

/** Parents before the rows that refer to them. */
export function inOrder<Planned extends Pick<PlannedTable, 'table'>>(tables: readonly Planned[]): Planned[] {
  const left = [...tables];
  const placed: Planned[] = [];
  while (left.length > 0) {
    const ready = left.findIndex((one) =>
      parents(one).every((parent) => !left.some(({ table }) => table.target === parent)),
    );
    // Tables that refer to one another in a circle keep their order.
    placed.push(...left.splice(Math.max(ready, 0), 1));
  }
  return placed;
}
