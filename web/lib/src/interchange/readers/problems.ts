/** What could not be read: each problem once, however often its table is read again. */
import type { SourceProblem } from '../source.js';

const MOST = 10_000;
const RAW_BYTES = 4096;

export interface ProblemList {
  readonly list: SourceProblem[];
  /** Problems that found the list full. */
  readonly unlisted: number;
  /** `key` tells tables of one name apart; problems of one key come in the order of their positions. */
  add(key: string, problem: SourceProblem): void;
  /** The same list for a file whose keys are its own: two files may have one name. */
  scoped(): ProblemList;
}

export function problemList(): ProblemList {
  const list: SourceProblem[] = [];
  const reached = new Map<string, number>();
  let unlisted = 0;
  let scopes = 0;
  const all: ProblemList = {
    list,
    get unlisted() {
      return unlisted;
    },
    add(key, problem) {
      const position = problem.position ?? 0;
      if (position <= (reached.get(key) ?? -1)) return;
      reached.set(key, position);
      if (list.length < MOST) list.push(problem);
      else unlisted++;
    },
    scoped() {
      const scope = ++scopes;
      return { ...all, add: (key, problem) => all.add(`${scope} ${key}`, problem) };
    },
  };
  return all;
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** The first 4 KiB of raw bytes as text; bytes that are no UTF-8 become U+FFFD. */
export function rawText(bytes: Uint8Array): string {
  let end = Math.min(bytes.length, RAW_BYTES);
  // No character is cut in two.
  while (end < bytes.length && end > RAW_BYTES - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return lenient.decode(bytes.subarray(0, end));
}
