// Tabs that share a workspace, without tabs: who follows and who leads talk over real channels, and the test plays the other side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BroadcastChannel } from 'node:worker_threads';
import { importSource } from '../support/source.mjs';

const { Desk, Dispatcher, Follower, Lane, Peers, PROTOCOL_VERSION, Transactions } = await importSource(
  'sharing/follower',
  'sharing/peers',
  'worker/dispatcher',
  'worker/lane',
  'worker/transactions',
  'protocol/messages',
);

let count = 0;

/** The leader of one follower, played by the test. `next` is the first message of a kind that nobody has taken yet. */
function listenTo(t, name) {
  const channel = new BroadcastChannel(name);
  const heard = [];
  let wake = () => {};
  channel.onmessage = ({ data }) => {
    heard.push(data);
    wake();
  };
  t.after(() => channel.close());
  return {
    heard,
    say: (message) => channel.postMessage(message),
    async next(fits) {
      for (;;) {
        const at = heard.findIndex(fits);
        if (at >= 0) return heard.splice(at, 1)[0];
        await new Promise((resolve) => (wake = resolve));
      }
    },
  };
}

/** A follower with the channels that a leader has, and what its page heard. */
function followed(t) {
  const workspace = `shared-${++count}`;
  const everybody = listenTo(t, `archivolt:workspace:${workspace}`);
  const own = listenTo(t, `archivolt:workspace:${workspace}:tab`);
  const page = [];
  const follower = new Follower(workspace, 'tab', 'settings', (message) => page.push(message));
  t.after(() => follower.stop());
  const joined = follower.join(60_000, () => new Error('busy'));
  joined.catch(() => undefined);
  const isAsk = ({ kind }) => kind === 'ask';
  return {
    everybody,
    own,
    page,
    follower,
    joined,
    lead: (leader) => own.say({ kind: 'joined', leader, tables: ['tags'] }),
    ask: (id, method, more = {}) => follower.receive({ kind: 'request', id, method, params: {}, ...more }),
    asked: async () => (await own.next(isAsk)).message,
    /** Answers, and waits until the page has heard it. */
    async answer(leader, reply) {
      own.say({ kind: 'answer', leader, message: { kind: 'reply', ok: true, value: null, ...reply } });
      while (!page.some(({ kind, id }) => kind === 'reply' && id === reply.id))
        await new Promise((resolve) => setImmediate(resolve));
    },
    codeOf: (id) => page.find((message) => message.kind === 'reply' && message.id === id)?.error?.code,
  };
}

const failure = { ok: false, error: { code: 'ALREADY_EXISTS', message: 'there' } };

test('marks of answered writes go with the next write that is done, and with no other', async (t) => {
  const { lead, joined, ask, asked, answer } = followed(t);
  lead('one');
  await joined;
  const write = async (id, reply = {}) => {
    ask(id, 'records.insert');
    const { once } = await asked();
    await answer('one', { id, ...reply });
    return once.done;
  };
  assert.deepEqual(await write(1), []);
  // Nothing of a write that fails is kept, so it forgets no marks either.
  assert.deepEqual(await write(2, failure), ['call:tab:1']);
  ask(3, 'tx.begin');
  await asked();
  await answer('one', { id: 3, value: 'tx' });
  ask(4, 'records.insert', { tx: 'tx' });
  assert.equal((await asked()).once, undefined, 'a write of a transaction has no mark: its commit has one');
  await answer('one', { id: 4 });
  ask(5, 'tx.commit', { tx: 'tx' });
  assert.deepEqual((await asked()).once.done.sort(), ['call:tab:1', 'call:tab:2']);
  // The leader ends. The next one may find the commit done, and then does nothing more.
  lead('two');
  const { once } = await asked();
  assert.deepEqual(once, { id: 'call:tab:5', again: true, done: [] });
});

test('what the last leader was rebuilding ends with it, as far as its events tell', async (t) => {
  const { everybody, lead, joined, ask, asked, answer, follower, page } = followed(t);
  const heard = () => page.filter(({ event }) => event === 'status').map(({ detail }) => detail.vectors);
  const tell = async (leader, vectors) => {
    const before = heard().length;
    everybody.say({ kind: 'event', leader, message: { kind: 'event', event: 'status', detail: { vectors } } });
    while (heard().length === before) await new Promise((resolve) => setImmediate(resolve));
  };
  lead('one');
  await joined;
  await tell('one', 'rebuilding');
  lead('two');
  ask(1, 'tx.begin');
  await asked();
  await answer('two', { id: 1, value: 'tx' });
  await tell('two', 'rebuilding');
  await tell('two', 'ready');
  follower.succeed();
  assert.deepEqual(heard(), ['rebuilding', 'ready', 'rebuilding', 'ready']);
});

test('what was cancelled is not begun anew by the next leader; a write may have been done', async (t) => {
  const { lead, joined, ask, asked, follower, codeOf } = followed(t);
  lead('one');
  await joined;
  ask(1, 'documents.ingest');
  ask(2, 'records.insert');
  await asked();
  await asked();
  follower.receive({ kind: 'cancel', id: 1 });
  follower.receive({ kind: 'cancel', id: 2 });
  assert.deepEqual(await asked(), { kind: 'cancel', id: 1 });
  assert.deepEqual(await asked(), { kind: 'cancel', id: 2 });
  lead('two');
  const { id, once } = await asked();
  assert.deepEqual([id, once.again], [2, true]);
  assert.equal(codeOf(1), 'CANCELLED');
});

