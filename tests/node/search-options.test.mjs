// What a search does beyond ranking, through the package: misspelt words, near-duplicates, diversity, surroundings of passages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedded as settled } from '../support/until.mjs';
import { openForTest, withCode } from '../support/workspaces.mjs';

const keysOf = ({ hits }) => hits.map(({ kind, id }) => `${kind}/${id}`);

/** The result but for times. */
const answer = (result) => ({ ...result, took: undefined });

async function withDocuments(t, contents, options) {
  const workspace = await openForTest(t, options);
  const { documents } = await workspace.documents.ingest(
    Object.entries(contents).map(([filename, content]) => ({ filename, content })),
  );
  assert.ok(documents.every(({ status }) => status === 'indexed'));
  return { workspace, ids: Object.fromEntries(Object.keys(contents).map((name, at) => [name, documents[at].id])) };
}

const GARDEN = {
  'tomatoes.md': '# Tomatoes\n\nTomatoes want sun, and water every evening. Basil grows well beside them.',
  'replication.md': '# Replication\n\nA standby server follows the primary by replication of its write-ahead log.',
  'configuration.md': '# Configuration\n\nThe configuration is read once at the start, and again on a signal.',
};

test('a misspelt word is replaced by the nearest one that is there, and the result says so', async (t) => {
  const { workspace, ids } = await withDocuments(t, GARDEN);
  for (const [query, from, to, name] of [
    ['replicaton', 'replicaton', 'replication', 'replication.md'],
    ['how does Replicatoin work', 'Replicatoin', 'replication', 'replication.md'],
    ['confguratoin', 'confguratoin', 'configuration', 'configuration.md'],
    ['tomatos and bazil', 'bazil', 'basil', 'tomatoes.md'],
  ]) {
    for (const mode of ['keyword', 'hybrid']) {
      const result = await workspace.search(query, { mode, kinds: ['documents'] });
      assert.ok(
        result.corrected?.some((one) => one.from === from && one.to === to),
        `${query}: ${JSON.stringify(result.corrected)}`,
      );
      assert.equal(result.hits[0].documentId, ids[name], query);
      assert.ok(result.hits[0].legs.bm25, 'found by its words');
      assert.ok(result.took.rank >= 0 && result.took.total >= result.took.rank);
    }
    const asTyped = await workspace.search(query, { mode: 'keyword', kinds: ['documents'], correct: false });
    assert.equal(asTyped.corrected, undefined);
  }
  const corrected = await workspace.search('replicaton', { mode: 'keyword' });
  assert.deepEqual(answer(corrected).hits, answer(await workspace.search('replication', { mode: 'keyword' })).hits);
});

test('queries whose words all occur, names, other scripts and unknown words stay as they are', async (t) => {
  const { workspace } = await withDocuments(t, {
    ...GARDEN,
    'code.md': '# Code\n\nCall `getUserName()` or `fooBarBaz` in src/main.ts.',
    'cjk.md': '# 数据库\n\n服务器没有响应请求。',
  });
  await workspace
    .table('messages')
    .insertMany([])
    .catch(() => undefined);
  for (const query of [
    'tomatoes water',
    'Where should the configurations be read?',
    'configur',
    'standby primar',
    'getUserNam foo_bar src/mian.ts',
    'fooBarBax',
    '服务器没有响应',
    'zyzzyva quokka',
    'x',
    '--- "" * OR NOT',
    'NEAR(tomatoes, 3) AND "',
    '\0',
    'e\u0301'.repeat(30),
  ]) {
    for (const mode of ['keyword', 'hybrid']) {
      const result = await workspace.search(query, { mode });
      assert.equal(result.corrected, undefined, query);
      assert.deepEqual(answer(result), answer(await workspace.search(query, { mode, correct: false })), query);
    }
  }
  const semantic = await workspace.search('replicaton', { mode: 'semantic' });
  assert.equal(semantic.corrected, undefined, 'meaning has no words');
});

