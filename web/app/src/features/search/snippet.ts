/**
 * Highlights travel through the engine as a pair of private-use characters around each match, and become elements here.
 * Text never passes through HTML, so that nothing in a document can act on the page.
 */

export const MARK_BEFORE = '\uE000';
export const MARK_AFTER = '\uE001';

export interface SnippetPart {
  text: string;
  marked: boolean;
}

/** Splits a snippet at its markers. Markers that have no partner are dropped, their text stays. */
export function snippetParts(snippet: string): SnippetPart[] {
  const parts: SnippetPart[] = [];
  for (const [index, piece] of snippet.split(MARK_BEFORE).entries()) {
    const end = index === 0 ? -1 : piece.indexOf(MARK_AFTER);
    if (end > 0) parts.push({ text: piece.slice(0, end), marked: true });
    const rest = piece.slice(end + 1).replaceAll(MARK_AFTER, '');
    if (rest !== '') parts.push({ text: rest, marked: false });
  }
  return parts;
}
