// Folders of decisions as Markdown through the package: what comes in, what refers to what, and what goes out again.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ADR_TOOLS, filesOf, LOG4BRAINS, MADR, placed, unzipped, zipOf } from '../support/decisions.mjs';
import { assertUnpolluted, refusesAll } from '../support/misuse.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const FOLDERS = { 'adr-tools': ADR_TOOLS, madr: MADR, log4brains: LOG4BRAINS };
const system = 'adr';

/** Rows of decisions by their names in the folder, without what two workspaces have apart. */
async function decisions(workspace) {
  const rows = await workspace.table('decisions').find({ orderBy: 'origin_id' });
  return Object.fromEntries(
    rows.map(({ updated_at: _, created_at, ...row }) => [
      row.origin_id,
      // A day that no file tells is that of the import.
      { ...row, day: /T00:00:00Z$/.exec(created_at) && created_at },
    ]),
  );
}

/** A workspace that holds these files and nothing else. */
async function imported(t, files, options = {}) {
  const workspace = await openForTest(t, { name: `decisions-${Math.random().toString(36).slice(2)}` });
  const report = await workspace.import(files, { system, ...options });
  assert.deepEqual(report.rejects, []);
  return workspace;
}

const markdown = (folder) =>
  Object.fromEntries(Object.entries(folder).filter(([name]) => /\/\d{4,8}-[^/]*\.md$/.test(name)));
/** Files are named by their places in the folder of decisions, whatever that is called. */
const byName = (folder) =>
  Object.fromEntries(Object.entries(markdown(folder)).map(([name, text]) => [path.posix.basename(name), text]));

