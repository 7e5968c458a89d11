// The static server: types, headers, caching, and nothing outside its folders.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { serve } from '../../tools/serve.mjs';

let folder;
let server;

before(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-serve-'));
  mkdirSync(path.join(folder, 'site/assets'), { recursive: true });
  mkdirSync(path.join(folder, 'lib'));
  writeFileSync(path.join(folder, 'site/index.html'), '<!doctype html>');
  writeFileSync(path.join(folder, 'site/assets/index-0aB_9-xy.js'), 'export {};');
  writeFileSync(path.join(folder, 'lib/engine.wasm'), 'wasm');
  writeFileSync(path.join(folder, 'secret.txt'), 'secret');
  server = await serve({ root: path.join(folder, 'site'), mounts: { '/lib': path.join(folder, 'lib') } });
});

after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** fetch() would tidy the path up before it sends it. */
function raw(target, method = 'GET') {
  return new Promise((resolve, reject) => {
    const request = http.request({ port: server.port, host: '127.0.0.1', path: target, method }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject).end();
  });
}

test('the page comes with the policy and is asked for anew each time', async () => {
  const response = await fetch(`${server.url}/`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-cache');
  assert.match(
    response.headers.get('content-security-policy'),
    /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'/,
  );
  assert.match(
    response.headers.get('content-security-policy'),
    /; require-trusted-types-for 'script'; trusted-types default/,
  );
  const script = await fetch(`${server.url}/assets/index-0aB_9-xy.js`);
  assert.doesNotMatch(script.headers.get('content-security-policy'), /trusted-types/);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
  assert.equal(response.headers.get('cross-origin-opener-policy'), 'same-origin');
  const again = await fetch(`${server.url}/`, { headers: { 'if-none-match': response.headers.get('etag') } });
  assert.equal(again.status, 304);
});

test('hashed assets are kept, WebAssembly has its type', async () => {
  const asset = await fetch(`${server.url}/assets/index-0aB_9-xy.js`);
  assert.match(asset.headers.get('cache-control'), /immutable/);
  const module = await fetch(`${server.url}/lib/engine.wasm`);
  assert.equal(module.headers.get('content-type'), 'application/wasm');
  assert.equal(await module.text(), 'wasm');
});

test('nothing outside the folders is served', async () => {
  for (const target of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/lib/../secret.txt',
    '/lib/%2e%2e/secret.txt',
    '/a%00b',
    '/%',
    '/no',
  ]) {
    assert.equal(await raw(target), 404, target);
  }
});

test('only reading is allowed', async () => {
  assert.equal(await raw('/', 'POST'), 405);
  assert.equal(await raw('/', 'HEAD'), 200);
});
