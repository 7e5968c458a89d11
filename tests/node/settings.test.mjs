// Settings through the package: the four tiers, what is refused, who changed what, and what search and ingestion take from them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertUnpolluted, bottomless, HALF, refuses, refusesAll } from '../support/misuse.mjs';
import { openForTest, temporaryFolder } from '../support/workspaces.mjs';

async function withConversation(t, options) {
  const workspace = await openForTest(t, options);
  const { id: user } = await workspace.table('users').insert({ username: 'ann' });
  const { id: conversation } = await workspace.table('conversations').insert({ user_id: user });
  return { workspace, settings: workspace.settings, user, conversation };
}

test('the narrowest tier that says something decides, and says that it did', async (t) => {
  const { settings, user, conversation } = await withConversation(t);
  const temperature = async (scope) => (await settings.resolve(scope)).temperature;
  assert.deepEqual(await temperature(), { value: 0.7, source: 'default' });
  await settings.set('dynamic', { temperature: 0.5 });
  assert.deepEqual(await temperature({ user, conversation }), { value: 0.5, source: 'dynamic' });
  await settings.set({ user }, { temperature: 0 });
  assert.deepEqual(await temperature({ user }), { value: 0, source: 'user' });
  await settings.set({ conversation }, { temperature: 1.5 });
  assert.deepEqual(await temperature({ conversation }), { value: 1.5, source: 'conversation' });
  assert.deepEqual(await temperature({ user }), { value: 0, source: 'user' });
  await settings.set({ conversation }, { temperature: null });
  await settings.set({ user }, { temperature: null });
  await settings.set('dynamic', { temperature: null });
  assert.deepEqual(await temperature({ user, conversation }), { value: 0.7, source: 'default' });
  await settings.set('static', { deployment_name: 'office', available_models: ['a', 'b'] });
  const all = await settings.resolve();
  assert.deepEqual(all.deployment_name, { value: 'office', source: 'static' });
  assert.deepEqual(all.available_models, { value: ['a', 'b'], source: 'static' });
});

test('every changed field is in the history, with who changed it from what to what', async (t) => {
  const { settings, user, conversation } = await withConversation(t);
  await settings.set('dynamic', { temperature: 0.5, num_documents: 7 }, 'ann');
  await settings.set({ user }, { temperature: 0 }, user);
  await settings.set({ conversation }, { temperature: 1.5, system_prompt: 'Be brief.' }, 'ben');
  await settings.set({ conversation }, { temperature: 1.5 }, 'ben');
  await settings.set({ conversation }, { temperature: null }, 'ben');
  await settings.set('dynamic', { temperature: null });
  const told = async (field) =>
    (await settings.history({ field })).map((row) => [
      row.resource_type,
      row.field_name,
      row.old_value,
      row.new_value,
      row.actor,
    ]);
  assert.deepEqual(await told('temperature'), [
    ['dynamic_config', 'temperature', '0.5', null, null],
    ['conversation_settings', 'temperature', '1.5', null, 'ben'],
    ['conversation_settings', 'temperature', null, '1.5', 'ben'],
    ['user_preferences', 'temperature', null, '0.0', user],
    ['dynamic_config', 'temperature', null, '0.5', 'ann'],
  ]);
  assert.deepEqual(await told('preferred_num_documents'), [
    ['dynamic_config', 'num_documents_to_retrieve', null, '7', 'ann'],
  ]);
  assert.equal((await settings.history({ limit: 2 })).length, 2);
  assert.ok((await settings.history()).every(({ action }) => action === 'config_change'));
});

test('settings survive a restart', async (t) => {
  const storage = { directory: temporaryFolder(t) };
  const first = await withConversation(t, { storage });
  await first.settings.set({ user: first.user }, { theme: 'dark', max_tokens: 5 });
  await first.workspace.close();
  const again = await openForTest(t, { storage });
  const { theme, max_tokens: tokens } = await again.settings.resolve({ user: first.user });
  assert.deepEqual(
    [theme, tokens],
    [
      { value: 'dark', source: 'user' },
      { value: 5, source: 'user' },
    ],
  );
});

