/**
 * Near-duplicates: which texts say hardly anything that a better one does not say.
 *
 * By containment of shingles, runs of three words (Broder, "On the resemblance and containment of documents", 1997), counted exactly:
 * the lists are short. Containment, since two editions are cut at different places; its direction, so that a longer text with
 * something new in it stays; and the bound on lengths, since a sentence is no duplicate of the page that quotes it.
 */
import { COMPARED_CHARACTERS, wordsOf } from './words.js';

const SHINGLE_WORDS = 3;
/** One word changed in fifteen leaves four shingles of five. */
const CONTAINED = 0.8;
/** A text of fewer shingles than this share of the better one's is a quotation. */
const LEAST_LENGTH = 0.5;

function shinglesOf(text: string): Set<string> {
  // What is too long to be compared is a duplicate of its equals alone.
  if (text.length > COMPARED_CHARACTERS) return new Set([text]);
  const words = wordsOf(text);
  if (words.length < SHINGLE_WORDS) return new Set(words.length === 0 ? [] : [words.join(' ')]);
  const shingles = new Set<string>();
  for (let end = SHINGLE_WORDS; end <= words.length; end++) {
    shingles.add(words.slice(end - SHINGLE_WORDS, end).join(' '));
  }
  return shingles;
}

/**
 * For each text the index of the earlier one that it duplicates, which is none's duplicate itself; its own index for the others. A text
 * without words duplicates none.
 */
export function duplicatesOf(texts: readonly string[]): number[] {
  const kept: number[] = [];
  const sizes: number[] = [];
  const holders = new Map<string, number[]>();
  for (const [index, text] of texts.entries()) {
    const shingles = shinglesOf(text);
    const shared = new Uint32Array(index);
    for (const shingle of shingles) for (const holder of holders.get(shingle) ?? []) shared[holder]!++;
    sizes.push(shingles.size);
    let best = index;
    for (let other = 0; other < index; other++) {
      const isDuplicate =
        shingles.size > 0 &&
        shared[other]! >= CONTAINED * shingles.size &&
        shingles.size >= LEAST_LENGTH * sizes[other]!;
      if (isDuplicate && (best === index || shared[other]! > shared[best]!)) best = other;
    }
    kept.push(best);
    if (best !== index) continue;
    for (const shingle of shingles) {
      const list = holders.get(shingle);
      if (list === undefined) holders.set(shingle, [index]);
      else list.push(index);
    }
  }
  return kept;
}
