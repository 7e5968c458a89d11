/**
 * A Markdown file as title, text before the first heading, and sections: cut at headings of the first two levels.
 *
 * One pass over the lines that never looks back. A parser of the whole language (micromark) takes minutes for some files of 60 KB
 * ("1. 1. 1. "); of it only headings, fences and comments are needed here.
 */

export interface TextSection {
  level: 1 | 2;
  heading: string;
  text: string;
}

export interface Outline {
  /** The YAML between the `---` lines at the beginning. */
  frontMatter: string | null;
  /** The first heading of level 1, when no section comes before it. */
  title: string | null;
  lead: string;
  sections: TextSection[];
}

const MOST_FRONT_MATTER = 64 * 1024;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const COMMENT = /^ {0,3}<!--/;
const HEADING = /^ {0,3}(#{1,2})(?:[ \t]|$)/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
/** Lines that no underline makes a heading: lists, quotations, tables, code. */
const NO_PARAGRAPH = /^(?: {4}|\t| {0,3}(?:[-*+>|#<]|\d{1,9}[.)][ \t]))/;

/** What a line is inside of, line by line. */
export class BlockState {
  #fence = '';
  #comment = false;

  /** Whether the line is Markdown that may be a heading; takes notice of what it opens and closes. */
  isOpen(line: string): boolean {
    const fence = FENCE.exec(line)?.[1] ?? '';
    if (this.#fence !== '') {
      const closes = fence.startsWith(this.#fence) && line.trim() === fence;
      if (closes) this.#fence = '';
      return false;
    }
    if (this.#comment) {
      this.#comment = !line.includes('-->');
      return false;
    }
    if (fence !== '' && !(fence.startsWith('`') && line.trimStart().slice(fence.length).includes('`'))) {
      this.#fence = fence;
      return false;
    }
    if (!COMMENT.test(line)) return true;
    this.#comment = !line.slice(line.indexOf('<!--') + 4).includes('-->');
    return false;
  }

  /** What closes what is still open at the end, so that text after it is not swallowed. */
  get end(): string {
    return this.#comment ? '-->' : this.#fence;
  }
}

/** Text as lines end in it here: no byte order mark, `\n` alone. */
export function plainText(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
}

export function outlineOf(file: string): Outline {
  const lines = plainText(file).split('\n');
  const start = endOfFrontMatter(lines);
  const frontMatter = start === 0 ? null : lines.slice(1, start - 1).join('\n');
  const found: { level: 1 | 2; heading: string; lines: string[] }[] = [];
  const before: string[] = [];
  const state = new BlockState();
  for (const line of lines.slice(start)) {
    const open = state.isOpen(line);
    const into = found.at(-1)?.lines ?? before;
    const underlined = open ? underlinedLevel(line, into) : null;
    const marks = open ? HEADING.exec(line)?.[1] : undefined;
    if (underlined !== null) found.push({ level: underlined, heading: oneLine(into.pop() ?? ''), lines: [] });
    else if (marks === undefined) into.push(line);
    else found.push({ level: marks.length as 1 | 2, heading: headingText(line, marks), lines: [] });
  }
  const [first] = found;
  const title = first?.level === 1 ? first : undefined;
  if (title !== undefined) found.shift();
  const lead = [trimmed(before), trimmed(title?.lines ?? [])].filter((text) => text !== '').join('\n\n');
  const sections = found.map((section) => ({ ...section, text: trimmed(section.lines) }));
  return {
    frontMatter,
    title: title === undefined ? null : withoutComment(title.heading),
    lead,
    sections: sections.map(({ level, heading, text }) => ({ level, heading, text })),
  };
}

/** The line after the front matter; 0 when there is none. */
function endOfFrontMatter(lines: readonly string[]): number {
  if (lines[0]?.trimEnd() !== '---') return 0;
  let length = 0;
  for (let at = 1; at < lines.length && length < MOST_FRONT_MATTER; at++) {
    const line = lines[at] ?? '';
    if (line.trimEnd() === '---') return at + 1;
    length += line.length + 1;
  }
  return 0;
}

/** `text` over `====` is a heading of the first level, over `----` of the second. */
function underlinedLevel(line: string, before: readonly string[]): 1 | 2 | null {
  const mark = UNDERLINE.exec(line)?.[1];
  const text = before.at(-1) ?? '';
  if (mark === undefined || text.trim() === '' || NO_PARAGRAPH.test(text)) return null;
  // Of several lines only the last one stands here.
  if ((before.at(-2) ?? '').trim() !== '') return null;
  return mark.startsWith('=') ? 1 : 2;
}

function headingText(line: string, marks: string): string {
  const text = line.trimStart().slice(marks.length).trim();
  let end = text.length;
  while (end > 0 && text[end - 1] === '#') end--;
  const closed = end < text.length && (end === 0 || text[end - 1] === ' ' || text[end - 1] === '\t');
  return oneLine(closed ? text.slice(0, end) : text);
}

/** White space is one space, as Markdown shows it. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** `Links <!-- optional -->` is `Links`. */
export function withoutComment(text: string): string {
  const at = text.indexOf('<!--');
  return (at < 0 ? text : text.slice(0, at)).trim();
}

/** Without the empty lines at both ends. */
export function trimmed(lines: readonly string[]): string {
  let from = 0;
  let to = lines.length;
  while (from < to && lines[from]?.trim() === '') from++;
  while (to > from && lines[to - 1]?.trim() === '') to--;
  return lines.slice(from, to).join('\n');
}

export const trimmedText = (text: string): string => trimmed(text.split('\n'));
