/** Zip archives of exports: every entry is read as a file of its own. Names of entries are names, never places. */
import { ZipReader, type Entry, type FileEntry, type Reader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { ArchivoltError, invalidArgument, isArchivoltError } from '../../errors.js';
import type { SourceFormat, SourceLimits } from '../source.js';
import { checkSignal, streamBytes, tooFar, type NamedBytes } from './bytes.js';
import { detectBytes, unpackGzip } from './detect.js';
import type { OpenedFile, ReadOptions } from './open.js';

type OpenFile = (file: NamedBytes & { format?: SourceFormat }, options: ReadOptions) => Promise<OpenedFile>;

const STORED = 0;
const DEFLATED = 8;

export async function openZip(file: NamedBytes, options: ReadOptions, openFile: OpenFile): Promise<OpenedFile> {
  const { limits, problems, signal } = options;
  const blob = await file.bytes.blob(signal);
  const reader = new ZipReader(readerOf(blob), {
    useWebWorkers: false,
    // Names are only shown and become names of tables: none is a place.
    filenameValidation: 'tolerant',
  });
  const entries = await entriesOf(reader, limits, signal);
  const opened: OpenedFile[] = [];
  let firstReason = '';
  const chromas = entries.flatMap(({ filename }) => (CHROMA.test(filename) ? filename.replace(CHROMA, '$1') : []));
  for (const [index, entry] of entries.entries()) {
    checkSignal(signal);
    if (entry.directory || isJunk(entry.filename) || isOfChroma(entry.filename, chromas)) continue;
    const tell = (reason: string) => {
      firstReason ||= `${entry.filename}: ${reason}`;
      const raw = entry.filename.slice(0, 1024);
      problems.add(`${file.name} entry ${index}`, {
        table: null,
        reason: `In the archive: ${reason}`,
        raw,
        position: null,
      });
    };
    const unreadable = whyNot(entry);
    if (unreadable !== '') tell(unreadable);
    else {
      try {
        opened.push(await openEntry(entry, besideOf(entry, entries, options), openFile));
      } catch (error) {
        // What is wrong with one entry leaves the others; what is wrong with the archive does not.
        const isOwn = isArchivoltError(error, 'INVALID_ARGUMENT') || isArchivoltError(error, 'UNSUPPORTED');
        if (!isOwn || error.detail['limit'] !== undefined) throw error;
        tell(error.message);
      }
    }
  }
  if (opened.length === 0) {
    throw invalidArgument(
      firstReason === '' ? 'The archive holds no files.' : `The archive holds no export: ${firstReason}`,
    );
  }
  return {
    format: 'zip',
    tables: opened.flatMap(({ tables }) => tables),
    async close() {
      for (const one of opened) await one.close?.();
      await reader.close();
    },
  };
}

/** A database of Chroma in its folder, and the files of an index beside it. */
const CHROMA = /^((?:.*\/)?)chroma\.sqlite3$/;
const INDEX =
  /^((?:.*\/)?)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/(?:header|data_level0|length|link_lists)\.bin$|^((?:.*\/)?)[0-9a-f-]{36}\/index_metadata\.pickle$/;

/** Files that are read with the database that they stand beside. */
function isOfChroma(name: string, folders: readonly string[]): boolean {
  const [, ofIndex, ofNames] = INDEX.exec(name) ?? [];
  const folder = ofIndex ?? ofNames;
  return folder !== undefined && folders.includes(folder);
}

/** With the other files of the entry's folder, unpacked when they are asked for. */
function besideOf(entry: FileEntry, entries: readonly Entry[], options: ReadOptions): ReadOptions {
  const [, folder] = CHROMA.exec(entry.filename) ?? [];
  if (folder === undefined) return options;
  return {
    ...options,
    beside: async (name) => {
      const found = entries.find(({ filename, directory }) => !directory && filename === folder + name);
      if (found === undefined || found.directory || whyNot(found) !== '') return undefined;
      return streamBytes(() => unpacked(found), found.compressedSize, options.limits).blob(options.signal);
    },
  };
}

/** The library's reader of blobs knows more platforms than there are here. */
function readerOf(blob: Blob): Reader<unknown> {
  const reader = {
    size: blob.size,
    init: () => Promise.resolve(),
    readUint8Array: async (offset: number, length: number) =>
      new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    createReadable: (part: { offset?: number; size?: number } = {}) => {
      const offset = part.offset ?? 0;
      return blob.slice(offset, offset + (part.size ?? blob.size - offset)).stream();
    },
  };
  return reader as unknown as Reader<unknown>;
}

async function entriesOf(reader: ZipReader<unknown>, limits: SourceLimits, signal?: AbortSignal): Promise<Entry[]> {
  const entries: Entry[] = [];
  let unpacked = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      checkSignal(signal);
      entries.push(entry);
      unpacked += entry.uncompressedSize;
      if (entries.length > limits.maxEntries) {
        throw invalidArgument(`The archive has more than ${limits.maxEntries} entries.`, { limit: 'maxEntries' });
      }
      if (unpacked > limits.maxExpansion) throw tooFar(entry.compressedSize, unpacked);
    }
  } catch (error) {
    if (error instanceof ArchivoltError) throw error;
    throw invalidArgument(`The zip archive cannot be read: ${reason(error)}. Unpack it and choose the files in it.`);
  }
  return entries;
}

/** What macOS and others add to archives. */
function isJunk(name: string): boolean {
  return /(^|[/\\])(__MACOSX[/\\]|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/.test(name);
}

function whyNot(entry: FileEntry): string {
  if (entry.encrypted) return 'the entry is encrypted; unpack the archive yourself';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return `the entry is packed by a method that is not read (${entry.compressionMethod})`;
  }
  return '';
}

async function openEntry(entry: FileEntry, options: ReadOptions, openFile: OpenFile): Promise<OpenedFile> {
  const bytes = streamBytes(() => unpacked(entry), entry.compressedSize, options.limits);
  const file = await unpackGzip({ name: entry.filename, bytes }, options.limits);
  const format = await detectBytes(file.name, file.bytes);
  if (format === 'zip') throw invalidArgument('an archive within the archive is not opened');
  return openFile(file, options);
}

/** The entry's bytes, unpacked no faster than they are read. */
function unpacked(entry: FileEntry): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  // Errors reach the reader through the stream, which is aborted with them; who stops reading wants none.
  entry
    .getData(writable, { useWebWorkers: false, checkCrc32: true })
    .catch((error: unknown) => writable.abort(error).catch(() => undefined));
  return readable;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
