/** The bundle sharing.js beside the worker of browsers, which is loaded when a second tab opens a workspace. */
export { Follower } from '../sharing/follower.js';
export { Peers } from '../sharing/peers.js';
export { rolledBack } from '../sharing/repeat.js';
export { showLife, succeed } from '../sharing/succession.js';
export { rehearse } from './rehearsal.js';
