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

const CODE_LINES = 6;
const LONGEST_LINE = 160;

/**
 * The lines of `text` in which most of the words that `snippet` marks stand, as they are written but for the indentation that all
 * of them have.
 */
export function codeSnippet(text: string, snippet: string): SnippetPart[] {
  const marked = snippetParts(snippet).filter((part) => part.marked);
  const words = [...new Set(marked.map((part) => part.text.toLowerCase()))].sort((a, b) => b.length - a.length);
  const lines = text.split('\n').map((line) => line.trimEnd());
  const found = lines.map((line) => words.filter((word) => line.toLowerCase().includes(word)));
  let best = {
    from: Math.max(
      0,
      lines.findIndex((line) => line !== ''),
    ),
    count: 0,
  };
  for (const [at, here] of found.entries()) {
    if (here.length === 0) continue;
    const from = lines[at - 1] ? at - 1 : at; // one line before it says where it is
    const count = new Set(found.slice(from, from + CODE_LINES).flat()).size;
    if (count > best.count) best = { from, count };
  }
  const shown = lines.slice(best.from, best.from + CODE_LINES);
  const indent = Math.min(...shown.filter((line) => line !== '').map((line) => line.search(/\S/)));
  const rest = best.from + CODE_LINES < lines.length ? '\n…' : '';
  const body = shown
    .map((line) => shortened(line.slice(Number.isFinite(indent) ? indent : 0)))
    .join('\n')
    .trimEnd();
  return parted(body + rest, words);
}

function shortened(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function parted(text: string, words: readonly string[]): SnippetPart[] {
  if (text === '' || words.length === 0) return text === '' ? [] : [{ text, marked: false }];
  const any = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'iu');
  return text
    .split(any)
    .map((part, index) => ({ text: part, marked: index % 2 === 1 }))
    .filter((part) => part.text !== '');
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
