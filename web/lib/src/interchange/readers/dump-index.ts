/** One pass over a dump of PostgreSQL in SQL: which tables it has, and where their rows lie. */
import { invalidArgument } from '../../errors.js';
import { joined, type ByteSource } from './bytes.js';
import { DumpTables, MOST_RUNS, type DumpIndex, type DumpTable, type Range } from './dump-tables.js';
import { rawText } from './problems.js';
import { copyHead, createHead, insertHead, insertTable, leadLength, stripped, type TableName } from './sql-heads.js';
import { SqlEvent, SqlScanner } from './sql-scanner.js';

const MOST_HEAD = 1024 * 1024;

export async function indexDump(source: ByteSource, signal?: AbortSignal): Promise<DumpIndex> {
  const indexer = new Indexer(source.size === null ? MOST_RUNS.stream : MOST_RUNS.blob);
  for await (const chunk of source.chunks(0, Infinity, signal)) indexer.feed(chunk);
  indexer.finish(source.damage);
  return indexer.index;
}

class Indexer {
  readonly #found: DumpTables;
  #backslashes = false;
  readonly #scanner = new SqlScanner();
  #mode: 'sql' | 'header' | 'copy' = 'sql';
  #statements = 0;
  /** The current chunk's position. */
  #base = 0;
  /** Beginning of the current statement that lies in earlier chunks. */
  #stash: Uint8Array[] = [];
  #stashed = 0;
  #start = 0;
  #copy: { table: DumpTable | undefined; range: Range } | undefined;
  /** In a body of SQL, BEGIN ATOMIC … END, whose statements are none of the dump. */
  #atomic = false;
  #last: { table: DumpTable; range: Range; head: string } | undefined;
  /** What of `\n\.` was seen at the end of the chunk before. */
  #mark = 0;

  constructor(mostRuns: number) {
    this.#found = new DumpTables(mostRuns);
  }

