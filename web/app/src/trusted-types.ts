/**
 * The one policy by which this page turns text into the address of a script: its own worker and service worker, and nothing else.
 * HTML and the text of scripts it refuses wholly: the only way from text to elements is the sanitizer (features/reader/sanitize.ts),
 * which has a policy of its own. Which policies there may be says the Content-Security-Policy (tools/serve.mjs).
 */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string | null }): unknown;
}

const OWN_SCRIPT = /\/(?:sw|assets\/worker-[\w-]+)\.js$/;

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
trustedTypes?.createPolicy('default', {
  createScriptURL(address) {
    const { origin, pathname } = new URL(address, location.href);
    return origin === location.origin && OWN_SCRIPT.test(pathname) ? address : null;
  },
});
