/**
 * HTML to Markdown-like text: headings, paragraphs, lists, tables, code fences and quotes; links and images as their text.
 *
 * Scripts, styles, navigation and forms' machinery are left out. The parser is htmlparser2, loaded with the first document and
 * fed in slices, so that a large file blocks nothing. Nesting deeper than MAX_NESTING is refused with INVALID_ARGUMENT.
 */
import { cannotLoad, invalidArgument } from '../errors.js';
import { BLOCKS, CODE, DROPPED, PREFORMATTED, fenced, languageOf } from './elements.js';
import { Flow } from './flow.js';
import { TableText } from './table.js';

export interface HtmlText {
  text: string;
  /** The document's <title>, '' without one. */
  title: string;
}

const MAX_NESTING = 4096;
const SLICE = 64 * 1024;
const HEADING = /^h[1-6]$/;

/** `pause` is awaited between slices; it may throw to cancel. */
export async function htmlToText(html: string, pause: () => Promise<void>): Promise<HtmlText> {
  const { Parser } = await import('./html-parser.js').catch(cannotLoad);
  const reader = new HtmlReader();
  const parser = new Parser({
    onopentag: (name, attributes) => reader.open(name, attributes),
    ontext: (text) => reader.text(text),
    onclosetag: (name) => reader.close(name),
  });
  for (let at = 0; at < html.length; at += SLICE) {
    if (at > 0) await pause();
    parser.write(html.slice(at, at + SLICE));
  }
  parser.end();
  return reader.finish();
}

interface List {
  ordered: boolean;
  next: number;
}

/** What an open element has to undo when it closes. */
interface Element {
  name: string;
  undo?: () => void;
}

class HtmlReader {
  readonly #root = new Flow();
  #flow = this.#root;
  readonly #open: Element[] = [];
  readonly #lists: List[] = [];
  #table: TableText | undefined;
  /** Depth at which an element that is left out began. */
  #droppedAt: number | undefined;
  #preformatted: string[] | undefined;
  #language = '';
  #title: string[] | undefined;
  #titleText = '';
  #hasHeading = false;

  open(name: string, attributes: Record<string, string>): void {
    const element: Element = { name };
    this.#open.push(element);
    if (this.#open.length > MAX_NESTING)
      throw invalidArgument(`The HTML is nested deeper than ${MAX_NESTING} elements.`);
    if (this.#droppedAt !== undefined) return;
    if (DROPPED.has(name) || attributes['hidden'] !== undefined || attributes['aria-hidden'] === 'true') {
      this.#droppedAt = this.#open.length;
      return;
    }
    if (this.#preformatted !== undefined) {
      if (name === 'br') this.#preformatted.push('\n');
      // <pre><code class="language-x"> is the usual form.
      if (name === 'code') this.#language ||= languageOf(attributes);
      return;
    }
    const undo = this.#start(name, attributes);
    if (undo !== undefined) element.undo = undo;
  }

  text(text: string): void {
    if (this.#droppedAt !== undefined) return;
    if (this.#title !== undefined) this.#title.push(text);
    else if (this.#preformatted !== undefined) this.#preformatted.push(text);
    else this.#flow.text(text);
  }

  close(name: string): void {
    // A document that ends inside a tag closes an element that never was opened here.
    const element = this.#open.at(-1);
    if (element?.name !== name) return;
    this.#open.pop();
    if (this.#droppedAt !== undefined) {
      if (this.#open.length < this.#droppedAt) this.#droppedAt = undefined;
      return;
    }
    element.undo?.();
  }

  finish(): HtmlText {
    const body = this.#root.finish();
    const text = this.#titleText === '' || this.#hasHeading ? body : `# ${this.#titleText}\n\n${body}`.trimEnd();
    return { text, title: this.#titleText };
  }

  /** Begins an element that is shown; returns what its end does. */
  #start(name: string, attributes: Record<string, string>): (() => void) | undefined {
    if (HEADING.test(name)) return this.#heading(Number(name[1]));
    if (BLOCKS.has(name)) return this.#block();
    if (CODE.has(name)) return this.#code();
    if (PREFORMATTED.has(name)) return this.#fence(attributes);
    switch (name) {
      case 'title':
        return this.#startTitle();
      case 'br':
        return void this.#flow.literal('\n');
      case 'hr':
        return void this.#flow.endBlock();
      case 'img':
        return void this.#flow.text(attributes['alt'] ?? '');
      case 'input':
        return void this.#flow.text(
          attributes['type'] === 'checkbox' ? ('checked' in attributes ? '[x] ' : '[ ] ') : '',
        );
      case 'ul':
      case 'ol':
      case 'menu':
        return this.#list({ ordered: name === 'ol', next: Number.parseInt(attributes['start'] ?? '1', 10) || 1 });
      case 'li':
        return this.#item();
      case 'blockquote':
        return this.#indented('> ', '> ');
      case 'table':
        return this.#startTable();
      case 'tr':
        this.#table?.startRow();
        return undefined;
      case 'td':
      case 'th':
        return this.#cell();
      default:
        return undefined;
    }
  }

  #startTitle(): () => void {
    this.#title = [];
    return () => {
      this.#titleText ||= (this.#title ?? []).join('').replace(/\s+/g, ' ').trim();
      this.#title = undefined;
    };
  }

  #block(): () => void {
    this.#flow.endBlock();
    return () => this.#flow.endBlock();
  }

  #heading(level: number): () => void {
    this.#flow.endBlock();
    this.#flow.structured = true;
    this.#hasHeading = true;
    return () => this.#flow.endBlock(`${'#'.repeat(level)} `);
  }

  #code(): () => void {
    this.#flow.literal('`');
    return () => this.#flow.literal('`');
  }

  #fence(attributes: Record<string, string>): () => void {
    this.#flow.endBlock();
    this.#flow.structured = true;
    this.#preformatted = [];
    this.#language = languageOf(attributes);
    return () => {
      const code = (this.#preformatted ?? []).join('').replace(/\r\n?/g, '\n').replace(/^\n/, '').trimEnd();
      this.#preformatted = undefined;
      if (code.trim() !== '') this.#flow.block(fenced(code, this.#language));
    };
  }

  #list(list: List): () => void {
    this.#flow.endBlock();
    this.#flow.structured = true;
    this.#lists.push(list);
    return () => {
      this.#flow.endBlock();
      this.#lists.pop();
    };
  }

  #item(): () => void {
    const list = this.#lists.at(-1);
    const marker = list?.ordered === true ? `${list.next++}. ` : '- ';
    return this.#indented(' '.repeat(marker.length), marker);
  }

  #indented(prefix: string, marker: string): () => void {
    const flow = this.#flow;
    flow.endBlock();
    flow.structured = true;
    const outer = flow.enter(prefix, marker);
    return () => {
      flow.endBlock();
      flow.leave(outer);
    };
  }

  #startTable(): () => void {
    const outer = { flow: this.#flow, table: this.#table };
    outer.flow.endBlock();
    const table = new TableText();
    this.#table = table;
    this.#flow = table.loose;
    return () => {
      this.#flow = outer.flow;
      this.#table = outer.table;
      const text = table.finish();
      outer.flow.structured = true;
      if (text !== '') outer.flow.block(text);
    };
  }

  #cell(): (() => void) | undefined {
    if (this.#table === undefined) return this.#block();
    const outer = this.#flow;
    const cell = this.#table.startCell();
    this.#flow = cell;
    return () => {
      cell.endBlock();
      this.#flow = outer;
    };
  }
}