test('wrong settings are refused by name and rule, and none of the call is written', async (t) => {
  const { workspace, settings, user, conversation } = await withConversation(t);
  const ranges = {
    temperature: [-0.1, 2.1, '1', NaN, true],
    top_p: [1.01],
    top_k: [0, 1.5],
    max_tokens: [0, -1],
    num_documents: [0, 1001],
    language: ['', 'x', 'y'.repeat(11), 5],
    condense_prompt: ['', 'x'.repeat(101)],
  };
  for (const [name, values] of Object.entries(ranges)) {
    for (const value of values) {
      const error = await refuses(
        `${name} ${value}`,
        () => settings.set({ user }, { top_p: 0.5, [name]: value }),
        'INVALID_ARGUMENT',
      );
      assert.match(JSON.stringify([error.message, error.detail]), new RegExp(name));
    }
  }
  await refusesAll([
    ['weights', () => settings.set('dynamic', { bm25_weight: 1.1 }), undefined, /bm25_weight must be 0 to 1/],
    ['both weights 0', () => settings.set('dynamic', { bm25_weight: 0, semantic_weight: 0 }), undefined, /weight/],
    ['unknown', () => settings.set('dynamic', { tempratur: 1 }), undefined, /tempratur.*Known are.*temperature/],
    ['prototype', () => settings.set('dynamic', JSON.parse('{"__proto__": {"polluted": 1}}')), undefined, /__proto__/],
    ['constructor', () => settings.set('dynamic', { constructor: 1 }), undefined, /constructor/],
    ['theme', () => settings.set({ user }, { theme: 'pink' }), undefined, /system light dark/],
    ['level of theme', () => settings.set('dynamic', { theme: 'dark' }), undefined, /only at user/],
    ['undefined', () => settings.set({ user }, { top_k: undefined }), undefined, /null to clear/],
    ['named twice', () => settings.set({ user }, { model: 'a', preferred_model: 'b' }), undefined, /twice/],
    ['half a character', () => settings.set({ user }, { model: HALF })],
    ['NUL', () => settings.set({ user }, { model: 'a\0b' }), undefined, /model/],
    ['bottomless', () => settings.set({ user }, { model: bottomless() })],
    ['function', () => settings.set({ user }, { model: () => 1 })],
    ['no values', () => settings.set({ user }), undefined, /values/],
    ['no level', () => settings.set(undefined, {}), undefined, /level/],
    ['level by name', () => settings.set('global', {}), undefined, /level/],
    ['two levels', () => settings.set({ user, conversation }, {}), undefined, /level/],
    ['no user', () => settings.set({ user: '' }, {}), undefined, /level.user/],
    ['unknown user', () => settings.set({ user: "x' OR 1=1 --" }, { top_k: 1 }), 'NOT_FOUND'],
    ['unknown conversation', () => settings.set({ conversation: 'nobody' }, { top_k: 1 }), 'NOT_FOUND'],
    ['by a number', () => settings.set('dynamic', { top_k: 1 }, 5), undefined, /by/],
    ['scope', () => settings.resolve({ users: 'x' }), undefined, /users/],
    ['scope of nobody', () => settings.resolve({ user: 'nobody' }), 'NOT_FOUND'],
    ['history of nothing', () => settings.history({ field: 'nonsense' }), undefined, /nonsense/],
    ['history without end', () => settings.history({ limit: 10_001 }), undefined, /limit/],
    ['history of 0', () => settings.history({ limit: 0 }), undefined, /limit/],
  ]);
  assert.equal(await workspace.table('user_preferences').count(), 0);
  assert.equal(await workspace.table('dynamic_config').count(), 0);
  assertUnpolluted();
});

test('a model must be one of those that the deployment lists', async (t) => {
  const { settings, user } = await withConversation(t);
  await settings.set('static', { available_models: ['a'], available_pipelines: ['QAPipeline'] });
  await refuses('c', () => settings.set({ user }, { model: 'c' }), 'INVALID_ARGUMENT', /available_models/);
  await refuses('d', () => settings.set('dynamic', { pipeline: 'd' }), 'INVALID_ARGUMENT', /available_pipelines/);
  await settings.set({ user }, { preferred_model: 'a' });
  assert.deepEqual((await settings.resolve({ user })).model, { value: 'a', source: 'user' });
});

test('search takes weights, number of hits and legs from the settings', async (t) => {
  const { workspace, settings, user, conversation } = await withConversation(t);
  const sources = Array.from({ length: 12 }, (_, i) => ({
    filename: `${i}.md`,
    content: `# Note ${i}\n\nbackup ${i}`,
  }));
  await workspace.documents.ingest(sources);
  const hits = async (options) => (await workspace.search('backup', { kinds: ['documents'], ...options })).hits;
  assert.equal((await hits()).length, 10);
  await settings.set('dynamic', { num_documents_to_retrieve: 7 });
  assert.equal((await hits()).length, 7);
  await settings.set({ user }, { num_documents: 3 });
  assert.equal((await hits({ user })).length, 3);
  assert.equal((await hits({ conversation })).length, 3);
  assert.equal((await hits({ user, limit: 5 })).length, 5);
  await settings.set({ conversation }, { use_hybrid_search: false });
  assert.ok((await hits({ conversation })).every(({ legs }) => legs.bm25 === undefined));
  assert.ok((await hits({ conversation, mode: 'hybrid' })).some(({ legs }) => legs.bm25 !== undefined));
  await settings.set({ conversation }, { use_hybrid_search: null, bm25_weight: 0 });
  for (const { score, context, legs } of await hits({ conversation }))
    assert.ok(score - (context ?? 0) <= 0.7 * legs.semantic.score + 1e-9);
});

test('documents are cut as the static configuration says', async (t) => {
  const { workspace, settings } = await withConversation(t);
  const content = 'A sentence that is there to fill a chunk. '.repeat(60);
  const chunks = async (filename, options) => {
    const { documents } = await workspace.documents.ingest({ filename, content: `${content}${filename}` }, options);
    return documents[0].chunks;
  };
  const before = await chunks('a.txt');
  await settings.set('static', { chunk_size: 300, chunk_overlap: 0 });
  assert.ok((await chunks('b.txt')) >= before * 3);
  assert.equal(await chunks('c.txt', { chunkSize: 1000, chunkOverlap: 150 }), before);
});

test('many callers at once each leave a whole change', async (t) => {
  const { settings, user } = await withConversation(t);
  await Promise.all(Array.from({ length: 50 }, (_, i) => settings.set({ user }, { top_k: i + 1, max_tokens: i + 1 })));
  const { top_k: k, max_tokens: tokens } = await settings.resolve({ user });
  assert.equal(k.value, tokens.value);
});
