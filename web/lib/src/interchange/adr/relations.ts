/** What files say of other decisions: `Superseded by [2. Use SQLite](0002-use-sqlite.md)`, `superseded by ADR-0002`. */
import type { Link } from './decision.js';
import { linked, numberOf, slugOf } from './places.js';

/** Finds a decision by what a file calls it; undefined: none that is known. */
export type Resolve = (href: string) => string | undefined;

const TYPE = /^\p{L}[\p{L} -]{1,40}$/u;
const BARE = /(?:^|[\s,;.])((?:super[sc]ed|replac)(?:ed by|es)):?\s{1,3}((?:ADR[-\s]{0,2}|#)?\d{1,7}\b|[\w/-]{3,200})/i;

const SUPERSEDED_BY = /^(?:super[sc]eded|replaced) by$/i;
const SUPERSEDES = /^(?:super[sc]edes|replaces)$/i;

export const isSupersededBy = ({ type }: Link): boolean => SUPERSEDED_BY.test(type);
export const isSupersedes = ({ type }: Link): boolean => SUPERSEDES.test(type);

/** Resolves by paths, numbers and names of the known decisions. `root`: the folder that names begin in. */
export function resolver(from: string, root: string, known: ReadonlyMap<string, string>): Resolve {
  return (href) => {
    const place = linked(from, href);
    if (place === null) return undefined;
    const found = known.get(place) ?? known.get(root + slugOf(href));
    if (found !== undefined) return found;
    const folder = from.includes('/') ? `${from.slice(0, from.lastIndexOf('/'))}/` : '';
    const name = place.slice(place.lastIndexOf('/') + 1);
    // `ADR-0005` and `5`.
    const number = /^(?:ADR[-\s]{0,2}|#)?(\d{1,7})$/i.exec(name)?.[1];
    return number === undefined ? undefined : known.get(`${folder}#${Number(number)}`);
  };
}

/** Known decisions by path, and by number within their folder; of two with one number none is meant. */
export function knownBy(places: Iterable<readonly [slug: string, id: string]>): Map<string, string> {
  const known = new Map<string, string>();
  const numbers = new Map<string, string | undefined>();
  for (const [slug, id] of places) {
    if (known.get(slug) === id) continue;
    known.set(slug, id);
    const cut = slug.lastIndexOf('/') + 1;
    const number = numberOf(slug.slice(cut));
    if (number === undefined) continue;
    const key = `${slug.slice(0, cut)}#${number}`;
    numbers.set(key, numbers.has(key) ? undefined : id);
  }
  for (const [key, id] of numbers) if (id !== undefined) known.set(key, id);
  return known;
}

/**
 * The relations that a line states, and what of it states none: `Accepted`, or '' when it is nothing else. A line with links that
 * are no relations is left whole.
 */
export function relationsIn(line: string, resolve: Resolve): { links: Link[]; rest: string } {
  const bare = line.trim();
  const links = markdownLinks(bare);
  if (links.length === 0) return bareRelation(bare, resolve);
  const [first] = links;
  const before = bare.slice(0, first?.at ?? 0).replace(/^[-*+]\s{1,4}/, '');
  // `Accepted, supersedes [1](…)`
  const cut = Math.max(before.lastIndexOf(','), before.lastIndexOf(';'), before.lastIndexOf('.'));
  const type = before
    .slice(cut + 1)
    .trim()
    .replace(/:$/, '')
    .trim();
  let at = first?.at ?? 0;
  const between = links.every((link) => {
    const text = link === first ? '' : bare.slice(at, link.at).trim();
    at = link.end;
    return /^(?:,|and|&|, and)?$/.test(text);
  });
  if (!TYPE.test(type) || !between || !/^\.?$/.test(bare.slice(at).trim())) return { links: [], rest: line };
  return {
    links: links.map(({ text, href }) => linkOf(type, text, href, resolve)),
    rest: before.slice(0, Math.max(cut, 0)).trim(),
  };
}

function bareRelation(line: string, resolve: Resolve): { links: Link[]; rest: string } {
  const found = line.length > 500 ? null : BARE.exec(line);
  const [whole = '', type = '', name = ''] = found ?? [];
  const to = found === null ? undefined : resolve(slugOf(name));
  // A sentence that only sounds like one.
  if (found === null || (to === undefined && !/\d/.test(name))) return { links: [], rest: line };
  const rest = line.slice(0, found.index).trim();
  if (line.slice(found.index + whole.length).replace(/^(?:\.md)?[.)]?$/, '') !== '') return { links: [], rest: line };
  return { links: [{ type, text: name, ...(to === undefined ? {} : { to }) }], rest };
}

function linkOf(type: string, text: string, href: string, resolve: Resolve): Link {
  const to = resolve(href);
  return to === undefined ? { type, href, text } : { type, to, href, text };
}

/** Inline links, found without looking back. */
function markdownLinks(line: string): { text: string; href: string; at: number; end: number }[] {
  const links: { text: string; href: string; at: number; end: number }[] = [];
  for (let from = 0; links.length < 50;) {
    const middle = line.indexOf('](', from);
    const end = middle < 0 ? -1 : line.indexOf(')', middle);
    if (end < 0) return links;
    const at = line.lastIndexOf('[', middle);
    if (at >= from && line[at - 1] !== '!')
      links.push({ text: line.slice(at + 1, middle), href: line.slice(middle + 2, end).trim(), at, end: end + 1 });
    from = end + 1;
  }
  return links;
}
