// Search over every kind of row through the package, with the built-in embedder and with one of the page's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorkspace } from '../../dist/node.js';
import { embedded as settled, until } from '../support/until.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

/** Two rows of each kind: one on gardens, one on databases. */
async function addRows(workspace) {
  const user = await workspace.table('users').insert({ username: 'ann' });
  const conversation = await workspace.table('conversations').insert({ user_id: user.id, title: 'Talk' });
  const rows = {
    decisions: [
      { title: 'Where to plant', description: 'Tomatoes and basil in the garden' },
      { title: 'Where to store', description: 'Tables in a relational database' },
    ].map((row) => ({ ...row, user_id: user.id, options: [] })),
    stories: [
      { title: 'Water the plants', description: 'Vegetables in the garden want water' },
      { title: 'Back up the tables', description: 'A copy of the database every night' },
    ],
    code_examples: [
      { title: 'Garden', code_content: 'waterPlants(tomatoes)' },
      { title: 'Storage', code_content: 'openDatabase(tables)' },
    ],
    messages: ['How often do tomatoes want water?', 'How is the database restored?'].map((content) => ({
      conversation_id: conversation.id,
      role: 'user',
      content,
    })),
    ai_requests: [
      { prompt_text: 'Plan a garden', response_text: 'Tomatoes beside basil' },
      { prompt_text: 'Plan a schema', response_text: 'Tables with keys in a database' },
    ].map((row) => ({ ...row, kind: 'query', user_id: user.id })),
  };
  const ids = {};
  for (const [table, of] of Object.entries(rows)) ({ ids: ids[table] } = await workspace.table(table).insertMany(of));
  return { user, conversation, ids };
}

test('rows just written are found by meaning, in every kind and together', async (t) => {
  const workspace = await openForTest(t);
  const { ids } = await addRows(workspace);
  const query = 'vegetable patch irrigation';
  for (const round of ['queued', 'stored']) {
    for (const kind of Object.keys(ids)) {
      const { hits } = await workspace.search(query, { mode: 'semantic', kinds: [kind] });
      assert.equal(hits[0]?.id, ids[kind][0], `${kind} ${round}`);
      assert.equal(hits[0].kind, kind);
      assert.deepEqual(Object.keys(hits[0].legs), ['semantic']);
    }
    const { hits } = await workspace.search(query, { mode: 'semantic', limit: 5 });
    assert.deepEqual(
      new Set(hits.map(({ id }) => id)),
      new Set(Object.values(ids).map(([first]) => first)),
      'one scale for all kinds',
    );
    await settled(workspace);
  }
  const { vectors, embedding } = await workspace.status();
  assert.equal(embedding.error, null);
  assert.equal(vectors.find(({ collection }) => collection === 'archivolt:messages').count, 2);
});

test('rows of kinds are embedded without a search, and nobody hears of it', async (t) => {
  const workspace = await openForTest(t);
  const heard = [];
  workspace.on('change', (detail) => heard.push(JSON.stringify(detail)));
  await addRows(workspace);
  await settled(workspace);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(heard.some((detail) => detail.includes('messages')));
  assert.ok(!heard.some((detail) => /vector_points|embedding_queue|vector_collections/.test(detail)), heard.join('\n'));
  assert.equal(
    (await workspace.query("SELECT count(*) AS n FROM audit_log WHERE resource_type LIKE 'vector%'"))[0].n,
    0,
    'vectors of rows leave no entries',
  );
});

test('changed and deleted rows are followed', async (t) => {
  const workspace = await openForTest(t);
  const { ids } = await addRows(workspace);
  await settled(workspace);
  const first = async (query) =>
    (await workspace.search(query, { mode: 'semantic', kinds: ['stories'], limit: 1 })).hits[0]?.id;
  await workspace.table('stories').update(ids.stories[1], { title: 'Harbour', description: 'Ships and boats at sea' });
  assert.equal(await first('sailing boats'), ids.stories[1]);
  await settled(workspace);
  assert.equal(await first('sailing boats'), ids.stories[1]);
  await workspace.execute('DELETE FROM stories WHERE id = ?', [ids.stories[1]]);
  assert.equal(await first('sailing boats'), ids.stories[0]);
});

