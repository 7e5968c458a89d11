/** Requests to an embedding server: JSON both ways, repeated where that can help, cancelled when nobody waits any more. */
import { ArchivoltError, cancelled, errorName, invalidArgument } from '../errors.js';

/** An answer longer than this is no answer of an embedding server. */
const MAX_ANSWER_BYTES = 256 << 20;
/** A server that asks for a longer pause is not waited for. */
const MAX_PAUSE_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const MAX_MESSAGE = 300;

export interface ServerAccess {
  /** Where the server is, with the path before its methods; http or https. */
  url: string;
  /** Sent as `Authorization: Bearer`; a function is asked at each request, so that the key need not be kept. */
  apiKey?: string | (() => string | Promise<string>);
  /** Further headers, such as those of a gateway. */
  headers?: Record<string, string>;
  /** Of one attempt, in milliseconds. */
  timeoutMs: number;
  /** How often a request is repeated after a failure that may pass: no connection, 408, 425, 429 and 5xx. */
  retries: number;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
}

/** INVALID_ARGUMENT unless a key can be sent there: over https, or to this device. */
export function serverUrl(argument: string, given: string, hasKey: boolean): string {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw invalidArgument(`${argument}: must be a whole address such as http://127.0.0.1:11434.`, { argument });
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw invalidArgument(`${argument}: must be an http or https address without a user and password.`, { argument });
  if (url.search !== '' || url.hash !== '')
    throw invalidArgument(`${argument}: must have neither a query nor a fragment.`, { argument });
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.localhost)$/.test(url.hostname);
  if (hasKey && url.protocol === 'http:' && !isLocal)
    throw invalidArgument(`${argument}: a key is sent over https only, or to this device.`, { argument });
  return url.href.replace(/\/+$/, '');
}

/**
 * The answer's JSON. NOT_FOUND, INVALID_ARGUMENT and FAILED_PRECONDITION for what repeating cannot mend (404; 400, 413, 422; others),
 * IO_ERROR for a server that cannot be reached or goes on failing, TIMEOUT for one that does not answer, CANCELLED. No error
 * holds the key.
 */
export async function requestJson(
  server: ServerAccess,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) throw cancelled();
    const key = typeof server.apiKey === 'function' ? await server.apiKey() : server.apiKey;
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
      throw invalidArgument('options.apiKey: a key is visible ASCII characters.', { argument: 'options.apiKey' });
    const outcome = await attemptOnce(server, key, method, path, body, signal);
    if ('answer' in outcome) return outcome.answer;
    const pause = outcome.pauseMs ?? Math.random() * FIRST_PAUSE_MS * 2 ** attempt + FIRST_PAUSE_MS / 2;
    if (!outcome.mayPass || attempt >= server.retries || pause > MAX_PAUSE_MS) throw outcome.error;
    await wait(pause, signal);
  }
}

type Outcome = { answer: unknown } | { error: ArchivoltError; mayPass: boolean; pauseMs?: number };

async function attemptOnce(
  server: ServerAccess,
  key: string | undefined,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(server.timeoutMs);
  try {
    const response = await (server.fetch ?? fetch)(`${server.url}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...server.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      redirect: 'error', // texts and key go where the caller said, and nowhere else
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    const text = await limitedText(response);
    if (!response.ok) return refused(response, text, key);
    return { answer: JSON.parse(text) as unknown };
  } catch (error) {
    if (signal?.aborted) throw cancelled();
    if (error instanceof ArchivoltError) throw error;
    if (timeout.aborted) {
      const message = `The embedding server did not answer within ${server.timeoutMs} ms.`;
      return { error: new ArchivoltError('TIMEOUT', message, { timeoutMs: server.timeoutMs }), mayPass: true };
    }
    if (errorName(error) === 'SyntaxError') {
      const message = 'The embedding server answered with something that is no JSON. Is the address right?';
      return { error: new ArchivoltError('FAILED_PRECONDITION', message), mayPass: false };
    }
    const message = `The embedding server at ${new URL(server.url).host} cannot be reached. Is it running, and does it allow this page's origin?`;
    return { error: new ArchivoltError('IO_ERROR', message, {}, { cause: error }), mayPass: true };
  }
}

async function limitedText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw new ArchivoltError(
        'FAILED_PRECONDITION',
        `The embedding server's answer is above ${MAX_ANSWER_BYTES} bytes.`,
      );
    }
    text += decoder.decode(value, { stream: true });
  }
}

function refused(response: Response, text: string, key: string | undefined): Outcome {
  const { status } = response;
  const detail = { status };
  const told = messageOf(text, key);
  const said = told === '' ? `status ${status}` : `status ${status}: ${told}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const pauseMs = retryAfter(response.headers.get('retry-after'));
    const error = new ArchivoltError(
      'IO_ERROR',
      `The embedding server could not answer (${said}). Try again later.`,
      detail,
    );
    return { error, mayPass: true, ...(pauseMs === undefined ? {} : { pauseMs }) };
  }
  if (status === 401 || status === 403) {
    const message = `The embedding server refused access (${said}). Check the key and what it may use.`;
    return { error: new ArchivoltError('FAILED_PRECONDITION', message, detail), mayPass: false };
  }
  if (status === 404) {
    const message = `The embedding server does not know the model or the address (${said}).`;
    return { error: new ArchivoltError('NOT_FOUND', message, detail), mayPass: false };
  }
  const code = status === 400 || status === 413 || status === 422 ? 'INVALID_ARGUMENT' : 'FAILED_PRECONDITION';
  return {
    error: new ArchivoltError(code, `The embedding server refused the texts (${said}).`, detail),
    mayPass: false,
  };
}

/** What the server says of its failure: one line, without the key. */
function messageOf(text: string, key: string | undefined): string {
  let said: unknown;
  try {
    const parsed = JSON.parse(text) as { error?: { message?: unknown } | string; message?: unknown } | null;
    said = typeof parsed?.error === 'object' ? parsed.error.message : (parsed?.error ?? parsed?.message);
  } catch {
    return '';
  }
  if (typeof said !== 'string') return '';
  const safe = key === undefined || key === '' ? said : said.replaceAll(key, '***');
  return safe
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE);
}

/** Milliseconds that a Retry-After header asks for: seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
