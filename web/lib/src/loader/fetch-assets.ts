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
  if (type !== 'application/wasm') return WebAssembly.compile(await bodyOf(response, url));
  try {
    return await WebAssembly.compileStreaming(response);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) throw error;
    throw brokenOff(url, error);
  }
}

export async function readFetched(url: URL): Promise<Uint8Array> {
  return new Uint8Array(await bodyOf(await get(url), url));
}

async function bodyOf(response: Response, url: URL): Promise<ArrayBuffer> {
  try {
    return await response.arrayBuffer();
  } catch (error) {
    throw brokenOff(url, error);
  }
}

function brokenOff(url: URL, cause: unknown): ArchivoltError {
  return new ArchivoltError(
    'IO_ERROR',
    `${url.pathname} could not be fetched to its end.`,
    { url: url.href },
    { cause },
  );
}
