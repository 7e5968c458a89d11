/** Words of texts as ranking compares them: without case and accents, in order; a character of a script without spaces is a word. */

/** More of a text than this is not compared. */
export const COMPARED_CHARACTERS = 8_000;

const NO_SPACES = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}';
const WORD = new RegExp(`[${NO_SPACES}]|(?:(?![${NO_SPACES}])[\\p{L}\\p{N}_])+`, 'gu');

/** Without case, accents and other forms of a letter: a little more than the full-text index folds. */
export function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

export function wordsOf(text: string): string[] {
  return folded(text.slice(0, COMPARED_CHARACTERS)).match(WORD) ?? [];
}

export function hasScriptWithoutSpaces(word: string): boolean {
  return new RegExp(`[${NO_SPACES}]`, 'u').test(word);
}
