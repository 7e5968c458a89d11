/**
 * Where statements of SQL end, byte by byte, whatever stands in their strings, quoted names, comments and function bodies. Parens
 * at the outermost level are told too, for the rows of INSERT.
 */

/** What `next` found. */
export const enum SqlEvent {
  /** `;` at the end of a statement. */
  Semicolon,
  /** The end of a line with a command of psql. */
  Meta,
  /** `(` at the outermost level. */
  Open,
  /** Its `)`. */
  Close,
  /** The first byte of a word, number or sign at the outermost level, where `words` asks for it. */
  Word,
}

const enum State {
  Code,
  Quoted,
  Escaped,
  Name,
  Tag,
  Dollar,
  LineComment,
  BlockComment,
  Meta,
}

/** 1: part of a word; 2: white space; 0: anything else. */
const CLASS = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const isWord = /[A-Za-z0-9_]/.test(String.fromCharCode(byte)) || byte >= 0x80;
  CLASS[byte] = isWord ? 1 : byte === 32 || (byte >= 9 && byte <= 13) ? 2 : 0;
}

const QUOTE = 39;
const LONG = 48;

/** The hash of a word in either case. */
export function hashOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at++) hash = (hash * 31 + (word.charCodeAt(at) | 32)) | 0;
  return hash;
}

export class SqlScanner {
  event: SqlEvent = SqlEvent.Semicolon;
  /** Report parens and words of the outermost level. */
  tuples = false;
  words = false;
  /** Ordinary strings know backslashes: `standard_conforming_strings` is off. */
  backslashes = false;
  /** Nothing of the current statement was seen yet. */
  fresh = true;
  /** Hash of the last word of the outermost level when nothing but white space followed it, else 0: see `hashOf`. */
  lastWord = 0;
  #state = State.Code;
  #depth = 0;
  #previous = 0;
  /** Bytes of the word that ends here. */
  #word = 0;
  #slash = false;
  #comment = 0;
  #tag: number[] = [];
  #matched = 0;

