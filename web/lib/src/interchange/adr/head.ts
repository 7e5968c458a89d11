/** What a file says of a decision before its first section: status, days and people, in front matter, as a list or as lines. */
import { oneLine, withoutComment } from './outline.js';

export interface Head {
  status?: string;
  date?: string;
  deciders?: string[];
  consulted?: string[];
  informed?: string[];
  tags?: string[];
}

const LINE =
  /^ {0,3}(?:[-*+][ \t]{1,3})?(?:\*\*|__)?([A-Za-z][A-Za-z -]{1,20})(?::(?:\*\*|__)?|(?:\*\*|__)[ \t]?:)[ \t]{0,3}(.*)$/;
const NAMES: ReadonlyMap<string, keyof Head> = new Map([
  ['status', 'status'],
  ['date', 'date'],
  ['deciders', 'deciders'],
  ['decision-makers', 'deciders'],
  ['decision makers', 'deciders'],
  ['consulted', 'consulted'],
  ['informed', 'informed'],
  ['tags', 'tags'],
]);

/** Takes what it knows and the front matter does not say out of the text; the rest stays. */
export function headOfLead(lead: string, front: Head): { head: Head; rest: string } {
  const head = { ...front };
  const rest = lead.split('\n').filter((line) => {
    const [, name = '', value = ''] = line.length > 2000 || !line.includes(':') ? [] : (LINE.exec(line) ?? []);
    return !take(head, name, withoutComment(value));
  });
  return { head, rest: rest.join('\n').replace(/\n{3,}/g, '\n\n') };
}

/** The same of front matter; other members are given back. */
export function headOfFrontMatter(members: Record<string, unknown>): { head: Head; others: Record<string, unknown> } {
  const head: Head = {};
  const others = Object.entries(members).filter(([name, value]) => {
    // A name without a value says nothing.
    if (value === null && NAMES.has(name.toLowerCase())) return false;
    return !take(head, name, value);
  });
  return { head, others: Object.fromEntries(others) };
}

/** Whether the value is kept: what stands a second time, or is of no kind that is known, is not. */
function take(head: Head, name: string, value: unknown): boolean {
  const member = NAMES.get(name.trim().toLowerCase());
  if (member === undefined || head[member] !== undefined) return false;
  if (member === 'status' || member === 'date') {
    if (typeof value !== 'string' || value.trim() === '') return false;
    head[member] = oneLine(value);
    return true;
  }
  const list = typeof value === 'string' ? value.split(member === 'tags' ? /[\s,]+/ : ',') : value;
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string' || typeof item === 'number')) return false;
  const items = list.map((item) => String(item).trim()).filter((item) => item !== '');
  if (items.length > 0) head[member] = items;
  return true;
}
