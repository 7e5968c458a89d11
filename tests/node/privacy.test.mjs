// Retention through the package: classes, dry runs, the run after every open, and a deleted project that comes back in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openWorkspace } from '../../dist/node.js';
import { refusesAll } from '../support/misuse.mjs';
import { until } from '../support/until.mjs';
import { openForTest, temporaryFolder } from '../support/workspaces.mjs';

const DAY = 86_400_000;
const ago = (days) => new Date(Date.now() - days * DAY);
/** Waits until the run that follows every open is over; the next is hours away. */
async function afterFirstRun(workspace) {
  await workspace.table('cache_entries').insert(expired('first run'));
  await until(async () => (await workspace.table('cache_entries').count()) === 0);
  await pause(25);
}
const expired = (key) => ({
  key,
  namespace: 'test',
  value: '1',
  value_type: 'json',
  created_at: ago(2),
  last_used_at: ago(2),
  expires_at: ago(1),
});

test('the classes have the periods of the documents, and can be set', async (t) => {
  const workspace = await openForTest(t);
  assert.deepEqual(await workspace.privacy.retention(), [
    { class: 'cache', keepDays: 0 },
    { class: 'documents', keepDays: null },
    { class: 'logs', keepDays: 30 },
    { class: 'projects', keepDays: 90 },
    { class: 'sessions', keepDays: 1 },
  ]);
  await workspace.privacy.setRetention('logs', null);
  await workspace.privacy.setRetention('documents', 36_500);
  const set = Object.fromEntries((await workspace.privacy.retention()).map((row) => [row.class, row.keepDays]));
  assert.equal(set.logs, null);
  assert.equal(set.documents, 36_500);
});

test('a dry run counts the same rows and changes nothing', async (t) => {
  const workspace = await openForTest(t);
  const { privacy } = workspace;
  await afterFirstRun(workspace);
  const user = await workspace.table('users').insert({ username: 'ann' });
  const project = await workspace.table('projects').insert({ name: 'Old', deleted_at: ago(91) });
  const kept = await workspace.table('projects').insert({ name: 'New', deleted_at: ago(89) });
  const epic = await workspace.table('epics').insert({ project_id: project.id, title: 'E' });
  await workspace.table('stories').insertMany([1, 2, 3].map((n) => ({ epic_id: epic.id, title: `S${n}` })));
  await workspace.table('auth_sessions').insert({ user_id: user.id, created_at: ago(3), expires_at: ago(1.1) });
  await workspace.table('auth_sessions').insert({ user_id: user.id, created_at: ago(3), expires_at: ago(0.9) });
  await workspace.table('cache_entries').insert(expired('k'));
  const dry = await privacy.applyRetention({ dryRun: true });
  assert.equal(await workspace.table('stories').count(), 3);
  const real = await privacy.applyRetention();
  assert.deepEqual(real, dry);
  assert.deepEqual(Object.fromEntries(Object.entries(real).filter(([table]) => table !== 'audit_log')), {
    auth_sessions: 1,
    cache_entries: 1,
    epics: 1,
    projects: 1,
    stories: 3,
  });
  assert.equal((await workspace.table('projects').get(kept.id)).name, 'New');
  assert.equal(await workspace.table('auth_sessions').count(), 1);
  const [entry] = await workspace.table('audit_log').find({ where: { action: 'retention' }, orderBy: '-created_at' });
  assert.equal(entry.details.stories, 3);
  assert.deepEqual(await privacy.applyRetention(), {});
});

test('a deleted project comes back whole within its time', async (t) => {
  const workspace = await openForTest(t);
  const projects = workspace.table('projects');
  const { id } = await projects.insert({ name: 'Return' });
  await workspace.table('epics').insert({ project_id: id, title: 'E' });
  await projects.update(id, { deleted_at: ago(80) });
  await workspace.privacy.applyRetention();
  await projects.update(id, { deleted_at: null });
  await workspace.privacy.setRetention('projects', 0);
  await workspace.privacy.applyRetention();
  assert.equal((await projects.get(id)).name, 'Return');
  assert.equal(await workspace.table('epics').count(), 1);
});

test('what is over its time goes soon after opening, and not in a workspace opened for reading', async (t) => {
  const options = { name: 'r', storage: { directory: temporaryFolder(t) } };
  const first = await openWorkspace(options);
  await afterFirstRun(first);
  await first.table('cache_entries').insertMany(Array.from({ length: 500 }, (_, i) => expired(`k${i}`)));
  await first.close();
  const reader = await openWorkspace({ ...options, readOnly: true });
  await pause(600);
  assert.equal(await reader.table('cache_entries').count(), 500);
  await assert.rejects(reader.privacy.applyRetention(), (error) => error.name === 'ArchivoltError');
  await reader.close();
  const second = await openWorkspace(options);
  t.after(() => second.close());
  await until(async () => (await second.table('cache_entries').count()) === 0);
});

test('wrong calls are refused', async (t) => {
  const { privacy } = await openForTest(t);
  await refusesAll([
    ['no class', () => privacy.setRetention()],
    ['an unknown class', () => privacy.setRetention('everything', 1), 'INVALID_ARGUMENT', /logs/],
    ['SQL for a class', () => privacy.setRetention("logs' OR 1=1 --", 1)],
    ['no days', () => privacy.setRetention('logs')],
    ['negative days', () => privacy.setRetention('logs', -1)],
    ['part of a day', () => privacy.setRetention('logs', 0.5)],
    ['days as text', () => privacy.setRetention('logs', '30')],
    ['NaN', () => privacy.setRetention('logs', Number.NaN)],
    ['more than a century', () => privacy.setRetention('logs', 36_501), 'INVALID_ARGUMENT', /36500/],
    ['an unknown option', () => privacy.applyRetention({ dry: true })],
    ['a dry run that is no boolean', () => privacy.applyRetention({ dryRun: 1 })],
  ]);
  assert.equal((await privacy.retention()).find((row) => row.class === 'logs').keepDays, 30);
});

test('two runs at once delete everything once', async (t) => {
  const workspace = await openForTest(t);
  await afterFirstRun(workspace);
  await workspace.table('cache_entries').insertMany(Array.from({ length: 300 }, (_, i) => expired(`k${i}`)));
  const runs = await Promise.all([workspace.privacy.applyRetention(), workspace.privacy.applyRetention()]);
  assert.equal(
    runs.reduce((sum, run) => sum + (run.cache_entries ?? 0), 0),
    300,
  );
});
