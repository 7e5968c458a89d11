// How long a tab that follows waits when the leader goes: from the leader's end to the end of the longest call that the tab had under way
// or began since; it calls without end. Real Chromium, three tabs: one leads, two follow. Each round the leader ends, the next one
// leads, and a new tab comes. A busy leader takes documents in and inserts many rows when it ends.
//
// node tests/bench/handover.mjs [--rounds 10]   of each of four kinds
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { quantile, report } from '../support/report.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(flags.rounds);
/** Whoever gets no answer for so long hangs: the bench fails. */
const HANG_MS = 60_000;
const SETTLE_MS = 5000;

async function openTab(context, address) {
  const page = await context.newPage();
  await page.goto(address);
  await page.evaluate(async () => {
    const { openWorkspace } = await import('/index.js');
    globalThis.workspace = await openWorkspace({ name: 'handover', embedder: null });
  });
  return page;
}

// Runs in the page: reads until it is told to stop. Of each call that ends after `since` it notes how long it took from then.
async function callWithoutEnd() {
  Object.assign(globalThis, { waits: [], since: Infinity, calls: 0, calling: true });
  const now = () => performance.timeOrigin + performance.now();
  while (globalThis.calling) {
    const started = now();
    await globalThis.workspace.table('tags').count();
    const ended = now();
    if (ended >= globalThis.since) globalThis.waits.push(ended - Math.max(started, globalThis.since));
    globalThis.calls++;
  }
}

const someCalls = async (page) => {
  const before = await page.evaluate(() => globalThis.calls);
  await page.waitForFunction((least) => globalThis.calls > least, before + 20, { timeout: HANG_MS });
};

// Runs in the page: writes without end, long calls all of them.
async function writeWithoutEnd() {
  const text = 'The keystone locks the arch, and the load runs down to the springers. ';
  const source = (at) => ({
    filename: `${Math.random()}.md`,
    content: `# ${Math.random()}\n\n${text.repeat(50 + 10 * at)}`,
  });
  void (async () => {
    for (;;) await globalThis.workspace.documents.ingest(Array.from({ length: 20 }, (_, at) => source(at)));
  })();
  void (async () => {
    for (;;) {
      const rows = Array.from({ length: 2000 }, () => ({ name: `${Math.random()}` }));
      await globalThis.workspace.table('tags').insertMany(rows);
    }
  })();
  await globalThis.workspace.table('tags').count();
}

async function crash(context, page) {
  const session = await context.newCDPSession(page);
  const gone = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => undefined);
  await gone;
  await page.close();
}

const close = (_, page) => page.evaluate(() => globalThis.workspace.close()).then(() => page.close());
const ways = [
  { what: 'an idle leader closes', end: close },
  { what: 'an idle leader crashes', end: crash },
  { what: 'a busy leader is closed', end: (_, page) => page.close(), isBusy: true },
  { what: 'a busy leader crashes', end: crash, isBusy: true },
];

/** The pause of a round each, in milliseconds. */
async function measure(context, address, { end, isBusy = false }) {
  const samples = [];
  const queue = [];
  while (queue.length < 3) queue.push(await openTab(context, address));
  for (let round = 0; round < rounds; round++) {
    const [leader] = queue;
    const watched = queue[round % 2 === 0 ? 1 : 2]; // By turns the one that leads next, and the one that follows on.
    // A tab that has just been opened rehearses leading when nobody asks for anything.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const calling = watched.evaluate(callWithoutEnd);
    await watched.waitForFunction(() => globalThis.calls > 20);
    if (isBusy) await leader.evaluate(writeWithoutEnd);
    await watched.evaluate((at) => void (globalThis.since = at), Date.now());
    await end(context, queue.shift());
    await someCalls(watched);
    await watched.evaluate(() => void (globalThis.calling = false));
    await calling;
    samples.push(Math.max(...(await watched.evaluate(() => globalThis.waits))));
    queue.push(await openTab(context, address));
  }
  for (const page of queue) await page.close();
  return samples;
}

const profile = mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-'));
const server = await serveDist();
const context = await chromium.launchPersistentContext(profile, chromiumOptions);
try {
  const rows = [];
  const details = {};
  for (const way of ways) {
    const samples = await measure(context, server.address, way);
    details[way.what] = samples;
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
    ])
      rows.push({ measure: `${way.what}, ${name}`, value: quantile(samples, share), unit: 'ms', below: 500 });
  }
  report('handover', `the pause in a following tab's calls, ${rounds} times each`, rows, details);
} finally {
  await context.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}
