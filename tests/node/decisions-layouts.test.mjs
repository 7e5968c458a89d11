// Folders of decisions go out as they came, in every layout, and with what was changed or made here.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ADR_TOOLS, FOLDERS } from '../support/decision-folders.mjs';
import { decisions, filesOf, imported, markdown, unzipped, zipOf } from '../support/decisions.mjs';
import { openForTest, temporaryFolder } from '../support/workspaces.mjs';

const system = 'adr';

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