test('words that occur are never misspelt, whatever marks and forms their letters have', async (t) => {
  const lines = [
    'который человек и которых',
    'ёлками',
    'українській',
    'βιβλιοθήκη ελληνικός ελληνικό',
    'ﬁnance',
    'ＷＩＤＥ',
  ];
  const { workspace } = await withDocuments(t, { 'words.md': lines.join('\n\n') });
  const options = { mode: 'keyword', kinds: ['documents'], collapse: true, snippet: { tokens: 1 } };
  for (const word of lines.join(' ').split(' ')) {
    const result = await workspace.search(`${word} garden`, options);
    assert.equal(result.corrected, undefined, word);
    assert.equal(result.hits.length, 1, word);
  }
});

test('words are corrected in every kind of row, by rows that the search may answer with alone', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const user = await workspace.table('users').insert({ username: 'ann' });
  const conversation = await workspace.table('conversations').insert({ user_id: user.id, title: 'Talk' });
  const rows = {
    decisions: { title: 'Persimmon', description: 'x', user_id: user.id, options: [] },
    stories: { title: 'Marmalade', description: 'x' },
    code_examples: { title: 'Cardamom', code_content: 'x()' },
    messages: { conversation_id: conversation.id, role: 'user', content: 'Rhubarb' },
    ai_requests: { prompt_text: 'Gooseberry', kind: 'query', user_id: user.id },
  };
  const words = {
    decisions: 'Persimon',
    stories: 'Marmlade',
    code_examples: 'Cardanom',
    messages: 'Rhubrab',
    ai_requests: 'Goosebery',
  };
  for (const [kind, row] of Object.entries(rows)) {
    const { id } = await workspace.table(kind).insert(row);
    for (const options of [{}, { kinds: [kind] }]) {
      const { hits, corrected } = await workspace.search(words[kind], options);
      assert.equal(hits[0]?.id, id, kind);
      assert.equal(corrected.length, 1);
    }
    const { hits, corrected } = await workspace.search(words[kind], { kinds: ['documents'] });
    assert.deepEqual([hits, corrected], [[], undefined], 'another kind tells nothing');
  }
  const { documents } = await workspace.documents.ingest([
    { filename: 'a.md', content: 'The watermelon is hidden.' },
    { filename: 'b.md', content: 'Something else.' },
  ]);
  const [hidden] = documents;
  assert.equal((await workspace.search('watermelno', { user: user.id })).corrected[0].to, 'watermelon');
  await workspace.documents.select(hidden.id, false, { user: user.id });
  assert.equal((await workspace.search('watermelno', { user: user.id })).corrected, undefined);
  assert.equal((await workspace.search('watermelno', { where: { filename: 'b.md' } })).corrected, undefined);
  assert.equal((await workspace.search('watermelno')).corrected[0].to, 'watermelon');
  await workspace.table('documents').update(hidden.id, { is_deleted: true });
  assert.equal((await workspace.search('watermelno')).corrected, undefined);
});

test('a word that the built-in table knows keeps its meaning where no row holds it', async (t) => {
  const { workspace, ids } = await withDocuments(t, {
    'horse.md': 'The horse runs over the meadow.',
    'building.md': 'A building where a family lives, with rooms and a roof.',
    'kitchen.md': 'The kitchen has a stove and a table.',
  });
  const meanings = async (query, options) => {
    const { hits, corrected = [] } = await workspace.search(query, { kinds: ['documents'], ...options });
    return {
      to: corrected.map(({ to }) => to),
      scores: Object.fromEntries(hits.map(({ documentId, legs }) => [documentId, legs.semantic?.score])),
      byWords: hits.filter(({ legs }) => legs.bm25 !== undefined).map(({ documentId }) => documentId),
    };
  };
  const asTyped = (query) => meanings(query, { correct: false });
  // 'house' is a word, 'kitchne' is none.
  const house = await meanings('house');
  assert.deepEqual(house.to, ['horse']);
  assert.deepEqual(house.byWords, [ids['horse.md']], 'the words are those that rows hold');
  assert.deepEqual(house.scores, (await asTyped('house')).scores);
  assert.ok(house.scores[ids['building.md']] > house.scores[ids['horse.md']], 'the meaning is its own');
  const kitchen = await meanings('kitchne');
  assert.deepEqual(kitchen.to, ['kitchen']);
  assert.ok(kitchen.scores[ids['kitchen.md']] > 0);
  assert.deepEqual(kitchen.scores, (await asTyped('kitchen')).scores);
  for (const options of [{}, { collapse: true }, { expand: 'neighbours' }]) {
    const both = await meanings('a House by kitchne', options);
    assert.deepEqual(both.to, ['horse', 'kitchen']);
    assert.deepEqual(both.scores, (await asTyped('a House by kitchen')).scores);
    assert.deepEqual(both.byWords.sort(), [ids['horse.md'], ids['kitchen.md']].sort());
  }
  // A vector of the caller's own is his, and by words alone nothing has a meaning.
  const [{ vector: bytes }] = await workspace.query('SELECT vector FROM vector_points LIMIT 1');
  const vector = new Float32Array(bytes.slice().buffer);
  assert.deepEqual((await meanings('house', { vector })).scores, (await meanings('horse', { vector })).scores);
  assert.deepEqual((await meanings('house', { mode: 'keyword' })).scores, { [ids['horse.md']]: undefined });
});

