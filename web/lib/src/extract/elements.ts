/** What HTML's elements and attributes mean for their text. */

/** Left out with everything in them. */
export const DROPPED = new Set(
  'script style noscript template nav svg math iframe object embed canvas audio video map select datalist dialog'.split(
    ' ',
  ),
);

/** Begin and end a paragraph of their own. */
export const BLOCKS = new Set(
  (
    'p div section article aside header footer main address figure figcaption fieldset legend form details summary body html hgroup ' +
    'search dl dt dd center tbody thead tfoot caption'
  ).split(' '),
);

/** Shown between backticks. */
export const CODE = new Set(['code', 'kbd', 'samp', 'tt']);

/** Kept line by line. */
export const PREFORMATTED = new Set(['pre', 'listing', 'textarea']);

/** "js" of the class "language-js" and its relatives, '' without one. */
export function languageOf(attributes: Record<string, string>): string {
  return /(?:^|\s)(?:language|lang|highlight|brush:?)-?\s*([\w+#-]+)/.exec(attributes['class'] ?? '')?.[1] ?? '';
}

/** A fence around the code, longer than any run of backticks in it. */
export function fenced(code: string, language: string): string {
  const longest = code.match(/`{3,}/g)?.reduce((most, run) => Math.max(most, run.length), 2) ?? 2;
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}
