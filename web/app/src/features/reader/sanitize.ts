/**
 * The only way from document text to elements. Markdown may hold any HTML, and the documents come from anywhere: what
 * is not on these lists is dropped. Nothing here loads anything, styles the page, or runs.
 */
import DOMPurify, { type Config } from 'dompurify';

const TAGS =
  'a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q s samp small ' +
  'span strong sub summary sup table tbody td tfoot th thead tr u ul var';
const ATTRIBUTES = 'href title start colspan rowspan align data-passage data-image';

const CONFIG = {
  ALLOWED_TAGS: TAGS.split(' '),
  ALLOWED_ATTR: ATTRIBUTES.split(' '),
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  // Absolute links alone: a relative one would point into the application, not beside the document.
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_DOM_FRAGMENT: true,
} as const satisfies Config;

const purifier = DOMPurify(window);

purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName !== 'A') return;
  const element = node as Element;
  if (!element.hasAttribute('href')) return;
  element.setAttribute('target', '_blank');
  element.setAttribute('rel', 'noopener noreferrer nofollow');
});

/** HTML of unknown origin → harmless nodes. */
export function sanitize(html: string): DocumentFragment {
  return purifier.sanitize(html, CONFIG);
}
