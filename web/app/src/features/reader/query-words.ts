/** Paints the words of the query inside the passage with the browser's highlight registry: no element is changed for it. */

const NAME = 'query-words';
const MAX_RANGES = 400;

function pattern(query: string): RegExp | null {
  const words = query.match(/[\p{L}\p{N}]{2,}/gu) ?? [];
  const escaped = [...new Set(words.map((word) => word.toLowerCase()))].slice(0, 24);
  return escaped.length === 0 ? null : new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})`, 'giu');
}

/** Marks where a word of the query begins a word in `roots`; removes the marks of the previous call. */
export function paintQueryWords(roots: readonly Element[], query: string): void {
  if (typeof Highlight === 'undefined') return;
  CSS.highlights.delete(NAME);
  const words = pattern(query);
  if (!words) return;
  const ranges: Range[] = [];
  for (const root of roots) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node && ranges.length < MAX_RANGES; node = walker.nextNode()) {
      for (const match of (node.textContent ?? '').matchAll(words)) {
        const range = document.createRange();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        ranges.push(range);
      }
    }
  }
  if (ranges.length > 0) CSS.highlights.set(NAME, new Highlight(...ranges));
}
