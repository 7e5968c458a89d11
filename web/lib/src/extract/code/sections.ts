/**
 * Source code cut into passages along its syntax tree, after "cAST: Enhancing Code Retrieval-Augmented Generation with Structural
 * Chunking via Abstract Syntax Tree" (Zhang et al., 2025): what fits is a passage, what does not is cut at its parts, and small
 * neighbours share one. Beyond the paper: a function or class of a quarter of the size or more has a passage of its own, a short
 * beginning (imports, a signature) stays with what follows, and each passage says what it is part of.
 */
import type { Definition, Line, Structure } from './structure.js';

/** A passage begins here and ends where the next one does. */
export interface Section {
  /** UTF-16 units. */
  start: number;
  /** "Class > method", "first, second"; '' when nothing is defined here. */
  path: string;
}

/** Deeper parts are not looked for: what is still too large is cut at its lines. */
const DEEPEST = 64;
const LONGEST_LIST = 120;
/** UTF-16 units; the core takes 1,000 bytes. */
const LONGEST_PATH = 300;

interface Part {
  from: number;
  to: number;
  /** Lines within it at which it may be cut. */
  lines: Line[];
}

/** `size`: UTF-16 units of a passage. The sections cover the text. */
export function sectionsOf(text: string, { definitions, lines }: Structure, size: number): Section[] {
  const starts: number[] = [];
  const small = size / 4;
  const length = ({ from, to }: Part): number => to - from;

  const defines = (part: Part): boolean => (definitions[firstFrom(definitions, part.from)]?.from ?? Infinity) < part.to;
  const stands = (part: Part): boolean => {
    const first = definitions[firstFrom(definitions, part.from)];
    return first !== undefined && first.to <= part.to && first.to - first.from >= Math.max(small, length(part) / 2);
  };
  const finish = (part: Part, level: number): void => {
    if (length(part) <= size || part.lines.length === 0 || level === DEEPEST) starts.push(part.from);
    else cut(part, level + 1);
  };
  const cut = (whole: Part, level: number): void => {
    // Pieces of about one length rather than full ones and a rest.
    const pieces = Math.ceil(length(whole) / (size * 0.9));
    const aim = (length(whole) / pieces) * 1.1;
    const groups: Part[] = [];
    for (const part of partsOf(whole)) {
      const group = groups.at(-1);
      if (group === undefined) {
        groups.push(part);
        continue;
      }
      const together = part.to - group.from;
      const isHead = length(group) < small;
      if (isHead && length(part) > size) extend(group, part, part.lines);
      else if (length(group) > size && length(part) < small && !defines(part)) extend(group, part, group.lines);
      else if (together <= (isHead ? size : aim) && (isHead || !(stands(group) || stands(part))))
        extend(group, part, []);
      else groups.push(part);
    }
    const [rest, last] = [groups.at(-1), groups.at(-2)];
    if (rest !== undefined && last !== undefined && length(rest) < small && rest.to - last.from <= size) {
      extend(last, rest, []);
      groups.pop();
    }
    for (const group of groups) finish(group, level);
  };

  finish({ from: 0, to: text.length, lines: lines.filter(({ at }) => at > 0) }, 0);
  return withPaths(starts, text, definitions);
}

/** `lines`: where the two together may be cut, should they be too large. */
function extend(group: Part, { to }: Part, lines: Line[]): void {
  group.to = to;
  group.lines = lines;
}

/** The parts between the outermost lines. */
function partsOf({ from, to, lines }: Part): Part[] {
  let outermost = Infinity;
  for (const { depth } of lines) outermost = Math.min(outermost, depth);
  let part: Part = { from, to, lines: [] };
  const parts = [part];
  for (const line of lines) {
    if (line.depth > outermost) {
      part.lines.push(line);
      continue;
    }
    part.to = line.at;
    part = { from: line.at, to, lines: [] };
    parts.push(part);
  }
  return parts;
}

/** The first definition that begins at `at` or behind it. */
function firstFrom(definitions: readonly Definition[], at: number): number {
  let low = 0;
  for (let high = definitions.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((definitions[middle] as Definition).from < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withPaths(starts: readonly number[], text: string, definitions: readonly Definition[]): Section[] {
  const open: Definition[] = []; // those that began before the section and go on in it
  let next = 0;
  const openUntil = (at: number): void => {
    for (let definition; (definition = definitions[next]) !== undefined && definition.from < at; next += 1) {
      closeUntil(open, definition.from);
      open.push(definition);
    }
    closeUntil(open, at);
  };
  return starts.map((start, i) => {
    openUntil(start);
    const path = open.map(({ name }) => name);
    const end = start + text.slice(start, starts[i + 1]).trimEnd().length;
    let within: string[] = [];
    let covered = 0;
    for (let at = next, definition; (definition = definitions[at]) !== undefined && definition.from < end;) {
      if (definition.to > end) {
        path.push(definition.name);
        within = [];
        covered = 0;
        at += 1;
      } else {
        within.push(definition.name);
        covered += definition.to - definition.from;
        at = firstFrom(definitions, definition.to);
      }
    }
    // A small function within a long one does not say what the passage is.
    const isOf = path.length === 0 || covered >= (end - start) / 2;
    return { start, path: joined([...path, ...(isOf ? listOf(within) : [])]) };
  });
}

function closeUntil(open: Definition[], at: number): void {
  for (let last; (last = open.at(-1)) !== undefined && last.to <= at;) open.pop();
}

/** Of what is nested very deep the innermost say most. */
function joined(path: readonly string[]): string {
  const whole = path.join(' > ');
  if (whole.length <= LONGEST_PATH) return whole;
  let kept = '';
  for (const name of path.toReversed()) {
    const longer = kept === '' ? name : `${name} > ${kept}`;
    if (longer.length > LONGEST_PATH - 4) break;
    kept = longer;
  }
  return `… > ${kept}`;
}

/** "first, second, …" as one entry, or none. */
function listOf(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  let list = '';
  for (const name of names) {
    if (list !== '' && list.length + name.length > LONGEST_LIST) return [`${list}, …`];
    list += list === '' ? name : `, ${name}`;
  }
  return [list];
}
