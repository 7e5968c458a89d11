/**
 * Text under construction: blocks of Markdown, built from runs of inline text.
 *
 * Knows white space, list markers and quotes; does not know HTML.
 */

interface Block {
  text: string;
  /** Follows the block before without a blank line, as items of one list do. */
  tight: boolean;
}

export class Flow {
  readonly #blocks: Block[] = [];
  /** Pieces of the current run; joined once, so that long texts stay linear. */
  #run: string[] = [];
  #endsWithSpace = true;
  #prefix = '';
  #marker: string | undefined;
  /** True when a block other than a paragraph is in it: such table cells are no cells of data. */
  structured = false;

  get empty(): boolean {
    return this.#blocks.length === 0 && this.#run.length === 0;
  }

  /** Adds inline text; runs of white space become one space. */
  text(text: string): void {
    const collapsed = text.replace(/\s+/g, ' ');
    const piece = this.#endsWithSpace ? collapsed.replace(/^ /, '') : collapsed;
    if (piece === '') return;
    this.#run.push(piece);
    this.#endsWithSpace = piece.endsWith(' ');
  }

  /** Adds characters that are kept as they are, such as the backtick of code. */
  literal(text: string): void {
    this.#run.push(text);
    this.#endsWithSpace = text.endsWith(' ') || text.endsWith('\n');
  }

  /** Ends the current run as a block, with `lead` before its first line. */
  endBlock(lead = ''): void {
    const text = this.#run.join('').trim();
    this.#run = [];
    this.#endsWithSpace = true;
    if (text !== '') this.block(lead + text);
  }

  /** Adds a finished block; every line gets the prefix of the lists and quotes around it. */
  block(text: string): void {
    this.#flush();
    const tight = this.#marker !== undefined && this.#blocks.length > 0 && this.#insideList;
    const first = this.#marker ?? this.#prefix;
    const lines = text.split('\n').map((line, index) => ((index === 0 ? first : this.#prefix) + line).trimEnd());
    this.#blocks.push({ text: lines.join('\n'), tight });
    this.#marker = undefined;
    this.#insideList = this.#prefix.trim() === '' && this.#prefix !== '';
  }

  #insideList = false;

  #flush(): void {
    if (this.#run.length > 0) this.endBlock();
  }

  /** Everything until the matching `leave` is indented by `prefix`; `marker` stands in its place on the first line. */
  enter(prefix: string, marker?: string): string {
    const outer = this.#prefix;
    if (marker !== undefined) this.#marker = (this.#marker ?? outer) + marker;
    this.#prefix = outer + prefix;
    return outer;
  }

  leave(outer: string): void {
    this.#prefix = outer;
    this.#marker = undefined;
  }

  /** The whole text; blocks are parted by blank lines. */
  finish(): string {
    this.endBlock();
    return this.#blocks.map((block, index) => (index === 0 ? '' : block.tight ? '\n' : '\n\n') + block.text).join('');
  }
}
