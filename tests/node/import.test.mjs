// Imports of the five systems' data through the package: counts, identity, what does not fit, and going on after an end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMaps } from '../../tools/check-maps.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { refusesAll } from '../support/misuse.mjs';
import { duringCall, openForTest, withCode } from '../support/workspaces.mjs';

const maps = readMaps();
const total = (report, what) => Object.values(report.tables).reduce((sum, counts) => sum + counts[what], 0);

for (const map of maps.values()) {
  test(`a dump of ${map.system} comes in whole, once`, async (t) => {
    const workspace = await openForTest(t);
    const rows = sampleRows(map, 3);
    const dump = new Blob([dumpOf(rows)]);
    const read = [...rows.values()].reduce((sum, list) => sum + list.length, 0);
    const dry = await workspace.import(dump, { system: map.system, dryRun: true });
    const report = await workspace.import(dump, { system: map.system });
    assert.deepEqual(report.rejects, []);
    assert.deepEqual(dry, report);
    assert.equal(total(report, 'read'), read);
    assert.equal(total(report, 'added'), read);
    assert.deepEqual(report.skipped, []);
    const again = await workspace.import(dump, { system: map.system });
    assert.equal(total(again, 'unchanged'), read, JSON.stringify(again));
    assert.ok((await workspace.health({ full: true })).ok);
  });
}

const archi = maps.get('archi');
const users = (rows) =>
  new Blob([
    `COPY public.users (id, display_name, email, auth_provider, login_count, favourite_colour) FROM stdin;\n${rows
      .map((row) => row.join('\t'))
      .join('\n')}\n\\.\n`,
  ]);

test('a changed file updates, and what no column is for is kept', async (t) => {
  const workspace = await openForTest(t);
  const first = users([
    ['u1', 'Ann', 'ann@example.org', 'local', '3', 'green'],
    ['u2', 'Bo', '\\N', 'local', '0', '\\N'],
  ]);
  await workspace.import(first, { system: 'archi' });
  const [ann] = await workspace.table('users').find({ where: { origin_id: 'u1' } });
  assert.deepEqual(ann.extra, { favourite_colour: 'green' });
  assert.equal(ann.login_count, 3);
  const second = users([
    ['u1', 'Anna', 'ann@example.org', 'local', '4', 'green'],
    ['u2', 'Bo', '\\N', 'local', '0', '\\N'],
    ['u3', 'Cy', '\\N', 'local', '0', ''],
  ]);
  const { tables } = await workspace.import(second, { system: 'archi' });
  assert.deepEqual(tables.users, { read: 3, added: 1, updated: 1, unchanged: 1, rejected: 0 });
  const changed = await workspace.table('users').get(ann.id);
  assert.deepEqual([changed.display_name, changed.login_count], ['Anna', 4]);
  const [cy] = await workspace.table('users').find({ where: { origin_id: 'u3' } });
  assert.deepEqual(cy.extra, { favourite_colour: '' }, 'an empty text is no NULL');
});

test('rows that do not fit are kept whole with the reason, and the rest comes in', async (t) => {
  const workspace = await openForTest(t);
  const source = users([
    ['u1', 'Ann', 'ann@example.org', 'local', 'many', 'green'],
    ['u2', 'Bo', '\\N', 'local', '-4', 'blue'],
    ['u3', 'Cy', '\\N', 'local', '1', 'red'],
  ]);
  const report = await workspace.import(source, { system: 'archi' });
  assert.equal(report.tables.users.added + report.rejected, 3);
  const rejects = await workspace.table('import_rejects').find({ orderBy: 'reason' });
  assert.equal(rejects.length, report.rejected);
  assert.deepEqual(rejects[0].row.display_name !== undefined && rejects[0].source_table, 'users');
  const [bad] = report.rejects;
  assert.deepEqual([bad.table, bad.sourceId], ['users', 'u1']);
  assert.match(bad.reason, /login_count is no whole number/);
  const again = await workspace.import(source, { system: 'archi' });
  assert.equal(again.rejected, report.rejected);
  assert.equal(await workspace.table('import_rejects').count(), report.rejected, 'rejected again, kept once');
  const mended = users([
    ['u1', 'Ann', 'ann@example.org', 'local', '7', 'green'],
    ['u2', 'Bo', '\\N', 'local', '4', 'blue'],
    ['u3', 'Cy', '\\N', 'local', '1', 'red'],
  ]);
  assert.equal((await workspace.import(mended, { system: 'archi' })).rejected, 0);
  assert.equal(await workspace.table('import_rejects').count(), 0);
});

