/** Assets over HTTP, for browsers. */
import { ArchivoltError } from '../errors.js';

async function get(url: URL): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'same-origin' });
  } catch (cause) {
    throw new ArchivoltError('IO_ERROR', `${url.pathname} cannot be fetched.`, { url: url.href }, { cause });
  }
  if (!response.ok)
    throw new ArchivoltError('IO_ERROR', `${url.pathname} cannot be fetched: ${response.status}.`, {
      url: url.href,
      status: response.status,
    });
  return response;
}

/** Compiles while it downloads where the server names the type; other servers only cost time. */
export async function compileFetched(url: URL): Promise<WebAssembly.Module> {
  const response = await get(url);
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

export async function readFetched(url: URL): Promise<Uint8Array> {
  return new Uint8Array(await (await get(url)).arrayBuffer());
}
