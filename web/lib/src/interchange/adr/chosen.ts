/** `Chosen option: "SQLite", because it is one file.` */
import { oneLine } from './outline.js';

const CHOSEN = /^Chosen option: ?(?:"([^"\n]{1,500})"|“([^”\n]{1,500})”)(?:, because(?:\s|$)|[,.]?(?:\s|$))/i;

/** The option that a text says was chosen, and what else it says. */
export function parse(text: string): { chosen: string | null; rest: string } {
  const [whole = '', plain, curly] = CHOSEN.exec(text) ?? [];
  const chosen = oneLine(plain ?? curly ?? '');
  return chosen === '' ? { chosen: null, rest: text } : { chosen, rest: text.slice(whole.length).trimStart() };
}

/** The same text again. */
export function write(chosen: string | null, rest: string): string {
  if (chosen === null) return rest;
  const name = oneLine(chosen);
  const quoted = name.includes('"') ? `“${name.replace(/[“”]/g, "'")}”` : `"${name}"`;
  // A heading or a list is a block of its own.
  if (rest === '' || /^(?:#|[-*+] |```|~~~|\d{1,9}\. )/.test(rest))
    return `Chosen option: ${quoted}.\n\n${rest}`.trimEnd();
  return `Chosen option: ${quoted}, because ${rest}`;
}
