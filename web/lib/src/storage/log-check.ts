/**
 * Damage in a write-ahead log, told apart from an end that was never finished.
 *
 * SQLite takes the first frame that does not fit its sum for the end of the log: right after a power cut, which leaves the last
 * transaction in parts, and wrong for a flipped bit, after which commits that were acknowledged would be gone without a word.
 */
import type { SyncFile } from './host-files.js';
import { isOneBitOff, sumOf, type Sums } from './page-sums.js';

const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
const VERSION = 3007000;

/** `frame` 0 is the log's own header; `page` is the database's. */
export interface LogDamage {
  frame: number;
  page?: number;
}

/**
 * The first damage of a log that a worker left behind; undefined for a sound one, and for an end that may never have been written.
 * `flushed`: each commit was on the device before the next began, so that a later commit proves all frames before it.
 */
export function findLogDamage(file: SyncFile, flushed: boolean): LogDamage | undefined {
  const head = bytesAt(file, 0, HEADER);
  if (head === undefined || head.every((byte) => byte === 0)) return undefined;
  const log = headerOf(head);
  const size = file.size();
  // The header is written and flushed before any frame.
  if (log === undefined) return size > HEADER + FRAME_HEADER ? { frame: 0 } : undefined;
  let chain = log.sums;
  for (let number = 1; ; number++) {
    const frame = frameAt(file, log, number);
    if (frame === undefined) return undefined;
    if (isSound(frame, log, chain)) {
      chain = frame.sums;
      continue;
    }
    const damaged = isFlipped(frame, log, chain) || (flushed && isFollowed(file, log, number, frame));
    return damaged ? { frame: number, page: frame.page } : undefined;
  }
}

interface Log {
  littleEndian: boolean;
  pageSize: number;
  salts: bigint;
  sums: Sums;
}

interface Frame {
  page: number;
  isCommit: boolean;
  salts: bigint;
  sums: Sums;
  /** What is summed: the first 8 bytes of the header and the page. */
  content: Uint8Array;
}

function bytesAt(file: SyncFile, at: number, length: number): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  return file.read(bytes, at) === length ? bytes : undefined;
}

function headerOf(bytes: Uint8Array): Log | undefined {
  const view = new DataView(bytes.buffer);
  const magic = view.getUint32(0);
  const littleEndian = (magic & 1) === 0;
  const pageSize = view.getUint32(8);
  const sums = { s1: view.getUint32(24), s2: view.getUint32(28) };
  const found = sumOf(bytes.subarray(0, 24), { s1: 0, s2: 0 }, littleEndian);
  const isKnown = (magic | 1) === (MAGIC | 1) && view.getUint32(4) === VERSION && pageSize >= 512 && pageSize <= 65536;
  if (!isKnown || found.s1 !== sums.s1 || found.s2 !== sums.s2) return undefined;
  return { littleEndian, pageSize, salts: view.getBigUint64(16), sums };
}

function frameAt(file: SyncFile, { pageSize }: Log, number: number): Frame | undefined {
  const size = FRAME_HEADER + pageSize;
  const bytes = bytesAt(file, HEADER + (number - 1) * size, size);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  const sums = { s1: view.getUint32(16), s2: view.getUint32(20) };
  const frame = { page: view.getUint32(0), isCommit: view.getUint32(4) !== 0, salts: view.getBigUint64(8), sums };
  // Salts and sums stand between the two parts that are summed.
  bytes.copyWithin(16, 0, 8);
  return { ...frame, content: bytes.subarray(16) };
}

function isSound({ page, salts, sums, content }: Frame, log: Log, chain: Sums): boolean {
  if (page === 0 || salts !== log.salts) return false;
  const found = sumOf(content, chain, log.littleEndian);
  return found.s1 === sums.s1 && found.s2 === sums.s2;
}

/** Whether the frame is this log's but for one bit. What was never written differs in whole sectors. */
function isFlipped(frame: Frame, log: Log, chain: Sums): boolean {
  const salts = frame.salts ^ log.salts;
  if (salts === 0n) return isOneBitOff(frame.content, chain, frame.sums, log.littleEndian);
  return (salts & (salts - 1n)) === 0n && isSound({ ...frame, salts: log.salts }, log, chain);
}

/** Whether this log's frames go on behind a commit that comes after the frame. */
function isFollowed(file: SyncFile, log: Log, number: number, first: Frame): boolean {
  let before = first;
  let isCommitted = first.salts === log.salts && first.isCommit;
  for (let next = number + 1; ; next++) {
    const frame = frameAt(file, log, next);
    if (frame === undefined || frame.salts !== log.salts) return false;
    if (isSound(frame, log, before.sums)) {
      if (isCommitted) return true;
      isCommitted = frame.isCommit;
    } else {
      isCommitted = false;
    }
    before = frame;
  }
}