test("a page's embedder gets the corrected query", async (t) => {
  const asked = [];
  const embed = (text) => Float32Array.of(text.includes('replication') ? 1 : 0.1, 1);
  const embedder = {
    model: 'words',
    dimensions: 2,
    async embedDocuments(texts) {
      return texts.map(embed);
    },
    async embedQueries(texts) {
      asked.push(...texts);
      return texts.map(embed);
    },
  };
  const { workspace } = await withDocuments(t, GARDEN, { embedder });
  const { corrected } = await workspace.search('replicaton');
  assert.deepEqual(corrected, [{ from: 'replicaton', to: 'replication' }]);
  assert.deepEqual(asked, ['replicaton', 'replication']);
});

test('options of wrong types and ranges are refused', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  for (const [options, argument] of [
    [{ correct: 'yes' }, 'options.correct'],
    [{ collapse: 1 }, 'options.collapse'],
    [{ collapse: null }, 'options.collapse'],
    ...[-0.1, 1.1, NaN, '0.5', null, [], Infinity, true].map((diversity) => [{ diversity }, 'options.diversity']),
    ...['page', '', null, 1, [], true].map((expand) => [{ expand }, 'options.expand']),
    [{ expand: {} }, 'options.expand'],
    [{ expand: { to: 'nowhere' } }, 'options.expand'],
    [{ expand: { to: 'section', characters: 0 } }, 'options.expand.characters'],
    [{ expand: { to: 'section', characters: 1.5 } }, 'options.expand.characters'],
    [{ expand: { to: 'section', characters: 100_001 } }, 'options.expand.characters'],
    [{ expand: { to: 'section', lines: 3 } }, 'options.expand.lines'],
  ]) {
    await assert.rejects(
      workspace.search('x', options),
      (error) => withCode('INVALID_ARGUMENT')(error) && error.detail.argument === argument,
      JSON.stringify(options),
    );
  }
  for (const wrong of [{ limit: 1001 }, { offset: 10_001 }])
    await assert.rejects(workspace.search('x', { collapse: true, ...wrong }), withCode('INVALID_ARGUMENT'));
  assert.deepEqual((await workspace.search('x', { collapse: true, limit: 1000, offset: 10_000 })).hits, []);
  await assert.rejects(workspace.search('x', { collapse: true, user: 'nobody' }), withCode('NOT_FOUND'));
  assert.deepEqual((await workspace.search('x', { collapse: true, diversity: 1, expand: 'document' })).hits, []);
});

const FACTS = [
  'The standby follows the primary by its write-ahead log, which it reads from an archive or over the network.',
  'When the primary fails, the standby is promoted; it then accepts writes and begins a timeline of its own.',
  'A base backup is taken while the server runs, and needs the log that is written until its end.',
  "Autovacuum removes dead rows and keeps the planner's statistics fresh without anybody asking for it.",
];
const edition = (year) =>
  `# Manual ${year}\n\n${FACTS.map((fact, at) => `## Part ${at}\n\n${fact} ${fact.replace('the', 'a')}`).join('\n\n')}\n`;

