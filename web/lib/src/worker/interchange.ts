/** The bundle interchange.js beside the workers, which is loaded when files come in or go out. */
export { Exchange } from './exchange.js';
