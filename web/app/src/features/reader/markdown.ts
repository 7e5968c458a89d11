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

const marked = new Marked({
  gfm: true,
  renderer: {
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

/** Flags the items of a partly covered list: a list may be a whole chapter, of which the passage is one point. */
function touchItems(list: Tokens.List, listStart: number, passage: Passage): void {
  let cursor = 0;
  for (const item of list.items) {
    const at = list.raw.indexOf(item.raw, cursor);
    const start = at === -1 ? cursor : at;
    cursor = start + item.raw.length;
    if (overlaps(listStart + start, listStart + start + item.raw.trimEnd().length, passage)) touched.add(item);
  }
}

/** The parser reads every line end as one character; offsets into the stored text move accordingly. */
function inParsedText(content: string, offset: number): number {
  return content.slice(0, offset).replace(/\r\n/g, '\n').length;
}

/** What to mark: the listed items of a list, else the block itself. */
function markBlock(block: Element): void {
  const items = /^[OU]L$/.test(block.tagName) ? block.querySelectorAll(':scope > li[data-passage]') : [];
  if (items.length === 0) block.classList.add('in-passage');
  for (const item of items) item.classList.add('in-passage');
}

/**
 * The document as nodes. Blocks of the passage have the class "in-passage"; without a passage, or with one that lies
 * outside the text, no block has it.
 */
export function renderMarkdown(content: string, passage: Passage | null): DocumentFragment {
  const tokens = marked.lexer(content);
  const range = passage && { start: inParsedText(content, passage.start), end: inParsedText(content, passage.end) };
  const groups: { inside: boolean; tokens: Token[] }[] = [];
  let position = 0;
  for (const token of tokens) {
    const start = position;
    position += token.raw.length;
    const inside = range !== null && token.type !== 'space' && overlaps(start, start + token.raw.trimEnd().length, range);
    if (inside && isList(token)) touchItems(token, start, range);
    const group = groups.at(-1);
    if (group && (group.inside === inside || token.type === 'space')) group.tokens.push(token);
    else groups.push({ inside, tokens: [token] });
  }
  const whole = document.createDocumentFragment();
  for (const group of groups) {
    const nodes = sanitize(marked.parser(group.tokens));
    if (group.inside) for (const block of nodes.children) markBlock(block);
    whole.append(nodes);
  }
  return whole;
}