test('with collapse the same passages of two editions are one hit that names the other', async (t) => {
  const { workspace } = await withDocuments(t, {
    'manual-2021.md': edition(2021),
    'manual-2022.md': edition(2022),
    'other.md': '# Other\n\nA standby engine in the garden shed runs on petrol.',
  });
  const query = 'what does the standby do when the primary fails';
  const plain = await workspace.search(query, { limit: 50 });
  const folded = await workspace.search(query, { limit: 50, collapse: true });
  const named = folded.hits.flatMap(({ duplicates = [] }) => duplicates);
  assert.equal(named.length, 4, 'each passage of one edition');
  assert.deepEqual(
    [...keysOf(folded), ...named.map(({ kind, id }) => `${kind}/${id}`)].sort(),
    keysOf(plain).sort(),
    'nothing is lost',
  );
  assert.deepEqual(
    keysOf(folded),
    keysOf(plain).filter((key) => keysOf(folded).includes(key)),
    'what stays is in its order',
  );
  assert.equal(folded.hits[0].id, plain.hits[0].id, 'the best one stays');
  assert.equal(folded.corrected, undefined);
});

test('rows of kinds fold into each other, and messages alike to the letter into one', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const { id } = await workspace.table('conversations').insert({ title: 'Talk' });
  const text = 'The primary fails and nobody promotes the standby in time.';
  const messages = Array.from({ length: 30 }, () => ({ conversation_id: id, role: 'user', content: text }));
  await workspace.table('messages').insertMany(messages);
  await workspace.table('stories').insert({ title: 'Failover', description: text });
  const { hits } = await workspace.search('standby', { collapse: true, limit: 50 });
  assert.equal(hits.length, 1);
  assert.equal(hits[0].duplicates.length, 30);
  assert.deepEqual(
    new Set([hits[0].kind, ...hits[0].duplicates.map(({ kind }) => kind)]),
    new Set(['messages', 'stories']),
  );
});

async function manyPassages(t) {
  const contents = {};
  for (let i = 0; i < 45; i++) {
    contents[`doc-${i}.md`] =
      `# Standby ${i % 15}\n\nThe standby number ${i % 15} ${'waits '.repeat(i % 15)}for its primary.\n\n## More\n\nStandby ${i} has ${'more and '.repeat(i % 7)}more.`;
  }
  return withDocuments(t, contents);
}

test('with collapse rows without a text of their own are as different as their titles', async (t) => {
  const workspace = await openForTest(t);
  await workspace.table('stories').insertMany([{ title: 'Use PostgreSQL' }, { title: 'Use Redis' }, { title: '—' }]);
  const { hits } = await workspace.search('use', { mode: 'keyword', kinds: ['stories'], collapse: true });
  assert.deepEqual(hits.map(({ title }) => title).sort(), ['Use PostgreSQL', 'Use Redis']);
});

test('pages are parts of one list with any of the options, also behind what is looked at', async (t) => {
  const { workspace } = await manyPassages(t);
  const { id } = await workspace.table('conversations').insert({ title: 'Talk' });
  await workspace.table('messages').insertMany(
    Array.from({ length: 80 }, (_, i) => ({
      conversation_id: id,
      role: 'user',
      content: `standby ${i} of ${i * i}`,
    })),
  );
  await settled(workspace);
  for (const options of [
    { collapse: true },
    { diversity: 0.4 },
    { collapse: true, diversity: 0.7, expand: 'neighbours' },
    { expand: { to: 'document', characters: 300 } },
  ]) {
    const all = await workspace.search('standby primary', { ...options, limit: 150 });
    for (const size of [7, 40]) {
      const pages = [];
      for (let offset = 0; offset < 150; offset += size) {
        const limit = Math.min(size, 150 - offset);
        pages.push(...(await workspace.search('standby primary', { ...options, offset, limit })).hits);
      }
      assert.deepEqual(pages, all.hits, `${JSON.stringify(options)} by ${size}`);
    }
    assert.equal(new Set(keysOf(all)).size, all.hits.length, 'no hit twice');
  }
  const { hits } = await workspace.search('standby', { collapse: true });
  assert.equal(hits.length, 10, "the settings' number of hits");
});