/** Counts letters: a stand-in with a scale of its own. */
function letterEmbedder(model = 'letters') {
  const calls = [];
  const embed = (text) => {
    const vector = new Float32Array(27);
    for (const letter of text.toLowerCase()) vector[Math.max(0, letter.charCodeAt(0) - 96) % 27] += 1;
    return vector;
  };
  return {
    calls,
    model,
    dimensions: 27,
    async embedDocuments(texts) {
      calls.push(texts);
      return texts.map(embed);
    },
    async embedQueries(texts) {
      return texts.map(embed);
    },
  };
}

test("the page's embedder embeds rows in batches; queries meet them", async (t) => {
  const embedder = letterEmbedder();
  const workspace = await openForTest(t, { embedder });
  const { ids, conversation } = await addRows(workspace);
  await workspace
    .table('messages')
    .insertMany(
      Array.from({ length: 150 }, (_, i) => ({ conversation_id: conversation.id, role: 'user', content: `Row ${i}` })),
    );
  await settled(workspace);
  assert.equal(embedder.calls.flat().length, 160);
  assert.ok(Math.max(...embedder.calls.map(({ length }) => length)) <= 64);
  const { hits } = await workspace.search('How is the database restored?', { mode: 'semantic', kinds: ['messages'] });
  assert.equal(hits[0].id, ids.messages[1]);
  assert.ok(hits[0].legs.semantic.score > 0.999);
});

test("an embedder's error stands in the status and is overcome", async (t) => {
  const embedder = letterEmbedder();
  const { embedDocuments } = embedder;
  let failing = true;
  embedder.embedDocuments = (texts) => {
    if (failing) throw new Error('no network');
    return embedDocuments(texts);
  };
  const workspace = await openForTest(t, { embedder });
  const { ids } = await addRows(workspace);
  await until(async () => (await workspace.status()).embedding.error !== null);
  const { embedding } = await workspace.status();
  assert.equal(embedding.pending, 10);
  assert.match(embedding.error.message, /no network/);
  const { hits } = await workspace.search('tomatoes', { kinds: ['messages'] });
  assert.equal(hits[0].id, ids.messages[0], 'found by its words');
  assert.deepEqual(Object.keys(hits[0].legs), ['bm25'], 'and the hit says so');
  failing = false;
  await settled(workspace);
  assert.equal((await workspace.status()).embedding.error, null);
});

test('another embedder embeds all rows again; words answer meanwhile', async (t) => {
  const storage = { directory: temporaryFolder(t) };
  const before = await openWorkspace({ name: 'w', storage });
  const { ids } = await addRows(before);
  await settled(before);
  await before.close();

  let release;
  const held = new Promise((resolve) => (release = resolve));
  const embedder = letterEmbedder();
  const { embedDocuments } = embedder;
  embedder.embedDocuments = async (texts) => (await held, embedDocuments(texts));
  const workspace = await openForTest(t, { name: 'w', storage, embedder });
  const search = () => workspace.search('tomatoes', { kinds: ['stories', 'messages'] });
  const { hits } = await search();
  assert.equal(hits[0].id, ids.messages[0]);
  assert.equal(hits[0].legs.semantic, undefined);
  release();
  await until(async () => (await search()).hits[0].legs.semantic !== undefined);
  await settled(workspace);
  assert.equal(embedder.calls.flat().length, 10);
});

test('without an embedder rows wait, and semantic search says what it needs', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  await addRows(workspace);
  await assert.rejects(
    workspace.search('garden', { mode: 'semantic', kinds: ['messages'] }),
    withCode('INVALID_ARGUMENT', /embedder or a vector/),
  );
  assert.equal((await workspace.search('tomatoes', { kinds: ['messages'] })).hits.length, 1);
  assert.equal((await workspace.status()).embedding.pending, 10);
});

