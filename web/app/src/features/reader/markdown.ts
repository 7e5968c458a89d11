/**
 * Markdown to nodes, with the passage marked at block borders.
 *
 * The parser's top-level tokens carry their source text, and joined they are the source: so each block's place in the
 * document is known exactly, and the blocks that the passage touches are marked whole. Marking inside a block
 * would have to guess (`**`, links and entities are gone from the rendered text); the source view is exact instead.
 */
import { Marked, type Token, type Tokens } from 'marked';
import { READER } from './strings';
import { sanitize } from './sanitize';

export interface Passage {
  start: number;
  end: number;
}

const touched = new WeakSet<Token>();

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

const BASE_TAG = /<\/?base\b[^>]*>/gi;
const TAG = /<[a-z][^>]*>/gi;
const ACTING_ATTRIBUTE = /[\s/](?:on[a-z]+|style)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi;

const marked = new Marked({
  gfm: true,
  renderer: {
    // Dropped by the sanitizer in any case. Taken out before the parse as well, since the browser reports each handler, style
    // attribute and base address that it meets in a parse as a breach of the page's policy.
    html({ text }) {
      return text.replace(BASE_TAG, '').replace(TAG, (tag) => tag.replace(ACTING_ATTRIBUTE, ''));
    },
    // Images would tell their server who reads what, and are not stored: their text stands for them.
    image({ text }) {
      return `<span data-image>${escapeHtml(READER.imageOff(text))}</span>`;
    },
    listitem(item) {
      const box = item.task ? (item.checked ? '☑ ' : '☐ ') : '';
      // The parser puts a checkbox token into a task's text; controls are dropped by the sanitizer, so a sign stands for it.
      const body = this.parser.parse(item.tokens);
      return `<li${touched.has(item) ? ' data-passage' : ''}>${box}${body}</li>\n`;
    },
    checkbox() {
      return '';
    },
  },
});

const overlaps = (start: number, end: number, passage: Passage): boolean => start < passage.end && end > passage.start;

const isList = (token: Token): token is Tokens.List => token.type === 'list';

/**
 * Flags the items of a list that the passage touches: a list may be a whole chapter, of which the passage is one point.
 * Returns whether it touches all of them.
 */
function touchItems(list: Tokens.List, listStart: number, passage: Passage): boolean {
  let cursor = 0;
  let all = true;
  for (const item of list.items) {
    const at = list.raw.indexOf(item.raw, cursor);
    const start = at === -1 ? cursor : at;
    cursor = start + item.raw.length;
    if (overlaps(listStart + start, listStart + start + item.raw.trimEnd().length, passage)) touched.add(item);
    else all = false;
  }
  return all;
}

/** The parser reads every line end as one character; offsets into the stored text move accordingly. */
function inParsedText(content: string, offset: number): number {
  return content.slice(0, offset).replace(/\r\n/g, '\n').length;
}

/** Neighbouring blocks that are shown alike. 'items': lists of which some points belong to the passage. */
interface Group {
  shows: 'plain' | 'passage' | 'items';
  tokens: Token[];
}

function groupTokens(tokens: readonly Token[], passage: Passage | null): Group[] {
  const groups: Group[] = [];
  let position = 0;
  for (const token of tokens) {
    const start = position;
    position += token.raw.length;
    const last = groups.at(-1);
    if (last && token.type === 'space') {
      last.tokens.push(token);
      continue;
    }
    const inside = passage !== null && overlaps(start, start + token.raw.trimEnd().length, passage);
    const partly = inside && isList(token) && !touchItems(token, start, passage);
    const shows = partly ? 'items' : inside ? 'passage' : 'plain';
    if (last?.shows === shows) last.tokens.push(token);
    else groups.push({ shows, tokens: [token] });
  }
  return groups;
}

/**
 * The document as nodes. What belongs to the passage has the class "in-passage": one element around its blocks, or
 * the points of a list. Without a passage, or with one that lies outside the text, nothing has it.
 */
export function renderMarkdown(content: string, passage: Passage | null): DocumentFragment {
  const range = passage && { start: inParsedText(content, passage.start), end: inParsedText(content, passage.end) };
  const whole = document.createDocumentFragment();
  for (const group of groupTokens(marked.lexer(content), range)) {
    const nodes = sanitize(marked.parser(group.tokens));
    if (group.shows === 'passage') {
      const block = document.createElement('div');
      block.className = 'in-passage';
      block.append(nodes);
      whole.append(block);
      continue;
    }
    if (group.shows === 'items') {
      for (const item of nodes.querySelectorAll('li[data-passage]')) item.classList.add('in-passage');
    }
    whole.append(nodes);
  }
  return whole;
}
