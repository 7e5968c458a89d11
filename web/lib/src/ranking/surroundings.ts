/** What stands around passages: which neighbours are taken, and how they become texts with the offsets of their document. */
import type { SearchOptions, Surroundings } from '../types.js';

export type Reach = Extract<NonNullable<SearchOptions['expand']>, string>;

/** A passage as it is stored. Offsets count UTF-16 units of the document's text. */
export interface Chunk {
  index: number;
  heading: string | null;
  text: string;
  start?: number;
  end?: number;
}

/** What lies between two passages is blank: paragraphs' ends, nothing longer. */
const MOST_BLANK = 100;

/**
 * The chunks that are shown of one document, in its order: the passages found (`found`, best first, by index) and what surrounds them,
 * the nearest first, as long as all of it has at most `characters`. The best passage is there at any length.
 */
export function taken(chunks: readonly Chunk[], found: readonly number[], reach: Reach, characters: number): Chunk[] {
  const byIndex = new Map(chunks.map((chunk) => [chunk.index, chunk]));
  const out = new Map<number, Chunk>();
  let length = 0;
  const take = (index: number): boolean => {
    const chunk = byIndex.get(index);
    if (chunk === undefined || out.has(index)) return chunk !== undefined;
    if (out.size > 0 && length + chunk.text.length > characters) return false;
    out.set(index, chunk);
    length += chunk.text.length;
    return true;
  };
  for (const index of found) take(index);
  // Away from each passage, a step at a time on both sides, up to what ends its section.
  const sides = found
    .filter((index) => out.has(index))
    .flatMap((index) => [
      { from: index, step: -1 },
      { from: index, step: 1 },
    ]);
  const steps = reach === 'neighbours' ? 1 : chunks.length;
  for (let away = 1, open = sides; away <= steps && open.length > 0; away++) {
    open = open.filter(({ from, step }) => {
      const index = from + step * away;
      const isInside = reach !== 'section' || byIndex.get(index)?.heading === byIndex.get(from)!.heading;
      return isInside && take(index);
    });
  }
  return [...out.values()].sort((a, b) => a.index - b.index);
}

/**
 * Chunks in order as texts without what they repeat of each other. Of a text with offsets each character is that of the document at
 * its offset; blank space between two chunks, which are stored without it, shows as ends of lines. Chunks that do not follow each
 * other, or have no offsets, are texts of their own.
 */
export function joined(chunks: readonly Chunk[]): Surroundings[] {
  const out: (Surroundings & { last: number })[] = [];
  for (const { index, text, start, end } of chunks) {
    const before = out.at(-1);
    const hasOffsets = start !== undefined && end !== undefined && end - start === text.length;
    const gap = hasOffsets && before?.end !== undefined ? start - before.end : Infinity;
    if (before === undefined || before.last + 1 !== index || gap > MOST_BLANK || start! < before.start!) {
      out.push({ text, ...(hasOffsets && { start, end }), last: index });
      continue;
    }
    before.last = index;
    // One that lies within what is there already adds nothing.
    if (end! <= before.end!) continue;
    before.text += gap >= 0 ? '\n'.repeat(gap) + text : text.slice(-gap);
    before.end = end!;
  }
  return out.map(({ text, start, end }) => ({ text, ...(start !== undefined && { start, end }) }));
}
