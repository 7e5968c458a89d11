// A server on loopback that speaks what Ollama and OpenAI's embeddings speak. Its vectors are counts of letters, so that a test can
// tell what each text must get; how it misbehaves is set by the test.
import { createServer } from 'node:http';

/** 26 counts of letters and a constant, so that no vector is zero. */
export function letterVector(text, dimensions = 27) {
  const vector = new Array(27).fill(0);
  vector[26] = 0.5;
  for (const letter of text.toLowerCase()) {
    const at = letter.charCodeAt(0) - 97;
    if (at >= 0 && at < 26) vector[at] += 1;
  }
  return vector.slice(27 - dimensions);
}

/**
 * Starts the server; `after` ends it.
 * @returns {Promise<{ url: string, requests: object[], next: Function[], models: object }>} `requests`: what came in;
 *   `next`: handlers `(request, response, body) => boolean`, one used up by each POST; one that answers nothing and returns false lets
 *   the request be answered as usual.
 */
export async function startEmbeddingServer(after, { key } = {}) {
  const state = { requests: [], next: [], models: [{ name: 'letters:latest', digest: 'a'.repeat(64) }] };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part) => (text += part));
    request.on('end', () => {
      const body = text === '' ? undefined : JSON.parse(text);
      state.requests.push({ method: request.method, path: request.url, headers: request.headers, body });
      const handler = request.method === 'POST' ? state.next.shift() : undefined;
      if (handler?.(request, response, body)) return;
      if (key !== undefined && request.headers.authorization !== `Bearer ${key}`)
        return send(response, 401, { error: { message: `Incorrect API key: ${request.headers.authorization}` } });
      answer(state, request, response, body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { url: `http://127.0.0.1:${server.address().port}` });
}

export function send(response, status, content, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof content === 'string' ? content : JSON.stringify(content));
  return true;
}

function answer(state, request, response, body) {
  if (request.url === '/api/tags') return send(response, 200, { models: state.models });
  const isKnown = ['letters', 'letters:latest'].includes(body?.model);
  if (request.url === '/api/embed') {
    if (!isKnown) return send(response, 404, { error: `model "${body.model}" not found, try pulling it first` });
    const embeddings = body.input.map((text) => letterVector(text, body.dimensions));
    return send(response, 200, { model: body.model, embeddings, total_duration: 1 });
  }
  if (request.url === '/v1/embeddings') {
    if (!isKnown) return send(response, 404, { error: { message: `The model '${body.model}' does not exist` } });
    const data = body.input.map((text, index) => {
      const vector = letterVector(text, body.dimensions);
      const embedding =
        body.encoding_format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
      return { object: 'embedding', index, embedding };
    });
    return send(response, 200, { object: 'list', model: body.model, data: data.reverse(), usage: {} });
  }
  return send(response, 404, 'not here');
}
