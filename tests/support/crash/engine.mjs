// The real engine and the real worker over the model's files, in this process: no thread, one compiled module for all.
import { readFile } from 'node:fs/promises';
import { importSource } from '../source.mjs';

const source = await importSource(
  'client/open',
  'worker/dispatcher',
  'worker/engine',
  'loader/load-engine',
  'loader/read-assets',
  'protocol/messages',
);
const wasm = new URL('../../../build/wasm-release/', import.meta.url).href;
export const embedderTable = new Uint8Array(await readFile(new URL('../../../dist/embedder.semb', import.meta.url)));

const modules = new Map();
async function compile(url) {
  if (!modules.has(url.href)) modules.set(url.href, await source.compileAsset(url));
  return modules.get(url.href);
}

/** A page and its worker in one: what one posts the other gets as a copy, later. */
function endpointOver(files) {
  let toPage = () => {};
  const later = (deliver, message, transfer = []) => {
    const copy = structuredClone(message, { transfer });
    setImmediate(() => deliver(copy));
  };
  const platform = {
    openFiles: async () => files,
    compile,
    readAsset: async () => embedderTable.slice(),
    openPath: async () => [],
  };
  const dispatcher = new source.Dispatcher(platform, (message) => later((copy) => toPage(copy), message));
  return {
    post: (message, transfer) => later((copy) => dispatcher.receive(copy), message, transfer),
    listen: (events) => (toPage = (message) => events.message(message)),
    terminate() {},
  };
}

/** A workspace as the package opens it, over these files. */
export function openOver(files, options = {}) {
  const host = { defaultStorage: 'memory', base: () => 'file:///', start: () => endpointOver(files) };
  return source.openWith(host, { name: 'model', wasmUrl: wasm, ...options });
}

/** The core alone, for opening one state after the other: `files` may be exchanged while nothing is open. */
export async function loadCore() {
  const host = {
    files: undefined,
    find: (name) => host.files.find(name),
    temporary: () => host.files.temporary(),
  };
  const core = new source.Engine(await source.loadEngine(wasm, host, compile), () => {});
  return { core, host };
}
