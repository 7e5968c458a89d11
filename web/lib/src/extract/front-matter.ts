/**
 * What the front matter of a Markdown file says about it: YAML between lines of `---`, or TOML between lines of `+++`. The chunker
 * leaves it out of the passages. A bundle of its own, since few files have one.
 *
 * Of TOML only what is asked for is read: `title`, `date` and `tags` before the first table, as strings, dates and arrays of strings.
 */
import { CORE_SCHEMA, load } from 'js-yaml';

export interface FrontMatter {
  title?: string;
  /** As it stands there. */
  date?: string;
  tags?: string[];
}

/** As far as the chunker looks for the end. */
const MOST = 64 * 1024;
const MOST_TAGS = 100;
const LONGEST = 500;

export function readFrontMatter(text: string): FrontMatter {
  const head = text.slice(0, MOST);
  const [, mark, inner] = /^\uFEFF?(---|\+\+\+)[ \t]*\r?\n([^]*?\n)?(?:\1|\.\.\.)[ \t]*(?:\r?\n|$)/.exec(head) ?? [];
  if (inner === undefined) return {};
  const members = mark === '---' ? fromYaml(inner) : fromToml(inner);
  const title = textOf(members['title']);
  const date = textOf(members['date']);
  const tags = tagsOf(members['tags']);
  return { ...(title && { title }), ...(date && { date }), ...(tags.length > 0 && { tags }) };
}

/** What is no YAML says nothing. */
function fromYaml(yaml: string): Record<string, unknown> {
  try {
    // An alias may stand for far more than it is long.
    const value = load(yaml, { schema: CORE_SCHEMA, maxAliases: 0, maxDepth: 20 });
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

const STRING = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const ARRAY = /\[(?:[^\]"']|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')*\]/y;

function fromToml(toml: string): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  const read = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(toml)?.[0];
  };
  for (let at = 0; at < toml.length;) {
    const end = toml.indexOf('\n', at) + 1 || toml.length;
    const line = toml.slice(at, end);
    // A table begins.
    if (line.trimStart().startsWith('[')) break;
    const equals = line.indexOf('=');
    const name = line.slice(0, Math.max(0, equals)).trim();
    const from = at + equals + 1 + /^\s*/.exec(line.slice(equals + 1))![0].length;
    const array = read(ARRAY, from);
    const value =
      array ??
      read(STRING, from) ??
      line
        .slice(equals + 1)
        .split('#', 1)[0]!
        .trim();
    if (array !== undefined)
      members[name] = [...array.matchAll(new RegExp(STRING.source, 'g'))].map(([one]) => unquoted(one));
    else if (/^["'\d]/.test(value)) members[name] = unquoted(value);
    at = array === undefined ? end : toml.indexOf('\n', from + array.length) + 1 || toml.length;
  }
  return members;
}

function unquoted(value: string): string {
  if (value.startsWith("'")) return value.slice(1, -1);
  if (!value.startsWith('"')) return value.trim();
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}

/** '' for what is no text. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text.length <= LONGEST ? text : '';
}

/** A list, or words with commas between them. */
function tagsOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : textOf(value).split(',');
  return [...new Set(list.map(textOf).filter((tag) => tag !== ''))].slice(0, MOST_TAGS);
}
