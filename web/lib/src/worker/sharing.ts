/** The bundle sharing.js beside the worker of browsers, which is loaded when a second tab opens a workspace. */
export { Following } from './following.js';
export { Peers } from '../sharing/peers.js';
