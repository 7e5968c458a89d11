// The browser process is killed in the middle of an ingest. At reopen every document that was reported as done is there and whole,
// and no unfinished one is visible.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test, chromium, type BrowserContext, type Page } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { realDocuments } from '../support/corpus.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const documents = realDocuments({ files: 120 });
const kills = 5;

interface Soundness {
  indexed: string[];
  unfinished: number;
  torn: number;
  strayChunks: number;
  strayPoints: number;
  missingInFullText: number;
}

/** The pid of the browser process that uses the profile. */
async function browserPid(context: BrowserContext): Promise<number> {
  const browser = context.browser();
  if (!browser) throw new Error('the context has no browser');
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
    processInfo: { type: string; id: number }[];
  };
  const found = processInfo.find((process) => process.type === 'browser');
  if (!found) throw new Error('no browser process');
  return found.id;
}

async function open(profile: string, address: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await chromium.launchPersistentContext(profile, chromiumOptions);
  const page = await context.newPage();
  await page.goto(address);
  return { context, page };
}

async function soundness(page: Page): Promise<Soundness> {
  return page.evaluate(async () => {
    const { openWorkspace } = await import('/index.js' as string);
    const workspace = await openWorkspace('killed');
    const count = async (sql: string): Promise<number> => ((await workspace.query(sql)) as { n: number }[])[0]?.n ?? -1;
    const indexed = (await workspace.query("SELECT filename FROM documents WHERE status = 'indexed'")) as {
      filename: string;
    }[];
    const result = {
      indexed: indexed.map((row) => row.filename),
      unfinished: await count("SELECT count(*) AS n FROM documents WHERE status NOT IN ('indexed', 'failed')"),
      torn: await count(
        `SELECT count(*) AS n FROM documents d WHERE status = 'indexed' AND (
           chunks_count <> (SELECT count(*) FROM document_chunks c WHERE c.document_id = d.id) OR
           chunks_count <> (SELECT count(*) FROM vector_points p JOIN document_chunks c ON c.id = p.chunk_id WHERE c.document_id = d.id))`,
      ),
      strayChunks: await count(
        'SELECT count(*) AS n FROM document_chunks WHERE document_id NOT IN (SELECT id FROM documents)',
      ),
      strayPoints: await count(
        'SELECT count(*) AS n FROM vector_points WHERE chunk_id NOT IN (SELECT id FROM document_chunks)',
      ),
      missingInFullText: await count(
        'SELECT (SELECT count(*) FROM document_chunks) - (SELECT count(*) FROM document_chunks_fts_docsize) AS n',
      ),
    };
    const { hits } = await workspace.search('how to use this');
    if (indexed.length > 0 && hits.length === 0) throw new Error('the reopened workspace finds nothing');
    await workspace.close();
    return result;
  });
}

test('a kill in the middle of an ingest loses no finished document and shows no unfinished one', async () => {
  test.setTimeout(180_000);
  const server = await serveDist({ documents });
  const profile = mkdtempSync(path.join(os.tmpdir(), 'archivolt-kill-'));
  try {
    const done = new Set<string>();
    for (let round = 0; round < kills; round++) {
      const { context, page } = await open(profile, server.address);
      // What the page was told is done, in the order in which it was told.
      let told = 0;
      const enough = 4 + round * 7;
      await page.exposeFunction('report', (filename: string) => {
        done.add(filename);
        told++;
      });
      const names = documents.map((file) => file.name);
      page
        .evaluate(
          async ({ filenames, first }) => {
            const { openWorkspace } = await import('/index.js' as string);
            const workspace = await openWorkspace('killed');
            for (let i = 0; i < filenames.length; i++) {
              const index = (first + i) % filenames.length;
              const content = await (await fetch(`/corpus/${index}`)).blob();
              const report = await workspace.documents.ingest({ filename: filenames[index], content });
              if (report.documents[0]?.status === 'indexed') {
                (globalThis as unknown as { report(name: string): void }).report(filenames[index] as string);
              }
            }
          },
          { filenames: names, first: round * 23 },
        )
        .catch(() => {}); // ends with the process
      await expect.poll(() => told, { timeout: 60_000, intervals: [5] }).toBeGreaterThanOrEqual(enough);
      process.kill(await browserPid(context), 'SIGKILL');
      await context.close().catch(() => {});

      const reopened = await open(profile, server.address);
      const found = await soundness(reopened.page);
      await reopened.context.close();
      expect(found.unfinished).toBe(0);
      expect(found.torn).toBe(0);
      expect(found.strayChunks).toBe(0);
      expect(found.strayPoints).toBe(0);
      expect(found.missingInFullText).toBe(0);
      const present = new Set(found.indexed);
      expect([...done].filter((name) => !present.has(name))).toEqual([]);
    }
    expect(done.size).toBeGreaterThan(kills);
  } finally {
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
