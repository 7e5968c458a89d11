/** Files of decisions as one table of rows. */
import { isArchivoltError } from '../../errors.js';
import { blobBytes, checkSignal, headOf, type NamedBytes } from '../readers/bytes.js';
import { problemList, rawText, type ProblemList } from '../readers/problems.js';
import { eachEntry } from '../readers/zip.js';
import { DEFAULT_LIMITS, type RowBatch, type Source, type SourceFile, type SourceValue } from '../source.js';
import { digestOf, type Decision } from './decision.js';
import { folderOf, type DecisionFile } from './folder.js';
import { parseDecision } from './parse.js';
import { dayIn } from './places.js';
import { knownBy, resolver, type Resolve } from './relations.js';

export const TABLE = 'decisions';
/** Columns of the rows, in their order. */
export const COLUMNS = [
  'slug',
  'title',
  'description',
  'options',
  'selected_option',
  'rationale',
  'status',
  'tags',
  'metadata',
  '$source',
  'date',
] as const;
const DATE = COLUMNS.length - 1;

const MOST_BYTES = 1024 * 1024;
const MOST_FILES_AT_ONCE = 200;
const MOST_TEXT_AT_ONCE = 2 * 1024 * 1024;

export interface SourceOptions {
  signal: AbortSignal;
  /** Id of the row of a decision. */
  idOf: (slug: string) => string;
  /** What its row is called by: in a project, with it. */
  originOf: (slug: string) => string;
  /** Slugs of decisions that are here. */
  here: readonly string[];
}

export async function openDecisions(given: readonly SourceFile[], options: SourceOptions): Promise<Source> {
  const problems = problemList();
  const { files, close } = await unpacked(given, options.signal, problems);
  const { files: found, root, skipped } = await folderOf(files);
  const known = knownBy([
    ...options.here.map((slug): [string, string] => [root + slug, options.idOf(slug)]),
    ...found.map(({ path, slug }): [string, string] => [path.replace(/\.\w+$/, ''), options.idOf(slug)]),
  ]);
  const rest = { originOf: options.originOf, resolverOf: (path: string) => resolver(path, root, known) };
  const table = {
    name: TABLE,
    schema: null,
    database: null,
    file: '',
    columns: COLUMNS,
    types: null,
    count: found.length,
    rows: ({ cursor, signal = options.signal }: { cursor?: string; signal?: AbortSignal } = {}) =>
      rowsOf(found, Number(cursor ?? 0), problems, { signal, ...rest }),
  };
  return {
    format: 'zip',
    tables: found.length === 0 ? [] : [table],
    problems: problems.list,
    get unlisted() {
      return problems.unlisted;
    },
    skipped,
    close,
  };
}

/** The files, and those in archives among them. */
async function unpacked(
  given: readonly SourceFile[],
  signal: AbortSignal,
  problems: ProblemList,
): Promise<{ files: NamedBytes[]; close: () => Promise<void> }> {
  const files: NamedBytes[] = [];
  const closers: (() => Promise<void>)[] = [];
  for (const { name, blob } of given) {
    checkSignal(signal);
    const file = { name, bytes: blobBytes(blob) };
    const head = await headOf(file.bytes, 4);
    const isZip = head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
    if (!isZip) files.push(file);
    else {
      const read = { limits: DEFAULT_LIMITS, problems: problems.scoped(), signal };
      closers.push(await eachEntry(file, read, (entry) => void files.push(entry)));
    }
  }
  return {
    files,
    async close() {
      for (const one of closers) await one();
    },
  };
}

interface Reading {
  signal: AbortSignal;
  originOf: SourceOptions['originOf'];
  resolverOf: (path: string) => Resolve;
}

async function* rowsOf(
  files: readonly DecisionFile[],
  from: number,
  problems: ProblemList,
  { signal, originOf, resolverOf }: Reading,
): AsyncGenerator<RowBatch> {
  let rows: SourceValue[][] = [];
  let length = 0;
  for (const [index, { path, slug, file }] of files.entries()) {
    if (index < from) continue;
    checkSignal(signal);
    const read = await textOf(file);
    const decision = 'text' in read ? parseDecision(read.text, path, resolverOf(path)) : null;
    if (decision === null) {
      const reason = 'text' in read ? 'has no title: a heading of the first level' : read.reason;
      const raw = JSON.stringify({ file: path, text: 'text' in read ? read.text : read.raw });
      problems.add(path, { table: TABLE, reason: `${path} ${reason}.`, raw, position: null });
    } else if ('text' in read) {
      decision.metadata.file = placeIn(slug, path);
      rows.push(rowOf(originOf(slug), decision, read.text));
      length += read.text.length;
    }
    if (rows.length < MOST_FILES_AT_ONCE && length < MOST_TEXT_AT_ONCE && index + 1 < files.length) continue;
    if (rows.length > 0) yield batchOf(rows, index + 1);
    rows = [];
    length = 0;
  }
}

/** The slug with the ending that the file has. */
function placeIn(slug: string, path: string): string {
  return slug + (/\.\w+$/.exec(path)?.[0] ?? '');
}

function rowOf(slug: string, decision: Decision, text: string): SourceValue[] {
  const { title, description, options, selected_option, rationale, status, tags, metadata } = decision;
  return [
    slug,
    title,
    description,
    JSON.stringify(options),
    selected_option,
    rationale,
    status,
    tags === null ? null : JSON.stringify(tags),
    JSON.stringify(metadata),
    JSON.stringify({ text, digest: digestOf(decision) }),
    dateOf(metadata.date) ?? dateOf(dayIn(slug)),
  ];
}

function batchOf(rows: SourceValue[][], end: number): RowBatch {
  // A day that no file tells is that of the import, once.
  return {
    columns: COLUMNS,
    rows,
    absent: rows.map((row) => (row[DATE] === null ? [DATE] : null)),
    cursor: String(end),
  };
}

/** A day of the calendar; whatever else a file has for one stays in the metadata. */
function dateOf(date: string | undefined): string | null {
  const day = /^\d{4}-\d\d-\d\d$/.exec(date ?? '')?.[0];
  if (day === undefined || Number(day.slice(0, 4)) === 0) return null;
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day) ? day : null;
}

async function textOf({ bytes }: NamedBytes): Promise<{ text: string } | { reason: string; raw: string }> {
  let read: Uint8Array;
  try {
    read = await headOf(bytes, MOST_BYTES + 1);
  } catch (error) {
    // What is wrong with one file leaves the others; a bomb is one for all.
    if (!isArchivoltError(error, 'INVALID_ARGUMENT') || error.detail['limit'] !== undefined) throw error;
    return { reason: `cannot be read: ${error.message.replace(/\.$/, '')}`, raw: '' };
  }
  if (bytes.damage !== '') return { reason: `is damaged: ${bytes.damage}`, raw: rawText(read) };
  if (read.length > MOST_BYTES) return { reason: 'is larger than 1 MiB', raw: rawText(read) };
  if ((read[0] === 0xff && read[1] === 0xfe) || (read[0] === 0xfe && read[1] === 0xff))
    return { reason: 'is text in UTF-16: save it as UTF-8', raw: rawText(read) };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(read);
    if (!text.includes('\0')) return { text };
  } catch {
    // Told below.
  }
  return { reason: 'is no text in UTF-8', raw: rawText(read) };
}
