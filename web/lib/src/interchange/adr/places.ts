/** Places of files in folders of decisions: never more than names. */
import type { DecisionLayout } from '../../types.js';

/** Names of a path without what leads out of it or nowhere. */
export function placeOf(path: string): string[] {
  return path
    .normalize('NFC')
    .split(/[/\\]/)
    .filter((name) => name !== '' && name !== '.' && name !== '..');
}

export const isMarkdown = (name: string): boolean => /\.(?:md|markdown)$/i.test(name);

/** What a decision is called by: its place without the ending. */
export const slugOf = (place: string): string => place.replace(/\.(?:md|markdown)$/i, '');

/** Files that stand in folders of decisions and are none. */
const NO_DECISIONS =
  /^(?:readme|index|toc|changelog|license|contributing|(?:0+[-_])?(?:adr|madr|decision)?[-_]?template(?:[-_](?:bare|minimal|short|long|full|bare-minimal))?)\.\w+$/i;

export function isDecisionFile(place: readonly string[]): boolean {
  const name = place.at(-1) ?? '';
  return !NO_DECISIONS.test(name) && !place.slice(0, -1).some((folder) => /^templates?$/i.test(folder));
}

/** `0012-use-postgres.md` is the twelfth; `20200101-…` is a day and no number. */
export function numberOf(name: string): number | undefined {
  const [, digits] = /^(?:adr[-_ ]?)?(\d{1,7})(?!\d)/i.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export const isDated = (name: string): boolean => /^(?:19|20)\d{6}-/.test(name);

/** The day that a name of log4brains begins with. */
export function dayIn(slug: string): string | undefined {
  const name = slug.slice(slug.lastIndexOf('/') + 1);
  return isDated(name) ? `${name.slice(0, 4)}-${name.slice(4, 6)}-${name.slice(6, 8)}` : undefined;
}

/** As adr-tools and log4brains make names of titles; other scripts than Latin stay. */
export function slugOfTitle(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-');
  const cut = [...slug.replace(/^-/, '')].slice(0, 60).join('').replace(/-$/, '');
  return cut === '' ? 'decision' : cut;
}

/** A name that every file system takes. */
function safeName(name: string): string {
  const plain = [...name.replace(/[\p{Cc}\p{Cf}\p{Surrogate}<>:"|?*/\\]/gu, '-')].slice(0, 120).join('');
  const ended = plain.replace(/[. ]{1,120}$/, '');
  return /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(ended) || ended === '' ? `_${ended}` : ended;
}

/** A place to write to, of one that anybody may have named. */
export function safePlace(place: string): string {
  const names = placeOf(place).slice(-8).map(safeName);
  const name = slugOf(names.pop() ?? '_');
  return [...names, `${name === '' ? '_' : name}.md`].join('/');
}

/** Where each tool looks for its files. */
export const FOLDERS: Readonly<Record<DecisionLayout, string>> = {
  madr: 'docs/decisions',
  'adr-tools': 'doc/adr',
  log4brains: 'docs/adr',
};

/** The way from one file to another. */
export function relativeTo(from: string, to: string): string {
  const start = from.split('/').slice(0, -1);
  const end = to.split('/');
  while (start.length > 0 && end.length > 1 && start[0] === end[0]) {
    start.shift();
    end.shift();
  }
  return [...start.map(() => '..'), ...end].map(encodeURIComponent).join('/');
}

/** The place that a link of a file leads to; null when it leads out of the folder or elsewhere. */
export function linked(from: string, href: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(href)) return null;
  let path: string;
  try {
    path = decodeURIComponent(href.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
  const names = path.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const name of path.normalize('NFC').split('/')) {
    if (name === '..') {
      if (names.pop() === undefined) return null;
    } else if (name !== '' && name !== '.') names.push(name);
  }
  return slugOf(names.join('/'));
}
