// Decisions from Markdown files through the package: rows, relations, owners, and what is no decision.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADR_TOOLS, FOLDERS, LOG4BRAINS, MADR } from '../support/decision-folders.mjs';
import { decisions, filesOf, imported, markdown, placed, unzipped, zipOf } from '../support/decisions.mjs';
import { assertUnpolluted, refusesAll } from '../support/misuse.mjs';
import { duringCall, openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const system = 'adr';

test('what supersedes what is kept by ids, and so are the other relations', async (t) => {
  const workspace = await imported(t, filesOf(ADR_TOOLS));
  const rows = await decisions(workspace);
  const of = (number) => Object.values(rows).find(({ metadata }) => metadata.number === number);
  assert.deepEqual(of(2).metadata.supersededBy, [of(3).id]);
  assert.deepEqual([of(3).metadata.supersedes, of(3).metadata.supersededBy], [[of(2).id], [of(4).id]]);
  assert.deepEqual(of(4).metadata.supersedes, [of(3).id]);
  assert.deepEqual(
    of(3).metadata.links.map(({ type, to }) => [type, to]),
    [
      ['Superseded by', of(4).id],
      ['Supercedes', of(2).id],
      ['Amends', of(1).id],
      ['Clarified by', undefined],
    ],
  );
  assert.deepEqual(
    [1, 2, 3, 4].map((number) => [of(number).status, of(number).metadata.status]),
    [
      ['active', 'Accepted'],
      ['archived', 'superseded'],
      ['archived', 'superseded'],
      ['active', 'Accepted'],
    ],
  );
  assert.equal(of(1).day, '2016-02-12T00:00:00Z');
  const madr = await decisions(await imported(t, filesOf(MADR)));
  assert.deepEqual(madr['0003-try-quic'].metadata.supersededBy, [madr['0002-use-grpc'].id], 'by its number alone');
  const [project, inPackage] = Object.values(await decisions(await imported(t, filesOf(LOG4BRAINS))));
  assert.deepEqual(project.metadata.supersededBy, [inPackage.id]);
  assert.deepEqual(inPackage.metadata.supersedes, [project.id]);
  assert.equal(inPackage.origin_id, 'backend/20210302-use-another-tool');
});

test('fields of MADR have their columns', async (t) => {
  const rows = await decisions(await imported(t, filesOf(MADR)));
  const { metadata, ...row } = rows['0000-use-markdown'];
  assert.equal(row.title, 'Use Markdown for decisions');
  assert.equal(row.description, 'Where do we write decisions down?');
  assert.equal(row.selected_option, 'Markdown in the repository');
  assert.match(row.rationale, /^it is reviewed like code\.\n\n### Consequences\n\n\* Good, because history is kept\n/);
  assert.match(row.rationale, /### Confirmation\n\nA check counts the files\.$/);
  assert.deepEqual(row.options, [
    {
      title: 'Markdown in the repository',
      description: 'Plain files.',
      pros: ['everybody has an editor'],
      neutral: ['links are relative'],
      cons: ['there is no search'],
    },
    { title: 'A wiki that everybody edits', description: '* Bad, because nobody does\n* Good, because it looks nice' },
    { title: 'Nothing' },
  ]);
  assert.deepEqual([metadata.deciders, metadata.consulted], [['Ann', 'Bo'], ['Cy']]);
  assert.deepEqual([metadata.informed, metadata.frontMatter], [['everybody', 'the press'], { weight: 3 }]);
  assert.deepEqual(
    metadata.sections.map(({ heading, text }) => [heading, text]).filter(([, text]) => text !== undefined),
    [
      ['Decision Drivers', '* Reviews in pull requests\n* No further tool'],
      ['More Information', 'Decided again in a year.'],
    ],
  );
  assert.deepEqual(rows['0002-use-grpc'].metadata.lead, 'Technical Story: #42');
  assert.equal(rows['0002-use-grpc'].title, 'Use gRPC');
});

test('imported decisions are found by words and by meaning', async (t) => {
  const workspace = await imported(t, filesOf(ADR_TOOLS));
  for (const mode of ['keyword', 'semantic']) {
    const { hits } = await workspace.search('MySQL database', { kinds: ['decisions'], mode });
    assert.ok(
      hits.some(({ title }) => title === 'Use MySQL database'),
      mode,
    );
  }
});

test('a changed file updates its decision, another name is another decision', async (t) => {
  const workspace = await imported(t, filesOf(ADR_TOOLS));
  const name = 'doc/adr/0004-use-sqlite.md';
  const changed = { ...ADR_TOOLS, [name]: ADR_TOOLS[name].replace('Accepted', 'Rejected') };
  const first = await workspace.import(filesOf(changed), { system });
  assert.deepEqual(first.tables.decisions, { read: 4, added: 0, updated: 1, unchanged: 3, rejected: 0 });
  const moved = { ...ADR_TOOLS, 'doc/adr/0005-use-sqlite.md': ADR_TOOLS[name] };
  delete moved[name];
  const second = await workspace.import(filesOf(moved), { system });
  assert.deepEqual([second.tables.decisions.added, await workspace.table('decisions').count()], [1, 5]);
  const alone = await workspace.import(
    placed('adr/0003-use-postgresql-database.md', ADR_TOOLS['doc/adr/0003-use-postgresql-database.md']),
    { system },
  );
  assert.equal(alone.tables.decisions.unchanged, 1, 'relations to decisions that are here are known');
});

test('decisions belong to whom the import says, and keep their owner', async (t) => {
  const workspace = await openForTest(t);
  const ann = await workspace.table('users').insert({ username: 'ann' });
  const project = await workspace.table('projects').insert({ name: 'shop', owner_id: ann.id });
  const rows = async (where) => workspace.table('decisions').find({ where });
  await workspace.import(filesOf(MADR), { system });
  const [nobody] = await workspace.table('users').find({ where: { origin: 'adr' } });
  assert.deepEqual([nobody.username, (await rows({ user_id: nobody.id })).length], ['adr', 4]);
  workspace.actAs(ann.id);
  const again = await workspace.import(filesOf(MADR), { system });
  assert.equal(again.tables.decisions.unchanged, 4, 'who imports again takes nothing away');
  await workspace.import(filesOf(LOG4BRAINS), { system });
  assert.equal((await rows({ user_id: ann.id })).length, 2, "the actor's, when he is a user");
  workspace.actAs('a script');
  const inProject = await workspace.import(filesOf(MADR), { system, user: ann.id, project: project.id });
  assert.equal(inProject.tables.decisions.added, 4, 'another project has decisions of its own');
  const own = await rows({ project_id: project.id });
  assert.deepEqual(new Set(own.map(({ user_id }) => user_id)), new Set([ann.id]));
  const old = own.find(({ origin_id }) => origin_id.endsWith('0001-use-rest'));
  assert.deepEqual(old.metadata.supersededBy, [own.find(({ origin_id }) => origin_id.endsWith('0002-use-grpc')).id]);
  const texts = await unzipped(await workspace.export({ system, format: 'zip', project: project.id }));
  assert.deepEqual(markdown(texts), markdown(MADR));
});

test('files that hold no decision are set aside whole', async (t) => {
  const workspace = await openForTest(t);
  const bytes = (...list) => new Uint8Array(list);
  const files = [
    placed('adr/0001-good.md', '# Good\n'),
    placed('adr/0002-untitled.md', 'Only text.\n'),
    placed('adr/0003-empty.md', ''),
    placed('adr/0004-utf-16.md', bytes(0xff, 0xfe, 0x23, 0, 0x20, 0)),
    placed('adr/0005-latin.md', bytes(0x23, 0x20, 0xe9)),
    placed('adr/0006-nul.md', '# a\0b\n'),
    placed('adr/0007-large.md', `# Large\n${'x'.repeat(1 << 20)}`),
    placed('adr/0008-title.md', `# ${'x'.repeat(100_000)}\n`),
    placed('adr/picture.png', bytes(1, 2, 3)),
  ];
  const report = await workspace.import(files, { system });
  assert.equal(report.tables.decisions.added, 1);
  const reasons = report.rejects.map(({ reason }) => reason);
  for (const [name, reason] of [
    ['0002-untitled', /has no title/],
    ['0003-empty', /has no title/],
    ['0004-utf-16', /UTF-16: save it as UTF-8/],
    ['0005-latin', /no text in UTF-8/],
    ['0006-nul', /no text in UTF-8/],
    ['0007-large', /larger than 1 MiB/],
  ])
    assert.ok(
      reasons.some((one) => one.includes(name) && reason.test(one)),
      `${name} in ${reasons.join('\n')}`,
    );
  assert.ok(report.skipped.some(({ table, reason }) => table === 'adr/picture.png' && reason === 'no Markdown file'));
  const kept = await workspace.table('import_rejects').find({ where: { origin: 'adr' } });
  assert.equal(kept.length, report.rejected);
  assert.ok(kept.some(({ row }) => row.file === 'adr/0002-untitled.md' && row.text === 'Only text.\n'));
});

test('an import that is cancelled goes on where it stopped', async (t) => {
  const workspace = await openForTest(t);
  const files = Array.from({ length: 900 }, (_, at) =>
    placed(`adr/${String(at).padStart(4, '0')}-a.md`, `# Decision ${at}\n`),
  );
  const abort = new AbortController();
  let taken = 0;
  const cut = workspace.import(files, {
    system,
    signal: abort.signal,
    onProgress: ({ phase, done }) => phase === 'decisions' && (taken = done),
  });
  const rejected = assert.rejects(cut, withCode('CANCELLED'));
  const isDue = () => taken >= 200;
  await duringCall(workspace, cut, isDue, () => abort.abort());
  await rejected;
  const before = await workspace.table('decisions').count();
  assert.ok(before >= 200 && before < 900, `${before} rows`);
  const report = await workspace.import(files, { system });
  assert.deepEqual([report.tables.decisions.read, report.tables.decisions.added], [900, 900]);
  const stopped = new AbortController();
  stopped.abort();
  await assert.rejects(workspace.export({ system, format: 'zip', signal: stopped.signal }), withCode('CANCELLED'));
});

test('calls that are wrong are refused', async (t) => {
  const workspace = await openForTest(t);
  const good = filesOf(MADR);
  const out = (options) => workspace.export({ system, format: 'zip', ...options });
  await refusesAll([
    ['no decisions', () => workspace.import(placed('a/README.md', '# A'), { system }), 'INVALID_ARGUMENT'],
    ['an empty folder', () => workspace.import(temporaryFolder(t), { system }), 'NOT_FOUND', /Markdown/],
    ['a zip that is none', () => workspace.import(new Blob(['PK\x03\x04nothing']), { system })],
    ['no such user', () => workspace.import(good, { system, user: 'nobody' }), 'NOT_FOUND', /options\.user/],
    ['no such project', () => workspace.import(good, { system, project: 'none' }), 'NOT_FOUND', /options\.project/],
    ['another format', () => workspace.import(good, { system, format: 'csv' }), 'INVALID_ARGUMENT', /options\.format/],
    ['an empty user', () => workspace.import(good, { system, user: '' }), 'INVALID_ARGUMENT', /options\.user/],
    [
      'a user elsewhere',
      () => workspace.import(good, { system: 'archi', user: 'x' }),
      'INVALID_ARGUMENT',
      /'adr' alone/,
    ],
    ['lines of decisions', () => out({ format: 'jsonl' }), 'UNSUPPORTED', /'zip'/],
    ['no such layout', () => out({ layout: 'doc' }), 'INVALID_ARGUMENT', /'madr', 'adr-tools', 'log4brains'/],
    ['a layout elsewhere', () => workspace.export({ system: 'archi', format: 'jsonl', layout: 'madr' })],
    ['no such project', () => out({ project: 'none' }), 'NOT_FOUND'],
  ]);
  assert.equal(await workspace.table('decisions').count(), 0);
  assert.deepEqual(await unzipped(await out({})), {});
});

test('hostile archives and front matter are read as what they are', async (t) => {
  const workspace = await openForTest(t);
  const bomb = [
    'a: &a [x, x]',
    ...[...'bcdefghij'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[at]}`)}]`),
  ];
  const folder = {
    '../../../adr/0001-outside.md': '# Outside\n',
    '/adr/0002-proto.md': '---\n__proto__: {polluted: 1}\nconstructor: x\nstatus: accepted\n---\n# Proto\n',
    'C:\\adr\\0003-bomb.md': `---\n${bomb.join('\n')}\n---\n# Bomb\n`,
    'adr/0004-deep.md': `---\na: ${'['.repeat(20_000)}\n---\n# Deep\n`,
    'adr/0005-quotes.md': `# Quotes\n\n## Context\n\n${'> '.repeat(20_000)}\n\n${'1. '.repeat(20_000)}\n\n${'[a]('.repeat(20_000)}\n`,
    'adr/0006-status.md': `# Status\n\n## Status\n\n${'Superseded by [a](b) '.repeat(5000)}\n${'['.repeat(100_000)}\n`,
    'adr/0007-lists.md': `# Lists\n\n## Considered Options\n\n${'- '.repeat(20_000)}\n${'* a\n'.repeat(5_000)}`,
    'adr/0008-crlf.md': '\ufeff# Windows\r\n\r\n* Status: accepted\r\n\r\n## Context\r\n\r\nLines.\r\n',
  };
  const report = await workspace.import(zipOf(folder), { system });
  assert.deepEqual(report.rejects, []);
  assertUnpolluted();
  const rows = Object.fromEntries(Object.values(await decisions(workspace)).map((row) => [row.title, row]));
  assert.equal(Object.keys(rows).length, 8);
  assert.equal(rows['Proto'].status, 'active');
  assert.equal(typeof rows['Bomb'].metadata.frontMatter, 'string', 'front matter that is none stays a text');
  assert.deepEqual([rows['Windows'].description, rows['Windows'].status], ['Lines.', 'active']);
  for (const layout of [undefined, ...Object.keys(FOLDERS)]) {
    const blob = await workspace.export({ system, format: 'zip', ...(layout && { layout }) });
    const texts = await unzipped(blob);
    for (const name of Object.keys(texts)) assert.doesNotMatch(name, /\.\.|^\/|\\|:/, name);
    if (layout === undefined)
      assert.ok(
        Object.values(texts).includes(folder['adr/0008-crlf.md'].slice(1)) ||
          Object.values(texts).includes(folder['adr/0008-crlf.md']),
      );
    const copy = await imported(t, blob);
    assert.deepEqual(
      (await copy.table('decisions').find({})).map(({ title }) => title).sort(),
      Object.keys(rows).sort(),
    );
  }
});
