// The browsers that tests run in, behind one interface: what is said of a workspace in private files is tried in each of them.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startChromium } from './chromium.mjs';
import { startFirefox } from './firefox.mjs';

/**
 * @typedef {object} Tab
 * @property {(url: string) => Promise<unknown>} goto
 * @property {() => Promise<unknown>} reload
 * @property {<A, R>(body: (argument: A) => R | Promise<R>, argument?: A) => Promise<R>} evaluate the function knows nothing but the page
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} TestBrowser
 * @property {() => Promise<Tab>} newTab
 * @property {() => Promise<void>} kill SIGKILL of all its processes; resolves when they are gone
 * @property {() => Promise<void>} close
 */

/** @type {Record<'chromium' | 'firefox', (profile: string) => Promise<TestBrowser>>} */
export const startBrowser = { chromium: startChromium, firefox: startFirefox };

/** A new profile folder, and how to remove it. */
export function newProfile() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-profile-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}
