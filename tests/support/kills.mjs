// A browser is killed (SIGKILL, all its processes) in the middle of writes, again and again, with the same profile. What the page
// was told is done it reports at once to a server beside it: the oracle. Every start looks whether all of that is there.
import { realDocuments } from './corpus.mjs';
import { newProfile, startBrowser } from './browsers.mjs';
import { serveDist } from './serve-dist.mjs';

/** Rows of one insertMany: all of them or none. */
const TOGETHER = 25;
/** Far longer than any step takes on a busy machine. */
const STEP_S = 180;

/**
 * What was found in all rounds together; each list is empty when all is well.
 * @typedef {object} Findings
 * @property {number} kills
 * @property {number} acknowledged rows and documents
 * @property {string[]} lost of those
 * @property {string[]} unsound what is damaged, or half of what belongs together
 * @property {number[]} openMs how long opening took after each kill
 */

/** In the page: opens the workspace and looks at all of it. */
async function inspect({ together, isLast }) {
  const { openWorkspace } = await import('/index.js');
  const started = performance.now();
  const workspace = await openWorkspace('killed');
  const openMs = performance.now() - started;
  const { ok, integrity, foreignKeys, fullText, vectors } = await workspace.health({ full: true });
  const unsound = ok ? [] : [JSON.stringify({ integrity, foreignKeys, fullText, vectors })];
  const none = async (what, sql) => {
    for (const row of await workspace.query(sql)) unsound.push(`${what}: ${JSON.stringify(row)}`);
  };
  await none('unfinished document', "SELECT filename FROM documents WHERE status NOT IN ('indexed', 'failed')");
  await none(
    'torn document',
    `SELECT filename FROM documents d WHERE status = 'indexed' AND (
       chunks_count <> (SELECT count(*) FROM document_chunks c WHERE c.document_id = d.id) OR
       chunks_count <> (SELECT count(*) FROM vector_points p JOIN document_chunks c ON c.id = p.chunk_id WHERE c.document_id = d.id))`,
  );
  await none('stray chunk', 'SELECT id FROM document_chunks WHERE document_id NOT IN (SELECT id FROM documents)');
  await none('stray point', 'SELECT id FROM vector_points WHERE chunk_id NOT IN (SELECT id FROM document_chunks)');
  await none(
    'chunks and full text differ',
    `SELECT * FROM (SELECT (SELECT count(*) FROM document_chunks) AS chunks, (SELECT count(*) FROM document_chunks_fts_docsize) AS indexed)
     WHERE chunks <> indexed`,
  );
  await none(
    'half of an insertMany',
    `SELECT substr(name, 1, instr(name, '#')) AS batch, count(*) AS n FROM tags WHERE name LIKE 'many%' GROUP BY 1 HAVING n <> ${together}`,
  );
  await none('half of a transaction', "SELECT name FROM tags WHERE name LIKE '%draft'");
  const rows = await workspace.query(
    "SELECT 'row ' || name AS name FROM tags UNION ALL SELECT 'document ' || filename FROM documents WHERE status = 'indexed'",
  );
  if (isLast) {
    const { hits } = await workspace.search('how to use this');
    if (hits.length === 0) unsound.push('search finds nothing');
  }
  await workspace.close();
  return { unsound, openMs, present: rows.map(({ name }) => name) };
}

/** In the page: writes until it is killed, in every way at once. Rejects with the first that fails. */
async function write({ round, documents, together }) {
  const { openWorkspace } = await import('/index.js');
  const workspace = await openWorkspace('killed');
  const tags = workspace.table('tags');
  const tell = (names) => fetch('/acknowledge', { method: 'POST', body: JSON.stringify(names) });
  const forEver = async (step) => {
    for (let i = 0; ; i++) await step(`${round}.${i}`, i);
  };
  const one = forEver(async (at) => {
    await tags.insert({ name: `one ${at}` });
    await tell([`row one ${at}`]);
  });
  const many = forEver(async (at) => {
    const names = Array.from({ length: together }, (_, n) => `many ${at}#${n}`);
    await tags.insertMany(names.map((name) => ({ name })));
    await tell(names.map((name) => `row ${name}`));
  });
  const transactions = forEver(async (at) => {
    await workspace.transaction(async (tx) => {
      const { id } = await tx.table('tags').insert({ name: `tx ${at} draft` });
      await tx.table('tags').update(id, { name: `tx ${at}` });
    });
    await tell([`row tx ${at}`]);
  });
  const ingests = forEver(async (_, i) => {
    const index = (round * 23 + i) % documents.length;
    const filename = documents[index];
    const content = await (await fetch(`/corpus/${index}`)).blob();
    const report = await workspace.documents.ingest({ filename, content });
    if (report.documents[0]?.status === 'indexed') await tell([`document ${filename}`]);
  });
  await Promise.all([one, many, transactions, ingests]);
}

/** A step that does not end says which one it was, long before the test's time is over. */
async function within(seconds, what, step) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} has not ended within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([step, late]).finally(() => clearTimeout(timer));
}

/**
 * @param {'chromium' | 'firefox'} name
 * @param {number} kills
 * @param {(round: number, findings: Findings) => void} [onRound]
 * @returns {Promise<Findings>}
 */
export async function killRounds(name, kills, onRound = () => undefined) {
  const documents = realDocuments({ files: 120 });
  const acknowledged = new Set();
  let told = 0;
  let onTold = () => undefined;
  const server = await serveDist({
    documents,
    acknowledged(text) {
      for (const one of JSON.parse(text)) acknowledged.add(one);
      told++;
      onTold();
    },
  });
  const profile = newProfile();
  const findings = { kills, acknowledged: 0, lost: [], unsound: [], openMs: [] };
  const lost = new Set();
  let browser;
  try {
    // The last start only looks.
    for (let round = 0; round <= kills; round++) {
      const bounded = (what, step) => within(STEP_S, `${name}, after kill ${round}: ${what}`, step);
      browser = await bounded('its start', startBrowser[name](profile.folder));
      const tab = await bounded('a new tab', browser.newTab());
      await bounded('the page', tab.goto(server.address));
      const look = tab.evaluate(inspect, { together: TOGETHER, isLast: round === kills });
      const { present, unsound, openMs } = await bounded('opening and looking', look);
      const here = new Set(present);
      for (const one of acknowledged) if (!here.has(one)) lost.add(one);
      findings.unsound.push(...unsound.map((what) => `after kill ${round}: ${what}`));
      findings.lost = [...lost];
      findings.acknowledged = acknowledged.size;
      if (round > 0) findings.openMs.push(openMs);
      onRound(round, findings);
      if (round === kills) break;
      // Another moment each time: after so many answers.
      const enough = told + 3 + ((round * 17) % 41);
      const due = new Promise((resolve) => (onTold = () => told >= enough && resolve()));
      const writing = tab.evaluate(write, { round, documents: documents.map((file) => file.name), together: TOGETHER });
      // Rejects when the page cannot write.
      await bounded(`writing until ${enough} answers`, Promise.race([due, writing.then(() => due)]));
      await bounded('its end', browser.kill());
    }
    return findings;
  } finally {
    await browser?.kill();
    await server.close();
    profile.remove();
  }
}
