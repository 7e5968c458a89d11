/** A document's bytes or text to the text that is stored, chunked and searched. */
import { cannotLoad, invalidArgument } from '../errors.js';
import type { Section } from './code-sections.js';
import { languageNamed } from './code/languages.js';
import { isWellFormed } from '../protocol/packed.js';
import { decodeText } from './decode.js';
import { extensionOf, formatOf, mimeType, type TextFormat } from './format.js';
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

/** Longer code is cut at its lines: its tree would take too much memory and time. */
const MAX_CODE = 1_000_000;
/** A fence is one passage up to so many sizes, as the chunker has it. */
const FENCE_SIZES = 4;

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

/**
 * Where the source code in a text is cut into passages of about `size` UTF-16 units; undefined where nothing is to be cut, or no
 * grammar is known. `pause` is awaited now and then.
 */
export async function codeSections(
  { text, format }: Pick<Extracted, 'text' | 'format'>,
  about: { filename: string; contentType?: string | undefined },
  size: number,
  pause: () => Promise<void>,
): Promise<Section[] | undefined> {
  if (text.length <= size || text.length > MAX_CODE) return undefined;
  if (format === 'code') {
    const language =
      languageNamed(extensionOf(about.filename)) ??
      languageNamed(mimeType(about.contentType).replace(/^.*\/(x-)?/, ''));
    if (language === undefined) return undefined;
    const { sectionsOfCode } = await import('./code-sections.js').catch(cannotLoad);
    return sectionsOfCode(text, language, size, pause);
  }
  const longest = size * FENCE_SIZES;
  if (format !== 'markdown' || text.length <= longest || !/^[ \t]*(```|~~~)/m.test(text)) return undefined;
  const { sectionsOfFences } = await import('./code-sections.js').catch(cannotLoad);
  return sectionsOfFences(text, size, longest, pause);
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
