// A worker that reads ahead changes nothing of what an import writes: the same calls of the core in the same order, the same report.
// The worker is the real one behind a channel; the core is one that keeps the calls and refuses some rows.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { importSource } from '../support/source.mjs';

const { ImportRun, MapIntake, MAPS, serveReader } = await importSource(
  'interchange/import-run',
  'interchange/map-intake',
  'interchange/maps',
  'interchange/reader',
);

const NOW = '2026-01-30T10:00:00.000Z';
const ROWS = 6000;
const LONG = ' and written down by the crew that was there'.repeat(8);
const message = (id, text) =>
  `Chatbot\t${1 + (id % 50)}\t${id % 2 ? 'User' : 'archi'}\t${text}\t\t\t2026-01-30 10:00:00\t${id}\n`;

/** More than two MiB, in some ten batches. `line` gives the text of a row in place of the usual one. */
function dump(line = () => null) {
  const lines = [
    'COPY public.conversation_metadata (conversation_id, title, created_at, last_message_at) FROM stdin;\n',
    ...Array.from({ length: 50 }, (_, at) => `${at + 1}\tRuns\t2026-01-30 10:00:00\t2026-01-30 11:00:00\n`),
    '\\.\n\n',
    'COPY public.conversations (archi_service, conversation_id, sender, content, link, context, ts, message_id) FROM stdin;\n',
  ];
  for (let id = 1; id <= ROWS; id++)
    lines.push(line(id) ?? message(id, `The condition of beam ${id} was checked${LONG}`));
  return new Blob([...lines, '\\.\n']);
}

/** A core that refuses rows that say so, and forgets what was rolled back. */
function fakeCore() {
  const kept = [];
  let pending = [];
  const core = {
    kept,
    state: null,
    call(method, params) {
      if (method === 'tx.begin') pending = [];
      if (method === 'tx.commit') kept.push(...pending.splice(0));
      if (method === 'tx.rollback') pending = [];
      if (method === 'interchange.restoreIndex') return false;
      if (method === 'sql.query') return { columns: [], rows: core.state === null ? [] : [[core.state]] };
      if (method !== 'interchange.write') return null;
      let text = Buffer.from(params.rows).toString();
      const cells = text.split('\0').slice(0, -1);
      const rejects = [];
      const rows = cells.length / params.columns.length;
      for (let row = 0; row < rows; row++) {
        const values = cells.slice(row * params.columns.length, (row + 1) * params.columns.length);
        if (params.table === 'messages' && values.some((value) => value.includes('REFUSE')))
          rejects.push([row, 'It is refused.']);
      }
      // The ids of rejects and of the entry in the audit trail are random.
      const random = ['import_rejects', 'audit_log'].includes(params.table);
      if (params.columns.includes('completed_at')) text = text.replace(/t20[-\d]+T[:.\d]+Z\0$/, '');
      pending.push(random ? [params.table, rows] : [params.table, params.columns, text, params.moreColumns]);
      return { added: rows - rejects.length, updated: 0, unchanged: 0, rejects };
    },
  };
  return core;
}

/** The reader behind a channel. `between` sees what goes to whoever asked, and says whether it does. */
function readerWorker(between = () => true) {
  const { port1, port2 } = new MessageChannel();
  let handler = null;
  const worker = {
    ended: false,
    onerror: null,
    onmessageerror: null,
    postMessage: (data, transfer) => port1.postMessage(data, transfer),
    get onmessage() {
      return handler;
    },
    /** As a worker's script, which does not run before whoever made it listens. */
    set onmessage(next) {
      const first = handler === null && !worker.ended;
      handler = next;
      if (first) serveReader(port2);
    },
    terminate() {
      worker.ended = true;
      port1.close();
    },
  };
  port1.onmessage = ({ data }) => {
    if (between(data, worker)) handler?.({ data });
  };
  return worker;
}

async function run(blob, worker = null, { signal = new AbortController().signal, state = null } = {}) {
  const core = fakeCore();
  core.state = state;
  const started = [];
  const host = {
    call: core.call,
    acquire: () => Promise.resolve(() => {}),
    yieldToEvents: () => new Promise((resolve) => setImmediate(resolve)),
    startReader: () => {
      started.push(worker);
      return worker;
    },
  };
  const request = { files: [{ name: 'archi.sql', blob }] };
  const intake = new MapIntake(host, MAPS.archi, request, NOW);
  const report = await new ImportRun(host, intake, NOW, request, '', signal, () => {}).run();
  return { report, kept: core.kept, started: started.length };
}

/** Of all that was written to a table, in its order. */
function digest(kept, name) {
  const hash = createHash('sha256');
  for (const [table, , text] of kept) if (table === name) hash.update(text);
  return hash.digest('hex');
}

/** As without a worker, and without what the clock and chance add. */
async function assertSame(blob, worker, options) {
  const alone = await run(blob, null, options);
  const ahead = await run(blob, worker, options);
  assert.equal(ahead.started, 1);
  // Batches may have other limits where one is read here after others were read ahead.
  const plain = ({ report, kept }) => ({
    report: { ...report, rejects: report.rejects.map((reject) => ({ ...reject, id: null })) },
    columns: new Set(
      kept.filter(([table]) => table !== 'migration_state').map(([table, columns]) => `${table} ${columns}`),
    ),
    messages: digest(kept, 'messages'),
    conversations: digest(kept, 'conversations'),
  });
  assert.deepEqual(plain(ahead), plain(alone));
  return ahead;
}

