// A static file server for the app and the tests, with the headers that a host of Archivolt should send.
//
// node tools/serve.mjs [--root <folder>] [--port <number>] [--mount /<prefix>=<folder>]...
// A mount serves another folder below a prefix, for test pages. Only GET and HEAD, only files below the named folders, only on
// 127.0.0.1.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { root as repository } from './process.mjs';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.semb': 'application/octet-stream',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** The policy that the package and the app are held to; scripts and workers come with it. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "style-src 'self'",
  "manifest-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The policy of the app's page: no text becomes HTML or script but through the sanitizer, and no address that of a script but by
 * the page's own rule (web/app/src/trusted-types.ts). Not for scripts: the service worker imports its own parts by their names.
 */
export const pagePolicy = [
  contentSecurityPolicy,
  "require-trusted-types-for 'script'",
  'trusted-types default dompurify',
].join('; ');

const securityHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** The file that a request names, or undefined for anything that is not below one of the folders. */
function locate(urlPath, root, mounts) {
  let decoded;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0')) {
    return undefined;
  }
  const prefix = Object.keys(mounts).find((candidate) => decoded.startsWith(`${candidate}/`));
  const folder = path.resolve(prefix === undefined ? root : mounts[prefix]);
  const inside = prefix === undefined ? decoded : decoded.slice(prefix.length);
  const file = path.join(folder, inside.endsWith('/') ? `${inside}index.html` : inside);
  return file.startsWith(folder + path.sep) ? file : undefined;
}

/** Whether the path lies in a mounted folder: a page of the tests, or the package. */
function isMounted(pathname, mounts) {
  return Object.keys(mounts).some((prefix) => pathname.startsWith(`${prefix}/`));
}

async function answer(request, response, root, mounts) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...securityHeaders, Allow: 'GET, HEAD' }).end();
    return;
  }
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const file = locate(pathname, root, mounts);
  const found = file ? await stat(file).catch(() => undefined) : undefined;
  if (!found?.isFile()) {
    response.writeHead(404, { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found\n');
    return;
  }
  // Files with a hash in their name never change; of all others the browser asks each time whether they did.
  const hashed = /\/assets\/[^/]*-[\w-]{8}\.\w+$/.test(pathname);
  const etag = `"${found.size.toString(16)}-${Math.round(found.mtimeMs).toString(16)}"`;
  const isAppPage = path.extname(file) === '.html' && !isMounted(pathname, mounts);
  const headers = {
    ...securityHeaders,
    ...(isAppPage ? { 'Content-Security-Policy': pagePolicy } : {}),
    'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'Content-Type': types[path.extname(file)] ?? 'application/octet-stream',
    ETag: etag,
  };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Length': found.size });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

/**
 * Starts a server. Rejects when the port is taken.
 * @param {{root: string, port?: number, mounts?: Record<string, string>}} options port 0, the default, takes any free one
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>} url ends without a slash
 */
export async function serve({ root, port = 0, mounts = {} }) {
  const server = http.createServer((request, response) => {
    answer(request, response, root, mounts).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const taken = server.address().port;
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${taken}`, port: taken, close };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: path.join(repository, 'web/app/dist') },
      port: { type: 'string', default: '4173' },
      mount: { type: 'string', multiple: true, default: [] },
    },
  });
  const mounts = Object.fromEntries(values.mount.map((mount) => mount.split('=')));
  const { url } = await serve({ root: values.root, port: Number(values.port), mounts });
  console.log(`serving ${values.root} on ${url}`);
}
