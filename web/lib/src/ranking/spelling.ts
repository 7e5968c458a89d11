/**
 * Misspelt words: which words of a query may be such, what they may have been, and how far apart two words are.
 *
 * A word may be one edit from what was meant (a letter more, less, other, or two exchanged; Damerau, "A technique for computer
 * detection and correction of spelling errors", 1964), from eight letters on two. Its first letter stands, as it does in nearly all
 * misspelt words (Pollock and Zamora, "Automatic spelling correction in scientific and scholarly text", 1984).
 */
import { folded, hasScriptWithoutSpaces } from './words.js';

const LEAST_LETTERS = 4;
const MOST_LETTERS = 40;
const LETTERS_FOR_TWO = 8;
/** As much of a query as is looked at: the core takes 64 words. */
const LOOKED_AT = 2000;
const MOST_WORDS = 32;

/** Words that the core's keyword leg leaves out of questions (src/text/query_tokens.cc), as far as they are long enough to be corrected. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'been como does ella entre esta este from have into para pero should that their them then there these they this unos were ' +
    'what when where which will with would your'
  ).split(' '),
);

/** Letters alone, and no part of an identifier, a path, an address or a call. */
const PLAIN_WORD = /(?<![\p{L}\p{M}\p{N}_./\\:@#$=-])[\p{L}\p{M}]{4,}(?![\p{L}\p{M}\p{N}_(=@\\]|[./:-]\S)/gu;
/** fooBar, HTTPServer: a name of somebody's own making. */
const CAPITAL_WITHIN = /\p{Ll}\p{Lu}|\p{Lu}{2,}\p{Ll}/u;

export interface QueryWord {
  /** As it is typed. */
  text: string;
  folded: string;
  /** The query ends with it: more of it may come. */
  last: boolean;
}

/** The different words of a query that may be misspelt, the first ones of it. */
export function correctableWords(query: string): QueryWord[] {
  const out = new Map<string, QueryWord>();
  for (const { 0: text, index } of query.slice(0, LOOKED_AT).matchAll(PLAIN_WORD)) {
    const word = { text, folded: folded(text), last: index + text.length === query.length };
    const letters = [...word.folded].length;
    if (index + text.length === LOOKED_AT && !word.last) continue;
    if (letters < LEAST_LETTERS || letters > MOST_LETTERS || CAPITAL_WITHIN.test(text)) continue;
    if (STOP_WORDS.has(word.folded) || hasScriptWithoutSpaces(text)) continue;
    if (!out.has(word.folded) || word.last) out.set(word.folded, word);
    if (out.size === MOST_WORDS) break;
  }
  return [...out.values()];
}

/** How many edits a word may be from what was meant. */
export function allowedEdits(word: string): number {
  return [...word].length < LETTERS_FOR_TWO ? 1 : 2;
}

/** Letters of the word's script without accents, which the index has none of; of other scripts than these the word's own. */
function alphabetOf(word: string): string[] {
  const ranges = ['az', '\u03b1\u03c9', '\u0430\u044f'].map(
    (ends) => [ends.codePointAt(0)!, ends.codePointAt(1)!] as const,
  );
  const range = ranges.find(([first, last]) => word.codePointAt(0)! >= first && word.codePointAt(0)! <= last);
  if (range === undefined) return [...new Set(word)];
  return Array.from({ length: range[1] - range[0] + 1 }, (_, at) => String.fromCodePoint(range[0] + at));
}

/** All words at one edit from a folded one that begin with the same letter: about 50 a letter. */
export function nearWords(word: string): string[] {
  const letters = [...word];
  const alphabet = alphabetOf(word);
  const out = new Set<string>();
  const add = (from: number, to: number, ...between: string[]): void => {
    out.add([...letters.slice(0, from), ...between, ...letters.slice(to)].join(''));
  };
  for (let at = 1; at <= letters.length; at++) {
    for (const letter of alphabet) add(at, at, letter);
    if (at === letters.length) break;
    add(at, at + 1);
    for (const letter of alphabet) add(at, at + 1, letter);
    if (at + 1 < letters.length) add(at, at + 2, letters[at + 1]!, letters[at]!);
  }
  out.delete(word);
  return [...out];
}

/**
 * Edits between two words: letters more, less or other, neighbours exchanged (the restricted Damerau-Levenshtein distance); `most` + 1
 * for more than `most`.
 */
export function editDistance(a: string, b: string, most: number): number {
  const [first, second] = [[...a], [...b]];
  if (Math.abs(first.length - second.length) > most) return most + 1;
  let [before, row] = [[] as number[], Array.from({ length: second.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= first.length; i++) {
    const next = [i];
    for (let j = 1; j <= second.length; j++) {
      const same = first[i - 1] === second[j - 1];
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && first[i - 1] === second[j - 2] && first[i - 2] === second[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return Math.min(row[second.length]!, most + 1);
}

/**
 * The words that are near enough, the best first: fewer edits, then found more often. None when one of them is the word itself but for
 * accents: then it is not misspelt.
 */
export function nearest(word: string, found: ReadonlyMap<string, number>): string[] {
  const most = allowedEdits(word);
  const near = [...found].map(([text, times]) => ({ text, times, edits: editDistance(word, folded(text), most) }));
  if (near.some(({ edits }) => edits === 0)) return [];
  return near
    .filter(({ text, edits }) => edits <= most && folded(text)[0] === word[0])
    .sort((a, b) => a.edits - b.edits || b.times - a.times || (a.text < b.text ? -1 : 1))
    .map(({ text }) => text);
}

/** The query with each misspelt word replaced wherever it stands as a word of its own. */
export function withCorrections(query: string, corrections: ReadonlyMap<string, string>): string {
  const head = query.slice(0, LOOKED_AT);
  return head.replaceAll(PLAIN_WORD, (text) => corrections.get(folded(text)) ?? text) + query.slice(LOOKED_AT);
}
