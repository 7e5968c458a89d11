/**
 * The HTML parser: half of what the worker would weigh.
 *
 * A file of its own in dist/, loaded when the first HTML document is met.
 */
export { Parser } from 'htmlparser2';
