/** What a grammar says of a text: what is defined where, and which lines begin a part of it. */
import type { PartialParse, SyntaxNode, SyntaxNodeRef, Tree } from '@lezer/common';
import { textOf, type Grammar } from './grammars.js';

/** A function, a class, a module: text.slice(from, to). */
export interface Definition {
  from: number;
  to: number;
  name: string;
}

/** A line with which a node begins. */
export interface Line {
  /** The line's own begin, before its indentation. */
  at: number;
  /** How many nodes enclose the outermost node that begins here. */
  depth: number;
}

export interface Structure {
  /** In order; one that encloses others comes before them. */
  definitions: Definition[];
  /** In order. */
  lines: Line[];
}

const SLICE_MS = 20;
const LONGEST_NAME = 80;
/** Steps of a parser within errors. Headers of C that are full of macros take up to 4,000. */
const MAX_RECOVERIES = 8000;
/** Comments and attributes belong to what follows them without a blank line. */
const LEADS = /Comment|^(Attribute|Decorator|Annotation)/;
/** Punctuation and keywords begin nothing: "}", "else". */
const IS_PART = /^[A-Z]/;

/**
 * `pause` is awaited now and then. Undefined for what is hardly the language that it is said to be: recovering from an error at
 * every other character takes a parser's memory by the megabyte.
 */
export async function readStructure(
  text: string,
  grammar: Grammar,
  pause: () => Promise<void>,
): Promise<Structure | undefined> {
  try {
    const tree = await parse(text, grammar, pause);
    return tree && structureOf(tree, text, grammar);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested deeper than the parser's recursion goes
    throw error;
  }
}

async function parse(text: string, { parser }: Grammar, pause: () => Promise<void>): Promise<Tree | undefined> {
  // Not in its declarations: how many tokens have come since the error that the parser recovers from.
  const parse: PartialParse & { recovering?: number } = parser.startParse(text);
  let recoveries = 0;
  for (let since = performance.now(); recoveries < MAX_RECOVERIES;) {
    const tree = parse.advance();
    if (tree !== null) return tree;
    if (parse.recovering) recoveries += 1;
    if (performance.now() - since < SLICE_MS) continue;
    await pause();
    since = performance.now();
  }
  return undefined;
}

function structureOf(tree: Tree, text: string, grammar: Grammar): Structure {
  const definitions: Definition[] = [];
  const lines = new Lines(text);
  let depth = -1;
  tree.iterate({
    enter(node) {
      depth += 1;
      if (depth === 0) return;
      if (IS_PART.test(node.name)) lines.add(node, depth);
      const name = nameOf(node, text, grammar);
      if (name) definitions.push({ from: node.from, to: lastOf(text, node.to), name });
    },
    leave() {
      depth -= 1;
    },
  });
  return { definitions, lines: lines.all };
}

/** Without the blank lines that Python's blocks end with. */
function lastOf(text: string, end: number): number {
  let to = end;
  while (/\s/.test(text.charAt(to - 1))) to -= 1;
  return to;
}

/** Collects the lines that nodes begin, told in the order of their beginnings, the enclosing ones first. */
class Lines {
  readonly all: Line[] = [];
  readonly #text: string;
  #begin = 0; // of the line that was reached
  #next: number; // end of it, or -1
  #first: number; // its first character that is not blank, or -1 once a node was met there
  /** Per depth, the last node that began a line: where it ends, and whether it belongs to what follows. */
  readonly #last: ({ to: number; leads: boolean } | undefined)[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#next = text.indexOf('\n');
    this.#first = this.#afterIndent();
  }

  add({ name, from, to }: SyntaxNodeRef, depth: number): void {
    while (this.#next !== -1 && this.#next < from) {
      this.#begin = this.#next + 1;
      this.#next = this.#text.indexOf('\n', this.#begin);
      this.#first = this.#afterIndent();
    }
    if (from !== this.#first) return;
    this.#first = -1;
    const before = this.#last[depth];
    this.#last.length = depth;
    this.#last[depth] = { to, leads: LEADS.test(name) };
    if (before?.leads && !/\n[ \t\r]*\n/.test(this.#text.slice(before.to, this.#begin))) return;
    this.all.push({ at: this.#begin, depth });
  }

  #afterIndent(): number {
    let at = this.#begin;
    while (this.#text[at] === ' ' || this.#text[at] === '\t') at += 1;
    return at;
  }
}

function nameOf({ name: kind, node }: SyntaxNodeRef, text: string, grammar: Grammar): string | undefined {
  const names = grammar.definitions[kind];
  if (names === undefined) return undefined;
  const only = grammar.only?.[kind];
  if (only !== undefined && !childOf(node, (child) => only.test(child.name))) return undefined;
  const named = (): SyntaxNode | undefined => childOf(node, (child) => names.includes(child.name));
  const given = grammar.name?.(node, text) ?? textOf(named(), text);
  // A name may be an expression of any length; a character of two units is not cut in two.
  const name = given
    .slice(0, 4 * LONGEST_NAME)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return name.slice(0, LONGEST_NAME).replace(/[\uD800-\uDBFF]$/, '');
}

/** The first child for which `test` holds; declarators, such as C's "*f(int)", are looked into. */
function childOf(node: SyntaxNode, test: (child: SyntaxNode) => boolean): SyntaxNode | undefined {
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (test(child)) return child;
    const within = child.name.endsWith('Declarator') ? childOf(child, test) : undefined;
    if (within !== undefined) return within;
  }
  return undefined;
}
