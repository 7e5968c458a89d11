// What all extractors share: passages of a text, its sentences, markup taken out, and what is too little to learn from.

/** About as long as the passages of a search (docs/retrieval.md). */
const PASSAGE = 900;
/** Less than this share of letters is a table of figures or a listing. */
const LETTERS = 0.62;

export const oneLine = (text) => text.trim().split(/\s+/).join(' ');

/** Identifiers and paths as words: getHTTPServer, az_vm-create. */
export const asWords = (name) => oneLine(name.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll(/[_\-./:]+/g, ' '));

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ', '#39': "'" };

/** Text of a fragment of HTML or of a message with tags in it. */
export function withoutTags(html) {
  return html
    .replaceAll(/<(?:\/?[a-z][^<>]*|!--[\s\S]*?--)>/gi, ' ')
    .replaceAll(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? ' ');
}

/** Text of Markdown: links by their words, without code, pictures and tags. */
export function withoutMarkdown(text) {
  return withoutTags(
    text
      .replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, '')
      .replaceAll(/!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])?/g, '')
      .replaceAll(/\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])/g, '$1')
      .replaceAll(/^\s*\|?[\s:|-]+\|[\s:|-]*$/gm, '')
      .replaceAll(/[`*|]+/g, ' '),
  );
}

export function isProse(text) {
  if (text.length < 150 || text.length > 20_000) return false;
  return (text.match(/\p{L}/gu)?.length ?? 0) >= LETTERS * text.length;
}

/** Runs of whole paragraphs of about 900 characters. @param {string} text @returns {string[]} */
export function passages(text) {
  const found = [];
  let passage = '';
  for (const paragraph of text.split(/\n\s*\n+/).map(oneLine)) {
    if (paragraph === '') continue;
    if (passage !== '' && passage.length + paragraph.length > PASSAGE) {
      found.push(passage);
      passage = '';
    }
    passage += (passage === '' ? '' : '\n') + paragraph.slice(0, 2 * PASSAGE);
  }
  if (passage !== '') found.push(passage);
  return found;
}

export const sentences = (text) => text.replaceAll('\n', ' ').split(/(?<=[.!?])\s+(?=\p{Lu})/u);

/** A small generator of numbers in 0..1 (mulberry32): the same pairs for the same sources. @param {number} seed */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
