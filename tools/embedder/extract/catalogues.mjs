// Pairs of translated messages: the same sentence in English and in Spanish, from the catalogues of programs.
import { oneLine, withoutMarkdown } from './text.mjs';

const LONGEST = 1200;

/** Placeholders of all kinds, accelerators and line ends gone. */
export function plainMessage(text) {
  return oneLine(
    withoutMarkdown(text)
      .replaceAll(/%\(\w+\)[sdifr]|%\d*\$?-?[\d.]*l{0,2}[sdiufxXcpzr]+|%\{\w+\}/g, ' ')
      .replaceAll(/\$?\{+[^{}]*\}+|\\[nrt]/g, ' ')
      .replaceAll(/[&_](?=\p{L})/gu, ''),
  );
}

/** @param {Iterable<[string, string]>} messages English and Spanish @param {() => number} random */
export function* pairsOfMessages(messages, random) {
  const seen = new Set();
  for (const [english, spanish] of messages) {
    const [from, to] = [plainMessage(english).slice(0, LONGEST), plainMessage(spanish).slice(0, LONGEST)];
    if (from.length < 3 || to.length < 3 || from === to || seen.has(from)) continue;
    seen.add(from);
    yield random() < 0.5 ? ['translation', from, to] : ['translation', to, from];
  }
}

/** Messages of both that have the same place in two trees of objects. */
export function* sameKeys(english, spanish) {
  for (const [key, value] of Object.entries(english)) {
    const other = spanish?.[key];
    if (typeof value === 'string' && typeof other === 'string') yield [value, other];
    else if (value !== null && typeof value === 'object' && typeof other === 'object') yield* sameKeys(value, other);
  }
}

const unquote = (lines) =>
  [...lines.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
    .map(([, text]) => text.replaceAll('\\n', ' ').replaceAll(/\\(.)/g, '$1'))
    .join('');

/** A catalogue as text (.po). */
export function* messagesOfPo(text) {
  const entry =
    /^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)(?:msgid_plural (?:"(?:[^"\\]|\\.)*"\s*)+)?msgstr(?:\[0\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)/gm;
  for (const [, id, translation] of text.matchAll(entry)) {
    if (unquote(id) !== '') yield [unquote(id), unquote(translation)];
  }
}

/** A compiled catalogue (.mo). @param {Buffer} file */
export function* messagesOfMo(file) {
  const isLittle = file.readUInt32LE(0) === 0x950412de;
  const number = (at) => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const [count, ids, translations] = [number(8), number(12), number(16)];
  const textAt = (table, index) => {
    const start = number(table + 8 * index + 4);
    // Plurals follow after a NUL; a context stands before an EOT.
    const text = file
      .subarray(start, start + number(table + 8 * index))
      .toString('utf8')
      .split('\0')[0];
    return text.slice(text.indexOf('\u0004') + 1);
  };
  for (let index = 0; index < count; index++) {
    const id = textAt(ids, index);
    if (id !== '') yield [id, textAt(translations, index)];
  }
}
