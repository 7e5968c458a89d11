/**
 * Bytes to text, or a clear reason why not.
 *
 * A byte order mark decides, else the charset that the content type or an HTML head declares, else UTF-8. Decoding is strict:
 * INVALID_ARGUMENT for bytes that are not of that encoding, UNSUPPORTED for files that are not text, naming their kind.
 */
import { ArchivoltError, invalidArgument } from '../errors.js';
import { declaredCharset } from './format.js';

const KINDS: [magic: string, kind: string][] = [
  ['%PDF-', 'a PDF document'],
  ['PK\x03\x04', 'a ZIP archive (such as DOCX, XLSX, ODT or EPUB)'],
  ['PK\x05\x06', 'an empty ZIP archive'],
  ['\x89PNG\r\n\x1a\n', 'a PNG image'],
  ['GIF8', 'a GIF image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['\x1f\x8b', 'a gzip archive'],
  ['BZh', 'a bzip2 archive'],
  ['\xfd7zXZ\x00', 'an xz archive'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard archive'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  ['Rar!\x1a\x07', 'a RAR archive'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an old Office document'],
  ['SQLite format 3\x00', 'an SQLite database'],
  ['\x7fELF', 'an ELF program'],
  ['\x00asm', 'a WebAssembly module'],
  ['\xca\xfe\xba\xbe', 'a Java class'],
  ['OggS', 'an Ogg recording'],
  ['ID3', 'an MP3 recording'],
  ['fLaC', 'a FLAC recording'],
  ['wOFF', 'a web font'],
  ['wOF2', 'a web font'],
];

/** The bytes' kind when they are known not to be text. */
export function binaryKind(bytes: Uint8Array): string | undefined {
  const head = latin1(bytes.subarray(0, 16));
  return KINDS.find(([magic]) => head.startsWith(magic))?.[1];
}

export function decodeText(bytes: Uint8Array, contentType: string | undefined): string {
  const kind = binaryKind(bytes);
  if (kind !== undefined) throw unsupported(`The file is ${kind}; only text can be read.`, kind);
  const mark = markOf(bytes);
  // Without a mark that says UTF-16, a zero byte means that this is not text.
  if (mark?.encoding.startsWith('utf-16') !== true && bytes.includes(0))
    throw unsupported('The file is binary: it holds NUL bytes.', 'binary');
  const body = mark === undefined ? bytes : bytes.subarray(mark.length);
  const declared = mark === undefined ? (declaredCharset(contentType) ?? charsetOfHtml(bytes)) : undefined;
  const text = strict(body, mark?.encoding ?? declared ?? 'utf-8');
  if (text.includes('\0')) throw unsupported('The file is binary: it holds NUL characters.', 'binary');
  return text;
}

function strict(bytes: Uint8Array, label: string): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch {
    throw unsupported(`The file's encoding ${label} is not known here.`, label);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    const hint = decoder.encoding === 'utf-8' ? ' Convert it, or name its charset in contentType.' : '';
    throw invalidArgument(`The file is not valid ${decoder.encoding.toUpperCase()}.${hint}`, {
      encoding: decoder.encoding,
    });
  }
}

function markOf(bytes: Uint8Array): { encoding: string; length: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return undefined;
}

/** What a <meta> in the first kilobyte of an HTML file declares; UTF-16 there cannot be true, since it was read as single bytes. */
function charsetOfHtml(bytes: Uint8Array): string | undefined {
  const head = latin1(bytes.subarray(0, 1024));
  if (!/<(!doctype html|html|head|meta)\b/i.test(head)) return undefined;
  const charset = /<meta\s[^>]*charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(head)?.[1]?.toLowerCase();
  return charset?.startsWith('utf-16') === true ? undefined : charset;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function unsupported(message: string, kind: string): ArchivoltError {
  return new ArchivoltError('UNSUPPORTED', message, { kind });
}
