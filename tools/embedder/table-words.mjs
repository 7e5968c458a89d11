// Cuts a text into words as src/text/table_words.h does: a table's rows are trained for exactly these words.

const WORD_CHARACTER = /[\p{L}\p{N}\p{M}]/u;
/** The scripts without spaces of base/utf.h (IsCjk), whose characters are a word each. */
const CJK =
  /[\u1100-\u11ff\u2e80-\u303f\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc]|[\u{20000}-\u{3ffff}]/u;

const isSmall = (code) => (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
const isCapital = (code) => code >= 65 && code <= 90;
const isLetter = (code) => (code >= 97 && code <= 122) || isCapital(code);

/** Words longer than this are not worth a row. */
const LONGEST = 30;

/** @param {string} text @returns {string[]} in lower case, in order */
export function tableWords(text) {
  const words = [];
  let word = '';
  let smallBefore = false;
  const finish = () => {
    if (word.endsWith("'s") && word.length > 2) word = word.slice(0, -2);
    if (word !== '' && word.length <= LONGEST) words.push(word);
    word = '';
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isSmall(code)) {
      word += text[at];
      smallBefore = true;
    } else if (isCapital(code)) {
      // A change from small to capital starts a word: camelCase.
      if (smallBefore) finish();
      smallBefore = false;
      word += String.fromCharCode(code + 32);
    } else {
      smallBefore = false;
      const character = code < 0x80 ? text[at] : String.fromCodePoint(text.codePointAt(at));
      at += character.length - 1;
      const isApostrophe = character === "'" || character === '\u2019';
      if (isApostrophe && word !== '' && isLetter(text.charCodeAt(at + 1))) {
        word += "'";
      } else if (code >= 0x80 && CJK.test(character)) {
        finish();
        words.push(character);
      } else if (code >= 0x80 && WORD_CHARACTER.test(character)) {
        word += character.toLowerCase();
      } else {
        finish();
      }
    }
  }
  finish();
  return words;
}