test('a transaction is known as lost however many leaders ended since', async (t) => {
  const { lead, joined, ask, asked, answer, follower, page } = followed(t);
  lead('one');
  await joined;
  ask(1, 'tx.begin');
  await asked();
  await answer('one', { id: 1, value: 'tx-of-one' });
  lead('two');
  while (!page.some(({ kind }) => kind === 'event')) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(follower.promote([], () => assert.fail('nothing was left to ask')).has('tx-of-one'));
});

test('between two leaders requests wait: what must not be done twice was asked of nobody', async (t) => {
  const { lead, joined, ask, asked, everybody, own, follower, codeOf } = followed(t);
  lead('one');
  await joined;
  await everybody.next(({ kind }) => kind === 'join');
  ask(1, 'accounts.issueKey');
  await asked();
  everybody.say({ kind: 'leading', leader: 'two' });
  await everybody.next(({ kind }) => kind === 'join');
  ask(2, 'accounts.issueKey');
  ask(3, 'records.insert', { tx: 'of one' });
  lead('two');
  assert.equal((await asked()).id, 2);
  assert.deepEqual([codeOf(1), codeOf(2), codeOf(3)], ['WORKER_LOST', undefined, 'CONFLICT']);
  // The same while this tab itself is about to lead.
  follower.succeed();
  ask(4, 'accounts.issueKey');
  const delivered = [];
  follower.promote([], ({ id }) => delivered.push(id));
  assert.deepEqual([delivered, codeOf(2), own.heard], [[4], 'WORKER_LOST', []]);
});

test('a tab that is about to lead hears no leader, not even itself', async (t) => {
  const { everybody, own, lead, follower, page } = followed(t);
  await everybody.next(({ kind }) => kind === 'join');
  follower.succeed();
  everybody.say({ kind: 'leading', leader: 'tab' });
  lead('tab');
  own.say({ kind: 'refused', error: { code: 'PROTOCOL_MISMATCH', message: 'late' } });
  own.say({ kind: 'answer', leader: 'tab', message: { kind: 'reply', id: 1, ok: true, value: null } });
  // Channels keep their order: when these arrive, all that came before was heard.
  const behind = listenTo(t, 'archivolt:test:behind');
  const before = new BroadcastChannel('archivolt:test:behind');
  t.after(() => before.close());
  before.postMessage({ kind: 'end' });
  await behind.next(() => true);
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([everybody.heard, page], [[], []]);
});

test('a tab that cannot lead follows who can, and nothing is asked of nobody', async (t) => {
  const { everybody, lead, joined, ask, asked, follower, codeOf, page } = followed(t);
  lead('one');
  await joined;
  await everybody.next(({ kind }) => kind === 'join');
  ask(1, 'records.insert');
  await asked();
  follower.succeed();
  ask(2, 'records.count');
  follower.stepBack();
  await everybody.next(({ kind }) => kind === 'join');
  lead('two');
  const again = [await asked(), await asked()];
  assert.deepEqual(
    again.map(({ id, once }) => [id, once?.again]),
    [
      [1, true],
      [2, undefined],
    ],
  );
  // It lost no time in the queue: there is a leader.
  await follower.giveUp(new Error('not opened'));
  assert.deepEqual([codeOf(1), codeOf(2)], [undefined, undefined]);
  assert.equal(page.filter(({ kind }) => kind === 'event').length, 1, 'what the last leader could not tell');
});

test('a tab that nobody leads and that cannot lead says why, and tries again when it is asked', async (t) => {
  const { lead, joined, ask, asked, follower, codeOf, page } = followed(t);
  lead('one');
  await joined;
  ask(1, 'tx.begin');
  await asked();
  ask(2, 'records.insert');
  ask(3, 'records.count');
  await asked();
  await asked();
  follower.succeed();
  ask(4, 'records.insert');
  follower.stepBack();
  let tries = 0;
  const full = { code: 'QUOTA_EXCEEDED', message: 'full' };
  const giveUp = () => follower.giveUp(Object.assign(new Error(full.message), full)).then(() => tries++);
  let given = giveUp();
  // A write that the last leader had may have been done; one that nobody was asked for was not.
  assert.equal(codeOf(2), 'WORKER_LOST');
  assert.ok(codeOf(3) === codeOf(4) && codeOf(3) !== undefined);
  assert.equal(tries, 0);
  ask(5, 'records.count');
  await given;
  assert.deepEqual([tries, codeOf(5)], [1, undefined]);
  given = giveUp();
  assert.notEqual(codeOf(5), undefined);
  lead('two');
  await given;
  assert.equal(tries, 2, 'it stands in the queue again');
  follower.succeed();
  follower.stepBack();
  void giveUp();
  ask(6, 'workspace.close');
  assert.deepEqual(page.at(-1), { kind: 'reply', id: 6, ok: true, value: null });
});

