/**
 * Where source code is cut: in a file of code, and in the long fences of Markdown. A file of its own, with the grammars, that is
 * loaded when code is met that needs it.
 */
import { grammarOf } from './code/grammars.js';
import { languageNamed, type Language } from './code/languages.js';
import { sectionsOf, type Section } from './code/sections.js';
import { readStructure } from './code/structure.js';

export type { Section } from './code/sections.js';

/** The sections of a file of code, in order; none of what is not the language. `size`: UTF-16 units of a passage. */
export async function sectionsOfCode(
  text: string,
  language: Language,
  size: number,
  pause: () => Promise<void>,
): Promise<Section[]> {
  const structure = await readStructure(text, grammarOf(language, text), pause);
  return structure === undefined ? [] : sectionsOf(text, structure, size);
}

/** The sections of fences that are longer than `longest`, and where such a fence ends. */
export async function sectionsOfFences(
  text: string,
  size: number,
  longest: number,
  pause: () => Promise<void>,
): Promise<Section[]> {
  const sections: Section[] = [];
  for (const { language, begin, from, to, end } of fencesOf(text)) {
    if (to - from <= longest) continue;
    const within = await sectionsOfCode(text.slice(from, to), language, size, pause);
    if (within.length === 0) continue;
    // The fence's first line goes with the first passage, its last line with the last one.
    sections.push(...within.map(({ start, path }, i) => ({ start: i === 0 ? begin : from + start, path })));
    sections.push({ start: end, path: '' });
  }
  return sections;
}

interface Fence {
  language: Language;
  /** Its first line, what it holds, and what follows it. */
  begin: number;
  from: number;
  to: number;
  end: number;
}

/** Fences whose language is known; the rules of lines are the chunker's. */
function* fencesOf(text: string): Generator<Fence> {
  let open: { mark: string; language: Language | undefined; begin: number; from: number } | undefined;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const next = newline === -1 ? text.length : newline + 1;
    const line = text.slice(at, next).trim();
    if (open === undefined) {
      const mark = /^(?:`{3,}|~{3,})/.exec(line)?.[0];
      const info = line.slice(mark?.length);
      // Inline code such as ```x``` on one line is no fence.
      if (mark !== undefined && !(mark.startsWith('`') && info.includes('`'))) {
        const [, language = ''] = /^\s*\{?\.?([\w+#-]{1,20})/.exec(info) ?? [];
        open = { mark, language: languageNamed(language), begin: at, from: next };
      }
    } else if (line.startsWith(open.mark) && line.replaceAll(open.mark.charAt(0), '') === '') {
      const { language, begin, from } = open;
      if (language !== undefined) yield { language, begin, from, to: at, end: next };
      open = undefined;
    }
    at = next;
  }
}
