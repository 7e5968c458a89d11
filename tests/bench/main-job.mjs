// The main job in real Chromium, figures of the release: ingest rate with embedding, hybrid search latency with the worker hop,
// and reopening after the browser process ended. Printed as a table, kept as JSON in bench-results/.
//
// node tests/bench/main-job.mjs [--chunks 5000] [--runs 3]   medians over the runs; each run has a fresh profile
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { realDocuments } from '../support/corpus.mjs';
import { quantile, report } from '../support/report.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const { values: flags } = parseArgs({
  options: { chunks: { type: 'string', default: '5000' }, runs: { type: 'string', default: '3' } },
});
const wantedChunks = Number(flags.chunks);
const runs = Number(flags.runs);
// Markdown-like text gives about one chunk for 850 characters; HTML loses about half of its bytes to markup.
const documents = realDocuments({ bytes: wantedChunks * 1500 });

async function ingestAndSearch(page) {
  return page.evaluate(
    async ({ files, wanted }) => {
      const { openWorkspace } = await import('/index.js');
      const workspace = await openWorkspace('bench');
      const sources = [];
      for (const [index, filename] of files.entries()) {
        sources.push({ filename, content: await (await fetch(`/corpus/${index}`)).blob() });
      }
      let chunks = 0;
      let ingested = 0;
      const started = performance.now();
      for (let i = 0; i < sources.length && chunks < wanted; i += 64) {
        const report = await workspace.documents.ingest(sources.slice(i, i + 64));
        for (const document of report.documents) {
          chunks += document.status === 'indexed' ? document.chunks : 0;
          ingested += document.status === 'indexed' ? 1 : 0;
        }
      }
      const seconds = (performance.now() - started) / 1000;
      // Queries are headings of the corpus: what a reader of these documents would look for.
      const rows = await workspace.query(
        'SELECT DISTINCT heading FROM document_chunks WHERE length(heading) BETWEEN 12 AND 80 ORDER BY pk',
      );
      const queries = rows
        .filter((_, i) => i % Math.ceil(rows.length / 220) === 0)
        .map((row) => row.heading.split(' > ').at(-1));
      const hybrid = [];
      for (const [i, query] of queries.entries()) {
        const before = performance.now();
        const result = await workspace.search(query, { mode: 'hybrid', kinds: ['documents'] });
        if (i >= 20) hybrid.push(performance.now() - before);
        if (i === 0 && result.hits.length === 0) throw new Error(`no hit for ${query}`);
      }
      await workspace.close();
      return { chunks, ingested, seconds, hybrid };
    },
    { files: documents.map((file) => file.name), wanted: wantedChunks },
  );
}

async function reopen(page) {
  return page.evaluate(async () => {
    const started = performance.now();
    const { openWorkspace } = await import('/index.js');
    const workspace = await openWorkspace('bench');
    const result = await workspace.search('how does write-ahead logging work');
    const first = performance.now() - started;
    if (result.hits.length === 0) throw new Error('the reopened workspace finds nothing');
    await workspace.close();
    return first;
  });
}

const server = await serveDist({ documents });
const results = [];
for (let run = 0; run < runs; run++) {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-'));
  try {
    let context = await chromium.launchPersistentContext(profile, chromiumOptions);
    let page = await context.newPage();
    await page.goto(server.address);
    const figures = await ingestAndSearch(page);
    await context.close();
    context = await chromium.launchPersistentContext(profile, chromiumOptions);
    page = await context.newPage();
    await page.goto(server.address);
    const reopened = await reopen(page);
    await context.close();
    results.push({
      documents: figures.ingested,
      chunks: figures.chunks,
      chunksPerSecond: figures.chunks / figures.seconds,
      hybridP50: quantile(figures.hybrid, 0.5),
      hybridP95: quantile(figures.hybrid, 0.95),
      reopenToAnswer: reopened,
    });
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
await server.close();

const median = (name) =>
  quantile(
    results.map((result) => result[name]),
    0.5,
  );
report(
  'main-job',
  `${results[0].documents} documents, ${results[0].chunks} chunks, median of ${runs} runs`,
  [
    { measure: 'ingest, embedding included', value: median('chunksPerSecond'), unit: 'chunks/s', atLeast: 800 },
    { measure: 'hybrid search p50', value: median('hybridP50'), unit: 'ms', below: 20 },
    { measure: 'hybrid search p95', value: median('hybridP95'), unit: 'ms', below: 50 },
    { measure: 'reopen to first answer', value: median('reopenToAnswer'), unit: 'ms', below: 1500 },
  ],
  results,
);
