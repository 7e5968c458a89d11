/** What the worker loads when storage is not as it should be, and a moment after opening to see that it stays: safety.js. */
export { checkFiles } from './start-checks.js';
export { WatchedFiles } from './watched-files.js';
export { openSnapshot, openedFull } from '../storage/snapshot.js';