test('diversity 0 changes nothing; more of it brings what the first page had not', async (t) => {
  const { workspace } = await manyPassages(t);
  const search = (options) => workspace.search('standby primary', { limit: 5, ...options });
  assert.deepEqual(answer(await search({ diversity: 0 })), answer(await search({})));
  const plain = await search({});
  const diverse = await search({ diversity: 0.6 });
  assert.equal(diverse.hits[0].id, plain.hits[0].id, 'the best stays first');
  const kinds = ({ hits }) => new Set(hits.map(({ text }) => text.replaceAll(/\d+/g, ''))).size;
  assert.ok(kinds(diverse) >= kinds(plain));
  assert.notDeepEqual(keysOf(diverse), keysOf(plain));
  assert.deepEqual(keysOf(await search({ diversity: 0.6 })), keysOf(diverse), 'the same again');
});

test('expand brings what surrounds a passage, each character at its offset in the document', async (t) => {
  const sections = Array.from(
    { length: 12 },
    (_, at) =>
      `## Part ${at}\n\n${`Sentence of part ${at} with an 😀 and ümläuts. `.repeat(30)}\n\nThe ${at === 5 ? 'zeppelin' : 'balloon'} of part ${at} lands.`,
  );
  const content = `# Airships\n\nWhat they are.\n\n${sections.join('\n\n')}\n`;
  const { workspace, ids } = await withDocuments(t, { 'airships.md': content });
  const search = async (expand) => (await workspace.search('zeppelin', { mode: 'keyword', expand })).hits;
  const lengths = [];
  for (const expand of ['neighbours', 'section', 'document', { to: 'document', characters: 100_000 }]) {
    const hits = await search(expand);
    assert.equal(hits.length, 1);
    const [{ documentId, passages, surroundings, start, end, text }] = hits;
    assert.equal(documentId, ids['airships.md']);
    assert.equal(passages.length, 1);
    assert.equal(surroundings.length, 1);
    const [around] = surroundings;
    assert.equal(around.text.length, around.end - around.start);
    for (let at = 0; at < around.text.length; at++) {
      const original = content[around.start + at];
      assert.ok(around.text[at] === original || /^\s$/.test(original + ''), `at ${at}`);
    }
    assert.equal(around.text.slice(start - around.start, end - around.start), text, 'the passage is in it');
    assert.ok(around.text.length <= (expand.characters ?? 4000) + 200);
    if (expand === 'section') {
      assert.ok(around.text.startsWith('## Part 5'));
      assert.ok(!around.text.includes('Part 6'));
    }
    lengths.push(around.text.length);
  }
  assert.ok(lengths[3] >= content.trim().length - 2, 'all of it');
  assert.ok(lengths[0] > 500 && lengths[2] > lengths[1]);
});

test('passages of one document are one hit with all of them in order', async (t) => {
  const part = (at) =>
    `## Part ${at}\n\n${at % 2 ? 'The zeppelin lands.' : 'The balloon lands.'} ${`Filling of part ${at}. `.repeat(40)}`;
  const content = `# Airships\n\n${Array.from({ length: 8 }, (_, at) => part(at)).join('\n\n')}`;
  const { workspace, ids } = await withDocuments(t, { 'a.md': content, 'b.md': '# B\n\nA zeppelin on its own.' });
  const plain = await workspace.search('zeppelin', { mode: 'keyword', limit: 50 });
  const { hits } = await workspace.search('zeppelin', { mode: 'keyword', limit: 50, expand: 'section' });
  assert.equal(hits.length, 2);
  const merged = hits.find(({ documentId }) => documentId === ids['a.md']);
  assert.deepEqual(
    merged.passages.map(({ id }) => id).sort(),
    plain.hits
      .filter(({ documentId }) => documentId === ids['a.md'])
      .map(({ id }) => id)
      .sort(),
  );
  assert.equal(merged.passages.length, 4);
  const starts = merged.passages.map(({ start }) => start);
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
  );
  for (const { start, end } of merged.passages) assert.ok(content.slice(start, end).includes('zeppelin'));
  assert.equal(merged.id, plain.hits.find(({ documentId }) => documentId === ids['a.md']).id, 'the best one leads');
  assert.ok(
    merged.surroundings.length >= 1 &&
      merged.surroundings.every(({ text, start }) => content.startsWith(text.slice(0, 20), start)),
  );
});

