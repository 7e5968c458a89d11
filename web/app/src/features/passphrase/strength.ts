/**
 * How hard a passphrase is to guess, in five words: an estimate for a hint, not a measure. It counts how much of the text is new as
 * one reads on, since repeats and runs ("aaaa", "1234") add little, and takes the kinds of signs into account.
 */
export type Strength = 'empty' | 'weak' | 'fair' | 'good' | 'strong';

const KINDS: readonly (readonly [RegExp, number])[] = [
  [/\p{Ll}/u, 26],
  [/\p{Lu}/u, 26],
  [/\p{N}/u, 10],
  [/[\p{Lo}\p{Lt}]/u, 100],
  [/[^\p{L}\p{N}]/u, 20],
];
const COMMON = /passwor[dt]|passphrase|qwert[yz]|asdf|letmein|archivolt|welcome|secret|iloveyou|monkey|dragon/gi;
/** Words of a language are easier than their letters; so a sign is worth at most this. */
const MOST_BITS = 4.5;
/** A sign that repeats or follows the one before. */
const RUN_BITS = 0.5;
const FAIR = 35;
const GOOD = 55;
const STRONG = 80;

export function strengthOf(passphrase: string): Strength {
  if (passphrase === '') return 'empty';
  const kinds = KINDS.filter(([kind]) => kind.test(passphrase)).reduce((sum, [, signs]) => sum + signs, 0);
  const worth = Math.min(MOST_BITS, Math.log2(Math.max(2, kinds)));
  let bits = 0;
  let last = -2;
  const seen = new Set<string>();
  // What everybody chooses counts as one sign.
  const signs = [...passphrase.replaceAll(COMMON, '*')];
  signs.forEach((sign, at) => {
    const code = sign.codePointAt(0) ?? 0;
    const pair = `${signs[at - 1] ?? ''}${sign}`;
    bits += Math.abs(code - last) <= 1 || seen.has(pair) ? RUN_BITS : worth;
    seen.add(pair);
    last = code;
  });
  if (bits < FAIR) return 'weak';
  if (bits < GOOD) return 'fair';
  return bits < STRONG ? 'good' : 'strong';
}
