/**
 * Dictionaries, texts and numbers of a Python pickle, as data.
 *
 * A pickle is a program; this runs none of it. Classes and calls are only places where a dictionary may be: what is built of one is
 * that dictionary. Any instruction beyond those is refused.
 */
import { invalidArgument } from '../../errors.js';

export type Pickled = string | number | boolean | null | Pickled[] | Map<Pickled, Pickled>;

const MARK = Symbol('mark');
type Item = Pickled | typeof MARK;

/** INVALID_ARGUMENT: damaged, or more than data. */
export function readPickle(bytes: Uint8Array): Pickled {
  try {
    return new Machine(bytes).run();
  } catch (error) {
    if (error instanceof RangeError) throw invalidArgument('The pickle ends too early.');
    throw error;
  }
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: Item[] = [];
  readonly #memo = new Map<number, Item>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Pickled {
    for (;;) {
      const code = this.#view.getUint8(this.#at++);
      if (code === 0x2e) return this.#value(); // STOP
      this.#step(code);
    }
  }

  #step(code: number): void {
    switch (code) {
      case 0x80: // PROTO
        this.#at += 1;
        return;
      case 0x95: // FRAME
        this.#at += 8;
        return;
      case 0x28: // MARK
        this.#stack.push(MARK);
        return;
      case 0x4e: // NONE
        this.#stack.push(null);
        return;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        this.#stack.push(code === 0x88);
        return;
      case 0x4a: // BININT
        this.#stack.push(this.#view.getInt32(this.#take(4), true));
        return;
      case 0x4b: // BININT1
        this.#stack.push(this.#view.getUint8(this.#take(1)));
        return;
      case 0x4d: // BININT2
        this.#stack.push(this.#view.getUint16(this.#take(2), true));
        return;
      case 0x8a: // LONG1
        this.#stack.push(this.#long(this.#view.getUint8(this.#take(1))));
        return;
      case 0x47: // BINFLOAT
        this.#stack.push(this.#view.getFloat64(this.#take(8)));
        return;
      case 0x58: // BINUNICODE
        this.#stack.push(this.#text(this.#view.getUint32(this.#take(4), true)));
        return;
      case 0x8c: // SHORT_BINUNICODE
        this.#stack.push(this.#text(this.#view.getUint8(this.#take(1))));
        return;
      case 0x8d: // BINUNICODE8
        this.#stack.push(this.#text(Number(this.#view.getBigUint64(this.#take(8), true))));
        return;
      case 0x7d: // EMPTY_DICT
        this.#stack.push(new Map());
        return;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        this.#stack.push([]);
        return;
      default:
        if (!this.#remember(code)) this.#build(code);
    }
  }

  /** What was there before is told by its number. */
  #remember(code: number): boolean {
    if (code === 0x94)
      this.#memo.set(this.#memo.size, this.#top()); // MEMOIZE
    else if (code === 0x71)
      this.#memo.set(this.#view.getUint8(this.#take(1)), this.#top()); // BINPUT
    else if (code === 0x72)
      this.#memo.set(this.#view.getUint32(this.#take(4), true), this.#top()); // LONG_BINPUT
    else if (code === 0x68)
      this.#stack.push(this.#memo.get(this.#view.getUint8(this.#take(1))) ?? null); // BINGET
    else if (code === 0x6a)
      this.#stack.push(this.#memo.get(this.#view.getUint32(this.#take(4), true)) ?? null); // LONG_BINGET
    else return false;
    return true;
  }

  #build(code: number): void {
    switch (code) {
      case 0x73: {
        // SETITEM
        const [key = null, value = null] = this.#drop(2);
        this.#set([key, value]);
        return;
      }
      case 0x75: // SETITEMS
        this.#set(this.#toMark());
        return;
      case 0x61: // APPEND
        this.#append(this.#drop(1));
        return;
      case 0x65: // APPENDS
        this.#append(this.#toMark());
        return;
      case 0x74: // TUPLE
        this.#stack.push(this.#toMark());
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#stack.push(this.#drop(code - 0x84));
        return;
      case 0x63: // GLOBAL
        this.#line();
        this.#line();
        this.#stack.push(null);
        return;
      case 0x93: // STACK_GLOBAL
      case 0x81: // NEWOBJ
      case 0x52: // REDUCE
        this.#drop(2);
        this.#stack.push(null);
        return;
      case 0x62: {
        // BUILD
        const [, state = null] = this.#drop(2);
        this.#stack.push(state);
        return;
      }
      default:
        throw invalidArgument(`The pickle is more than data (instruction ${code}).`);
    }
  }

  #take(count: number): number {
    const at = this.#at;
    this.#at += count;
    return at;
  }

  #text(length: number): string {
    const at = this.#take(length);
    if (this.#at > this.#bytes.length) throw new RangeError('cut');
    return new TextDecoder().decode(this.#bytes.subarray(at, at + length));
  }

  /** Up to eight bytes: the numbers of points. */
  #long(length: number): number {
    if (length > 8) throw invalidArgument('The pickle has a number that is too long.');
    let value = 0n;
    for (let at = 0; at < length; at++) value |= BigInt(this.#view.getUint8(this.#take(1))) << BigInt(8 * at);
    return Number(BigInt.asIntN(8 * length, value));
  }

  #line(): void {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new RangeError('cut');
    this.#at = end + 1;
  }

  #top(): Item {
    const top = this.#stack.at(-1);
    if (top === undefined) throw new RangeError('nothing there');
    return top;
  }

  #value(): Pickled {
    const top = this.#top();
    if (top === MARK) throw new RangeError('no value');
    return top;
  }

  #drop(count: number): Pickled[] {
    const items = this.#stack.splice(Math.max(this.#stack.length - count, 0), count);
    if (items.length < count || items.includes(MARK)) throw new RangeError('nothing there');
    return items as Pickled[];
  }

  #toMark(): Pickled[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw new RangeError('no mark');
    return this.#stack.splice(mark).slice(1) as Pickled[];
  }

  #set(pairs: Pickled[]): void {
    const target = this.#top();
    if (!(target instanceof Map)) return;
    for (let at = 0; at + 1 < pairs.length; at += 2) target.set(pairs[at] ?? null, pairs[at + 1] ?? null);
  }

  #append(items: Pickled[]): void {
    const target = this.#top();
    if (Array.isArray(target)) for (const item of items) target.push(item);
  }
}
