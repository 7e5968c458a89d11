import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { pagePolicy } from '../../tools/serve.mjs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Writes the policy of the page into the built page as well, so that a static host that sends no headers serves a protected
 * page all the same; a page with both is allowed what each allows. Not in development, whose server injects inline modules.
 */
function policyInPage(): Plugin {
  // A meta element cannot say who may frame the page; browsers ignore that part there with a warning.
  const content = pagePolicy
    .split('; ')
    .filter((directive) => !directive.startsWith('frame-ancestors'))
    .join('; ');
  return {
    name: 'archivolt-policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content }, injectTo: 'head-prepend' },
    ],
  };
}

export default defineConfig({
  base: './',
  define: { __APP_VERSION__: JSON.stringify(version) },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // The package starts its own worker and finds its .wasm by URL; pre-bundling would move those files apart.
  optimizeDeps: { exclude: ['archivolt'] },
  worker: { format: 'es' },
  build: {
    target: ['chrome123', 'firefox128', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    modulePreload: { polyfill: false },
    // Nothing inlined: a data: URL of a script or style would fall to the policy.
    assetsInlineLimit: 0,
    // The engine's own size budget is checked by the package, not here.
    chunkSizeWarningLimit: 1024,
  },
  plugins: [
    policyInPage(),
    VitePWA({
      // A new release waits until the person agrees: a reload in the middle of an import would cost work.
      registerType: 'prompt',
      injectRegister: false,
      includeManifestIcons: false,
      manifest: {
        id: './',
        name: 'Archivolt',
        short_name: 'Archivolt',
        description: 'Search your documents by word and by meaning, in this browser, offline.',
        lang: 'en',
        start_url: './',
        scope: './',
        display: 'standalone',
        background_color: '#f3f5f4',
        theme_color: '#f3f5f4',
        categories: ['productivity', 'developer'],
        icons: [
          { src: 'icons/archivolt-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icons/archivolt-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icons/archivolt-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: 'icons/archivolt.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{html,js,css,svg,png,wasm,semb}'],
        // The embedder's table is several MiB and the engine about one: both must be there without a network.
        maximumFileSizeToCacheInBytes: 64 * 1024 * 1024,
        // Places are in the hash, so that the page has one address; what else the origin serves is not the app's.
        navigateFallback: 'index.html',
        navigateFallbackAllowlist: [/\/(?:index\.html)?(?:\?|$)/],
        cleanupOutdatedCaches: true,
        sourcemap: false,
      },
    }),
  ],
});
