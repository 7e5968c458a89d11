// Cuts an HTML page of documentation into sections: the text below each heading, without navigation, menus and code of the page.
import { Parser } from 'htmlparser2';

const SKIPPED = new Set('script style nav header footer noscript svg button form head'.split(' '));
/** Classes and ids of parts that repeat on every page. */
const NAVIGATION = new RegExp(
  '(^|\\s|-)(sphinxsidebar|related|navheader|navfooter|toc|toctree-wrapper|headerlink|breadcrumbs?|sidebar|nav|menu|permalink|' +
    'indextable|docnav|searchbox|toplang|bottomlang|mark|header-link|footer|quickview|langselector|minortoc|versionmodified)(\\s|$)',
  'i',
);
/** Headings that belong to the text around them. */
const ADMONITION =
  /^(note|tip|warning|caution|important|example|examples|see also|table of contents|contents)( [\d.]+)?[.:!]?$/i;
const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
const BLOCK = new Set('p div li ul ol dl dt dd table tr td th pre blockquote section article br hr'.split(' '));
const HEADING = new Set(['h1', 'h2', 'h3', 'h4', 'h5']);

/** Without what documentation tools put beside headings. */
export function clean(text) {
  return text
    .replaceAll(/[¶\u200b]/g, '')
    .replaceAll('\u00a0', ' ')
    .trim();
}

export const oneLine = (text) => text.trim().split(/\s+/).join(' ');

function isLeftOut(tag, attributes) {
  if (tag === 'body') return false;
  const names = `${attributes.class ?? ''} ${attributes.id ?? ''}`;
  if (SKIPPED.has(tag) && tag !== 'head') return true;
  return (NAVIGATION.test(names) && !names.includes('-for-nav')) || ['navigation', 'search'].includes(attributes.role);
}

/**
 * @param {string} html
 * @returns {{ title: string, sections: { heading: string, text: string }[] }} title: the page's; in the text, blocks end with a line
 */
export function htmlSections(html) {
  const sections = [];
  /** Open elements, innermost last; a left-out one leaves out all inside. */
  const open = [];
  let leftOut = 0;
  let title = '';
  let inTitle = false;
  /** Pieces of the heading that is open. */
  let heading;
  let pieces = [];

  const finish = (next) => {
    const text = pieces.join('');
    pieces = [];
    if (sections.length > 0) sections.at(-1).text += text;
    else if (text.trim() !== '') sections.push({ heading: oneLine(title), text });
    if (next !== undefined) sections.push({ heading: next, text: '' });
  };
  const breakLine = () => pieces.push(heading === undefined ? '\n' : ' ');

  const onOpen = (tag, attributes) => {
    if (tag === 'title') inTitle = true;
    if (VOID.has(tag)) {
      if (BLOCK.has(tag) && leftOut === 0) breakLine();
      return;
    }
    const isOut = isLeftOut(tag, attributes);
    open.push({ tag, isOut });
    if (isOut) leftOut++;
    else if (leftOut === 0 && HEADING.has(tag)) heading = [];
    else if (leftOut === 0 && BLOCK.has(tag)) breakLine();
  };
  const onClose = (tag) => {
    if (tag === 'title') inTitle = false;
    const at = VOID.has(tag) ? -1 : open.findLastIndex((element) => element.tag === tag);
    if (at < 0) return;
    leftOut -= open.splice(at).filter((element) => element.isOut).length;
    if (leftOut > 0) return;
    if (HEADING.has(tag) && heading !== undefined) {
      const text = clean(oneLine(heading.join('')));
      heading = undefined;
      if (ADMONITION.test(text)) pieces.push(`\n${text}: `);
      else finish(text);
    } else if (BLOCK.has(tag)) {
      breakLine();
    }
  };
  const parser = new Parser({
    onopentag: onOpen,
    // Only the end tags that are there: which elements end without one is of no matter to sections.
    onclosetag: (tag, isImplied) => !isImplied && onClose(tag),
    ontext(text) {
      if (inTitle) title += text;
      else if (leftOut === 0) (heading ?? pieces).push(text);
    },
  });
  parser.end(html);
  finish();
  return { title: clean(oneLine(title)), sections };
}
