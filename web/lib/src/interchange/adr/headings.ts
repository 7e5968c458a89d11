/** What headings mean, and how each layout words them. */
import type { DecisionLayout } from '../../types.js';
import type { SectionRole } from './decision.js';
import { withoutComment } from './outline.js';

const ROLES: ReadonlyMap<string, SectionRole> = new Map<string, SectionRole>([
  ['status', 'status'],
  ['context', 'context'],
  ['context and problem statement', 'context'],
  ['problem statement', 'context'],
  ['problem', 'context'],
  ['considered options', 'options'],
  ['options considered', 'options'],
  ['considered alternatives', 'options'],
  ['alternatives considered', 'options'],
  ['options', 'options'],
  ['pros and cons of the options', 'arguments'],
  ['decision', 'decision'],
  ['decision outcome', 'decision'],
  ['consequences', 'consequences'],
  ['links', 'links'],
  ['more information', 'links'],
]);

/** `3. ` and `ADR-0003: ` before a title. */
export const TITLE_NUMBER = /^(ADR[-\s#]{0,2})?(\d{1,7})\s?[.:)–—-]\s{1,3}(?=\S)/i;

export const CONSEQUENCES = '### Consequences';
export const CONSEQUENCES_HEADING = /^### (?:\w+ )?Consequences/;

/** What a section is by its heading. */
export const roleOf = (heading: string): SectionRole | undefined => ROLES.get(withoutComment(heading).toLowerCase());

export const HEADINGS: Readonly<Record<DecisionLayout, Readonly<Record<SectionRole, string>>>> = {
  madr: {
    status: 'Status',
    context: 'Context and Problem Statement',
    options: 'Considered Options',
    decision: 'Decision Outcome',
    consequences: 'Consequences',
    arguments: 'Pros and Cons of the Options',
    links: 'More Information',
  },
  log4brains: {
    status: 'Status',
    context: 'Context and Problem Statement',
    options: 'Considered Options',
    decision: 'Decision Outcome',
    consequences: 'Consequences',
    arguments: 'Pros and Cons of the Options',
    links: 'Links',
  },
  'adr-tools': {
    status: 'Status',
    context: 'Context',
    options: 'Considered Options',
    arguments: 'Pros and Cons of the Options',
    decision: 'Decision',
    consequences: 'Consequences',
    links: 'Links',
  },
};
