// A dump of a million rows into real Chromium: rows a second, and how much the browser's process grows. The rows are Archi's messages
// and their conversations, as its database has most of them: with full text, indexes and a place in the queue of the embedder.
//
// node tests/bench/import.mjs [--rows 1000000]
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../support/chromium.mjs';
import { report } from '../support/report.mjs';
import { serveDist } from '../support/serve-dist.mjs';

const { values: flags } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(flags.rows);
const talks = Math.max(1, Math.floor(rows / 100));

function writeDump(file) {
  const out = openSync(file, 'w');
  writeSync(
    out,
    'COPY public.conversation_metadata (conversation_id, client_id, title, created_at, last_message_at) FROM stdin;\n',
  );
  for (let i = 1; i <= talks; i++)
    writeSync(out, `${i}\tclient-${i}\tRun ${i}\t2026-01-30 10:00:00\t2026-01-30 11:00:00.25\n`);
  writeSync(
    out,
    '\\.\n\nCOPY public.conversations (archi_service, conversation_id, sender, content, link, context, ts, message_id, model_used) FROM stdin;\n',
  );
  let text = '';
  for (let i = 1; i <= rows; i++) {
    const who = i % 2 === 1 ? 'User' : 'archi';
    text += `Chatbot\t${1 + (i % talks)}\t${who}\tThe condition of beam ${i % 977} was checked before run ${i}\t\t\t2026-01-30 10:00:00.${String(i % 1_000_000).padStart(6, '0')}\t${i}\tgpt-4o\n`;
    if (text.length > 1 << 20) {
      writeSync(out, text);
      text = '';
    }
  }
  writeSync(out, `${text}\\.\n`);
  closeSync(out);
}

/** Resident bytes of the page's own process, in MB. */
async function residentMegabytes(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1000);
  return Math.max(...sizes);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-bench-'));
const dump = path.join(folder, 'archi.sql');
writeDump(dump);
const server = await serveDist();
const context = await chromium.launchPersistentContext(path.join(folder, 'profile'), chromiumOptions);
try {
  const page = await context.newPage();
  await page.goto(server.address);
  const session = await context.browser().newBrowserCDPSession();
  await page.evaluate(async () => {
    const { openWorkspace } = await import('/index.js');
    globalThis.workspace = await openWorkspace({ name: 'import', embedder: null });
    const input = globalThis.document.createElement('input');
    input.type = 'file';
    globalThis.document.body.append(input);
  });
  await page.setInputFiles('input', dump);
  const before = await residentMegabytes(session);
  let most = before;
  let running = true;
  const watching = (async () => {
    while (running) {
      most = Math.max(most, await residentMegabytes(session));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  const outcome = await page.evaluate(async () => {
    const [file] = globalThis.document.querySelector('input').files;
    const started = performance.now();
    const imported = await globalThis.workspace.import(file, { system: 'archi' });
    const seconds = (performance.now() - started) / 1000;
    return { imported, seconds, stored: await globalThis.workspace.table('messages').count() };
  });
  running = false;
  await watching;
  if (outcome.stored !== rows || outcome.imported.rejected !== 0) throw new Error(JSON.stringify(outcome));
  report(
    'import',
    `${rows + talks} rows, ${(statSync(dump).size / 1e6).toFixed(0)} MB of dump, ${outcome.seconds.toFixed(1)} s`,
    [
      { measure: 'rows a second', value: (rows + talks) / outcome.seconds, unit: '/s', atLeast: 40_000 },
      { measure: 'growth of the page', value: most - before, unit: 'MB', below: 300 },
    ],
    outcome,
  );
} finally {
  await context.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
