/** Writes rows of one table as they are; what the core cannot store is told apart before. */
import type { ImportHost, WriteResult } from './import-host.js';
import { batchOf, isWellFormed, packedRows, type Slot } from './packed-rows.js';

/** Writes rows as they are; `rejects` has those that do not fit, by their index. */
export function writeRows(host: ImportHost, slot: Slot, rows: readonly unknown[][]): WriteResult {
  let packed = packedRows(rows);
  const refused: WriteResult['rejects'] = [];
  let places: number[] | null = null;
  if (packed === null) {
    places = [];
    const sound: unknown[][] = [];
    for (const [index, row] of rows.entries()) {
      const reason = unsound(slot, row);
      if (reason === null) {
        places.push(index);
        sound.push(row);
      } else refused.push([index, reason]);
    }
    packed = packedRows(sound) ?? '';
  }
  const written = host.call('interchange.write', batchOf(slot, packed));
  if (places === null) return written;
  const rejects = written.rejects.map<[number, string]>(([at, reason]) => [places[at] ?? at, reason]);
  return { ...written, rejects: [...refused, ...rejects] };
}

function unsound({ table, columns }: Slot, row: readonly unknown[]): string | null {
  for (const [at, value] of row.entries()) {
    if (typeof value !== 'string') continue;
    const column = `${table}.${columns[at] ?? ''}`;
    if (value.includes('\0')) return `${column} must not hold a NUL character.`;
    if (!isWellFormed(value)) return `${column} must be valid Unicode text, without lone surrogates or broken bytes.`;
  }
  return null;
}
