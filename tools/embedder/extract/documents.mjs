// Pairs of documents: a heading with the passages below it, and a sentence with the passage that it was taken from.
import { htmlSections } from '../../../tests/eval/html-sections.mjs';
import { isProse, oneLine, passages, sentences, withoutMarkdown } from './text.mjs';

const PASSAGES = 4;
const SECTIONS = 40;

/** Headings that name a part of a document rather than its subject. */
const GENERIC =
  /^(overview|introduction|description|examples?|notes?|summary|configuration|usage|options|synopsis|see also|references|parameters|methods|functions|properties|installation|install|background|details|more|general|api|features|requirements|limitations|license|authors?|contents|name|default|syntax|return value|errors|security|history|bugs|standards|resumen|introducción|descripción|ejemplos?|notas?|uso|opciones|instalación|detalles|salidas?|entradas?|referencias|propiedades)$/i;

/** What OpenStack's pages end with. */
const FOOTER = /Except where otherwise noted, this document is\s+licensed under[\s\S]*/;

/**
 * @param {string} page its title
 * @param {{ heading: string, text: string }[]} sections
 * @param {() => number} random
 */
export function* pairsOfSections(page, sections, random) {
  for (const { heading, text } of sections.slice(0, SECTIONS)) {
    if (!isProse(oneLine(text))) continue;
    const own = heading.replace(/^[\dA-Z]*[\d.]+\s+/, '').trim();
    const title = GENERIC.test(own) || own === '' ? '' : own;
    for (const [at, passage] of passages(text.replace(FOOTER, '')).slice(0, PASSAGES).entries()) {
      const isTitled = (at === 0 || random() < 0.5) && (title !== '' || page !== '');
      const withPage = random() < 0.4 && page !== '' && page !== title;
      if (isTitled) yield ['title', title === '' || withPage ? `${page} ${title}` : title, passage];
      const some = sentences(passage).filter((sentence) => sentence.length > 40 && sentence.length < 300);
      if (some.length < 3) continue;
      const sentence = some[Math.floor(random() * some.length)];
      yield ['sentence', sentence, passage.replaceAll('\n', ' ').replace(sentence, ' ')];
    }
  }
}

export function pairsOfHtml(html, random) {
  const { title, sections } = htmlSections(html);
  return pairsOfSections(title.split(/\s+[\u2014\u2013|]\s+/)[0], sections, random);
}

/** @param {string} text Markdown, or reStructuredText-like text without headings */
export function pairsOfMarkdown(text, random) {
  const body = text.replace(/^---\n[\s\S]*?\n---\n/, '').replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, '');
  const sections = [{ heading: '', text: '' }];
  for (const line of body.split('\n')) {
    const heading = /^#{1,5}\s+(.*)/.exec(line)?.[1];
    if (heading === undefined) sections.at(-1).text += `${line}\n`;
    else sections.push({ heading: oneLine(withoutMarkdown(heading)).replace(/\s*#+$/, ''), text: '' });
  }
  for (const section of sections) section.text = withoutMarkdown(section.text);
  return pairsOfSections(sections[1]?.heading ?? '', sections, random);
}

/** A manual page in mdoc: what it is for with its description, and its sections. */
export function* pairsOfManual(text, random) {
  const name = /^\.Nm (\S+)/m.exec(text)?.[1];
  const purpose = /^\.Nd (.+)/m.exec(text)?.[1];
  if (name === undefined || purpose === undefined) return;
  const sections = [];
  for (const line of text.split('\n')) {
    const heading = /^\.S[hs] (.+)/.exec(line)?.[1];
    if (heading !== undefined) sections.push({ heading: heading.toLowerCase(), text: '' });
    else if (sections.length > 0) sections.at(-1).text += `${plainMdoc(line, name)}\n`;
  }
  const description = sections.find(({ heading }) => heading === 'description');
  const first = passages(description?.text ?? '')[0] ?? '';
  if (first.length > 60) yield ['title', `${plainMdoc(purpose, name)}`, first];
  yield ['name', name, plainMdoc(purpose, name)];
  const kept = sections.filter(({ heading }) => !GENERIC.test(heading) && heading.length > 4);
  yield* pairsOfSections(purpose, [...(description === undefined ? [] : [description]), ...kept], random);
}

/** A line of mdoc as text: macros, escapes and comments gone, a blank line for what begins a paragraph. */
function plainMdoc(line, name) {
  if (/^\.(\\"|Dd|Dt|Os|Bd|Ed|Fd|In|Ft|Fn|Fa|Fo|Fc)/.test(line)) return '';
  if (/^\.(Pp|It|Bl|El)/.test(line)) return `\n${line.replace(/^\.\w+ ?/, '').replaceAll(/\b[A-Z][a-z]\b/g, '')}`;
  const text = line.startsWith('.Nm') ? line.replace(/^\.Nm ?/, `${name} `) : line;
  const plain = text.startsWith('.') ? text.slice(1).replaceAll(/\b([A-Z][a-z])\b ?/g, '') : text;
  return plain.replaceAll(/\\f.|\\&|\\-/g, '').replaceAll(/\\\(\w\w/g, ' ');
}
