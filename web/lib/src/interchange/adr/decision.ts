/** A decision between its row and its file, and what of it `metadata` holds. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { DecisionLayout } from '../../types.js';

export const SYSTEM = 'adr';
export const TITLE = 'Architecture decision records';
export const LAYOUTS: readonly DecisionLayout[] = ['madr', 'adr-tools', 'log4brains'];

/** Which columns a section is kept in; its heading and place are in `metadata.sections`. */
export type SectionRole = (typeof ROLES)[number];
const ROLES = ['status', 'context', 'options', 'arguments', 'decision', 'consequences', 'links'] as const;

export interface Section {
  heading: string;
  /** 2 unless it says otherwise. */
  level?: 1;
  as?: SectionRole;
  /** What no column has: all of a section without a role. */
  text?: string;
  /** Of the options: what stands after their list. */
  after?: string;
}

/** Another decision that this one names, in the words of its file. */
export interface Link {
  /** Superseded by, Amends, Clarified by... */
  type: string;
  /** The id of its row; not there when it is none of the known decisions. */
  to?: string;
  href?: string;
  text?: string;
}

export interface Option {
  title: string;
  description?: string;
  pros?: string[];
  neutral?: string[];
  cons?: string[];
}

/** Members that are empty are not there. */
export interface Metadata {
  /** The form of the file that it came from. */
  format?: DecisionLayout;
  /** Its place in the folder. */
  file?: string;
  number?: number;
  /** `1. ` or `ADR-0001: ` before the title. */
  titlePrefix?: string;
  /** The word of the file: accepted, superseded, rejected... */
  status?: string;
  statusNote?: string;
  date?: string;
  deciders?: string[];
  consulted?: string[];
  informed?: string[];
  /** Ids of rows. */
  supersedes?: string[];
  supersededBy?: string[];
  links?: Link[];
  /** Text between title and first section. */
  lead?: string;
  sections?: Section[];
  /** Other members of the front matter; the text of one that is no YAML. */
  frontMatter?: Record<string, unknown> | string;
}

export type RowStatus = 'draft' | 'active' | 'archived';

export interface Decision {
  title: string;
  description: string | null;
  options: unknown[];
  selected_option: string | null;
  rationale: string | null;
  status: RowStatus | null;
  tags: string[] | null;
  metadata: Metadata;
}

/** Of what a file's text was made: as long as the row gives the same, the text is the row's. */
export function digestOf(decision: Omit<Decision, 'metadata'> & { metadata: unknown }): string {
  const { title, description, options, selected_option, rationale, status, tags, metadata } = decision;
  const fields = [title, description, options, selected_option, rationale, status, tags, metadata];
  return bytesToHex(sha256(utf8ToBytes(canonical(fields)))).slice(0, 32);
}

/** JSON with members in the order of their names. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

/** What the words of files mean here; of other words nothing is known. */
const STATUSES: Readonly<Record<RowStatus, readonly string[]>> = {
  draft: ['draft', 'proposed', 'proposal', 'pending', 'open', 'in review', 'under review', 'wip', 'idea'],
  active: ['accepted', 'approved', 'adopted', 'decided', 'agreed', 'implemented', 'active', 'done', 'amended'],
  archived: [
    'rejected',
    'declined',
    'deprecated',
    'superseded',
    'superceded',
    'replaced',
    'obsolete',
    'retired',
    'withdrawn',
    'cancelled',
    'abandoned',
    'archived',
  ],
};

/** By the beginning of the text: `Accepted (2024-05-01)` is accepted. */
export function statusOf(word: string): RowStatus | null {
  const folded = word.toLowerCase().replace(/^[^\p{L}]{1,20}/u, '');
  for (const [status, words] of Object.entries(STATUSES)) {
    if (words.some((one) => folded.startsWith(one) && !/^\p{L}/u.test(folded.slice(one.length))))
      return status as RowStatus;
  }
  return null;
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** `metadata` as anybody may have written it: what is not of its kind is not there. */
export function metadataOf(value: unknown): Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const given = value as Record<string, unknown>;
  const own = (name: string): unknown => (Object.hasOwn(given, name) ? given[name] : undefined);
  const metadata: Metadata = {};
  for (const name of ['file', 'titlePrefix', 'status', 'statusNote', 'date', 'lead'] as const) {
    const text = own(name);
    if (typeof text === 'string' && text !== '') metadata[name] = text;
  }
  for (const name of ['deciders', 'consulted', 'informed', 'supersedes', 'supersededBy'] as const) {
    const list = texts(own(name));
    if (list.length > 0) metadata[name] = list;
  }
  const format = LAYOUTS.find((layout) => layout === own('format'));
  if (format !== undefined) metadata.format = format;
  const number = own('number');
  if (Number.isSafeInteger(number) && (number as number) >= 0) metadata.number = number as number;
  metadata.links = records(own('links')).flatMap(({ type, to, href, text }) =>
    typeof type === 'string' ? [{ type, ...textsOf({ to, href, text }) }] : [],
  );
  metadata.sections = records(own('sections')).flatMap(({ heading, level, as, text, after }): Section[] => {
    if (typeof heading !== 'string') return [];
    const role = ROLES.find((one) => one === as);
    return [{ heading, ...(level === 1 ? { level } : {}), ...(role && { as: role }), ...textsOf({ text, after }) }];
  });
  const front = own('frontMatter');
  if (typeof front === 'string' || (typeof front === 'object' && front !== null && !Array.isArray(front)))
    metadata.frontMatter = front as Record<string, unknown> | string;
  return metadata;
}

function textsOf(members: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function records(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
}
