// What tests of the readers share.
import { importSource } from './source.mjs';

export const { openSource, detectFormat } = await importSource('interchange/open-source');

export const file = (name, content) => ({ name, blob: new Blob([content]) });

/** Opens one file. */
export const open = (name, content, options) => openSource([file(name, content)], options);

/** All rows of a table as objects; columns that a row does not have are left out. */
export async function rowsOf(table, options) {
  const rows = [];
  for await (const batch of table.rows(options)) {
    batch.rows.forEach((values, index) => {
      if (values.length !== batch.columns.length) throw new Error('a row is not as long as its columns');
      const absent = batch.absent?.[index] ?? [];
      rows.push(
        Object.fromEntries(
          batch.columns.map((name, column) => [name, values[column]]).filter((_, at) => !absent.includes(at)),
        ),
      );
    });
  }
  return rows;
}

/** Every table's rows by name. */
export async function allRows(source) {
  const all = {};
  for (const table of source.tables) all[table.name] = [...(all[table.name] ?? []), ...(await rowsOf(table))];
  return all;
}

/** Reads a table to its end in as many calls as it has batches, each with the cursor of the one before. */
export async function rowsByCursors(table) {
  const rows = [];
  let cursor;
  for (;;) {
    const iterator = table.rows(cursor === undefined ? {} : { cursor })[Symbol.asyncIterator]();
    const { done, value } = await iterator.next();
    await iterator.return?.();
    if (done) return rows;
    rows.push(...value.rows);
    cursor = value.cursor;
  }
}

/** Numbers that are the same in every run. */
export function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
