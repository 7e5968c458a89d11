/** The bundle encryption.js beside the workers, which is loaded for workspaces that have a passphrase, or get one. */
export { changePassphrase } from './passphrase-change.js';
export { admit, handOn, prove } from './shared-key.js';
export { unlock } from './unlocking.js';
