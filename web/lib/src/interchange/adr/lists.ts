/** Lists of Markdown as their items, and options of a decision as lists. */
import type { Option } from './decision.js';
import { BlockState, oneLine, trimmed, withoutComment } from './outline.js';

/** Two spaces more are the beginning of a list inside of an item. */
const ITEM = /^ ?(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)/;

export interface List {
  before: string;
  items: string[];
  after: string;
}

/** The first list of a text with what is around it. Lines of an item that are indented stay its own. */
export function listIn(text: string): List {
  const before: string[] = [];
  const items: string[][] = [];
  const after: string[] = [];
  let blank = false;
  for (const line of text.split('\n')) {
    const marker = ITEM.exec(line)?.[0];
    if (after.length > 0) after.push(line);
    else if (marker !== undefined) items.push([line.slice(marker.length)]);
    else if (items.length === 0) before.push(line);
    else if (line.trim() === '' || /^(?: {2}|\t)/.test(line) || !blank)
      items.at(-1)?.push(line.replace(/^(?: {2}|\t)/, ''));
    else after.push(line);
    blank = line.trim() === '';
  }
  return { before: trimmed(before), items: items.map(trimmed).filter((item) => item !== ''), after: trimmed(after) };
}

/** Items as a list again. */
export function listOf(items: readonly string[], mark = '*'): string {
  return items.map((item) => `${mark} ${item.replace(/\n(?!\n|$)/g, '\n  ')}`).join('\n');
}

/** Items of considered options, without what log4brains' template says of them. */
export function optionsIn(text: string): { options: Option[]; before: string; after: string } {
  const { before, items, after } = listIn(text);
  const options = items.map(listedOption).filter(({ title }) => title !== '');
  return { options, before, after };
}

/** The first lines are the option's title, a list or paragraph below them says more of it. */
function listedOption(item: string): Option {
  const lines = item.split('\n');
  const end = lines.findIndex((line, at) => at > 0 && (line.trim() === '' || ITEM.test(line)));
  const title = oneLine(withoutComment(lines.slice(0, end < 0 ? lines.length : end).join('\n')));
  return end < 0 ? { title } : { title, description: trimmed(lines.slice(end)) };
}

export interface Argued {
  /** What stands before the first option. */
  before: string;
  options: Option[];
}

/** `### Option` with its arguments. */
export function argumentsIn(text: string): Argued {
  const before: string[] = [];
  const found: { title: string; lines: string[] }[] = [];
  const state = new BlockState();
  for (const line of text.split('\n')) {
    const heading = state.isOpen(line) && /^ {0,3}###[ \t]/.test(line) ? line.trim().slice(3) : null;
    if (heading !== null) found.push({ title: oneLine(withoutComment(heading)), lines: [] });
    else (found.at(-1)?.lines ?? before).push(line);
  }
  return { before: trimmed(before), options: found.map(({ title, lines }) => argued(title, trimmed(lines))) };
}

const KINDS = [
  ['pros', /^Good,? because\s?/i, 'Good, because '],
  ['neutral', /^Neutral,? because\s?/i, 'Neutral, because '],
  ['cons', /^Bad,? because\s?/i, 'Bad, because '],
] as const;

/** Arguments for and against are members of their own where they are all that the text ends in, in this order. */
function argued(title: string, text: string): Option {
  const plain: Option = text === '' ? { title } : { title, description: text };
  const { before, items, after } = listIn(text);
  if (after !== '' || items.length === 0) return plain;
  const option: Option = before === '' ? { title } : { title, description: before };
  let last = 0;
  for (const item of items) {
    const kind = KINDS.findIndex(([, form]) => form.test(item));
    const [name, form] = KINDS[kind] ?? [];
    if (name === undefined || form === undefined || kind < last) return plain;
    last = kind;
    (option[name] ??= []).push(item.replace(form, ''));
  }
  return option;
}

/** The text below an option's heading. */
export function argumentsOf(option: Option, mark = '*'): string {
  const items = KINDS.flatMap(([name, , words]) => (option[name] ?? []).map((item) => words + item));
  return [option.description ?? '', listOf(items, mark)].filter((text) => text !== '').join('\n\n');
}

export function hasArguments({ description, pros, neutral, cons }: Option): boolean {
  return description !== undefined || [pros, neutral, cons].some((list) => list !== undefined && list.length > 0);
}

/** An option as anybody may have written it: a text, or an object with a title under some name. */
export function optionOf(value: unknown): Option {
  if (typeof value !== 'object' || value === null) return { title: oneLine(String(value)) };
  const given = value as Record<string, unknown>;
  const text = (...names: string[]): string | undefined =>
    names
      .map((name) => (Object.hasOwn(given, name) ? given[name] : undefined))
      .find((one) => typeof one === 'string') as string | undefined;
  const list = (name: string): string[] | undefined => {
    const items = Object.hasOwn(given, name) ? given[name] : undefined;
    if (!Array.isArray(items) || items.length === 0) return undefined;
    return items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  };
  const option: Option = { title: oneLine(text('title', 'name', 'option', 'label', 'id') ?? JSON.stringify(value)) };
  const description = text('description', 'text', 'summary');
  if (description !== undefined && description !== '') option.description = description;
  for (const name of ['pros', 'neutral', 'cons'] as const) {
    const items = list(name);
    if (items !== undefined) option[name] = items;
  }
  return option;
}
