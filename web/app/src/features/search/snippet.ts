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

const TABLE_RULE = /\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?\s*)?/g;
const SYNTAX: readonly [RegExp, string][] = [
  [/!?\[([^\]]*)\]\([^()\s]*(?:\s+"[^"]*")?\)/g, '$1'],
  [/(^|[\s…])#{1,6}\s+/g, '$1'],
  [/(^|\s)(?:```|~~~)[\w-]*(?=\s|$)/g, '$1'],
  [/\*\*|__|~~|`+/g, ''],
  [TABLE_RULE, ' '],
  [/\s*\|\s*/g, ' '],
  [/\s{2,}/g, ' '],
];

/** The markers' own text, in any place of another one. */
const withMarkers = (text: string): string =>
  [...text].map((character) => character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join(`[${MARK_BEFORE}${MARK_AFTER}]?`);

/**
 * A snippet of Markdown as it reads: without the signs that shape it, and without the heading that stands above it already.
 * Markers stay where they are. Only for looking at: what is lost or kept decides nothing.
 */
export function readableSnippet(snippet: string, heading: string): string {
  let text = snippet;
  for (const [sign, replacement] of SYNTAX) text = text.replace(sign, replacement);
  if (heading === '') return text.trim();
  const opening = new RegExp(`^\\s*[${MARK_BEFORE}]?${withMarkers(heading)}[${MARK_AFTER}]?\\s+`, 'u');
  const rest = text.replace(opening, '');
  // The heading stays when it is all there is, or when it alone holds what was found.
  const lost = text.includes(MARK_BEFORE) && !rest.includes(MARK_BEFORE);
  return (lost || rest.trim() === '' ? text : rest).trim();
}
