/** Assets from disk, for Node. */
import { readFile } from 'node:fs/promises';
import { ArchivoltError, systemCode } from '../errors.js';
import { compileFetched, readFetched } from './fetch-assets.js';

export async function readAsset(url: URL): Promise<Uint8Array> {
  if (url.protocol !== 'file:') return readFetched(url);
  try {
    return await readFile(url);
  } catch (cause) {
    throw new ArchivoltError(
      'IO_ERROR',
      `${url.pathname} cannot be read (${systemCode(cause)}).`,
      { url: url.href },
      { cause },
    );
  }
}

export async function compileAsset(url: URL): Promise<WebAssembly.Module> {
  if (url.protocol !== 'file:') return compileFetched(url);
  return WebAssembly.compile((await readAsset(url)) as Uint8Array<ArrayBuffer>);
}
