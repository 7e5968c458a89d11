// Pairs of dictionaries in dictd's format: a word, with its synonyms, and what it means.
import { oneLine } from './text.mjs';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const numberOf = (text) => [...text].reduce((sum, digit) => sum * 64 + DIGITS.indexOf(digit), 0);

/** @param {string} index @param {Buffer} data unpacked */
export function* entriesOf(index, data) {
  for (const line of index.split('\n')) {
    const [word, start, length] = line.split('\t');
    if (length === undefined || word.startsWith('00')) continue;
    yield [word, data.subarray(numberOf(start), numberOf(start) + numberOf(length)).toString('utf8')];
  }
}

/** WordNet: one pair a meaning. */
export function* pairsOfWordNet(index, data, random) {
  for (const [word, entry] of entriesOf(index, data)) {
    const text = oneLine(entry);
    const meanings = /(?:\b(?:n|v|adj|adv)\s+)?(?:\d+)?:\s(.*?)(?=(?:\s(?:n|v|adj|adv)?\s?\d+:\s)|$)/g;
    for (const [, meaning] of text.matchAll(meanings)) {
      const synonyms = [...meaning.replaceAll(/\[ant:[^\]]*\]/g, '').matchAll(/\{([^}]+)\}/g)].map((found) => found[1]);
      const gloss = meaning.replaceAll(/\[[^\]]*\]/g, '').replaceAll(/[{}]/g, '');
      if (gloss.length <= 15) continue;
      const some = synonyms.slice(0, 4).join(' ');
      yield random() < 0.6 ? ['wordnet', `${word} ${some}`, gloss] : ['wordnet', word, `${gloss} ${some}`];
    }
  }
}

/** The Jargon File: a term and its explanation, without the pronunciation. */
export function* pairsOfJargon(index, data) {
  for (const [word, entry] of entriesOf(index, data)) {
    const text = oneLine(entry.slice(entry.indexOf('\n') + 1).replace(/^\s*\/.*?\/,?/, '')).replaceAll(/[{}]/g, '');
    if (text.length > 40) yield ['jargon', word, text.slice(0, 1200)];
  }
}
