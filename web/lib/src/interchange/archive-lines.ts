/** Lines of an export of everything, as far as they say the same of every table. */
import type { RowBatch } from './source.js';
import { jsonText } from './transforms.js';

/** The members of a line's row, each the text of its JSON. */
export type Texts = ReadonlyMap<string, string>;

export function textsOf({ columns, rows, absent }: RowBatch): Texts[] {
  return rows.map((row, index) => {
    const missing = absent?.[index] ?? [];
    const texts = new Map<string, string>();
    row.forEach((text, at) => {
      if (!missing.includes(at)) texts.set(columns[at] ?? '', typeof text === 'string' ? text : jsonText(text));
    });
    return texts;
  });
}

/** What a report calls a row; null where its line does not tell. */
export function keyOf(key: readonly string[], texts: Texts): string | null {
  const parts = key.map((name) => texts.get(name) ?? '');
  return parts.every((text) => text.startsWith('"')) ? parts.map((text) => JSON.parse(text) as string).join('#') : null;
}

/** The row as it stands in the line. */
export function rawOf(texts: Texts): string {
  return `{${[...texts].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