  /** The position after the next event at or after `from`, or -1. */
  next(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#state === State.Code) {
        at = this.#code(bytes, at);
        if (at < 0) return -at;
      } else {
        at = this.#inside(bytes, at);
        if (at < 0) return -at;
      }
    }
    return -1;
  }

  /** Ends at the end of the bytes, in another state, or with an event: then the position is negative. */
  #code(bytes: Uint8Array, from: number): number {
    let at = from;
    let previous = this.#previous;
    let word = this.#word;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      const kind = CLASS[byte];
      if (kind === 1) {
        if (this.#depth === 0) this.lastWord = ((word === 0 ? 0 : this.lastWord) * 31 + (byte | 32)) | 0;
        word++;
        previous = byte;
        this.fresh = false;
        if (word === 1 && this.words && this.#depth === 0) return this.#found(SqlEvent.Word, at, byte, 1);
        continue;
      }
      const before = word;
      if (kind === 2) {
        word = 0;
        previous = byte;
        continue;
      }
      const lead = previous;
      previous = byte;
      word = 0;
      if (byte !== 40) this.lastWord = 0;
      if (byte === QUOTE) {
        const isEscaped = this.backslashes || (before === 1 && (lead | 32) === 101);
        this.fresh = false;
        return this.#enter(isEscaped ? State.Escaped : State.Quoted, at);
      }
      if (byte === 34) {
        this.fresh = false;
        return this.#enter(State.Name, at);
      }
      if (byte === 36 && before === 0) {
        this.#tag = [36];
        return this.#enter(State.Tag, at);
      }
      if (byte === 36) {
        word = before + 1;
        continue;
      }
      if (byte === 45 && lead === 45) return this.#enter(State.LineComment, at);
      if (byte === 42 && lead === 47) {
        this.#comment = 1;
        return this.#enter(State.BlockComment, at);
      }
      if (byte === 92 && this.fresh) return this.#enter(State.Meta, at);
      if (byte === 40) {
        this.fresh = false;
        if (this.#depth++ === 0 && this.tuples) return this.#found(SqlEvent.Open, at, byte, 0);
        continue;
      } else if (byte === 41) {
        if (this.#depth > 0 && --this.#depth === 0 && this.tuples) return this.#found(SqlEvent.Close, at, byte, 0);
      } else if (byte === 59 && this.#depth === 0) {
        this.fresh = true;
        return this.#found(SqlEvent.Semicolon, at, 0, 0);
      }
    }
    this.#previous = previous;
    this.#word = word;
    return at;
  }

  #enter(state: State, at: number): number {
    this.#state = state;
    this.#previous = 0;
    this.#word = 0;
    this.#slash = false;
    this.#matched = 0;
    return at + 1;
  }

  #found(event: SqlEvent, at: number, previous: number, word: number): number {
    this.event = event;
    this.#previous = previous;
    this.#word = word;
    return -(at + 1);
  }

  #inside(bytes: Uint8Array, from: number): number {
    switch (this.#state) {
      case State.Quoted:
        return this.#until(bytes, from, QUOTE);
      case State.Name:
        return this.#until(bytes, from, 34);
      case State.LineComment:
        return this.#until(bytes, from, 10);
      case State.Meta: {
        const end = this.#until(bytes, from, 10);
        return this.#state === State.Meta ? end : this.#found(SqlEvent.Meta, end - 1, 0, 0);
      }
      case State.Escaped:
        return this.#escaped(bytes, from);
      case State.Tag:
        return this.#inTag(bytes, from);
      case State.Dollar:
        return this.#dollar(bytes, from);
      default:
        return this.#block(bytes, from);
    }
  }

  /** To the end of what ends with this byte. A doubled quote ends a string and begins another, which comes to the same. */
  #until(bytes: Uint8Array, from: number, byte: number): number {
    const near = Math.min(bytes.length, from + LONG);
    let at = from;
    while (at < near && bytes[at] !== byte) at++;
    if (at === near) {
      at = bytes.indexOf(byte, near);
      if (at < 0) return bytes.length;
    }
    this.#state = State.Code;
    return at + 1;
  }

  #escaped(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (this.#slash) this.#slash = false;
      else if (byte === 92) this.#slash = true;
      else if (byte === QUOTE) {
        // After it stands what would make a doubled quote an escaped string again.
        this.#state = State.Code;
        this.#previous = 101;
        this.#word = 1;
        return at + 1;
      }
    }
    return bytes.length;
  }

  /** `$` and a name may begin a dollar-quoted string; `$1` does not. */
  #inTag(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      this.#tag.push(byte);
      if (byte === 36) {
        this.fresh = false;
        this.#matched = 0;
        this.#state = State.Dollar;
        return at + 1;
      }
      const digit = byte >= 48 && byte <= 57;
      if (CLASS[byte] !== 1 || (digit && this.#tag.length === 2) || this.#tag.length > 256) {
        this.#state = State.Code;
        return at;
      }
    }
    return bytes.length;
  }

  #dollar(bytes: Uint8Array, from: number): number {
    const tag = this.#tag;
    let at = from;
    while (at < bytes.length) {
      if (this.#matched === 0) {
        at = bytes.indexOf(36, at);
        if (at < 0) return bytes.length;
        this.#matched = 1;
      } else if (bytes[at] === tag[this.#matched]) {
        this.#matched++;
      } else {
        this.#matched = bytes[at] === 36 ? 1 : 0;
      }
      at++;
      if (this.#matched === tag.length) {
        this.#state = State.Code;
        return at;
      }
    }
    return at;
  }

  #block(bytes: Uint8Array, from: number): number {
    let previous = this.#previous;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (previous === 42 && byte === 47) {
        previous = 0;
        if (--this.#comment === 0) {
          this.#state = State.Code;
          this.#previous = 0;
          return at + 1;
        }
      } else if (previous === 47 && byte === 42) {
        previous = 0;
        this.#comment++;
      } else {
        previous = byte;
      }
    }
    this.#previous = previous;
    return bytes.length;
  }
}
