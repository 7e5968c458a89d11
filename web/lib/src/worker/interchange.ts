/** Stands for the bundle interchange.js beside the workers, which is loaded when files come in or go out. */
export * from '../interchange/index.js';
