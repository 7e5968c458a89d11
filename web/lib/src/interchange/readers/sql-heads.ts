/** The beginnings of the statements that matter: which table and which columns CREATE TABLE, COPY and INSERT name. */

export interface TableName {
  schema: string | null;
  name: string;
}

export interface CreateHead {
  table: TableName;
  columns: string[];
  types: Map<string, string>;
}

export interface CopyHead {
  table: TableName;
  columns: string[] | null;
  /** What of it this reader does not read, or ''. */
  unreadable: string;
}

export interface InsertHead {
  table: TableName;
  columns: string[] | null;
}

/** Tokens of SQL: names (quoted ones resolved), strings, signs; white space and comments are left out. */
interface Token {
  kind: 'name' | 'string' | 'sign';
  text: string;
  quoted: boolean;
  at: number;
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[^]*?\*\/|"((?:[^"]|"")*)"|([eE]'(?:[^'\\]|''|\\[^])*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')|([\p{L}_\u0080-\u{10ffff}][\p{L}\p{N}_$\u0080-\u{10ffff}]*)|(\d[\d.eE]*|::|[^])/gu;

function* tokens(text: string): Generator<Token> {
  for (const match of text.matchAll(TOKEN)) {
    const [, quoted, string, word, sign] = match;
    const at = match.index;
    if (quoted !== undefined) yield { kind: 'name', text: quoted.replaceAll('""', '"'), quoted: true, at };
    else if (word !== undefined) yield { kind: 'name', text: word.toLowerCase(), quoted: false, at };
    else if (string !== undefined) yield { kind: 'string', text: string, quoted: false, at };
    else if (sign !== undefined) yield { kind: 'sign', text: sign, quoted: false, at };
  }
}

class Reader {
  readonly #tokens: Iterator<Token>;
  next: Token | undefined;

  constructor(text: string) {
    this.#tokens = tokens(text);
    this.take();
  }

  take(): Token | undefined {
    const taken = this.next;
    const result = this.#tokens.next();
    this.next = result.done === true ? undefined : result.value;
    return taken;
  }

  /** Takes the word when it is next. */
  word(...words: string[]): boolean {
    if (this.next?.kind !== 'name' || this.next.quoted || !words.includes(this.next.text)) return false;
    this.take();
    return true;
  }

  sign(text: string): boolean {
    if (this.next?.kind !== 'sign' || this.next.text !== text) return false;
    this.take();
    return true;
  }

  name(): string | undefined {
    return this.next?.kind === 'name' ? this.take()?.text : undefined;
  }

  table(): TableName | undefined {
    const names = [this.name()];
    while (this.sign('.')) names.push(this.name());
    const name = names.at(-1);
    if (name === undefined || names.includes(undefined)) return undefined;
    return { schema: names.at(-2) ?? null, name };
  }

  /** `(a, "b")`; null when there is no list, undefined when it is none. */
  columns(): string[] | null | undefined {
    if (!this.sign('(')) return null;
    const names: string[] = [];
    while (!this.sign(')')) {
      const name = this.name();
      if (name === undefined) return undefined;
      names.push(name);
      if (!this.sign(',') && this.next?.text !== ')') return undefined;
    }
    return names;
  }
}

/** `INSERT INTO t (a, b)`, up to VALUES or as far as there is text. */
export function insertHead(text: string): InsertHead | undefined {
  const reader = new Reader(text);
  if (!reader.word('insert') || !reader.word('into')) return undefined;
  const table = reader.table();
  if (table === undefined) return undefined;
  if (reader.word('as')) reader.take();
  const columns = reader.columns();
  return columns === undefined ? undefined : { table, columns };
}

/** The table alone, of the first bytes of an INSERT. */
export function insertTable(text: string): TableName | undefined {
  const reader = new Reader(text);
  return reader.word('insert') && reader.word('into') ? reader.table() : undefined;
}

/** `COPY t (a, b) FROM stdin`; undefined for anything else. */
export function copyHead(text: string): CopyHead | undefined {
  const reader = new Reader(text);
  if (!reader.word('copy')) return undefined;
  const table = reader.table();
  const columns = reader.columns();
  if (table === undefined || columns === undefined || !reader.word('from')) return undefined;
  if (reader.next?.kind === 'string') return { table, columns, unreadable: 'Its rows are in another file.' };
  if (!reader.word('stdin')) return undefined;
  reader.word('with');
  const plain = reader.next === undefined || reader.next.text === ';';
  return { table, columns, unreadable: plain ? '' : 'Only the text format of COPY without options is read.' };
}

const CONSTRAINTS = [
  'constraint',
  'primary',
  'unique',
  'check',
  'foreign',
  'exclude',
  'like',
  'period',
  'key',
  'index',
];
const AFTER_TYPE = new Set(
  'collate default not null primary unique check references generated constraint storage compression deferrable initially'.split(
    ' ',
  ),
);

/** `CREATE TABLE t (a int, …)`; undefined for anything else, also for tables without a list of columns. */
export function createHead(text: string): CreateHead | undefined {
  const reader = new Reader(text);
  if (!reader.word('create')) return undefined;
  while (reader.word('unlogged', 'temporary', 'temp', 'global', 'local', 'foreign')) continue;
  if (!reader.word('table')) return undefined;
  if (reader.word('if')) while (reader.word('not', 'exists')) continue;
  const table = reader.table();
  if (table === undefined || !reader.sign('(')) return undefined;
  const columns: string[] = [];
  const types = new Map<string, string>();
  while (reader.next !== undefined && !reader.sign(')')) {
    const constrained = CONSTRAINTS.includes(reader.next.text) && !reader.next.quoted;
    const name = constrained ? undefined : reader.name();
    const type = typeOf(reader);
    if (name !== undefined) {
      columns.push(name);
      types.set(name, type);
    }
    if (!reader.sign(',') && reader.next?.text !== ')') break;
  }
  return { table, columns, types };
}

/** The type that stands here; takes the rest of the column's definition too. */
function typeOf(reader: Reader): string {
  let type = '';
  let depth = 0;
  let ended = false;
  let wordBefore = false;
  for (;;) {
    const { next } = reader;
    if (next === undefined || (depth === 0 && (next.text === ',' || next.text === ')') && next.kind === 'sign')) break;
    if (next.kind === 'sign' && next.text === '(') depth++;
    if (next.kind === 'sign' && next.text === ')') depth--;
    if (next.kind === 'name' && !next.quoted && depth === 0 && AFTER_TYPE.has(next.text)) ended = true;
    if (!ended) {
      const isWord = next.kind === 'name';
      type += isWord && wordBefore ? ` ${next.text}` : next.text;
      wordBefore = isWord || next.text === ')';
    }
    reader.take();
  }
  return type;
}

/** Without white space and comments before it. */
export function stripped(text: string): string {
  return text.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)+/, '');
}

/** Length of white space and comments before a statement. */
export function leadLength(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    const byte = bytes[at];
    if (byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13)) at++;
    else if (byte === 45 && bytes[at + 1] === 45) {
      const end = bytes.indexOf(10, at);
      if (end < 0) return bytes.length;
      at = end + 1;
    } else if (byte === 47 && bytes[at + 1] === 42) {
      let depth = 1;
      for (at += 2; at < bytes.length && depth > 0; at++) {
        if (bytes[at] === 42 && bytes[at + 1] === 47) {
          depth--;
          at++;
        } else if (bytes[at] === 47 && bytes[at + 1] === 42) {
          depth++;
          at++;
        }
      }
    } else return at;
  }
}
