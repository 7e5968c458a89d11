/** Which of the formats in JSON a file is, by its beginning. */
import { CHROMA_MEMBERS, isPoint } from './vector-shapes.js';

/** `isWhole`: the text is all there is, not only the beginning. */
export function jsonKind(text: string, isWhole: boolean): 'json' | 'jsonl' | 'qdrant' | 'chroma' {
  const start = text.search(/[[{]/);
  const end = valueEnd(text, start);
  if (end !== undefined && /^\s*[[{"]/.test(text.slice(end))) return 'jsonl';
  if (text.charAt(start) === '[') return isPoint(firstKeys(text, start), true) ? 'qdrant' : 'json';
  const members = membersOf(text, start);
  if (isChroma(text, members)) return 'chroma';
  const points = members.get('points') ?? pointsOf(text, members.get('result'));
  if (points !== undefined && isPoint(firstKeys(text, points), false)) return 'qdrant';
  const names = [...members.keys()].sort().join();
  const single = isWhole && end !== undefined && !text.slice(start, end).includes('\n');
  return single && (names === 'row,table' || names === 'data,table') ? 'jsonl' : 'json';
}

function isChroma(text: string, members: Map<string, number>): boolean {
  const names = [...members.keys()];
  if (names.length === 0 || !names.every((name) => CHROMA_MEMBERS.includes(name))) return false;
  // A table called documents has objects, Chroma's documents are texts.
  return (
    names.some((name) => name === 'ids' || name === 'metadatas') ||
    !/^\[\s*\{/.test(text.slice(members.get(names[0] ?? '') ?? 0))
  );
}

function pointsOf(text: string, result: number | undefined): number | undefined {
  if (result === undefined) return undefined;
  return text.charAt(result) === '[' ? result : membersOf(text, result).get('points');
}

/** Keys of the first object of an array that begins here. */
function firstKeys(text: string, array: number): string[] {
  const item = skipSpace(text, array + 1);
  return text.charAt(array) === '[' && text.charAt(item) === '{' ? [...membersOf(text, item).keys()] : [];
}

/** The members of an object that is valid JSON, each the text of its value. */
export function memberTexts(text: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, start] of membersOf(text, skipSpace(text, 0), Infinity))
    texts.set(JSON.parse(`"${key}"`) as string, text.slice(start, valueEnd(text, start)).trimEnd());
  return texts;
}

/** Where the values of an object begin, as far as the text goes; keys as they are written. */
function membersOf(text: string, start: number, most = 1000): Map<string, number> {
  const members = new Map<string, number>();
  if (text.charAt(start) !== '{') return members;
  let at = skipSpace(text, start + 1);
  while (text.charAt(at) === '"' && members.size < most) {
    const keyEnd = valueEnd(text, at);
    if (keyEnd === undefined) break;
    const colon = skipSpace(text, keyEnd);
    const value = skipSpace(text, colon + 1);
    if (text.charAt(colon) !== ':' || value >= text.length) break;
    members.set(text.slice(at + 1, keyEnd - 1), value);
    const end = valueEnd(text, value);
    if (end === undefined) break;
    at = skipSpace(text, end);
    if (text.charAt(at) !== ',') break;
    at = skipSpace(text, at + 1);
  }
  return members;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}

/** Where the value that begins here ends, undefined when the text ends before. */
function valueEnd(text: string, start: number): number | undefined {
  const signs = /["[\]{},]/g;
  signs.lastIndex = start;
  let depth = 0;
  for (let match = signs.exec(text); match !== null; match = signs.exec(text)) {
    const [sign] = match;
    if (sign === '"') {
      const end = stringEnd(text, match.index);
      if (end < 0) return undefined;
      signs.lastIndex = end;
      if (depth === 0) return end;
    } else if (sign === '[' || sign === '{') depth++;
    else if (sign === ',') {
      if (depth === 0) return match.index;
    } else {
      if (depth === 0) return match.index;
      if (--depth === 0) return signs.lastIndex;
    }
  }
  return undefined;
}

/** Position after the string that begins here, or -1. */
export function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - slashes - 1) === 92) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return -1;
}

/** Whether the text has more levels of arrays and objects than `most`. */
export function isDeeper(text: string, most: number): boolean {
  const signs = /["[\]{}]/g;
  let depth = 0;
  for (let match = signs.exec(text); match !== null; match = signs.exec(text)) {
    const [sign] = match;
    if (sign === '"') {
      const end = stringEnd(text, match.index);
      if (end < 0) return false;
      signs.lastIndex = end;
    } else if (sign === '[' || sign === '{') {
      if (++depth > most) return true;
    } else depth--;
  }
  return false;
}
