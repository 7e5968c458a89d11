// What the documents demand of rows, shown through tables, collections and reports. Each check gets {workspace, schema, args, map}
// and throws when the demand is not met.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const refused = (promise, codes = ['CONSTRAINT', 'INVALID_ARGUMENT', 'ALREADY_EXISTS', 'NOT_FOUND']) =>
  assert.rejects(promise, (error) => codes.includes(error.code) || assert.fail(`${error.code}: ${error.message}`));

const required = {
  validations: { is_valid: true },
  cloud_estimates: { environment: 'prod' },
  users: {},
  projects: { name: 'p' },
};

async function conversationWithMessage(workspace) {
  const { id: conversation } = await workspace.table('conversations').insert({});
  const { id: message } = await workspace
    .table('messages')
    .insert({ conversation_id: conversation, role: 'user', content: 'x' });
  return { conversation, message };
}

export const RECORD_CHECKS = {
  async sameContent({ workspace }) {
    const source = { filename: 'a.md', content: 'the same bytes' };
    const first = await workspace.documents.ingest(source);
    const second = await workspace.documents.ingest({ ...source, filename: 'b.md' });
    assert.equal(second.documents[0].status, 'duplicate');
    assert.equal(second.documents[0].id, first.documents[0].id);
  },

  async preferenceKept({ workspace, args }) {
    const { id: user_id } = await workspace.table('users').insert({});
    const table = workspace.table('user_preferences');
    await table.insert({ user_id, [args.column]: args.value });
    assert.equal((await table.get(user_id))[args.column], args.value);
    assert.equal((await workspace.status()).encrypted, false, 'a preference is no claim about this file');
  },

  async preferencesKept({ workspace, args }) {
    const { id: user_id } = await workspace.table('users').insert({});
    const table = workspace.table('user_preferences');
    await table.insert({ user_id, ...args.columns });
    const row = await table.get(user_id);
    for (const [column, value] of Object.entries(args.columns)) assert.equal(row[column], value, column);
  },

  async cascade({ workspace }) {
    const { id: user_id } = await workspace.table('users').insert({});
    const { id: other } = await workspace.table('users').insert({});
    const rows = {
      ai_requests: { user_id, kind: 'query', prompt_text: 'x' },
      decisions: { user_id, title: 'd', options: [] },
      documents: { owner_id: user_id, filename: 'f' },
      user_preferences: { user_id },
    };
    for (const [table, row] of Object.entries(rows)) await workspace.table(table).insert(row);
    const [decision] = await workspace.table('decisions').find();
    const code = { title: 'c', code_content: 'x', decision_id: decision.id };
    await workspace.table('code_examples').insert({ ...code, user_id });
    const { id: kept } = await workspace.table('code_examples').insert({ ...code, user_id: other });
    await workspace.table('users').delete(user_id);
    for (const table of Object.keys(rows)) assert.equal(await workspace.table(table).count(), 0, table);
    assert.equal(await workspace.table('code_examples').count(), 1);
    assert.equal((await workspace.table('code_examples').get(kept)).decision_id, null);
  },

  async orphanRefused({ workspace, ...context }) {
    await refused(workspace.table('epics').insert({ title: 'e', project_id: 'none' }));
    const { conversation } = await conversationWithMessage(workspace);
    await workspace.table('conversations').delete(conversation);
    assert.equal(await workspace.table('messages').count(), 0);
    for (const also of context.args?.also ?? []) await RECORD_CHECKS[also]({ workspace, ...context });
  },

  async rangeRefused({ workspace, args }) {
    for (const place of args.columns) {
      const [table, column] = place.split('.');
      for (const value of [args.low - 1, args.high + 1])
        await refused(workspace.table(table).insert({ ...required[table], [column]: value }));
      for (const value of [args.low, args.high])
        await workspace.table(table).insert({ ...required[table], [column]: value });
    }
  },

  /** Every column with a list of values takes no other one. */
  async enumsRefused({ workspace, schema }) {
    let tried = 0;
    for (const table of schema.tables.filter(({ access }) => access === 'readWrite')) {
      for (const column of table.columns.filter(({ values }) => values.length > 0)) {
        tried += 1;
        await assert.rejects(
          workspace.table(table.name).insert({ [column.name]: 'not one of them' }),
          (error) => error.code === 'INVALID_ARGUMENT' || assert.fail(`${table.name}.${column.name}: ${error.message}`),
        );
      }
    }
    assert.ok(tried > 15, `${tried} columns have values`);
  },

  async formsRefused({ workspace, args }) {
    const forms = { email: ['no address', 'ann@example.org'], url: ['no address', 'https://example.org/r'] };
    for (const [form, [bad, good]] of Object.entries(forms)) {
      for (const place of args[form]) {
        const [table, column] = place.split('.');
        await refused(workspace.table(table).insert({ ...required[table], [column]: bad }));
        await workspace.table(table).insert({ ...required[table], [column]: good });
      }
    }
  },

  async uniqueRefused({ workspace, map }) {
    const origin = map.system;
    const { id: owner_id } = await workspace.table('users').insert({ origin, email: 'ann@example.org' });
    await refused(workspace.table('users').insert({ origin, email: 'ann@example.org' }));
    await workspace.table('projects').insert({ origin, owner_id, name: 'p' });
    await refused(workspace.table('projects').insert({ origin, owner_id, name: 'p' }));
    const key = { user_id: owner_id, kind: 'issued', key_hash: 'h' };
    await workspace.table('api_keys').insert(key);
    await refused(workspace.table('api_keys').insert(key));
  },

  async indexesByTime({ workspace, args }) {
    for (const place of args.tables) {
      const [table, column] = place.split('.');
      const plan = await workspace.query(`EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE ${column} > 1`, [], {
        secrets: true,
      });
      assert.match(plan.map(({ detail }) => detail).join(), /USING INDEX/, place);
    }
  },

  async foreignKeysIndexed({ workspace, schema }) {
    let keys = 0;
    for (const { name } of schema.tables) {
      const foreign = await workspace.query('SELECT "from", "table" FROM pragma_foreign_key_list(?)', [name]);
      const leading = await workspace.query(
        'SELECT i.name AS leading FROM pragma_index_list(?) l, pragma_index_info(l.name) i WHERE i.seqno = 0',
        [name],
      );
      for (const { from, table } of foreign.filter((key) => key.table !== 'systems')) {
        keys += 1;
        assert.ok(
          leading.some((index) => index.leading === from),
          `${name}.${from} refers to ${table} without an index`,
        );
      }
    }
    assert.ok(keys > 50, `${keys} foreign keys`);
  },

  async auditTrail({ workspace }) {
    const { id } = await workspace.table('projects').insert({ name: 'before' });
    await workspace.table('projects').update(id, { name: 'after' });
    await workspace.table('projects').delete(id);
    const rows = await workspace.table('audit_log').find({ where: { resource_id: id }, orderBy: 'created_at' });
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['insert', 'update', 'delete'],
    );
    assert.match(rows[1].old_value, /before/);
    assert.match(rows[1].new_value, /after/);
    await assert.rejects(workspace.table('audit_log').delete(rows[0].id));
  },

  async updatedAt({ workspace }) {
    const { id, updated_at } = await workspace.table('projects').insert({ name: 'p' });
    const after = await workspace.table('projects').update(id, { name: 'q', updated_at: '2000-01-01T00:00:00Z' });
    assert.ok(after.updated_at > updated_at);
  },

  async uniqueIds({ workspace, schema }) {
    const { ids } = await workspace.table('tags').insertMany(Array.from({ length: 50 }, (_, i) => ({ name: `t${i}` })));
    assert.equal(new Set(ids).size, 50);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const keyed = schema.tables.filter(({ hasId }) => hasId);
    for (const { columns } of keyed) assert.equal(columns.find(({ name }) => name === 'id').kind, 'text');
    for (const column of ['username', 'email']) {
      const row = { [column]: 'ann@example.org', origin: 'socrates' };
      await workspace.table('users').insert(row);
      await refused(workspace.table('users').insert(row));
    }
    await RECORD_CHECKS.foreignKeysIndexed({ workspace, schema });
    await RECORD_CHECKS.auditTrail({ workspace });
  },

  async reversibleMigrations({ workspace }) {
    const steps = readFileSync(new URL('../../schema/migrations/migrations.lock', import.meta.url), 'utf8');
    const ups = [...steps.matchAll(/(\d{4})_\w+\.up\.sql/g)];
    const downs = [...steps.matchAll(/(\d{4})_\w+\.down\.sql/g)];
    assert.equal(downs.length, ups.length, 'every step has a way back');
    assert.equal((await workspace.status()).schemaVersion, ups.length);
  },

  async selectionTiers({ workspace }) {
    const { documents } = workspace;
    const made = await documents.ingest({ filename: 'a.md', content: 'text of a' });
    const document = made.documents[0].id;
    const { id: user } = await workspace.table('users').insert({});
    const { id: conversation } = await workspace.table('conversations').insert({ user_id: user });
    const tier = async () => (await documents.effective({ user, conversation }))[0];
    assert.deepEqual(await tier(), { document_id: document, enabled: true, tier: 'global' });
    await documents.select(document, false, { user });
    assert.deepEqual(await tier(), { document_id: document, enabled: false, tier: 'user' });
    await documents.select(document, true, { conversation });
    assert.deepEqual(await tier(), { document_id: document, enabled: true, tier: 'conversation' });
    await documents.select(document, null, { conversation });
    await documents.select(document, null, { user });
    assert.equal((await tier()).tier, 'global');
  },

  async softDelete({ workspace }) {
    const made = await workspace.documents.ingest({ filename: 'a.md', content: 'text of a' });
    const { id } = made.documents[0];
    await workspace.table('documents').update(id, { is_deleted: true, deleted_at: new Date() });
    assert.deepEqual(await workspace.documents.effective(), []);
    assert.deepEqual((await workspace.search('text', { kinds: ['documents'] })).hits, []);
    await workspace.table('documents').update(id, { is_deleted: false, deleted_at: null });
    assert.equal((await workspace.search('text', { kinds: ['documents'] })).hits.length, 1);
  },

  async authProvider({ workspace, args }) {
    const identity = { github: { github_id: '1', github_username: 'ann' }, anonymous: {} }[args.provider];
    const row = await workspace.table('users').insert({ auth_provider: args.provider, ...identity });
    assert.equal((await workspace.table('users').get(row.id)).auth_provider, args.provider);
    const conversation = { client_id: 'anon_0123456789abcdef' };
    if (args.provider === 'anonymous') await workspace.table('conversations').insert(conversation);
    else await refused(workspace.table('users').insert({ auth_provider: 'github', github_id: '1' }));
  },

  async singletons({ workspace, args }) {
    const row = { origin: 'archi', deployment_name: 'd', embedding_model: 'm', embedding_dimensions: 384 };
    for (const table of args.tables) {
      const columns = table === 'static_config' ? row : { origin: 'archi' };
      await workspace.table(table).insert(columns);
      await refused(workspace.table(table).insert(columns));
    }
  },

  async values({ workspace, args }) {
    const [table, column] = args.column.split('.');
    for (const value of args.values) {
      const { id } = await workspace.table(table).insert({ [column]: value });
      assert.equal((await workspace.table(table).get(id))[column], value);
    }
  },

  async configDefaults({ workspace, args }) {
    const row = await workspace.table('dynamic_config').insert({ origin: 'archi' });
    for (const [column, value] of Object.entries(args.columns)) assert.equal(row[column], value, column);
  },

  async hybridDefaults({ workspace, args }) {
    const row = await workspace.table('dynamic_config').insert({ origin: 'archi' });
    assert.equal(row.use_hybrid_search, true);
    assert.equal(row.bm25_weight, args.bm25);
    assert.equal(row.semantic_weight, args.semantic);
    assert.equal(row.num_documents_to_retrieve, args.documents);
    await workspace.documents.ingest({ filename: 'a.md', content: 'circuit breakers stop cascading failures' });
    const { hits } = await workspace.search('circuit breakers', { mode: 'hybrid' });
    assert.ok(hits[0].legs.bm25 && hits[0].legs.semantic, 'both legs answer');
  },

  async legacyConfigs({ workspace }) {
    const config = await workspace.table('legacy_configs').insert({ config_name: 'old', config: 'a: 1' });
    assert.equal(config.origin, 'archi');
    const { conversation } = await conversationWithMessage(workspace);
    const message = { conversation_id: conversation, role: 'assistant', content: 'y', legacy_config_id: config.id };
    const { id } = await workspace.table('messages').insert(message);
    const [latest] = await workspace.reports.messagesWithModel({ conversation, limit: 1 });
    assert.deepEqual([latest.id, latest.model], [id, 'old']);
    await workspace.table('legacy_configs').delete(config.id);
    assert.equal((await workspace.table('messages').get(id)).legacy_config_id, null);
  },

  async storyRefused({ workspace, args }) {
    const stories = workspace.table('stories');
    if (args.rule === 'title') {
      await refused(stories.insert({ title: '   ' }));
      assert.equal((await stories.insert({ title: '  kept  ' })).title, 'kept');
      return;
    }
    for (const story_points of [-1, 22]) await refused(stories.insert({ title: 's', story_points }));
    for (const story_points of [0, 21]) await stories.insert({ title: 's', story_points });
  },

  /** A story without them reads as the document's defaults say. */
  async storyDefaults({ map }) {
    const { columns } = map.tables.find(({ name }) => name === 'user_stories');
    const imported = Object.fromEntries(columns.map(({ name, whenAbsent }) => [name, whenAbsent?.import]));
    assert.deepEqual(
      [imported.acceptance_criteria, imported.priority, imported.story_points, imported.tags],
      [[], 'MEDIUM', 0, []],
    );
    assert.deepEqual(Object.keys(columns.find(({ name }) => name === 'priority').values), [
      'LOW',
      'MEDIUM',
      'HIGH',
      'CRITICAL',
    ]);
  },
};
