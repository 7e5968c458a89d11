/** The format of a file by its bytes. */
import { invalidArgument } from '../../errors.js';
import type { SourceFormat, SourceLimits } from '../source.js';
import { gzipBytes, headOf, type ByteSource, type NamedBytes } from './bytes.js';
import { jsonKind } from './json-detect.js';

/** The bytes that tell the format. */
export const HEAD = 256 * 1024;

/** Binary files that are known, and what to do about them; null for those that are read. */
const MAGIC: [magic: string, format: SourceFormat | null, advice: string][] = [
  ['SQLite format 3\0', 'sqlite', ''],
  ['PK\x03\x04', 'zip', ''],
  ['PK\x05\x06', 'zip', ''],
  [
    'PGDMP',
    null,
    "a dump in PostgreSQL's own format: make one in SQL with pg_dump, without -Fc, or by pg_restore -f dump.sql",
  ],
  ['\xfd7zXZ\0', null, 'packed with xz: unpack it first'],
  ['BZh', null, 'packed with bzip2: unpack it first'],
  ['\x28\xb5\x2f\xfd', null, 'packed with zstd: unpack it first'],
  ['\x04\x22\x4d\x18', null, 'packed with lz4: unpack it first'],
  ['7z\xbc\xaf\x27\x1c', null, 'a 7-Zip archive: unpack it first'],
  ['Rar!\x1a\x07', null, 'a RAR archive: unpack it first'],
  ['\x80\x04', null, 'a Python pickle, which is a program: export JSON instead'],
  ['\x80\x03', null, 'a Python pickle, which is a program: export JSON instead'],
  ['\xff\xfe', null, 'text in UTF-16: save it as UTF-8'],
  ['\xfe\xff', null, 'text in UTF-16: save it as UTF-8'],
];

/** How a dump goes on after comments: with a command of psql or one of these. */
const SQL =
  /^(?:\\[a-z]|SET\s+\w+|SELECT\s+pg_catalog\.|(?:CREATE|ALTER|DROP)\s+[A-Z]+\s|INSERT\s+INTO\s|COPY\s+\S[^]*?\sFROM\s|BEGIN\s*;|START\s+TRANSACTION|\/\*|--)/i;

/** The same file, unpacked when it is one of gzip. */
export async function unpackGzip<File extends NamedBytes>(file: File, limits: SourceLimits): Promise<File> {
  const head = await headOf(file.bytes, 3);
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) return file;
  const bytes = gzipBytes(file.bytes, limits);
  const unpacked = await headOf(bytes, 262);
  if (unpacked.length === 0 && bytes.damage !== '')
    throw invalidArgument('The gzip file is damaged from its beginning.');
  if (latin1(unpacked.subarray(257)) === 'ustar') {
    throw invalidArgument('The file is a tar archive: unpack it and choose the files in it.');
  }
  return { ...file, name: file.name.replace(/\.gz$/i, ''), bytes };
}

export async function detectBytes(name: string, bytes: ByteSource): Promise<SourceFormat> {
  const head = await headOf(bytes, HEAD);
  if (head.length === 0 && bytes.damage !== '') throw invalidArgument(`The packed file is damaged: ${bytes.damage}.`);
  if (head.length === 0) throw invalidArgument('The file is empty.');
  const start = latin1(head.subarray(0, 16));
  const known = MAGIC.find(([magic]) => start.startsWith(magic));
  if (known?.[1] === null) throw invalidArgument(`The file is ${known[2]}.`);
  if (known !== undefined) return known[1];
  const text = new TextDecoder('utf-8').decode(head);
  if (/^\s*[[{]/.test(text)) return jsonKind(text, head.length < HEAD);
  if (SQL.test(text.trimStart())) return 'pg_dump';
  if (text.includes('\0')) throw invalidArgument('The file is binary, and of no format that is read here.');
  const line = /^[^\n]*/.exec(text)?.[0] ?? '';
  if (/\.(csv|tsv)$/i.test(name) || /[,;\t]/.test(line)) return 'csv';
  throw invalidArgument(
    'The format of the file is not known. These are: dumps of PostgreSQL in SQL, CSV, JSON, JSON lines, exports of Qdrant and Chroma, SQLite, and zip archives of them.',
  );
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