test('what is read ahead is what is read here', async () => {
  let packed = 0;
  const worker = readerWorker((data) => {
    if (data.type === 'batch' && 'packed' in data.batch) packed++;
    return true;
  });
  const { report } = await assertSame(dump(), worker);
  assert.equal(report.tables.conversations.added, ROWS);
  assert.ok(packed >= 5, `${packed} batches were ready for the core`);
  assert.ok(worker.ended);
});

test('rows that do not fit, that cannot be read and that the core refuses are told as ever', async () => {
  const odd = (id) => {
    if (id === 7) return message(id, 'REFUSE this one');
    if (id === 2000) return 'too\tfew\n';
    if (id === 3000) return message(id, 'a NUL \\000 in the text');
    if (id === 4000) return `Chatbot\t1\tUser\tno time\t\t\tyesterday\t${id}\n`;
    return id === ROWS ? 'also\ttoo\tfew\n' : null;
  };
  const { report } = await assertSame(dump(odd), readerWorker());
  assert.equal(report.tables.conversations.rejected, 5);
  assert.equal(report.rejects.length, 5);
});

test('a table whose batches mostly need a look is read here from there on', async () => {
  let batches = 0;
  const worker = readerWorker((data) => {
    if (data.type === 'batch') batches++;
    return true;
  });
  const { report } = await assertSame(
    dump((id) => (id % 200 === 1 ? message(id, 'REFUSE') : null)),
    worker,
  );
  assert.equal(report.tables.conversations.rejected, ROWS / 200);
  assert.ok(batches < 8, `${batches} batches were read ahead`);
});

test('a worker that cannot start, or fails in the middle, is done without', async () => {
  const fails = (after) => {
    let seen = 0;
    return readerWorker((data, worker) => {
      if (seen++ < after) return true;
      worker.onerror?.({ preventDefault() {} });
      return false;
    });
  };
  // At once, before the first table, between two batches.
  for (const after of [0, 1, 4]) {
    const worker = fails(after);
    await assertSame(dump(), worker);
    assert.ok(worker.ended);
  }
  // By its own word: it is asked for rows that it does not have.
  let seen = 0;
  const told = readerWorker((data, worker) => {
    if (++seen === 4) worker.postMessage({ type: 'rows', number: 500 }, []);
    return true;
  });
  await assertSame(dump(), told);
});

test('files that cannot be handed to a worker are read here', async () => {
  const worker = readerWorker();
  const post = worker.postMessage;
  worker.postMessage = (data, transfer) => {
    if (data.type === 'open') throw new DOMException('not cloneable', 'DataCloneError');
    post(data, transfer);
  };
  await assertSame(dump(), worker);
});

test('an error of the files is the one that is met without a worker', async () => {
  const blob = new Blob(['\n'.repeat(3 * 1024 * 1024)]);
  const code = (worker) =>
    run(blob, worker).then(
      () => 'none',
      (error) => `${error.code} ${error.message}`,
    );
  const alone = await code(null);
  assert.match(alone, /^INVALID_ARGUMENT/);
  assert.equal(await code(readerWorker()), alone);
});

test('an import goes on from its place', async () => {
  const { kept } = await run(dump());
  const states = kept
    .filter(([table, columns]) => table === 'migration_state' && columns.includes('last_checkpoint'))
    .map(([, columns, text]) => text.split('\0')[columns.indexOf('last_checkpoint')].slice(1))
    .filter((text) => text.startsWith('{') && JSON.parse(text).cursor !== null);
  assert.ok(states.length > 5);
  const { report } = await assertSame(dump(), readerWorker(), { state: states[4] });
  assert.equal(report.tables.conversations.added, ROWS);
});

test('cancelling ends the worker, also while it is waited for', async () => {
  for (const from of [0, 1, 3]) {
    const stop = new AbortController();
    let seen = 0;
    const worker = readerWorker(() => {
      if (seen++ < from) return true;
      setImmediate(() => stop.abort());
      return false;
    });
    await assert.rejects(run(dump(), worker, { signal: stop.signal }), { code: 'CANCELLED' });
    assert.ok(worker.ended);
  }
});

test('no more is read ahead than a few batches', async () => {
  let read = 0;
  let written = 0;
  let most = 0;
  const worker = readerWorker((data) => {
    if (data.type === 'batch') most = Math.max(most, ++read - written);
    return true;
  });
  const post = worker.postMessage;
  worker.postMessage = (data, transfer) => {
    if (data.type === 'more') written = Math.max(written, data.written);
    if (data.type === 'table') [read, written] = [0, 0];
    post(data, transfer);
  };
  await assertSame(dump(), worker);
  assert.ok(most >= 2 && most <= 3, `${most} batches waited`);
});

test('small files are read without a worker', async () => {
  const worker = readerWorker();
  const { started } = await run(new Blob(['COPY public.users (id, display_name) FROM stdin;\n1\tAnn\n\\.\n']), worker);
  worker.terminate();
  assert.equal(started, 0);
});