  get index(): DumpIndex {
    const { tables, problems } = this.#found;
    return { tables, problems, backslashes: this.#backslashes };
  }

  feed(chunk: Uint8Array): void {
    let at = 0;
    if (this.#base === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) this.#start = at = 3;
    while (at < chunk.length) {
      if (this.#mode === 'copy') at = this.#copyData(chunk, at);
      else if (this.#mode === 'header') at = this.#copyHeader(chunk, at);
      else at = this.#sql(chunk, at);
    }
    if (this.#mode === 'sql' && this.#stashed < MOST_HEAD) {
      const rest = chunk.slice(Math.max(0, this.#start - this.#base));
      this.#stash.push(rest);
      this.#stashed += rest.length;
    }
    this.#base += chunk.length;
  }

  #sql(chunk: Uint8Array, at: number): number {
    const end = this.#scanner.next(chunk, at);
    if (end < 0) return chunk.length;
    const from = Math.max(0, this.#start - this.#base);
    const text = this.#stashed === 0 ? chunk.subarray(from, end) : joined([...this.#stash, chunk.subarray(0, end)]);
    if (this.#scanner.event === SqlEvent.Meta) this.#meta(rawText(text));
    else this.#statement(text, this.#base + end);
    this.#restart(this.#base + end);
    return end;
  }

  #restart(position: number): void {
    this.#start = position;
    this.#stash = [];
    this.#stashed = 0;
  }

  /** A command of psql. */
  #meta(line: string): void {
    const target = /^\s*\\c(?:onnect)?\s+(.*?)\s*$/m.exec(stripped(line))?.[1];
    if (target === undefined) return;
    const name = /dbname='((?:[^'\\]|\\.)*)'/.exec(target)?.[1] ?? target.replace(/^-\S+\s+/, '');
    this.#found.database = name.replace(/^"([^]*)"$/, '$1').replaceAll('""', '"');
    this.#found.schema = null;
  }

  #statement(bytes: Uint8Array, end: number): void {
    const skip = leadLength(bytes);
    const first = (bytes[skip] ?? 0) | 32;
    // i, c, s, e, b: the only letters that matter, and the quickest way past all others.
    if (first === 105) return this.#insert(bytes.subarray(skip), this.#start + skip, end, false);
    if (first !== 99 && first !== 115 && first !== 101) return;
    this.#statements++;
    const text = decodeHead(bytes.subarray(skip, skip + MOST_HEAD));
    if (this.#atomic) {
      if (/^end\s*;?$/i.test(text)) this.#atomic = false;
    } else if (/^copy\s/i.test(text)) this.#beginCopy(text, end);
    else if (/^create\s/i.test(text)) {
      this.#atomic =
        /^create\s+(or\s+replace\s+)?(function|procedure)\b/i.test(text) && /\bbegin\s+atomic\b/i.test(text);
      const head = this.#atomic ? undefined : createHead(text);
      if (head !== undefined) this.#create(head);
    } else this.#setting(text);
  }

  #setting(text: string): void {
    const path = /^set\s+(?:session\s+|local\s+)?search_path\s*(?:=|to)\s*"?([^",;\s]+)/i.exec(text)?.[1];
    if (path !== undefined) this.#found.schema = /^(''|pg_catalog|default)$/i.test(path) ? null : path;
    if (/^select\s+(pg_catalog\.)?set_config\(\s*'search_path'/i.test(text)) this.#found.schema = null;
    const strings = /^set\s+standard_conforming_strings\s*(?:=|to)\s*'?(on|off)/i.exec(text)?.[1];
    if (strings !== undefined) this.#backslashes = this.#scanner.backslashes = strings.toLowerCase() === 'off';
  }

  #create({ table: named, columns, types }: { table: TableName; columns: string[]; types: Map<string, string> }): void {
    const table = this.#found.table(named);
    table.created ??= columns;
    table.types ??= types;
  }

  #insert(bytes: Uint8Array, start: number, end: number, cut: boolean): void {
    this.#statements++;
    if (this.#atomic) return;
    const head = decodeHead(bytes.subarray(0, 512));
    // Most statements begin as the one before did.
    if (this.#last !== undefined && head.startsWith(this.#last.head)) {
      this.#last.range.end = end;
      if (!cut) return;
    }
    const named = insertTable(head);
    if (named === undefined) {
      if (cut) this.#found.problem(null, CUT, bytes, start);
      else if (/^insert\s/i.test(head)) this.#found.problem(null, 'An INSERT that cannot be read.', bytes, start);
      return;
    }
    const table = this.#found.table(named);
    if (table.columns === null) table.columns = insertHead(decodeHead(bytes.subarray(0, MOST_HEAD)))?.columns ?? null;
    const range = this.#found.run(table, start, end, this.#last?.range);
    const prefix = /^[^(']*?\svalues\s*\(|^[^(']*\(/i.exec(head)?.[0];
    const isPlain = prefix !== undefined && !/[-/]|^[^"]*"(?:[^"]*"[^"]*")*[^"]*$/.test(prefix);
    this.#last = isPlain ? { table, range, head: prefix } : undefined;
    if (cut) this.#found.problem(table, 'The file ends in the middle of an INSERT.', bytes, start);
  }

  #beginCopy(text: string, end: number): void {
    const head = copyHead(text);
    if (head === undefined) return;
    const table = this.#found.table(head.table);
    this.#last = undefined;
    this.#found.beginBlock();
    const range: Range = { kind: 'copy', start: end, end, columns: head.columns };
    if (head.unreadable !== '')
      this.#found.problem(table, head.unreadable, new TextEncoder().encode(text), end - text.length);
    if (/\bfrom\s+'/i.test(text)) return;
    if (head.unreadable === '') table.columns ??= head.columns;
    this.#copy = { table: head.unreadable === '' ? table : undefined, range };
    this.#mode = 'header';
  }

  /** What is left of the line with COPY. */
  #copyHeader(chunk: Uint8Array, at: number): number {
    const end = chunk.indexOf(10, at);
    if (end < 0) return chunk.length;
    this.#mode = 'copy';
    this.#mark = 1;
    const { table, range } = this.#copy ?? {};
    if (range !== undefined) {
      range.start = range.end = this.#base + end + 1;
      if (table !== undefined) this.#found.range(table, range);
    }
    return end + 1;
  }

  /** Lines up to one that is `\.`: a newline (1), a backslash (2), a dot (3), the end of the line. */
  #copyData(chunk: Uint8Array, from: number): number {
    let mark = this.#mark;
    let lines = 0;
    let at = from;
    for (; at < chunk.length; at++) {
      if (mark === 0) {
        const end = chunk.indexOf(10, at);
        at = end < 0 ? chunk.length - 1 : end;
      }
      const byte = chunk[at];
      if (byte === 10) {
        if (mark === 3) break;
        lines++;
        mark = 1;
      } else if (mark !== 0 && !(mark === 3 && byte === 13)) {
        mark = mark === 1 && byte === 92 ? 2 : mark === 2 && byte === 46 ? 3 : 0;
      }
    }
    this.#mark = mark;
    const { table, range } = this.#copy ?? {};
    if (table !== undefined) table.lines += lines;
    if (at === chunk.length) return at;
    if (range !== undefined) range.end = this.#base + at - (chunk[at - 1] === 13 ? 3 : 2);
    this.#endCopy(this.#base + at + 1);
    return at + 1;
  }

  #endCopy(position: number): void {
    this.#mode = 'sql';
    this.#copy = undefined;
    this.#restart(position);
  }

  finish(damage: string): void {
    const size = this.#base;
    if (this.#mode === 'copy' && this.#copy !== undefined) {
      const { table, range } = this.#copy;
      range.end = this.#mark === 3 ? size - 2 : size;
      // A file may end with `\.` and no newline.
      if (this.#mark !== 3)
        this.#found.problem(table, 'The file ends in the middle of the rows of this table.', NOTHING, size);
    } else if (this.#mode === 'sql' && !this.#scanner.fresh) {
      const bytes = joined(this.#stash);
      const skip = leadLength(bytes);
      const body = bytes.subarray(skip);
      const start = this.#start + skip;
      if (((body[0] ?? 0) | 32) === 105) this.#insert(body, start, size, true);
      else this.#found.problem(null, CUT, body, start);
    }
    if (damage !== '') this.#found.problem(null, `The packed file is damaged: ${damage}.`, NOTHING, size);
    if (this.#statements === 0) {
      throw invalidArgument('The file is no dump of PostgreSQL in SQL: it holds no statements. Make one with pg_dump.');
    }
  }
}

const NOTHING = new Uint8Array();
const CUT = 'The file ends in the middle of a statement.';
const lenient = new TextDecoder('utf-8');
const decodeHead = (bytes: Uint8Array): string => lenient.decode(bytes);
