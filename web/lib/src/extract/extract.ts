/** A document's bytes or text to the text that is stored, chunked and searched. */
import { cannotLoad, invalidArgument } from '../errors.js';
import { isWellFormed } from '../protocol/packed.js';
import { decodeText } from './decode.js';
import { formatOf, type TextFormat } from './format.js';
import { htmlToText } from './html.js';

export interface Extracted {
  text: string;
  format: TextFormat;
  /** The document's own title, '' when it has none. */
  title: string;
  /** Of its front matter. */
  date?: string;
  tags?: string[];
}

/**
 * `pause` is awaited now and then in long work. Errors: UNSUPPORTED for what is not text, INVALID_ARGUMENT for text in a wrong
 * encoding and for documents without any text.
 */
export async function extractText(
  content: string | Uint8Array,
  about: { filename: string; contentType?: string | undefined },
  pause: () => Promise<void>,
): Promise<Extracted> {
  const raw = typeof content === 'string' ? checked(content) : decodeText(content, about.contentType);
  const format = formatOf(about.filename, about.contentType, raw);
  if (format === 'html') {
    const { text, title } = await htmlToText(raw, pause);
    return { text: nonEmpty(text), format: 'markdown', title };
  }
  if (format === 'markdown' && /^\uFEFF?(---|\+\+\+)\s/.test(raw)) {
    const { readFrontMatter } = await import('./front-matter.js').catch(cannotLoad);
    return { text: nonEmpty(raw), format, title: '', ...readFrontMatter(raw) };
  }
  return { text: nonEmpty(raw), format, title: '' };
}

function checked(text: string): string {
  if (!isWellFormed(text)) throw invalidArgument('The text holds a lone surrogate.');
  if (text.includes('\0')) throw invalidArgument('The text holds a NUL character.');
  return text;
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw invalidArgument(text === '' ? 'The document is empty.' : 'The document holds no text.');
  return text;
}
