// The package in an app of its users: installed from its tarball, built by Vite as docs/bundlers.md says, served under a strict policy.
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { build, preview, type PreviewServer } from 'vite';
import { consumerProject } from '../support/packed-package.mjs';
import type { Library } from './library-page';

const app = `
import { openWorkspace } from 'archivolt';
globalThis.opened = openWorkspace('consumer');
`;
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
/** What the app puts on the page's global object. */
interface Opened {
  opened: ReturnType<Library['openWorkspace']>;
}

let project: ReturnType<typeof consumerProject>;
let server: PreviewServer;
let address: string;

test.beforeAll(async () => {
  project = consumerProject({
    'index.html':
      '<!doctype html><title>Consumer</title><link rel="icon" href="data:,"><script type="module" src="./app.js"></script>',
    'app.js': app,
  });
  const root = project.folder;
  await build({ root, configFile: false, logLevel: 'error', base: './', worker: { format: 'es' } });
  server = await preview({
    root,
    configFile: false,
    preview: { host: '127.0.0.1', port: 0, headers: { 'content-security-policy': `${policy}; img-src data:` } },
  });
  const bound = server.httpServer.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  address = `http://127.0.0.1:${bound.port}/`;
});
test.afterAll(async () => {
  await server?.close();
  project?.remove();
});

/** Opens the app; what goes wrong in it or is not found is in the answer. */
async function visit(page: Page): Promise<string[]> {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(address);
  return problems;
}

const find = (page: Page) =>
  page.evaluate(async () => {
    const workspace = await (globalThis as unknown as Opened).opened;
    const { hits } = await workspace.search('what to do when a service is down');
    return {
      titles: hits.map(({ title }) => title),
      semantic: hits[0]?.legs.semantic?.rank,
      users: await workspace.table('users').count(),
    };
  });

test('a bundled app stores, searches, finds it again after a reload and in a second tab', async ({ page, context }) => {
  const loaded = new Set<string>();
  context.on('request', (request) => loaded.add(path.basename(new URL(request.url()).pathname)));
  const problems = await visit(page);
  await page.evaluate(async () => {
    const workspace = await (globalThis as unknown as Opened).opened;
    const markdown =
      '---\ntitle: Breakers\n---\n# Circuit breaker\n\nStop calling a service that keeps failing, and try again after a pause.';
    await workspace.documents.ingest([
      { filename: 'resilience.md', content: markdown },
      { filename: 'caching.html', content: '<h1>Caching</h1><p>Keep answers near those who ask often.</p>' },
    ]);
    await workspace.table('users').insert({ username: 'ada', email: 'ada@example.org' });
  });
  const expected = { titles: ['Circuit breaker', 'Caching'], semantic: 1, users: 1 };
  expect(await find(page)).toEqual(expected);
  // Each of these is a file with a name of its own, which the bundler chose.
  for (const name of ['worker', 'ingest', 'html-parser', 'front-matter', 'embedder', 'engine']) {
    expect(
      [...loaded].filter((file) => new RegExp(`^${name}(-relaxed)?-[\\w-]{8}\\.`).test(file)),
      name,
    ).toHaveLength(1);
  }
  await page.reload();
  expect(await find(page)).toEqual(expected);
  const second = await context.newPage();
  problems.push(...(await visit(second)));
  expect(await find(second)).toEqual(expected);
  await page.close();
  expect(await find(second)).toEqual(expected);
  expect(problems).toEqual([]);
});

test('a bundled app reads an import in the worker that the bundler made for it', async ({ page }) => {
  const problems = await visit(page);
  const reader = page.waitForRequest((request) => /\/import-reader-[\w-]{8}\.js$/.test(request.url()));
  const dump = [
    `-- ${'So large that another worker reads it. '.repeat(60_000)}\n`,
    'COPY public.conversation_metadata (conversation_id, title, created_at, last_message_at) FROM stdin;\n',
    '1\tRuns\t2026-01-30 10:00:00\t2026-01-30 11:00:00\n\\.\n\n',
    'COPY public.conversations (archi_service, conversation_id, sender, content, link, context, ts, message_id) FROM stdin;\n',
    'Chatbot\t1\tUser\tchecked by the crew\t\t\t2026-01-30 10:00:00\t1\n',
    '\\.\n',
  ].join('');
  const report = await page.evaluate(async (text) => {
    const workspace = await (globalThis as unknown as Opened).opened;
    return workspace.import(new Blob([text]), { system: 'archi' });
  }, dump);
  expect(report.rejects).toEqual([]);
  expect(report.tables['conversations']).toMatchObject({ read: 1, added: 1 });
  await reader;
  expect(problems).toEqual([]);
});
