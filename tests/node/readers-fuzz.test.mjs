// Damaged files, made from tests/fuzz/corpus/readers by numbers that are the same in every run: a reader ends, throws nothing but
// ArchivoltError, gives rows as wide as their columns, and reads the same by cursors as at once.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { mutated } from '../support/mutations.mjs';
import { open, random, rowsByCursors } from '../support/readers.mjs';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../fuzz/corpus/readers');
const corpus = readdirSync(folder).map((name) => ({ name, bytes: readFileSync(path.join(folder, name)) }));
const limits = { maxRowBytes: 4096, maxColumns: 50, maxDepth: 20, maxEntries: 20 };
/** More batches than bytes would mean that a reader goes in circles. */
const MOST_BATCHES = 5000;
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 120);

async function readAll(name, bytes, about) {
  const started = performance.now();
  let count = 0;
  try {
    const source = await open(name, bytes, { limits });
    for (const table of source.tables) {
      const rows = [];
      for await (const batch of table.rows()) {
        assert.ok(batch.columns.length <= limits.maxColumns, about);
        for (const row of batch.rows) assert.equal(row.length, batch.columns.length, about);
        rows.push(...batch.rows);
        assert.ok(++count < MOST_BATCHES, `${about}: too many batches`);
      }
      const before = source.problems.length;
      assert.deepEqual(await rowsByCursors(table), rows, about);
      assert.equal(source.problems.length, before, `${about}: problems told twice`);
    }
    for (const { reason, raw } of source.problems) assert.ok(reason !== '' && raw.length <= 4096, about);
    return { rows: count, problems: source.problems.length };
  } catch (error) {
    if (error.name !== 'ArchivoltError') throw new Error(`${about}: ${error.stack}`, { cause: error });
    assert.match(error.code, /^(INVALID_ARGUMENT|UNSUPPORTED)$/, about);
    assert.doesNotMatch(error.message, /undefined|NaN|\[object/, about);
    return { rows: 0, problems: 0 };
  } finally {
    assert.ok(performance.now() - started < 10_000, `${about} took too long`);
  }
}

for (const [index, { name, bytes }] of corpus.entries()) {
  test(`${name}, damaged`, async () => {
    const whole = await readAll(name, bytes, name);
    assert.ok(whole.rows > 0, 'the file itself is read');
    const next = random(index + 1);
    let readable = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { rows } = await readAll(name, mutated(bytes, next), `${name} round ${round}`);
      if (rows > 0) readable++;
    }
    assert.ok(readable > 0);
  });

  test(`${name}, cut at every byte`, async () => {
    for (let length = 0; length < bytes.length; length++) {
      await readAll(name, bytes.subarray(0, length), `${name} cut at ${length}`);
    }
  });
}

test('larger files cut at every 4 KiB give the rows before the cut', async () => {
  const numbers = Array.from({ length: 6000 }, (_, at) => at);
  const files = {
    'd.sql': `COPY t (a, b) FROM stdin;\n${numbers.map((at) => `${at}\tgröße ${at}\n`).join('')}\\.\n`,
    'i.sql': `CREATE TABLE t (a int, b text);\n${numbers.map((at) => `INSERT INTO t VALUES (${at}, 'größe ${at}');\n`).join('')}`,
    't.csv': `a,b\n${numbers.map((at) => `${at},"größe ""${at}"\n`).join('')}`,
    't.json': JSON.stringify(numbers.map((at) => ({ a: at, b: `größe ${at}` }))),
    't.jsonl': numbers.map((at) => `${JSON.stringify({ a: at, b: `größe ${at}` })}\n`).join(''),
  };
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    for (let length = 4096; length < bytes.length; length += 4096) {
      const source = await open(name, bytes.subarray(0, length));
      const rows = [];
      for await (const batch of source.tables[0].rows()) rows.push(...batch.rows);
      assert.deepEqual(
        rows.map(([a]) => Number(a)),
        numbers.slice(0, rows.length),
        `${name} ${length}`,
      );
      assert.ok(rows.length > (length / bytes.length) * 6000 - 300, `${name} ${length}: ${rows.length}`);
      // What was cut off is told, unless the cut lies between two rows.
      if (name !== 't.csv' && !/[\n;]$/.test(bytes.subarray(0, length).toString()))
        assert.notEqual(source.problems.length, 0, `${name} ${length}`);
    }
  }
});