test('noise on the channels harms nobody', async (t) => {
  const { everybody, own, lead, joined, ask, asked, answer, page } = followed(t);
  lead('one');
  await joined;
  const noise = [
    ...[null, 'x', 7, [], {}, { kind: 1 }, { kind: 'joined' }, { kind: 'joined', leader: 'x', tables: 3 }],
    ...[{ kind: 'refused' }, { kind: 'refused', error: null }, { kind: 'answer' }, { kind: 'event' }],
    ...[{ kind: 'leading' }, { kind: 'event', leader: 'one' }, { kind: 'event', leader: 'one', message: 4 }],
    { kind: 'event', leader: 'one', message: { kind: 'event', event: 'status' } },
    { kind: 'event', leader: 'one', message: { kind: 'reply', id: 1, ok: true, value: 'forged' } },
    { kind: 'answer', leader: 'one', message: null },
    { kind: 'answer', leader: 'one', message: { kind: 'hello', id: 1 } },
    { kind: 'answer', leader: 'one', message: { kind: 'reply', id: 1 } },
  ];
  ask(1, 'workspace.status');
  await asked();
  for (const message of noise) {
    everybody.say(message);
    own.say(message);
  }
  await answer('one', { id: 1, value: { role: 'leader' } });
  assert.deepEqual(page, [{ kind: 'reply', id: 1, ok: true, value: { role: 'follower' } }]);
});

test('a tab that no leader lets in any more closes all the same', async (t) => {
  const { own, lead, joined, ask, asked, codeOf, page } = followed(t);
  lead('one');
  await joined;
  ask(1, 'records.count');
  await asked();
  own.say({ kind: 'refused', error: { code: 'PROTOCOL_MISMATCH', message: 'Reload both pages.' } });
  while (codeOf(1) === undefined) await new Promise((resolve) => setImmediate(resolve));
  ask(2, 'workspace.close');
  assert.equal(codeOf(1), 'PROTOCOL_MISMATCH');
  assert.deepEqual(page.at(-1), { kind: 'reply', id: 2, ok: true, value: null });
});

/** Peers whose session is the test's. The lock of a tab is given to the leader when the test says that the tab is gone. */
function leading(t, session) {
  const gone = new Map();
  globalThis.navigator = { locks: { request: (name, _, take) => new Promise(() => gone.set(name, take)) } };
  t.after(() => delete globalThis.navigator);
  const desk = new Desk();
  desk.session = { transactions: { abandon() {} }, ...session };
  const left = [];
  const workspace = `led-${++count}`;
  const peers = new Peers({
    workspace,
    leader: 'leader',
    settings: () => 'same',
    serve: (post) => new Dispatcher({}, post, desk, true),
    tables: async () => ['tags'],
    onLeave: (tab) => left.push(tab),
  });
  t.after(() => peers.end());
  const own = listenTo(t, `archivolt:workspace:${workspace}:tab`);
  const join = (more = {}) =>
    peers.join({ kind: 'join', tab: 'tab', version: PROTOCOL_VERSION, settings: 'same', ...more });
  const ask = (id, method) =>
    own.say({ kind: 'ask', leader: 'leader', message: { kind: 'request', id, method, params: {} } });
  return { desk, left, own, join, ask, leave: () => gone.get('archivolt:tab:tab')() };
}

test('a tab that is gone while it is answered leaves nothing behind', async (t) => {
  let finish;
  const asked = new Promise((resolve) => (finish = { asked: resolve }));
  const session = {
    status: () => {
      finish.asked();
      return new Promise((resolve) => (finish.answer = resolve));
    },
  };
  const { desk, left, join, ask, leave } = leading(t, session);
  await join();
  assert.equal(desk.clients.size, 1);
  ask(1, 'workspace.status');
  await asked;
  const leaving = leave();
  finish.answer({});
  await leaving;
  assert.deepEqual([desk.clients.size, left], [0, ['tab']]);
});

test('a tab that shares is not cut off by a script that joins in its name', async (t) => {
  const { own, join, ask } = leading(t, { status: async () => ({ role: 'leader' }) });
  await join();
  await assert.rejects(join({ version: 99 }), { code: 'PROTOCOL_MISMATCH' });
  await assert.rejects(join({ settings: 'others' }), { code: 'FAILED_PRECONDITION' });
  ask(1, 'workspace.status');
  const { message } = await own.next(({ kind }) => kind === 'answer');
  assert.deepEqual(message, { kind: 'reply', id: 1, ok: true, value: { role: 'leader' } });
});

test('a commit whose mark cannot be written ends its transaction', async () => {
  const calls = [];
  const lane = new Lane();
  const marks = {
    add() {
      throw new Error('full');
    },
  };
  const transactions = new Transactions({ call: (method) => calls.push(method) }, lane, marks);
  const token = await transactions.begin(new AbortController().signal);
  assert.throws(() => transactions.commit(token, { id: 'call:tab:1', again: false, done: [] }), /full/);
  assert.deepEqual([calls, lane.idle, transactions.isOpen], [['tx.begin', 'tx.rollback'], true, false]);
});
