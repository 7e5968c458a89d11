// Reports through the package: typed answers, Dates in, ISO text out, wrong calls refused by name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HALF, bottomless, refuses, refusesAll } from '../support/misuse.mjs';
import { openForTest } from '../support/workspaces.mjs';

async function withRequests(t) {
  const workspace = await openForTest(t);
  const { id: user } = await workspace.table('users').insert({ username: 'ann', password_hash: 'secret' });
  const { ids } = await workspace.table('ai_requests').insertMany(
    Array.from({ length: 30 }, (_, i) => ({
      kind: 'query',
      user_id: user,
      prompt_text: i % 2 === 0 ? `the circuit breaker ${i}` : `a queue ${i}`,
      model: 'm',
      status: 'completed',
      tokens_used: i,
      duration: i,
      duration_unit: 's',
      created_at: new Date(Date.UTC(2026, 0, 1, i)),
    })),
  );
  return { workspace, reports: workspace.reports, user, ids };
}

test('the latest requests, by page and by kind', async (t) => {
  const { reports, user, ids } = await withRequests(t);
  const first = await reports.latestRequests(user);
  assert.deepEqual(
    first.map(({ id }) => id),
    ids.toReversed().slice(0, 20),
  );
  assert.equal(first[0].created_at, '2026-01-02T05:00:00Z');
  assert.equal('pk' in first[0], false);
  const second = await reports.latestRequests(user, { until: first.at(-1).created_at });
  assert.deepEqual(
    second.map(({ id }) => id),
    ids.toReversed().slice(20),
  );
  assert.deepEqual(await reports.latestRequests(user, { kind: 'generation_request' }), []);
  assert.equal((await reports.latestRequests(user, { limit: 1000, until: undefined })).length, 30);
});

test('statistics, usage, activity and full text of a user', async (t) => {
  const { workspace, reports, user } = await withRequests(t);
  const statistics = await reports.userStatistics(user, { since: new Date(Date.UTC(2026, 0, 2)) });
  assert.deepEqual(statistics, {
    requests: 6,
    completed: 6,
    failed: 0,
    tokens_used: 159,
    timed: 6,
    average_ms: 26500,
    max_ms: 29000,
    first_at: '2026-01-02T00:00:00Z',
    last_at: '2026-01-02T05:00:00Z',
    median_ms: 26000,
    p95_ms: 29000,
  });
  const usage = await reports.usageByModel({ since: '2026-01-01T00:00:00Z', user });
  assert.deepEqual(
    usage.map(({ day, model, requests, tokens_used }) => ({ day, model, requests, tokens_used })),
    [
      { day: '2026-01-02', model: 'm', requests: 6, tokens_used: 159 },
      { day: '2026-01-01', model: 'm', requests: 24, tokens_used: 276 },
    ],
  );
  const shifted = await reports.usageByModel({ since: '2026-01-01T00:00:00Z', utcOffset: 120 });
  assert.deepEqual(
    shifted.map(({ requests }) => requests),
    [8, 22],
  );
  await workspace.table('stories').insert({ title: 's', created_by: user });
  await workspace.table('ai_requests').insert({ kind: 'query', user_id: user, prompt_text: 'now' });
  const activity = await reports.userActivity(user);
  assert.deepEqual([activity.stories, activity.requests], [1, 1]);
  const [view] = await workspace.query('SELECT * FROM v_user_activity WHERE user_id = ?', [user]);
  assert.deepEqual([view.stories_this_week, view.requests_this_week], [1, 1]);

  const found = await reports.searchRequests('circuit breaker', { user, limit: 100 });
  assert.equal(found.length, 15);
  assert.ok(found.every(({ prompt_text, score }) => prompt_text.includes('circuit') && score > 0));
  assert.deepEqual(await reports.searchRequests('circuit', { user: 'nobody' }), []);
  const { password_hash, ...rest } = await workspace.table('users').get(user);
  assert.equal(password_hash, 'secret');
  assert.deepEqual(await reports.userLookup(user), rest);
});

test('who and what does not exist has an empty answer', async (t) => {
  const { reports } = await openForTest(t);
  assert.equal(await reports.userLookup('nobody'), null);
  assert.equal(await reports.trace('none'), null);
  assert.equal((await reports.userStatistics('nobody')).requests, 0);
  assert.deepEqual(await reports.userActivity('nobody'), {
    stories: 0,
    requests: 0,
    last_story_at: null,
    last_request_at: null,
  });
  const empty = [
    reports.latestRequests('nobody'),
    reports.searchRequests(''),
    reports.searchStories('x', { project: 'none' }),
    reports.projectStories('none'),
    reports.messagesWithModel(),
    reports.messagesWithModel({ conversation: 'none' }),
    reports.abWins(),
    reports.messageFeedback({ conversation: 'none' }),
    reports.messageFeedback({ message: 'none' }),
    reports.feedbackByModel(),
    reports.usageByModel(),
    reports.cloudCosts(),
    reports.cloudCosts({ project: "'; DROP TABLE users; --" }),
  ];
  for (const rows of await Promise.all(empty)) assert.deepEqual(rows, []);
});

test('wrong calls are refused and name what is wrong', async (t) => {
  const workspace = await openForTest(t);
  const { reports } = workspace;
  const bad = 'INVALID_ARGUMENT';
  await refusesAll([
    ['no user', () => reports.latestRequests(), bad, /user/],
    ['an empty user', () => reports.latestRequests(''), bad, /user/],
    ['a user that is none', () => reports.userStatistics({ id: 'x' }), bad, /user/],
    ['half a character', () => reports.userLookup(HALF), bad],
    ['a NUL', () => reports.userLookup('a\0b'), bad],
    ['a user of a megabyte', () => reports.userLookup('u'.repeat(1_000_000)), bad],
    ['a query that is none', () => reports.searchRequests(7), bad, /query/],
    ['limit 0', () => reports.latestRequests('u', { limit: 0 }), bad, /limit/],
    ['limit 1001', () => reports.latestRequests('u', { limit: 1001 }), bad, /limit/],
    ['half a limit', () => reports.latestRequests('u', { limit: 1.5 }), bad, /limit/],
    ['limit NaN', () => reports.latestRequests('u', { limit: NaN }), bad, /limit/],
    ['a kind there is none', () => reports.latestRequests('u', { kind: 'rumour' }), bad, /kind/],
    ['a misspelt option', () => reports.latestRequests('u', { limits: 1 }), bad, /limits/],
    ['the prototype', () => reports.latestRequests('u', { constructor: 1 }), bad, /constructor/],
    ['options that are none', () => reports.latestRequests('u', 5), bad, /options/],
    ['a time that is none', () => reports.userStatistics('u', { since: 'yesterday' }), bad, /since/],
    ['an invalid Date', () => reports.userStatistics('u', { since: new Date(NaN) }), bad, /since/],
    ['a number as time', () => reports.userStatistics('u', { since: 0 }), bad, /since/],
    ['a day of 50 hours', () => reports.usageByModel({ utcOffset: 3000 }), bad, /utcOffset/],
    ['an option of another report', () => reports.feedbackByModel({ utcOffset: 0 }), bad, /utcOffset/],
    ['no scope', () => reports.messageFeedback({}), bad],
    ['a bottomless scope', () => reports.messageFeedback({ message: bottomless() }), bad, /message/],
  ]);
  const both = await Promise.allSettled([reports.abWins({ limit: -1 }), reports.abWins()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
  await workspace.close();
  await refuses('after closing', () => reports.abWins(), 'FAILED_PRECONDITION', /closed/);
});