test('rows that are no documents are left as they are by expand', async (t) => {
  const workspace = await openForTest(t, { embedder: null });
  const { id } = await workspace.table('stories').insert({ title: 'Standby', description: 'It waits.' });
  const { hits } = await workspace.search('standby', { expand: 'document' });
  assert.equal(hits[0].id, id);
  assert.equal(hits[0].surroundings, undefined);
  assert.equal(hits[0].passages, undefined);
});

const TRACE = `Traceback (most recent call last):
  File "/srv/app/releases/20240117/worker/tasks.py", line 412, in run_job
    result = self.pool.acquire(timeout=30.0)
  File "/usr/lib/python3.11/site-packages/sqlalchemy/pool/impl.py", line 160, in _do_get
    raise exc.TimeoutError("QueuePool limit of size 5 overflow 10 reached, connection timed out")
sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00
${Array.from({ length: 400 }, (_, i) => `    at com.example.service.Handler$Inner${i}.invoke(Handler.java:${i * 37}) [0x${(i * 7919).toString(16)}]`).join('\n')}
`;

test('a word, an identifier, a question, a stack trace, CJK and misspelt words find what is meant', async (t) => {
  const { workspace, ids } = await withDocuments(t, {
    ...GARDEN,
    'pool.md':
      '# Connection pools\n\nWhen all connections are taken, QueuePool raises TimeoutError: the limit of size and overflow was reached. Close sessions, or raise pool_size.',
    'names.md': "# Names\n\nCall `fooBarBaz` with the user's name; `foo_bar` is the old spelling.",
    'trace.md': '# Reading traces\n\nA trace lists the calls, the most recent one last.',
    '数据库.md': '# 数据库\n\n服务器没有响应请求，因为连接已经超时。',
  });
  for (const [query, name] of [
    ['basil', 'tomatoes.md'],
    ['fooBarBaz', 'names.md'],
    ['foo_bar', 'names.md'],
    ['What does a standby server do to follow the primary?', 'replication.md'],
    ['Why is my configuration not read again?', 'configuration.md'],
    [TRACE, 'pool.md'],
    ['连接已经超时', '数据库.md'],
    ['服务器', '数据库.md'],
    ['standbye sever', 'replication.md'],
  ]) {
    for (const options of [{}, { collapse: true, diversity: 0.2, expand: 'section' }]) {
      const { hits } = await workspace.search(query, { kinds: ['documents'], ...options });
      assert.equal(hits[0]?.documentId, ids[name], query.slice(0, 60));
    }
  }
});

test('huge and hostile queries end, with every option', async (t) => {
  const { workspace } = await withDocuments(t, GARDEN);
  const options = { collapse: true, diversity: 0.5, expand: 'document' };
  for (const query of [
    TRACE.repeat(20),
    'misspeltt '.repeat(50_000),
    Array.from(
      { length: 3000 },
      (_, i) => `wrod${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + ((i / 26) % 26))}`,
    ).join(' '),
    'a'.repeat(1_000_000),
    'é'.repeat(40),
    '漢'.repeat(5000),
    '" OR ""*^:(){}',
    "'; DROP TABLE documents; --",
  ]) {
    const { hits, took } = await workspace.search(query, options);
    assert.ok(Array.isArray(hits) && Number.isFinite(took.total), query.slice(0, 20));
  }
  assert.equal((await workspace.search('tomatoes', options)).hits.length > 0, true);
});

test('a search that is cancelled or whose workspace is closed ends as such, with every option', async (t) => {
  const { workspace } = await withDocuments(t, GARDEN);
  const options = { collapse: true, diversity: 0.5, expand: 'document' };
  await assert.rejects(
    workspace.search('tomatoes', { ...options, signal: AbortSignal.abort() }),
    withCode('CANCELLED'),
  );
  const abort = new AbortController();
  const running = workspace.search('tomatos replicaton', { ...options, signal: abort.signal });
  abort.abort();
  await assert.rejects(running, withCode('CANCELLED'));
  const several = await Promise.all(Array.from({ length: 20 }, () => workspace.search('tomatos', options)));
  for (const one of several) assert.deepEqual(answer(one), answer(several[0]));
  await workspace.close();
  await assert.rejects(workspace.search('tomatoes', options), withCode('FAILED_PRECONDITION'));
});
