// What goes out to the five systems: whole, in their shape, and as their own databases read it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readMaps } from '../../tools/check-maps.mjs';
import { dumpOf, sampleRows } from '../support/dumps.mjs';
import { refusesAll } from '../support/misuse.mjs';
import { postgresPrograms, startPostgres } from '../support/postgres.mjs';
import { openForTest, temporaryFolder, withCode } from '../support/workspaces.mjs';

const maps = readMaps();
const FORMATS = {
  archi: ['sql', 'jsonl'],
  gemini_ea: ['sql', 'jsonl'],
  socrates: ['sql', 'jsonl'],
  softarchitect: ['sqlite', 'sql', 'jsonl'],
  autodevhub: ['sqlite', 'sql', 'jsonl'],
};
const IDS = /^(UUID|uuid)$/;
const uuid = (text) => {
  const hex = Buffer.from(text).toString('hex').padEnd(32, '0').slice(-32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** Sample rows whose ids are of the documented type. */
function typedRows(map, count) {
  const rows = sampleRows(map, count);
  for (const [table, list] of rows) {
    for (const column of table.columns.filter(({ type }) => IDS.test(type))) {
      for (const row of list) if (row[column.name] !== null) row[column.name] = uuid(String(row[column.name]));
    }
  }
  return rows;
}

/** Everything of a workspace by table, without what every workspace makes anew. */
async function contentOf(workspace) {
  const blob = await workspace.export({ system: 'archivolt', format: 'jsonl', secrets: true });
  const tables = {};
  for (const line of (await blob.text()).split('\n').slice(0, -1)) {
    const { table } = JSON.parse(line);
    const isOfWorkspace = table === 'audit_log' && line.includes('"origin":"local"');
    if (isOfWorkspace || ['migration_state', 'systems'].includes(table)) continue;
    // A vector's point has a key of its own in each workspace.
    const same = table.startsWith('vector_')
      ? line.replace(/"id":"[^"]*",/, '').replace(/"created_at":"[^"]*"/, '')
      : line;
    (tables[table] ??= []).push(same);
  }
  for (const lines of Object.values(tables)) lines.sort();
  return tables;
}

/** One line at a time: a whole workspace as a difference would say nothing. */
function assertSame(actual, expected, what) {
  assert.deepEqual(Object.keys(actual), Object.keys(expected), what);
  for (const [table, lines] of Object.entries(expected)) {
    lines.forEach((line, at) => assert.equal(actual[table][at], line, `${what}: ${table}`));
    assert.equal(actual[table].length, lines.length, `${what}: ${table}`);
  }
}

/** A workspace that holds what was exported and nothing else. */
async function imported(t, blob, system) {
  const workspace = await openForTest(t, { name: `copy-${Math.random().toString(36).slice(2)}` });
  const report = await workspace.import(blob, { system });
  assert.deepEqual(report.rejects, []);
  return workspace;
}

/** A sample value as a line of JSON has it. */
function inJson(value) {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return value instanceof Float32Array ? Array.from(value) : value;
}

for (const map of maps.values()) {
  test(`everything of ${map.system} goes out and comes in again as it was`, async (t) => {
    const workspace = await openForTest(t);
    const rows = sampleRows(map, 3);
    await workspace.import(new Blob([dumpOf(rows)]), { system: map.system });
    const before = await contentOf(workspace);
    assert.ok(Object.keys(before).length >= map.tables.length);
    for (const format of FORMATS[map.system]) {
      const blob = await workspace.export({ system: map.system, format, secrets: true });
      const copy = await imported(t, blob, map.system);
      assertSame(await contentOf(copy), before, format);
      await copy.close();
    }
  });

  test(`the lines of ${map.system} are the rows that came in`, async (t) => {
    const workspace = await openForTest(t);
    const rows = sampleRows(map, 3);
    await workspace.import(new Blob([dumpOf(rows)]), { system: map.system });
    const blob = await workspace.export({ system: map.system, format: 'jsonl', secrets: true });
    const found = new Map();
    for (const line of (await blob.text()).split('\n').slice(0, -1)) {
      const { table, row } = JSON.parse(line);
      found.set(table, [...(found.get(table) ?? []), row]);
    }
    const order = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    for (const [table, list] of rows) {
      const expected = list.map((row) =>
        Object.fromEntries(table.columns.map(({ name }) => [name, inJson(row[name] ?? null)])),
      );
      const exported = (found.get(table.name) ?? []).map((row) => {
        for (const { name, transform } of table.columns)
          if (transform === 'vec') row[name] = Array.from(Float32Array.from(row[name]));
        return row;
      });
      assert.deepEqual(exported.sort(order), expected.sort(order), table.name);
    }
  });

  test(`${map.system} without rows is a file of empty tables`, async (t) => {
    const workspace = await openForTest(t);
    for (const format of FORMATS[map.system]) {
      const blob = await workspace.export({ system: map.system, format });
      if (format === 'jsonl') assert.equal(blob.size, 0);
      else if (format === 'sql') assert.equal((await blob.text()).match(/CREATE TABLE/g).length, map.tables.length);
      else assert.equal(new TextDecoder().decode(await blob.slice(0, 15).arrayBuffer()), 'SQLite format 3');
    }
  });
}
