/** A Markdown file as a decision: MADR, Nygard's form, log4brains' and what lies between them. */
import { parse as parseChosen } from './chosen.js';
import { statusOf, type Decision, type Link, type Metadata, type Section, type SectionRole } from './decision.js';
import { readFrontMatter } from './front-matter.js';
import { headOfFrontMatter, headOfLead, type Head } from './head.js';
import { CONSEQUENCES, CONSEQUENCES_HEADING, roleOf, TITLE_NUMBER } from './headings.js';
import { argumentsIn, hasArguments, optionsIn } from './lists.js';
import type { Option } from './decision.js';
import { oneLine, outlineOf, trimmedText, withoutComment, type Outline } from './outline.js';
import { isDated, numberOf } from './places.js';
import { isSupersededBy, isSupersedes, relationsIn, type Resolve } from './relations.js';

/** The decision of a file at its place in the folder; null: the file has no title. */
export function parseDecision(file: string, place: string, resolve: Resolve): Decision | null {
  const outline = outlineOf(file);
  const yaml = outline.frontMatter === null ? {} : readFrontMatter(outline.frontMatter);
  const { head: front, others } = headOfFrontMatter(yaml ?? {});
  const { head, rest } = headOfLead(outline.lead, front);
  const name = place.slice(place.lastIndexOf('/') + 1);
  const titled = titleOf(outline, others, name);
  if (titled === null) return null;
  const reader = new SectionReader(resolve);
  if (head.status !== undefined) reader.readStatus(head.status);
  for (const section of outline.sections) reader.read(section);
  const metadata: Metadata = { format: formatOf(outline, head, name), file: place };
  const number = isDated(name) ? undefined : numberOf(name);
  if (number !== undefined) metadata.number = number;
  if (titled.prefix !== '') metadata.titlePrefix = titled.prefix;
  Object.assign(metadata, reader.statusMembers());
  for (const member of ['date', 'deciders', 'consulted', 'informed'] as const) {
    if (head[member] !== undefined) Object.assign(metadata, { [member]: head[member] });
  }
  if (trimmedText(rest) !== '') metadata.lead = trimmedText(rest);
  if (reader.sections.length > 0) metadata.sections = reader.sections;
  if (yaml === null) metadata.frontMatter = outline.frontMatter ?? '';
  else if (Object.keys(others).length > 0) metadata.frontMatter = others;
  return {
    title: titled.title,
    description: reader.description,
    options: reader.options,
    ...reader.outcome(),
    status: metadata.status === undefined ? null : statusOf(metadata.status),
    tags: head.tags ?? null,
    metadata,
  };
}

function titleOf(
  { title }: Outline,
  front: Record<string, unknown>,
  name: string,
): { title: string; prefix: string } | null {
  const named = Object.hasOwn(front, 'title') ? front['title'] : undefined;
  const text = title === null || title === '' ? (typeof named === 'string' ? oneLine(named) : '') : title;
  const [prefix = '', word = '', digits = ''] = TITLE_NUMBER.exec(text) ?? [];
  // `3. quarter` is a title, unless the file is the third.
  const isNumber = prefix !== '' && (word !== '' || Number(digits) === numberOf(name));
  const bare = isNumber ? text.slice(prefix.length) : text;
  return bare === '' ? null : { title: bare, prefix: isNumber ? prefix : '' };
}

/** The form that the file is nearest to. */
function formatOf({ frontMatter, sections }: Outline, { status }: Head, name: string): Metadata['format'] & string {
  const has = (...headings: string[]): boolean =>
    sections.some(({ heading }) => headings.includes(withoutComment(heading).toLowerCase()));
  if (isDated(name)) return 'log4brains';
  if (has('status') && !has('decision outcome')) return 'adr-tools';
  if (frontMatter !== null || status !== undefined || has('decision outcome', 'considered options')) return 'madr';
  return has('decision') ? 'adr-tools' : 'madr';
}

