/** A decision as a Markdown file in one of the layouts. */
import type { DecisionLayout } from '../../types.js';
import { write as writeChosen } from './chosen.js';
import { statusOf, type Decision, type Link, type Metadata, type Section, type SectionRole } from './decision.js';
import { writeFrontMatter } from './front-matter.js';
import { argumentsOf, hasArguments, listOf, optionOf } from './lists.js';
import { BlockState, oneLine, outlineOf, trimmedText } from './outline.js';
import { CONSEQUENCES, CONSEQUENCES_HEADING, HEADINGS, roleOf, TITLE_NUMBER } from './headings.js';
import { isSupersededBy, isSupersedes } from './relations.js';

export interface WriteOptions {
  layout: DecisionLayout;
  /** Of files that are numbered. */
  number: number | undefined;
  /** Status, date and people as a list, as MADR 2 has them. */
  asList: boolean;
  /** How the file names the decision with this id; null when it goes nowhere. */
  linkTo(id: string): { href: string; text: string } | null;
}

const STATUS_WORDS = { draft: 'proposed', active: 'accepted', archived: 'deprecated' } as const;

export function writeDecision(decision: Decision, options: WriteOptions): string {
  return new Writer(decision, options).text();
}

class Writer {
  readonly #decision: Decision;
  readonly #metadata: Metadata;
  readonly #options: WriteOptions;
  readonly #mark: string;
  readonly #links: Link[];

  constructor(decision: Decision, options: WriteOptions) {
    this.#decision = decision;
    this.#metadata = decision.metadata;
    this.#options = options;
    this.#mark = options.layout === 'log4brains' ? '-' : '*';
    this.#links = linksOf(decision.metadata);
  }

  text(): string {
    const { lead, sections = [] } = this.#metadata;
    const { front, lines } = this.#head();
    const blocks = [front, `# ${this.#title()}`, lines, lead === undefined ? '' : closed(lead)];
    const written = new Set<SectionRole>();
    for (const section of this.#ordered(sections)) {
      const mark = section.level === 1 ? '#' : '##';
      const heading = this.#heading(section);
      const role = section.level === 1 ? undefined : roleOf(heading);
      // A second section of a kind is read as the first one where that has no section of its own.
      const isOther = section.as === undefined && role !== undefined && !written.has(role);
      if (role !== undefined && !isOther) written.add(role);
      blocks.push(`${mark} ${heading}${isOther ? ' (2)' : ''}`.trimEnd(), closed(this.#body(section)));
    }
    return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
  }

  #isAsItCame(): boolean {
    return this.#metadata.format === this.#options.layout;
  }

  #title(): string {
    const { layout, number } = this.#options;
    const { titlePrefix } = this.#metadata;
    const title = oneLine(this.#decision.title).replace(/(^|\s)(#+)$/, '$1\\$2');
    if (this.#isAsItCame() && titlePrefix !== undefined) return titlePrefix + title;
    // A title that begins with a number itself would lose it.
    const isNumbered = (layout === 'adr-tools' && !this.#isAsItCame()) || TITLE_NUMBER.test(title);
    return isNumbered && number !== undefined ? `${number}. ${title}` : title;
  }

  /** What `metadata` says of the status, unless the row has another one since. */
  #status(): string | undefined {
    const { status } = this.#decision;
    const word = this.#metadata.status;
    if (word !== undefined && statusOf(word) === status) return word;
    if (status === null) return undefined;
    return status === 'archived' && this.#links.some(isSupersededBy) ? 'superseded' : STATUS_WORDS[status];
  }

  #head(): { front: string; lines: string } {
    const { layout, asList } = this.#options;
    const { frontMatter = {}, date, deciders = [], consulted = [], informed = [] } = this.#metadata;
    const { tags } = this.#decision;
    const others = typeof frontMatter === 'string' || Object.keys(frontMatter).length > 0 ? frontMatter : null;
    const front = others === null ? '' : writeFrontMatter(others);
    const words = (tags ?? []).map((tag) => oneLine(tag).replace(/[\s,]+/g, '-')).join(', ');
    const lines = (form: (name: string, value: string) => string, members: [string, string | undefined][]): string[] =>
      members.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [form(name, oneLine(value))]));
    if (layout === 'adr-tools') {
      const listed = lines(
        (name, value) => `${name}: ${value}`,
        [
          ['Date', date],
          ['Deciders', deciders.join(', ')],
          ['Consulted', consulted.join(', ')],
          ['Informed', informed.join(', ')],
          ['Tags', words],
        ],
      );
      return { front, lines: listed.join('\n\n') };
    }
    if (layout === 'madr' && !asList && typeof frontMatter !== 'string') {
      const people = (list: string[]): string | string[] =>
        list.some((one) => one.includes(',')) ? list : list.join(', ');
      const known = Object.entries({
        status: this.#statusLine(),
        date,
        'decision-makers': people(deciders),
        consulted: people(consulted),
        informed: people(informed),
        tags: tags ?? [],
      }).filter(([, value]) => value !== undefined && value.length > 0);
      const members = { ...Object.fromEntries(known), ...frontMatter };
      return { front: Object.keys(members).length === 0 ? '' : writeFrontMatter(members), lines: '' };
    }
    const listed = lines(
      (name, value) => `${this.#mark} ${name}: ${value}`,
      [
        ['Status', this.#statusLine()],
        ['Deciders', deciders.join(', ')],
        ['Date', date],
        ['Consulted', consulted.join(', ')],
        ['Informed', informed.join(', ')],
        ['Tags', words],
      ],
    );
    return { front, lines: listed.join('\n') };
  }

