// The five documents' own performance targets in real Chromium, worker hop included, on a workspace of the size they name:
// 50,000 AI requests, 10,000 messages and 100,000 chunks with their vectors, in the origin-private file system.
//
// node tests/bench/targets.mjs [--scale 1] [--keep DIR]   a smaller scale is for trying the bench itself; the bars are for scale 1.
// With --keep the browser's profile stays in DIR, and a later run with the same DIR measures what is in it instead of filling again.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { realDocuments } from '../support/corpus.mjs';
import { quantile, report } from '../support/report.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const { values: flags } = parseArgs({
  options: { scale: { type: 'string', default: '1' }, keep: { type: 'string' } },
});
const scale = Number(flags.scale);
const wanted = { requests: 50_000 * scale, messages: 10_000 * scale, chunks: 100_000 * scale, users: 500 };
const documents = realDocuments({ bytes: Math.min(12_000_000, 150_000_000 * scale) });

// Runs in the page. The corpus is taken several times; every later edition has its paragraphs in another order and a line of its
// own, so that no two documents are alike and the words keep their real frequencies.
async function fill({ files, wanted }) {
  const { openWorkspace } = await import('/index.js');
  const workspace = await openWorkspace('targets');
  const texts = [];
  for (const [index, name] of files.entries()) {
    const html = /\.html?$/i.test(name);
    texts.push({ name, html, text: await (await fetch(`/corpus/${index}`)).text() });
  }
  let state = 88172645463325252n;
  const random = (below) => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return Number(state % BigInt(below));
  };
  const shuffled = (list) => {
    for (let i = list.length - 1; i > 0; i--) {
      const j = random(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
  };
  const times = {};
  let started = performance.now();
  let chunks = 0;
  for (let edition = 0; chunks < wanted.chunks; edition++) {
    for (let i = 0; i < texts.length && chunks < wanted.chunks; i += 32) {
      const sources = texts.slice(i, i + 32).map(({ name, html, text }) => {
        const parts = text.split(html ? /(?=<p>)/i : /\n{2,}/);
        const content = edition === 0 ? text : shuffled(parts).join('\n\n') + `\n\nedition ${edition}`;
        return { filename: `${edition}-${name}`, content };
      });
      const { documents } = await workspace.documents.ingest(sources);
      for (const document of documents) chunks += document.status === 'indexed' ? document.chunks : 0;
    }
  }
  times.chunksPerSecond = chunks / ((performance.now() - started) / 1000);
  const passages = await workspace.query(
    'SELECT chunk_text AS text FROM document_chunks WHERE pk % 9 = 0 AND length(chunk_text) BETWEEN 80 AND 1200 LIMIT 20000',
  );
  const passage = () => passages[random(passages.length)].text;
  const users = Array.from({ length: wanted.users }, (_, i) => ({
    id: `user-${i}`,
    username: `user${i}`,
    email: `u${i}@example.com`,
  }));
  await workspace.table('users').insertMany(users);
  started = performance.now();
  for (let i = 0; i < wanted.requests; i += 1000) {
    await workspace.table('ai_requests').insertMany(
      Array.from({ length: 1000 }, (_, j) => ({
        kind: 'query',
        user_id: `user-${random(wanted.users)}`,
        prompt_text: passage().slice(0, 200).toWellFormed(),
        response_text: passage(),
        model: `model-${random(5)}`,
        duration: 50 + random(5000),
        duration_unit: 'ms',
        tokens_used: 100 + random(4000),
        status: 'completed',
        created_at: new Date(1_760_000_000_000 + (i + j) * 60_000).toISOString(),
      })),
    );
  }
  times.requestsPerSecond = wanted.requests / ((performance.now() - started) / 1000);
  await workspace
    .table('conversations')
    .insertMany(Array.from({ length: 200 }, (_, i) => ({ id: `talk-${i}`, title: `talk ${i}`, user_id: `user-${i}` })));
  for (let i = 0; i < wanted.messages; i += 1000) {
    await workspace.table('messages').insertMany(
      Array.from({ length: 1000 }, (_, j) => ({
        conversation_id: `talk-${random(200)}`,
        role: (i + j) % 2 === 0 ? 'user' : 'assistant',
        content: passage(),
      })),
    );
  }
  started = performance.now();
  const pending = async () => {
    const [{ n }] = await workspace.query('SELECT count(*) AS n FROM embedding_queue');
    const { vectors } = await workspace.status();
    return n > 0 || vectors.some(({ state }) => state !== 'ready');
  };
  while (await pending()) {
    if (performance.now() - started > 600_000) throw new Error('the vectors were not ready after ten minutes');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  times.secondsToReady = (performance.now() - started) / 1000;
  const [counts] = await workspace.query(
    'SELECT (SELECT count(*) FROM ai_requests) AS requests, (SELECT count(*) FROM messages) AS messages, ' +
      '(SELECT count(*) FROM document_chunks) AS chunks, (SELECT count(*) FROM vector_points) AS vectors',
  );
  await workspace.close();
  return { ...times, ...counts };
}

// Runs in a new browser process: nothing is warm but the operating system's cache.
async function measure({ wanted, rounds }) {
  const { openWorkspace } = await import('/index.js');
  const before = performance.now();
  const workspace = await openWorkspace('targets');
  const opened = performance.now() - before;
  const first = performance.now();
  await workspace.search('how does write-ahead logging work', { mode: 'semantic', limit: 5, kinds: ['documents'] });
  const firstSearch = performance.now() - first;
  const settle = async () => {
    while ((await workspace.status()).vectors.some(({ state }) => state !== 'ready'))
      await new Promise((resolve) => setTimeout(resolve, 200));
  };
  await settle();
  const ready = performance.now() - before;
  const headings = await workspace.query(
    'SELECT DISTINCT heading FROM document_chunks WHERE length(heading) BETWEEN 12 AND 80 ORDER BY pk LIMIT 4000',
  );
  const queries = Array.from({ length: rounds }, (_, i) =>
    headings[Math.floor((i * headings.length) / rounds)].heading.split(' > ').at(-1),
  );
  const time = async (run) => {
    const samples = [];
    for (const [i, query] of queries.entries()) {
      const started = performance.now();
      const answer = await run(query, `user-${(i * 37) % wanted.users}`);
      samples.push(performance.now() - started);
      if (answer === null || answer === undefined) throw new Error(`no answer for ${query}`);
    }
    return samples.slice(10); // The first fill caches.
  };
  const samples = {
    userLookUp: await time((_, user) => workspace.table('users').get(user)),
    userByEmail: await time((_, user) =>
      workspace.table('users').find({ where: { email: `u${user.slice(5)}@example.com` }, limit: 1 }),
    ),
    latestRequests: await time((_, user) => workspace.reports.latestRequests(user, { limit: 20 })),
    fullTextRequests: await time((query) =>
      workspace.search(query, { mode: 'keyword', kinds: ['ai_requests'], limit: 20 }),
    ),
    fullTextChunks: await time((query) =>
      workspace.search(query, { mode: 'keyword', kinds: ['documents'], limit: 20 }),
    ),
    vectorTop5: await time((query) => workspace.search(query, { mode: 'semantic', kinds: ['documents'], limit: 5 })),
    vectorRequestsTop5: await time((query) =>
      workspace.search(query, { mode: 'semantic', kinds: ['ai_requests'], limit: 5 }),
    ),
    hybridEverything: await time((query) => workspace.search(query, { limit: 10 })),
    userStatistics: await time((_, user) => workspace.reports.userStatistics(user)),
  };
  await workspace.close();
  return { opened, firstSearch, ready, samples };
}

// What an origin stored is found again under the same port only.
const server = await serveDist({ documents, port: flags.keep ? 47_615 : 0 });
const profile = flags.keep ? path.resolve(flags.keep) : mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-'));
mkdirSync(profile, { recursive: true });
const filledFile = path.join(profile, 'archivolt-filled.json');
try {
  const inBrowser = async (body, argument) => {
    const context = await chromium.launchPersistentContext(profile, chromiumOptions);
    try {
      const page = await context.newPage();
      await page.goto(server.address);
      return await page.evaluate(body, argument);
    } finally {
      await context.close();
    }
  };
  const filled = existsSync(filledFile)
    ? JSON.parse(readFileSync(filledFile, 'utf8'))
    : await inBrowser(fill, { files: documents.map(({ name }) => name), wanted });
  console.log(JSON.stringify(filled));
  if (flags.keep) writeFileSync(filledFile, JSON.stringify(filled));
  const measured = await inBrowser(measure, { wanted, rounds: 110 });
  const rows = [
    ['user look-up by id', 'userLookUp', 1],
    ['user look-up by e-mail', 'userByEmail', 1],
    ['latest 20 AI requests of a user', 'latestRequests', 10],
    ['full text over 50,000 AI requests', 'fullTextRequests', 50],
    ['full text over 100,000 chunks', 'fullTextChunks', 50],
    ['vector top 5 of 100,000 chunks', 'vectorTop5', 100],
    ['vector top 5 of 50,000 AI requests', 'vectorRequestsTop5', 100],
    ['hybrid over everything', 'hybridEverything', 100],
    ['user statistics', 'userStatistics', 100],
  ].flatMap(([measureName, key, below]) => [
    { measure: `${measureName}, p50`, value: quantile(measured.samples[key], 0.5), unit: 'ms', below },
    { measure: `${measureName}, p95`, value: quantile(measured.samples[key], 0.95), unit: 'ms', below },
  ]);
  report(
    'targets',
    `${filled.requests} AI requests, ${filled.messages} messages, ${filled.chunks} chunks, ${filled.vectors} vectors`,
    rows,
    { filled, ...measured },
  );
} finally {
  await server.close();
  if (!flags.keep) rmSync(profile, { recursive: true, force: true });
}
