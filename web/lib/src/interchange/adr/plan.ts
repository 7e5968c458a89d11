/** What each exported file is called, and how one names another. */
import { dump } from 'js-yaml';
import type { DecisionLayout } from '../../types.js';
import type { Metadata } from './decision.js';
import { FOLDERS, numberOf, relativeTo, safePlace, slugOf, slugOfTitle } from './places.js';

/** What of a decision its name is made of. */
export interface Named {
  id: string;
  title: string;
  isImported: boolean;
  /** When it was made, as 2026-01-30; '' when that is not known. */
  day: string;
  metadata: Metadata;
}

export interface Place {
  path: string;
  layout: DecisionLayout;
  number: number | undefined;
}

interface Placed extends Place {
  title: string;
}

export class Plan {
  readonly #main: DecisionLayout;
  readonly #places = new Map<string, Placed>();
  readonly #taken = new Set<string>();
  readonly #packages = new Set<string>();

  /** `layout`: of all files; else each that came from one keeps its own. */
  constructor(all: readonly Named[], layout: DecisionLayout | undefined) {
    this.#main = layout ?? mostOf(all) ?? 'madr';
    const keeps = ({ isImported, metadata: { file, format } }: Named): boolean =>
      isImported && file !== undefined && format !== undefined && (layout === undefined || format === layout);
    const numbers = new Set<number>();
    for (const one of all.filter(keeps)) {
      const place = safePlace(one.metadata.file ?? '');
      const number = one.metadata.number ?? numberOf(place.slice(place.lastIndexOf('/') + 1));
      if (number !== undefined) numbers.add(number);
      this.#put(one, place, one.metadata.format ?? this.#main, number);
    }
    const others = all.filter((one) => !keeps(one)).sort(byAge);
    // A number that a file had is its own before new ones are given.
    const kept = new Map<string, number>();
    for (const { id, metadata } of others) {
      if (metadata.number === undefined || numbers.has(metadata.number)) continue;
      numbers.add(metadata.number);
      kept.set(id, metadata.number);
    }
    let last = Math.max(0, ...numbers);
    for (const one of others) {
      const number = this.#main === 'log4brains' ? one.metadata.number : (kept.get(one.id) ?? ++last);
      this.#put(one, this.#nameOf(one, number), this.#main, number);
    }
  }

  placeOf(id: string): Place | undefined {
    return this.#places.get(id);
  }

  /** How the file of one names the file of another; null when that has none. */
  link(from: string, to: string): { href: string; text: string } | null {
    const source = this.#places.get(from);
    const target = this.#places.get(to);
    if (source === undefined || target === undefined) return null;
    const { number, title, path } = target;
    const name = slugOf(path.slice(path.lastIndexOf('/') + 1));
    const texts: Readonly<Record<DecisionLayout, string>> = {
      madr: number === undefined ? title : `ADR-${String(number).padStart(4, '0')}`,
      'adr-tools': number === undefined ? title : `${number}. ${title}`,
      log4brains: name,
    };
    return { href: relativeTo(source.path, path), text: texts[source.layout] };
  }

  /** The files by which the tools find the others. */
  configuration(): [name: string, text: string][] {
    if (this.#main === 'adr-tools') return [['.adr-dir', `${FOLDERS['adr-tools']}\n`]];
    if (this.#main === 'madr') return [];
    const packages = [...this.#packages].sort().map((name) => ({
      name,
      path: `./packages/${name}`,
      adrFolder: `./packages/${name}/${FOLDERS.log4brains}`,
    }));
    const project = { name: 'Decisions', tz: 'UTC', adrFolder: `./${FOLDERS.log4brains}` };
    return [['.log4brains.yml', dump({ project: packages.length === 0 ? project : { ...project, packages } })]];
  }

  #nameOf({ title, day, metadata }: Named, number: number | undefined): string {
    const slug = slugOfTitle(title);
    if (this.#main !== 'log4brains') return `${String(number ?? 0).padStart(4, '0')}-${slug}.md`;
    const date = /^\d{4}-\d\d-\d\d/.exec(metadata.date ?? day)?.[0] ?? '1970-01-01';
    return `${date.replaceAll('-', '')}-${slug}.md`;
  }

  #put({ id, title }: Named, place: string, layout: DecisionLayout, number: number | undefined): void {
    const folders = place.split('/');
    const name = folders.pop() ?? '';
    let path = `${FOLDERS[this.#main]}/${place}`;
    // log4brains looks into the folders of a project and of its packages, and not below them.
    if (this.#main === 'log4brains' && folders.length > 0) {
      const inside = folders.join('-');
      this.#packages.add(inside);
      path = `packages/${inside}/${FOLDERS.log4brains}/${name}`;
    }
    const bare = slugOf(path);
    for (let count = 2; this.#taken.has(path.toLowerCase()); count++) path = `${bare}-${count}.md`;
    this.#taken.add(path.toLowerCase());
    this.#places.set(id, { path, layout, number, title });
  }
}

/** The layout that most files came in. */
function mostOf(all: readonly Named[]): DecisionLayout | undefined {
  const counts = new Map<DecisionLayout, number>();
  for (const { isImported, metadata } of all) {
    if (isImported && metadata.format !== undefined)
      counts.set(metadata.format, (counts.get(metadata.format) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function byAge(a: Named, b: Named): number {
  const [first, second] = [a, b].map(({ day, id }) => `${day === '' ? '9999' : day} ${id}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
}
