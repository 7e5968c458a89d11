// The browser of the bench of vectors: one Chromium with an empty profile, a page for each engine on an origin of its own, so that each
// has its own process and storage. Pages are cross-origin isolated, which makes performance.now() exact to 5 µs.
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../../support/chromium.mjs';

const types = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};

/** Serves the folders by the first part of the address, and single files by their whole address. */
async function serve(folders, files) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    if (pathname === '/')
      return response.setHeader('content-type', 'text/html').end('<!doctype html><title>Bench</title>');
    const [, first, ...rest] = pathname.split('/');
    const file = files[pathname] ?? (folders[first] && path.join(folders[first], ...rest));
    if (!file || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.setHeader('content-type', types[path.extname(file)] ?? 'application/octet-stream');
    return createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export async function startBrowser(folders) {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-'));
  const context = await chromium.launchPersistentContext(profile, chromiumOptions);
  return {
    /** An engine in a page of its own; `call` answers what host.mjs does, `close` ends it. */
    async engine({ inPage }, set) {
      const server = await serve(folders, { '/data/vectors.f32': set.vectors, '/data/queries.f32': set.queries });
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.evaluate(async (here) => {
        const pending = new Map();
        const take = ([number, result, message]) => {
          const { resolve, reject } = pending.get(number);
          if (message === undefined) resolve(result);
          else reject(new Error(message));
        };
        let send;
        if (here) {
          const { answer } = await import('/bench/host.mjs');
          send = (message) => void answer(message).then(take);
        } else {
          const worker = new globalThis.Worker('/bench/host.mjs', { type: 'module' });
          worker.onmessage = ({ data }) => take(data);
          worker.onerror = ({ message }) => pending.forEach(({ reject }) => reject(new Error(message)));
          send = (message) => worker.postMessage(message);
        }
        let last = 0;
        globalThis.call = (method, argument) =>
          new Promise((resolve, reject) => {
            pending.set(++last, { resolve, reject });
            send([last, method, argument]);
          });
      }, inPage);
      return {
        async call(method, argument, seconds) {
          let timer;
          const late = new Promise((_, reject) => {
            timer = setTimeout(() => reject(new Error(`${method} took more than ${seconds} s`)), seconds * 1000);
          });
          const answer = page.evaluate(([what, how]) => globalThis.call(what, how), [method, argument]);
          answer.catch(() => undefined);
          return Promise.race([answer, late]).finally(() => clearTimeout(timer));
        },
        async close() {
          await page.close();
          server.closeAllConnections();
          server.close();
        },
      };
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
