// A static host of the built package as any page may have it: a blank page, dist/ beside it, the strict policy of the README,
// documents of a corpus under /corpus/<index>, and other files by their address. What pages post to /acknowledge is handed on.
// Binds to a free port of the loopback interface.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist');
const types = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.semb': 'application/octet-stream',
};
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/**
 * @param {{ documents?: { read(): Buffer }[], files?: Record<string, string>, port?: number, folder?: string, acknowledged?: (text: string) => void }} [options]
 *   folder: of another build of the package
 * @returns {Promise<{ address: string, port: number, close(): Promise<void> }>} address ends with a slash
 */
export async function serveDist(options = {}) {
  const { documents = [], files = {}, port = 0, folder = dist, acknowledged = () => undefined } = options;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const document = documents[Number(/^\/corpus\/(\d+)$/.exec(pathname)?.[1] ?? -1)];
    const file = files[pathname] ?? path.join(folder, path.basename(pathname));
    response.setHeader('content-security-policy', policy);
    if (request.method === 'POST' && pathname === '/acknowledge') {
      request
        .setEncoding('utf8')
        .toArray()
        .then((parts) => acknowledged(parts.join('')))
        .catch(() => undefined) // The browser was killed while it sent.
        .finally(() => response.end());
    } else if (pathname === '/') {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Archivolt</title>');
    } else if (document) {
      response.setHeader('content-type', 'application/octet-stream').end(document.read());
    } else if (existsSync(file)) {
      response.setHeader('content-type', types[path.extname(file)] ?? 'text/plain').end(readFileSync(file));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = server.address().port;
  return {
    address: `http://127.0.0.1:${bound}/`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
