// The documents' common queries, each run on a little data: by the name of the report or call that a map gives for it.
import assert from 'node:assert/strict';

const ids = (rows) => rows.map(({ id }) => id);

async function asker(workspace) {
  const { id: user } = await workspace.table('users').insert({ username: 'ann' });
  const made = await workspace.table('ai_requests').insertMany(
    Array.from({ length: 25 }, (_, i) => ({
      kind: 'query',
      user_id: user,
      prompt_text: i === 7 ? 'how to set up kubernetes' : `question ${i}`,
      duration: 100,
      duration_unit: 'ms',
      created_at: new Date(Date.UTC(2026, 0, 1, 0, i)),
    })),
  );
  return { user, requests: made.ids };
}

export const QUERIES = {
  async userLookup(workspace) {
    const { id } = await workspace.table('users').insert({ username: 'ann' });
    assert.equal((await workspace.reports.userLookup(id)).username, 'ann');
  },
  async latestRequests(workspace) {
    const { user, requests } = await asker(workspace);
    assert.deepEqual(ids(await workspace.reports.latestRequests(user)), requests.toReversed().slice(0, 20));
  },
  async searchRequests(workspace) {
    const { requests } = await asker(workspace);
    assert.deepEqual(ids(await workspace.reports.searchRequests('Kubernetes')), [requests[7]]);
  },
  async userStatistics(workspace) {
    const { user } = await asker(workspace);
    const { requests, average_ms } = await workspace.reports.userStatistics(user);
    assert.deepEqual([requests, average_ms], [25, 100]);
  },
  async messagesWithModel(workspace) {
    const { id: config } = await workspace.table('legacy_configs').insert({ config_name: 'old' });
    const { id: conversation_id } = await workspace.table('conversations').insert({});
    const row = { conversation_id, role: 'assistant', content: 'x' };
    await workspace.table('messages').insert({ ...row, legacy_config_id: config, created_at: '2026-01-01T00:00:00Z' });
    await workspace.table('messages').insert({ ...row, model_used: 'new', created_at: '2026-01-02T00:00:00Z' });
    const rows = await workspace.reports.messagesWithModel();
    assert.deepEqual(
      rows.map(({ model, config_name }) => [model, config_name]),
      [
        ['new', null],
        ['old', 'old'],
      ],
    );
  },
  async projectStories(workspace) {
    const { id: project_id } = await workspace.table('projects').insert({ name: 'p' });
    const { id: created_by } = await workspace.table('users').insert({ first_name: 'Ann' });
    for (const priority of [null, 'low', 'critical', 'high', 'medium'])
      await workspace.table('stories').insert({ title: 's', project_id, priority, created_by: priority && created_by });
    const rows = await workspace.reports.projectStories(project_id);
    assert.deepEqual(
      rows.map(({ priority }) => priority),
      ['critical', 'high', 'medium', 'low', null],
    );
    assert.deepEqual([rows[0].creator_name, rows[4].creator_name], ['Ann', null]);
  },
  async searchStories(workspace) {
    const { id } = await workspace.table('stories').insert({ title: 'Log in', description: 'with a passkey' });
    await workspace.table('stories').insert({ title: 'Pay' });
    assert.deepEqual(ids(await workspace.reports.searchStories('passkeys')), [id]);
  },
  async userActivity(workspace) {
    const { user } = await asker(workspace);
    for (let i = 0; i < 3; i++) await workspace.table('stories').insert({ title: 's', created_by: user });
    await workspace.table('ai_requests').insert({ kind: 'query', user_id: user, prompt_text: 'now' });
    const { stories, requests } = await workspace.reports.userActivity(user);
    assert.deepEqual([stories, requests], [3, 1]);
  },
  async 'collections.query'(workspace) {
    await workspace.collections.create({ name: 'c', dimensions: 8 });
    const points = Array.from({ length: 20 }, (_, i) => ({
      id: `p${i}`,
      vector: new Float32Array(8).map((_, k) => Math.cos(i * k)),
    }));
    await workspace.collections.upsert('c', points);
    const hits = await workspace.collections.query('c', points[3].vector, { limit: 5 });
    assert.equal(hits.length, 5);
    assert.equal(hits[0].id, 'p3');
  },
  async health(workspace) {
    await workspace.table('tags').insertMany([{ name: 'a' }, { name: 'b' }]);
    const { ok, tables } = await workspace.health();
    assert.equal(ok, true);
    const tags = tables.find(({ name }) => name === 'tags');
    assert.equal(tags.rows, 2);
    assert.ok(tags.indexes >= 1);
    assert.ok(
      tables.every(({ name }) => !/_(fts|trigram)_/.test(name)),
      'shadow tables are no tables',
    );
  },
};