  /** `superseded by [ADR-0005](0005-example.md)` */
  #statusLine(): string | undefined {
    const word = this.#status();
    const by = this.#links.filter(isSupersededBy);
    if (by.length === 0) return word;
    const relation = `superseded by ${by.map((link) => this.#link(link)).join(', ')}`;
    return word === undefined || word === 'superseded' ? relation : `${word}, ${relation}`;
  }

  #link({ to, href, text }: Link): string {
    const found = to === undefined ? null : this.#options.linkTo(to);
    if (found !== null) return `[${found.text.replace(/[[\]]/g, '')}](${found.href})`;
    return href === undefined ? (text ?? to ?? '') : `[${text ?? href}](${href})`;
  }

  /** `Amends [1. Use SQLite](0001-use-sqlite.md)` */
  #relation(link: Link): string {
    return `${capital(link.type)} ${this.#link(link)}`;
  }

  /** Those that stand neither in the status line nor in the status section. */
  #furtherLinks(): Link[] {
    return this.#options.layout === 'adr-tools' ? [] : this.#links.filter((link) => !isSupersededBy(link));
  }

  #isNeeded(role: SectionRole): boolean {
    const { description, options, selected_option, rationale } = this.#decision;
    const isNygard = this.#options.layout === 'adr-tools';
    switch (role) {
      case 'status':
        return isNygard || this.#metadata.statusNote !== undefined;
      case 'context':
        return isNygard || description !== null;
      case 'options':
        return options.length > 0;
      case 'arguments':
        return options.map(optionOf).some(hasArguments);
      case 'decision':
        return isNygard || selected_option !== null || rationale !== null;
      case 'consequences':
        return isNygard;
      case 'links':
        return this.#furtherLinks().length > 0;
    }
  }

  /** The sections as they were, and those that are new where the layout has them. */
  #ordered(given: readonly Section[]): Section[] {
    const roles = Object.keys(HEADINGS[this.#options.layout]) as SectionRole[];
    const placed = given.filter(({ as, text, after }) => {
      if (as === undefined || !roles.includes(as)) return true;
      return this.#isNeeded(as) || (as !== 'status' && as !== 'consequences' && (text ?? after ?? '') !== '');
    });
    roles.forEach((role, order) => {
      if (!this.#isNeeded(role) || placed.some(({ as }) => as === role)) return;
      const before = roles.slice(0, order);
      const at = placed.findLastIndex(({ as }) => as !== undefined && before.includes(as));
      placed.splice(at + 1, 0, { heading: '', as: role });
    });
    return placed;
  }

  #heading({ heading, as }: Section): string {
    const known = as === undefined ? undefined : HEADINGS[this.#options.layout][as];
    return known === undefined || (this.#isAsItCame() && heading !== '') ? oneLine(heading) : known;
  }

  #body({ as, text = '', after = '' }: Section): string {
    const { description, selected_option, rationale } = this.#decision;
    const options = this.#decision.options.map(optionOf);
    const { decision, consequences } = splitOutcome(rationale ?? '', this.#options.layout);
    switch (as) {
      case 'status':
        return this.#statusBody();
      case 'context':
        return description ?? '';
      case 'decision':
        return writeChosen(selected_option, decision);
      case 'consequences':
        return consequences;
      case 'options': {
        const list = listOf(
          options.map(({ title }) => title),
          this.#mark,
        );
        return [closed(text), list, after].filter((part) => part !== '').join('\n\n');
      }
      case 'arguments': {
        const argued = options.filter(hasArguments).map((option) => {
          return `### ${oneLine(option.title)}\n\n${closed(argumentsOf(option, this.#mark), 3)}`;
        });
        return [closed(text), ...argued].filter((part) => part !== '').join('\n\n');
      }
      case 'links': {
        const list = listOf(
          this.#furtherLinks().map((link) => this.#relation(link)),
          this.#mark,
        );
        return [closed(text), list].filter((part) => part !== '').join('\n\n');
      }
      default:
        return text;
    }
  }

  #statusBody(): string {
    const statusNote = closed(this.#metadata.statusNote ?? '');
    if (this.#options.layout !== 'adr-tools') return statusNote;
    const word = this.#status();
    const relations = this.#links.map((link) => this.#relation(link));
    // As adr-tools does it: the link says that it is superseded.
    const isSaid = word === 'superseded' && this.#links.some(isSupersededBy);
    const said = word === undefined || isSaid ? [] : [this.#isAsItCame() ? word : capital(word)];
    return [...said, statusNote, ...relations].filter((part) => part !== '').join('\n\n');
  }
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** The links of the file, as the lists of ids have it since. */
function linksOf({ links = [], supersedes = [], supersededBy = [] }: Metadata): Link[] {
  const kept = links.filter((link) => {
    if (link.to === undefined) return true;
    if (isSupersededBy(link)) return supersededBy.includes(link.to);
    return !isSupersedes(link) || supersedes.includes(link.to);
  });
  const add = (ids: string[], type: string, of: (link: Link) => boolean): Link[] =>
    ids.filter((id) => !kept.some((link) => of(link) && link.to === id)).map((to) => ({ type, to }));
  return [
    ...kept,
    ...add(supersedes, 'Supersedes', isSupersedes),
    ...add(supersededBy, 'Superseded by', isSupersededBy),
  ];
}

/** In Nygard's form the consequences are a section of their own. */
function splitOutcome(rationale: string, layout: DecisionLayout): { decision: string; consequences: string } {
  if (layout !== 'adr-tools') return { decision: rationale, consequences: '' };
  const lines = rationale.split('\n');
  const state = new BlockState();
  const at = lines.findIndex((line) => state.isOpen(line) && CONSEQUENCES_HEADING.test(line));
  if (at < 0) return { decision: rationale, consequences: '' };
  const from = lines[at]?.trimEnd() === CONSEQUENCES ? at + 1 : at;
  return {
    decision: trimmedText(lines.slice(0, at).join('\n')),
    consequences: trimmedText(lines.slice(from).join('\n')),
  };
}

/** The text as one that ends where it ends: its headings are below the section's, and nothing stays open behind it. */
function closed(text: string, level = 2): string {
  const state = new BlockState();
  const tooHigh = new RegExp(`^ {0,3}#{1,${level}}(?=[ \\t]|$)`);
  const lines = text.split('\n').map((line) => {
    if (!state.isOpen(line)) return line;
    return tooHigh.test(line) ? `${'#'.repeat(level + 1)}${line.trimStart().replace(/^#+/, '')}` : line;
  });
  const whole = state.end === '' ? lines.join('\n') : `${lines.join('\n')}\n${state.end}`;
  const { frontMatter, title, sections } = outlineOf(`\n${whole}`);
  // What is still a heading is one by its underline.
  if (frontMatter === null && title === null && sections.length === 0) return trimmedText(whole);
  return trimmedText(whole.replace(/^ {0,3}(?=[=-]+[ \t]*$)/gm, '\\'));
}