for (const [layout, folder] of Object.entries(FOLDERS)) {
  test(`a folder of ${layout} comes in once, and goes out byte for byte`, async (t) => {
    const workspace = await openForTest(t);
    const files = filesOf(folder);
    const count = Object.keys(markdown(folder)).length;
    const dry = await workspace.import(files, { system, dryRun: true });
    assert.equal(await workspace.table('decisions').count(), 0);
    assert.equal(await workspace.table('users').count(), 0);
    const report = await workspace.import(files, { system });
    assert.deepEqual(dry, report);
    assert.deepEqual(report.tables, {
      decisions: { read: count, added: count, updated: 0, unchanged: 0, rejected: 0 },
    });
    assert.ok(
      report.skipped.some(({ table }) => table.endsWith('README.md')),
      'an index is no decision',
    );
    const before = await decisions(workspace);
    const again = await workspace.import(files, { system });
    assert.equal(again.tables.decisions.unchanged, count);
    assert.deepEqual(await decisions(workspace), before);
    for (const options of [{}, { layout }]) {
      const blob = await workspace.export({ system, format: 'zip', ...options });
      const texts = await unzipped(blob);
      assert.deepEqual(markdown(texts), markdown(folder));
      const copy = await imported(t, blob);
      assert.deepEqual(await decisions(copy), before);
      await copy.close();
    }
    assert.ok((await workspace.health({ full: true })).ok);
  });

  test(`a folder of ${layout} is the same as files, as a zip and as a path`, async (t) => {
    const expected = await decisions(await imported(t, filesOf(folder)));
    assert.deepEqual(await decisions(await imported(t, zipOf(folder))), expected);
    const place = temporaryFolder(t);
    for (const [name, text] of Object.entries(folder)) {
      mkdirSync(path.join(place, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(place, name), text);
    }
    assert.deepEqual(await decisions(await imported(t, place)), expected);
  });

  for (const other of Object.keys(FOLDERS).filter((name) => name !== layout)) {
    test(`${layout} goes out as ${other} with all that it says`, async (t) => {
      const workspace = await imported(t, filesOf(folder));
      const copy = await imported(t, await workspace.export({ system, format: 'zip', layout: other }));
      const said = async (one) =>
        Object.values(await decisions(one))
          .map(({ title, description, options, selected_option, rationale, status, tags, metadata }) => ({
            ...{ title, description, options, selected_option, rationale, status, tags },
            ...{ date: metadata.date, deciders: metadata.deciders, lead: metadata.lead },
            // One to a decision that is not there is a line of text elsewhere.
            links: metadata.links
              ?.filter(({ to }) => to !== undefined)
              .map(({ type }) => type.toLowerCase())
              .sort(),
            others: metadata.sections?.filter(({ as }) => as === undefined),
            front: metadata.frontMatter,
          }))
          .sort((a, b) => (a.title < b.title ? -1 : 1));
      const dates = (list) =>
        list.map((one) => ({ ...one, links: one.links?.map((link) => link.replace(/c(?=ed)/, 's')) }));
      const expected = dates(await said(workspace));
      const found = dates(await said(copy));
      assert.deepEqual(found, expected);
    });
  }

  test(`a decision of ${layout} that changed is made anew, the others stay as they are`, async (t) => {
    const workspace = await imported(t, filesOf(folder));
    const rows = Object.values(await decisions(workspace));
    const [{ id }] = rows;
    await workspace.table('decisions').update(id, { rationale: 'It was measured.\n\n### Consequences\n\n* None' });
    const texts = byName(await unzipped(await workspace.export({ system, format: 'zip' })));
    const originals = byName(folder);
    const changed = Object.keys(originals).filter((name) => texts[name] !== originals[name]);
    assert.equal(changed.length, 1);
    assert.match(texts[changed[0]], /It was measured\./);
    const copy = await imported(t, await workspace.export({ system, format: 'zip' }));
    const [row, ...others] = Object.values(await decisions(copy));
    assert.equal(row.rationale, 'It was measured.\n\n### Consequences\n\n* None');
    for (const name of ['title', 'description', 'options', 'status', 'tags', 'day'])
      assert.deepEqual(row[name], rows[0][name], name);
    assert.deepEqual(row.metadata.sections, rows[0].metadata.sections);
    assert.deepEqual(others, rows.slice(1));
  });
}

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

test('decisions that were made here go out too, numbered after the others and by safe names', async (t) => {
  const workspace = await imported(t, filesOf(ADR_TOOLS));
  const [{ id: user_id }] = await workspace.table('users').find({});
  const [{ id: sqlite }] = await workspace.table('decisions').find({ where: { title: 'Use SQLite' } });
  const titles = ['../../etc/passwd', 'Use C#', 'Ünïcödé 决定', '***', 'use c#', '# not a <!-- title'];
  for (const [at, title] of titles.entries()) {
    await workspace.table('decisions').insert({
      ...{ user_id, title, options: ['one', { name: 'two', pros: ['fast'] }], selected_option: 'say "two"' },
      ...{ status: 'active', description: '# A heading\n\n```\nleft open', rationale: 'So.', tags: ['a b'] },
      ...{ created_at: `2026-01-0${at + 1}T10:00:00Z`, metadata: at === 0 ? { supersedes: [sqlite] } : null },
    });
  }
  const expected = {
    'adr-tools': [
      '0005-etc-passwd',
      '0006-use-c',
      '0007-unicode-决定',
      '0008-decision',
      '0009-use-c',
      '0010-not-a-title',
    ],
    madr: ['0005-etc-passwd', '0006-use-c', '0007-unicode-决定', '0008-decision', '0009-use-c', '0010-not-a-title'],
    log4brains: ['etc-passwd', 'use-c', 'unicode-决定', 'decision', 'use-c', 'not-a-title'].map(
      (slug, at) => `2026010${at + 1}-${slug}`,
    ),
  };
  for (const [layout, names] of Object.entries(expected)) {
    const blob = await workspace.export({ system, format: 'zip', layout });
    const texts = await unzipped(blob);
    const found = Object.keys(texts);
    assert.deepEqual(new Set(found).size, found.length);
    for (const name of names)
      assert.ok(
        found.some((one) => one.endsWith(`/${name}.md`)),
        `${layout}: ${name}`,
      );
    const copy = await imported(t, blob);
    const rows = await copy.table('decisions').find({});
    assert.equal(rows.length, 10, layout);
    const [first] = rows.filter(({ title }) => title === '../../etc/passwd');
    const [target] = rows.filter(({ title }) => title === 'Use SQLite');
    assert.deepEqual(first.metadata.supersedes, [target.id], layout);
    assert.equal(first.selected_option, 'say "two"');
    assert.deepEqual(first.options, [{ title: 'one' }, { title: 'two', pros: ['fast'] }]);
    assert.equal(first.rationale, 'So.', 'what was left open before ends there');
    assert.ok(rows.some(({ title }) => title === 'Use C#'));
  }
  const [one, two] = [1, 2].map(() => workspace.export({ system, format: 'zip' }));
  assert.deepEqual(await (await one).arrayBuffer(), await (await two).arrayBuffer(), 'the same bytes each time');
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
  const cut = workspace.import(files, {
    system,
    signal: abort.signal,
    onProgress: ({ phase, done }) => phase === 'decisions' && done >= 200 && abort.abort(),
  });
  await assert.rejects(cut, withCode('CANCELLED'));
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
