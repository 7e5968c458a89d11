/** Which pages of a database do not match their checksums (ADR 10), without SQLite. */
import { DATABASE_FILE, MAGIC, type HostFiles } from './host-files.js';
import { sumOf } from './page-sums.js';

const PAGE = 8192;
const RESERVE = 8;
const RESERVE_AT = 20;
const WRITER_AT = 96;
/** The page with this byte is never written. */
const LOCK_BYTE = 0x40000000;
/** In place of the sums of a page that was written as zeros: "ZERO" and "PAGE". */
const WRITTEN_ZEROS = { s1: 0x4f52455a, s2: 0x45474150 };

export interface PageCheck {
  total: number;
  damaged: number[];
}

/** None of a file that keeps no checksums, or that another program wrote last. */
export function findDamagedPages(files: HostFiles): PageCheck {
  const file = files.find(DATABASE_FILE);
  const total = Math.floor((file?.size() ?? 0) / PAGE);
  const damaged: number[] = [];
  const page = new Uint8Array(PAGE);
  for (let number = 1; file !== undefined && number <= total; number++) {
    const at = (number - 1) * PAGE;
    if (file.read(page, at) !== PAGE || (at <= LOCK_BYTE && LOCK_BYTE < at + PAGE)) continue;
    if (isIntact(page)) continue;
    if (number === 1 && !isOurs(page)) return { total, damaged: [] };
    damaged.push(number);
  }
  return { total, damaged };
}

/** A page of zeros counts as intact with the mark of one that was written so, and without: it was reserved and never written. */
function isIntact(page: Uint8Array): boolean {
  const content = page.subarray(0, PAGE - RESERVE);
  const sums = sumOf(content, { s1: 0, s2: 0 }, true);
  const stored = new DataView(page.buffer, PAGE - RESERVE);
  const [s1, s2] = [stored.getUint32(0, true), stored.getUint32(4, true)];
  if (s1 === sums.s1 && s2 === sums.s2) return true;
  return s1 === WRITTEN_ZEROS.s1 && s2 === WRITTEN_ZEROS.s2 && content.every((byte) => byte === 0);
}

function isOurs(first: Uint8Array): boolean {
  const view = new DataView(first.buffer);
  const isDatabase = String.fromCharCode(...first.subarray(0, MAGIC.length)) === MAGIC;
  return isDatabase && first[RESERVE_AT] === RESERVE && view.getUint32(WRITER_AT) % 1000 >= 900;
}
