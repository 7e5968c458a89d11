// How long a tab that follows waits when the leader goes: the longest pause between two of its calls, which it makes without end.
// Real Chromium, three tabs: one leads, two follow. Each round the leader ends, the next one leads, and a new tab comes.
//
// node tests/bench/handover.mjs [--rounds 20]
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { quantile, report } from '../support/report.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const rounds = Number(flags.rounds);

async function openTab(context, address) {
  const page = await context.newPage();
  await page.goto(address);
  await page.evaluate(async () => {
    const { openWorkspace } = await import('/index.js');
    globalThis.workspace = await openWorkspace({ name: 'handover', embedder: null });
  });
  return page;
}

// Runs in the page: reads until it is told to stop, and answers the longest time that one read took.
async function callWithoutEnd() {
  globalThis.slowest = 0;
  globalThis.calls = 0;
  globalThis.calling = true;
  while (globalThis.calling) {
    const started = performance.now();
    await globalThis.workspace.table('tags').count();
    globalThis.slowest = Math.max(globalThis.slowest, performance.now() - started);
    globalThis.calls++;
  }
}

const someCalls = async (page) => {
  const before = await page.evaluate(() => globalThis.calls);
  await page.waitForFunction((least) => globalThis.calls > least, before + 20);
};

async function crash(context, page) {
  const session = await context.newCDPSession(page);
  const gone = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => undefined);
  await gone;
  await page.close();
}

const ways = {
  closes: (_, page) => page.evaluate(() => globalThis.workspace.close()).then(() => page.close()),
  crashes: crash,
};

/** The longest pause of a round each, in milliseconds. */
async function measure(context, address, end) {
  const samples = [];
  const [leader, next, follower] = [
    await openTab(context, address),
    await openTab(context, address),
    await openTab(context, address),
  ];
  const queue = [leader, next, follower];
  for (let round = 0; round < rounds; round++) {
    const watched = queue[round % 2 === 0 ? 1 : 2]; // By turns the one that leads next, and the one that follows on.
    const calling = watched.evaluate(callWithoutEnd);
    await watched.waitForFunction(() => globalThis.calls > 20);
    await watched.evaluate(() => void (globalThis.slowest = 0));
    await end(context, queue.shift());
    await someCalls(watched);
    await watched.evaluate(() => void (globalThis.calling = false));
    await calling;
    samples.push(await watched.evaluate(() => globalThis.slowest));
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
  for (const [way, end] of Object.entries(ways)) {
    const samples = await measure(context, server.address, end);
    details[way] = samples;
    rows.push(
      { measure: `the leader ${way}, p50`, value: quantile(samples, 0.5), unit: 'ms', below: 500 },
      { measure: `the leader ${way}, p95`, value: quantile(samples, 0.95), unit: 'ms', below: 500 },
    );
  }
  report(
    'handover',
    `the pause in a following tab's calls when an idle leader ends, ${rounds} times each`,
    rows,
    details,
  );
} finally {
  await context.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}
