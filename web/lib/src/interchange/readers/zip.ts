/** Zip archives of exports: every entry is read as a file of its own. Names of entries are names, never places. */
import { ZipReader, type Entry, type FileEntry, type Reader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { ArchivoltError, invalidArgument, isArchivoltError } from '../../errors.js';
import type { SourceFormat, SourceLimits } from '../source.js';
import { blobBytes, checkSignal, streamBytes, tooFar, withHead, type NamedBytes } from './bytes.js';
import { HEAD, detectBytes, unpackGzip } from './detect.js';
import type { OpenedFile, ReadOptions } from './opened.js';

type OpenFile = (file: NamedBytes & { format?: SourceFormat }, options: ReadOptions) => Promise<OpenedFile>;

const STORED = 0;
const DEFLATED = 8;

/** A file in an archive. */
export interface ArchivedFile extends NamedBytes {
  /** Where it stands in the archive's list. */
  index: number;
  /** Why it cannot be unpacked; '' where nothing is known against it. */
  unreadable: string;
}

export interface Archive {
  files: ArchivedFile[];
  close(): Promise<void>;
}

/** The files of a zip archive, each unpacked when it is read. */
export async function openArchive(
  file: NamedBytes,
  { limits, signal }: Pick<ReadOptions, 'limits' | 'signal'>,
): Promise<Archive> {
  const blob = await file.bytes.blob(signal);
  const reader = new ZipReader(readerOf(blob), {
    useWebWorkers: false,
    // Names are only shown and become names of tables: none is a place.
    filenameValidation: 'tolerant',
  });
  const entries = await entriesOf(reader, limits, signal);
  const files = entries.flatMap((entry, index): ArchivedFile[] => {
    if (entry.directory || isJunk(entry.filename)) return [];
    const isEmpty = entry.uncompressedSize === 0;
    const bytes = isEmpty ? blobBytes(new Blob()) : streamBytes(() => unpacked(entry), entry.compressedSize, limits);
    return [{ name: entry.filename, bytes, index, unreadable: whyNot(entry) }];
  });
  return {
    files,
    async close() {
      await reader.close();
    },
  };
}

export async function openZip(file: NamedBytes, options: ReadOptions, openFile: OpenFile): Promise<OpenedFile> {
  const opened: OpenedFile[] = [];
  const close = await eachEntry(file, options, async (entry, all) => {
    opened.push(await openEntry(entry, besideOf(entry, all, options), openFile));
  });
  return {
    format: 'zip',
    tables: opened.flatMap(({ tables }) => tables),
    async close() {
      for (const one of opened) await one.close?.();
      await close();
    },
  };
}

/**
 * Visits the files of an archive; their bytes are unpacked when they are read. What is wrong with one becomes a problem, and the
 * others go on. Answers what closes the archive: until then the bytes can be read. INVALID_ARGUMENT: no archive, one that breaks a
 * limit, or none whose files can be read.
 */
export async function eachEntry(
  file: NamedBytes,
  options: ReadOptions,
  visit: (entry: NamedBytes, all: readonly ArchivedFile[]) => void | Promise<void>,
): Promise<() => Promise<void>> {
  const { problems, signal } = options;
  const archive = await openArchive(file, options);
  let readable = 0;
  let firstReason = '';
  const chromas = archive.files.flatMap(({ name }) => (CHROMA.test(name) ? name.replace(CHROMA, '$1') : []));
  for (const entry of archive.files) {
    checkSignal(signal);
    if (isOfChroma(entry.name, chromas)) continue;
    const tell = (reason: string) => {
      firstReason ||= `${entry.name}: ${reason}`;
      const raw = entry.name.slice(0, 1024);
      problems.add(`${file.name} entry ${entry.index}`, {
        table: null,
        reason: `In the archive: ${reason}`,
        raw,
        position: null,
      });
    };
    if (entry.unreadable !== '') tell(entry.unreadable);
    else {
      try {
        await visit({ name: entry.name, bytes: entry.bytes }, archive.files);
        readable++;
      } catch (error) {
        // What is wrong with one entry leaves the others; what is wrong with the archive does not.
        const isOwn = isArchivoltError(error, 'INVALID_ARGUMENT') || isArchivoltError(error, 'UNSUPPORTED');
        if (!isOwn || error.detail['limit'] !== undefined) throw error;
        tell(error.message);
      }
    }
  }
  if (readable === 0) {
    throw invalidArgument(
      firstReason === '' ? 'The archive holds no files.' : `The archive holds no export: ${firstReason}`,
    );
  }
  return () => archive.close();
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
function besideOf({ name: whole }: NamedBytes, all: readonly ArchivedFile[], options: ReadOptions): ReadOptions {
  const [, folder] = CHROMA.exec(whole) ?? [];
  if (folder === undefined) return options;
  return {
    ...options,
    beside: async (name) =>
      all.find((one) => one.name === folder + name && one.unreadable === '')?.bytes.blob(options.signal),
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

async function openEntry(entry: NamedBytes, options: ReadOptions, openFile: OpenFile): Promise<OpenedFile> {
  const bytes = withHead(entry.bytes, HEAD);
  try {
    const file = await unpackGzip({ ...entry, bytes }, options.limits);
    const format = await detectBytes(file.name, file.bytes);
    if (format === 'zip') throw invalidArgument('an archive within the archive is not opened');
    return await openFile(file, options);
  } finally {
    bytes.forget();
  }
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