test('closing in the middle of embedding is no error', async () => {
  const embedder = letterEmbedder();
  embedder.embedDocuments = (_, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  const workspace = await openWorkspace({ name: 'w', storage: 'memory', embedder });
  await addRows(workspace);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await workspace.close();
});

test('documents are found by a name that is nearly right', async (t) => {
  const { documents, table } = await openForTest(t).then((w) => ({ documents: w.documents, table: w.table.bind(w) }));
  const names = ['Architecture handbook', 'Architecture decisions', 'Größe und Maße', 'Notes'];
  const { documents: made } = await documents.ingest(
    names.map((name) => ({ filename: `${name}.txt`, content: `About ${name}.` })),
  );
  for (const [i, name] of names.entries()) await table('documents').update(made[i].id, { display_name: name });
  const found = await documents.findByName('architecure handbok');
  assert.equal(found[0].displayName, 'Architecture handbook');
  assert.equal(found[0].id, made[0].id);
  assert.ok(found[0].similarity > 0.5 && found[0].similarity < 1);
  assert.deepEqual(await documents.findByName('GRÖSSE'), await documents.findByName('grösse'));
  assert.equal((await documents.findByName('größe und maße'))[0].similarity, 1);
  assert.deepEqual(await documents.findByName('zzz'), []);
  assert.equal((await documents.findByName('architecture', { threshold: 0.01, limit: 1 })).length, 1);
  await table('documents').update(made[0].id, { is_deleted: true });
  assert.notEqual((await documents.findByName('architecture handbook'))[0]?.id, made[0].id);

  for (const wrong of [undefined, null, 1, '', [], {}]) {
    await assert.rejects(documents.findByName(wrong), withCode('INVALID_ARGUMENT', /name/));
  }
  for (const options of [{ limit: 0 }, { limit: 1.5 }, { threshold: 2 }, { threshold: NaN }, { nope: 1 }, 'x']) {
    await assert.rejects(documents.findByName('x', options), withCode('INVALID_ARGUMENT', /options/));
  }
  assert.deepEqual(await documents.findByName("'; DROP TABLE documents; --"), []);
});

test('what belongs to a deleted project is found by neither leg until the project comes back', async (t) => {
  const workspace = await openForTest(t);
  const projects = workspace.table('projects');
  const { id } = await projects.insert({ name: 'Garden' });
  const epic = await workspace.table('epics').insert({ project_id: id, title: 'Beds' });
  await workspace.table('stories').insert({ epic_id: epic.id, title: 'Water the tomatoes' });
  await workspace.table('stories').insert({ project_id: id, title: 'Plant the tomatoes' });
  await workspace.documents.ingest({ filename: 'a.md', content: 'Tomatoes want sun and water.', project: id });
  await workspace.documents.ingest({ filename: 'b.md', content: 'Tomatoes of nobody stay.' });
  await settled(workspace);
  const found = async (mode) =>
    (await workspace.search('tomatoes', { mode, kinds: ['documents', 'stories'] })).hits.map(({ kind }) => kind).sort();
  for (const mode of ['keyword', 'semantic', 'hybrid']) {
    assert.deepEqual(await found(mode), ['documents', 'documents', 'stories', 'stories'], mode);
  }
  await projects.update(id, { deleted_at: new Date() });
  for (const mode of ['keyword', 'semantic', 'hybrid']) assert.deepEqual(await found(mode), ['documents'], mode);
  assert.equal((await workspace.documents.effective()).length, 1);
  await projects.update(id, { deleted_at: null });
  for (const mode of ['keyword', 'semantic', 'hybrid']) assert.equal((await found(mode)).length, 4, mode);
});

test('words that most rows hold find rows and do not outweigh the rare ones', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const { conversation } = await addRows(workspace);
  const rows = Array.from({ length: 700 }, (_, i) => ({
    conversation_id: conversation.id,
    role: 'user',
    content: `the server answers request ${i}${i % 3 === 0 ? ' slowly' : ''}${i === 699 ? ' zebra' : ''}`,
  }));
  const { ids } = await workspace.table('messages').insertMany(rows);
  const found = async (query) => {
    const { hits } = await workspace.search(query, { mode: 'keyword', kinds: ['messages'], limit: 250 });
    return hits.map(({ text }) => text);
  };
  assert.equal((await found('server')).length, 250);
  assert.equal((await found('zebra server'))[0], rows[699].content);
  assert.equal((await found('zebra server')).length, 250, 'the rest by the word that all of them hold');
  const slow = await found('slowly server zebra');
  assert.equal(slow[0], rows[699].content);
  assert.ok(slow.slice(0, 230).every((text) => text.includes('slowly')));
  await workspace.table('messages').update(ids[0], { content: 'the server answers zebra zebra' });
  assert.equal(
    (await found('zebra'))[0],
    'the server answers zebra zebra',
    'sizes kept from the search before follow the row',
  );
});