test('an import that is cancelled goes on where it stopped', async (t) => {
  const workspace = await openForTest(t);
  const rows = Array.from({ length: 9000 }, (_, i) => [`u${i}`, `Name ${i}`, '\\N', 'local', '0', 'x'.repeat(200)]);
  const source = users(rows);
  const abort = new AbortController();
  let taken = 0;
  const cut = workspace.import(source, {
    system: 'archi',
    signal: abort.signal,
    onProgress: ({ phase, done }) => phase === 'users' && (taken = done),
  });
  const rejected = assert.rejects(cut, withCode('CANCELLED'));
  const isDue = () => taken >= 2000;
  await duringCall(workspace, cut, isDue, () => abort.abort());
  await rejected;
  const before = await workspace.table('users').count();
  assert.ok(before >= 2000 && before < 9000, `${before} rows`);
  const report = await workspace.import(source, { system: 'archi' });
  assert.equal(report.tables.users.read, 9000);
  assert.equal(report.tables.users.added, 9000, 'the counts go on as well');
  assert.equal(await workspace.table('users').count(), 9000);
});

test('one entry of the audit trail stands for an import, under the name of who asked', async (t) => {
  const workspace = await openForTest(t, { actor: 'importer' });
  await workspace.import(users([['u1', 'Ann', '\\N', 'local', '0', 'x']]), { system: 'archi' });
  const entries = await workspace.table('audit_log').find({ where: { action: 'import' } });
  assert.deepEqual([entries.length, entries[0].actor, entries[0].resource_id], [1, 'importer', 'archi']);
  assert.equal(entries[0].details.tables.users.added, 1);
  assert.equal(await workspace.table('audit_log').count({ resource_type: 'users' }), 0);
});

test('naive times are of the zone that is named', async (t) => {
  const workspace = await openForTest(t);
  const dump = new Blob([
    'COPY public.users (id, username, email, password_hash, created_at) FROM stdin;\n' +
      '1\tann\tann@example.org\tx\t2026-07-01 12:00:00.123456\n' +
      '2\tbo\tbo@example.org\tx\t2026-10-25 02:30:00\n' +
      '3\tcy\tcy@example.org\tx\t2026-01-30 12:00:00+05:30\n\\.\n',
  ]);
  await workspace.import(dump, { system: 'socrates', timeZone: 'Europe/Berlin' });
  const rows = await workspace.table('users').find({ orderBy: 'origin_id' });
  assert.deepEqual(
    rows.map((row) => row.created_at),
    ['2026-07-01T10:00:00.123456Z', '2026-10-25T00:30:00Z', '2026-01-30T06:30:00Z'],
  );
});

test('vectors come along and are found at once', async (t) => {
  const workspace = await openForTest(t);
  await workspace.import(new Blob([dumpOf(sampleRows(archi, 5))]), { system: 'archi' });
  const [chunk] = await workspace.table('document_chunks').find({ where: { origin_id: '4' } });
  const vector = new Float32Array(384).map((_, i) => Math.fround(Math.sin(i + 4)));
  const [hit] = await workspace.collections.query('archi:document_chunks', vector, { limit: 1 });
  assert.equal(hit.id, chunk.id);
  assert.deepEqual((await workspace.collections.get('archi:document_chunks', chunk.id)).vector, vector, 'bit for bit');
  await workspace.table('documents').delete(chunk.document_id);
  assert.equal(await workspace.collections.get('archi:document_chunks', chunk.id), null);
});

test('wrong calls are refused', async (t) => {
  const workspace = await openForTest(t);
  const blob = users([['u1', 'Ann', '\\N', 'local', '0', 'x']]);
  await refusesAll([
    ['nothing', () => workspace.import()],
    ['a path that is none', () => workspace.import('COPY', { system: 'archi' }), 'NOT_FOUND'],
    ['a folder', () => workspace.import('/', { system: 'archi' }), 'NOT_FOUND'],
    ['bytes', () => workspace.import(new Uint8Array(4), { system: 'archi' })],
    ['no file', () => workspace.import([], { system: 'archi' })],
    ['no options', () => workspace.import(blob)],
    ['an unknown system', () => workspace.import(blob, { system: 'oracle' }), 'INVALID_ARGUMENT', /archi/],
    ['an unknown format', () => workspace.import(blob, { system: 'archi', format: 'xml' })],
    [
      'an unknown zone',
      () => workspace.import(blob, { system: 'archi', timeZone: 'Mars/Olympus' }),
      'INVALID_ARGUMENT',
      /zone/,
    ],
    ['an unknown option', () => workspace.import(blob, { system: 'archi', zone: 'UTC' })],
    ['another system', () => workspace.import(blob, { system: 'autodevhub', format: 'csv' })],
    ['no data', () => workspace.import(new Blob([]), { system: 'archi' })],
    [
      'noise',
      () => workspace.import(new Blob([globalThis.crypto.getRandomValues(new Uint8Array(5000))]), { system: 'archi' }),
    ],
  ]);
  assert.equal(await workspace.table('users').count(), 0);
});