/** Sections one after the other; the first of a kind has its column, whatever else there is stays a section. */
class SectionReader {
  readonly sections: Section[] = [];
  description: string | null = null;
  options: Option[] = [];
  readonly #byTitle = new Map<string, Option>();
  readonly #resolve: Resolve;
  readonly #seen = new Set<SectionRole>();
  readonly #links: Link[] = [];
  readonly #note: string[] = [];
  #word: string | undefined;
  #decision = '';
  #consequences = '';

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  read({ level, heading, text }: Outline['sections'][number]): void {
    const role = level === 2 ? roleOf(heading) : undefined;
    if (role === undefined || this.#seen.has(role)) {
      this.sections.push({ heading, ...(level === 1 ? { level } : {}), text });
      return;
    }
    this.#seen.add(role);
    this.sections.push({ heading, as: role, ...this.#kept(role, text) });
  }

  /** Puts the text into its columns and gives back what has none. */
  #kept(role: SectionRole, text: string): Pick<Section, 'text' | 'after'> {
    switch (role) {
      case 'status':
        this.readStatus(text);
        return {};
      case 'context':
        this.description = text === '' ? null : text;
        return {};
      case 'decision':
        this.#decision = text;
        return {};
      case 'consequences':
        this.#consequences = text;
        return {};
      case 'options': {
        const { options, before, after } = optionsIn(text);
        const listed = options.filter(({ title }) => !this.#byTitle.has(keyOf(title)));
        this.options = [...listed, ...this.options];
        for (const option of listed) this.#know(option);
        return { ...(before === '' ? {} : { text: before }), ...(after === '' ? {} : { after }) };
      }
      case 'arguments': {
        const { options, before } = argumentsIn(text);
        for (const option of options) {
          const known = this.#byTitle.get(keyOf(option.title));
          const { description, ...rest } = known ?? {};
          // What the list says of it comes first; of two with arguments each stays.
          if (known === undefined || hasArguments(rest as Option)) {
            this.options.push(option);
            this.#know(option);
          } else Object.assign(known, option, { title: known.title }, joined(description, option.description));
        }
        return before === '' ? {} : { text: before };
      }
      case 'links':
        return { text: this.#readLinks(text) };
    }
  }

  /** Of two options with one title the first is meant. */
  #know(option: Option): void {
    const key = keyOf(option.title);
    if (!this.#byTitle.has(key)) this.#byTitle.set(key, option);
  }

  /** `Accepted`, the relations of adr-tools, and what else stands there. */
  readStatus(text: string): void {
    for (const line of text.split('\n')) {
      const { links, rest } = relationsIn(line, this.#resolve);
      this.#links.push(...links);
      const word = oneLine(withoutComment(rest));
      const isFirst = this.#word === undefined && this.#note.length === 0;
      if (isFirst && word.length <= 80 && /^[\p{L}\p{N}*_([{"']/u.test(word)) this.#word = word;
      else if (rest !== '' || (line.trim() === '' && this.#note.length > 0)) this.#note.push(rest);
    }
  }

  /** Lines that state a relation to a known decision are links, all others stay. */
  #readLinks(text: string): string {
    const lines = text.split('\n').filter((line) => {
      const { links, rest } = relationsIn(line, this.#resolve);
      const known = links.length > 0 && rest === '' && links.every(({ to }) => to !== undefined);
      if (known) this.#links.push(...links);
      return !known;
    });
    return trimmedText(lines.join('\n').replace(/\n{3,}/g, '\n\n'));
  }

  statusMembers(): Pick<Metadata, 'status' | 'statusNote' | 'links' | 'supersedes' | 'supersededBy'> {
    const links = this.#links;
    const ids = (of: (link: Link) => boolean): string[] => [
      ...new Set(links.filter(of).flatMap(({ to }) => (to === undefined ? [] : [to]))),
    ];
    const isSuperseded = this.#word === undefined ? links.some(isSupersededBy) : /^super[sc]eded$/i.test(this.#word);
    const status = isSuperseded ? 'superseded' : this.#word;
    const note = trimmedText(this.#note.join('\n'));
    const supersedes = ids(isSupersedes);
    const supersededBy = ids(isSupersededBy);
    return {
      ...(status === undefined ? {} : { status }),
      ...(note === '' ? {} : { statusNote: note }),
      ...(supersedes.length === 0 ? {} : { supersedes }),
      ...(supersededBy.length === 0 ? {} : { supersededBy }),
      ...(links.length === 0 ? {} : { links }),
    };
  }

  /** The option that was chosen, and all that is said of it. */
  outcome(): Pick<Decision, 'selected_option' | 'rationale'> {
    const { chosen, rest } = parseChosen(this.#decision);
    // As MADR has them: below the decision, perhaps under headings of their own.
    const isHeaded = this.#consequences === '' || CONSEQUENCES_HEADING.test(this.#consequences);
    const consequences = isHeaded ? this.#consequences : `${CONSEQUENCES}\n\n${this.#consequences}`;
    const rationale = [rest, consequences].filter((part) => part !== '').join('\n\n');
    return { selected_option: chosen, rationale: rationale === '' ? null : rationale };
  }
}

function joined(...parts: (string | undefined)[]): { description?: string } {
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? {} : { description: said.join('\n\n') };
}

/** Titles that mean the same option. */
export function keyOf(title: string): string {
  return oneLine(title)
    .replace(/\[([^[\]]{1,300})\]\([^()]{1,1000}\)/g, '$1')
    .replace(/[*_`"“”]/g, '')
    .toLowerCase();
}
