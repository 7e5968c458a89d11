// The trainer of the built-in embedder, without training: its sources and their licences, the pairs that are cut from small
// samples, and a table that is packed by it and read by the core.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { bucketsOf, fitGrams, rowOfGrams } from '../../tools/embedder/grams.mjs';
import { messagesOfMo, messagesOfPo, pairsOfMessages } from '../../tools/embedder/extract/catalogues.mjs';
import { pairsOfWordNet } from '../../tools/embedder/extract/dictionaries.mjs';
import { pairsOfManual, pairsOfMarkdown } from '../../tools/embedder/extract/documents.mjs';
import { pairsOfAzureHelp, pairsOfDeclarations, pairsOfService } from '../../tools/embedder/extract/reference.mjs';
import { randomOf } from '../../tools/embedder/extract/text.mjs';
import { writePairs } from '../../tools/embedder/pairs.mjs';
import { halfOf, packTable, quantizeRow, valueOfHalf } from '../../tools/embedder/semb.mjs';
import { tableWords } from '../../tools/embedder/table-words.mjs';
import { root } from '../../tools/process.mjs';
import { corpusPackages } from '../eval/corpus-packages.mjs';
import { importSource } from '../support/source.mjs';

const read = (name) => readFileSync(path.join(root, name), 'utf8');
const { start, pairs: sources } = JSON.parse(read('tools/embedder/sources.json'));
const first = () => 0;

test('every source has a licence that permits, is pinned, and is in the data card', () => {
  const permissive =
    /^(Apache-2\.0|BSD-[23]-Clause|MIT|ISC|PostgreSQL|Unicode-3\.0|WordNet|public domain|MIT; the vectors PDDL-1\.0)$/;
  const card = read('assets/embedder/README.md');
  for (const source of [start, ...sources]) {
    assert.match(source.licence, permissive, source.package);
    if (source.from !== 'project') {
      assert.match(source.sha256, /^[0-9a-f]{64}$/, source.package);
      assert.ok(source.version.length > 0, source.package);
    }
    const row = card.split('\n').find((line) => line.startsWith(`| \`${source.package}\` |`));
    assert.ok(row !== undefined, `assets/embedder/README.md does not name ${source.package}`);
    for (const told of [source.version ?? '', source.licence, source.use])
      assert.ok(row.includes(told), `${source.package}: ${told}`);
  }
  assert.equal(card.match(/^\| `[^`]+` \| (?:[^|]+\|){3}$/gm).length, sources.length + 1);
});

test('nothing of the evaluation is among the sources', () => {
  const evaluated = new Set(Object.values(corpusPackages).flatMap((list) => list.map(({ name }) => name)));
  assert.deepEqual(
    sources.filter((source) => evaluated.has(source.package)),
    [],
  );
});

test('the table that ships is the one whose SHA-256 is kept', () => {
  const [, sum, name] = /^([0-9a-f]{64}) {2}(\S+)\n$/.exec(read('assets/embedder/SHA256SUMS'));
  const table = readFileSync(path.join(root, 'assets/embedder', name));
  assert.equal(createHash('sha256').update(table).digest('hex'), sum);
  assert.ok(read('assets/embedder/README.md').includes(sum));
});

// As in tests/cpp/text/table_words_test.cc.
test('words are cut as the core cuts them', () => {
  const cut = {
    'The QUICK brown-fox, 42 times (utf8)!': 'the quick brown fox 42 times utf8',
    'openWorkspace getHTTPServer max_element_count': 'open workspace get httpserver max element count',
    'utf8Decode IPv4Address aB': 'utf8 decode ipv4 address a b',
    "don't the server's 'quoted' it's rock'n'roll": "don't the server quoted it rock'n'roll",
    'don\u2019t the server\u2019s \u2018quoted\u2019 dogs\u2019': "don't the server quoted dogs",
    "O'Reilly d'Agostino": "o'reilly d'agostino",
    'NAÏVE Übung ÖREBRO straße': 'naïve übung örebro straße',
    'a\u00A0b\u2014c\u2026d\u2192e×f«g»': 'a b c d e f g',
    SQL数据库v2: 'sql 数 据 库 v2',
    " \t\n--- *** ___ ''' ": '',
  };
  for (const [text, words] of Object.entries(cut)) assert.equal(tableWords(text).join(' '), words, text);
});

test('pairs are cut from documents', () => {
  const paragraph =
    'A slot keeps the log that a standby still needs. It may fill the disk. Watch it, therefore, and drop it when the standby is gone for good, or writes will stop.';
  const markdown = `---\na: b\n---\n# Server\n\n## Replication slots\n\n${paragraph}\n\n\`\`\`sh\n# no heading\n\`\`\`\n`;
  const found = [...pairsOfMarkdown(markdown, () => 0.9)];
  assert.deepEqual(found[0], ['title', 'Replication slots', paragraph]);
  assert.deepEqual(
    found.map(([kind]) => kind),
    ['title'],
  );
  const sentence = 'Logs are shipped to the standby as they are written, one after the other.';
  const long = [
    ...pairsOfMarkdown(`# Log shipping\n\n${sentence} ${sentence.replace('Logs', 'Files')} ${paragraph}`, first),
  ];
  assert.deepEqual(long[1].slice(0, 2), ['sentence', sentence]);
  assert.ok(!long[1][2].includes(sentence));

  const manual = `.Dd June 1\n.Sh NAME\n.Nm gjournal\n.Nd control utility for journaled devices\n.Sh DESCRIPTION\nThe\n.Nm\nutility is used for journal configuration on the given\n.Em provider .\n`;
  const [title, name] = [...pairsOfManual(manual, first)];
  assert.equal(title[1], 'control utility for journaled devices');
  assert.match(title[2], /^The gjournal utility is used for journal configuration/);
  assert.deepEqual(name, ['name', 'gjournal', 'control utility for journaled devices']);
});

test('pairs are cut from references and dictionaries', () => {
  const model = {
    metadata: { serviceFullName: 'Tables' },
    operations: { CreateTable: { documentation: '<p>Adds a <b>table</b> to the account &amp; returns it.</p>' } },
    shapes: {},
  };
  assert.deepEqual(
    [...pairsOfService(model, first)],
    [['operation', 'Create Table', 'Adds a table to the account & returns it.']],
  );
  const help = `helps['vm create'] = """\ntype: command\nshort-summary: Create an Azure Virtual Machine.\nexamples:\n  - name: Create a machine with a public address.\n    text: az vm create\n"""\n`;
  assert.deepEqual(
    [...pairsOfAzureHelp(help)],
    [
      ['command', 'vm create', 'Create an Azure Virtual Machine.'],
      ['example', 'Create a machine with a public address.', 'Create an Azure Virtual Machine. vm create'],
    ],
  );
  const declarations =
    '/** Takes the lock or waits\n * for it.\n * @param a no\n */\nexport declare function acquireLock(a: 1): void;';
  assert.deepEqual(
    [...pairsOfDeclarations(declarations)],
    [['declaration', 'acquire Lock', 'Takes the lock or waits for it.']],
  );
  const entry = Buffer.from('vacuum\n    v 1: clean with a vacuum cleaner [syn: {hoover}]\n');
  assert.deepEqual(
    [...pairsOfWordNet('vacuum\tA\t7\n', entry, first)],
    [['wordnet', 'vacuum hoover', 'clean with a vacuum cleaner ']],
  );
});

test('pairs are cut from catalogues of translations', () => {
  const po =
    'msgid ""\nmsgstr "Language: es\\n"\n\nmsgid "Cannot open %s"\nmsgstr ""\n"No se puede "\n"abrir %s"\n\nmsgid "Same"\nmsgstr "Same"\n';
  assert.deepEqual(
    [...pairsOfMessages(messagesOfPo(po), first)],
    [['translation', 'Cannot open', 'No se puede abrir']],
  );
  const strings = ['', 'Language: es', 'file\0files', 'fichero\0ficheros'].map((text) => Buffer.from(`${text}\0`));
  const mo = Buffer.alloc(28 + 32);
  mo.writeUInt32LE(0x950412de, 0);
  for (const [at, value] of [2, 28, 44].entries()) mo.writeUInt32LE(value, 8 + 4 * at);
  let offset = mo.length;
  for (const [at, text] of [0, 2, 1, 3].entries()) {
    mo.writeUInt32LE(strings[text].length - 1, 28 + 8 * at);
    mo.writeUInt32LE(offset, 32 + 8 * at);
    offset += strings[text].length;
  }
  const file = Buffer.concat([mo, ...[0, 2, 1, 3].map((text) => strings[text])]);
  assert.deepEqual([...messagesOfMo(file)], [['file', 'fichero']]);
});

test('the same sources give the same pairs, and a source without its files is told', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'archivolt-embedder-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'docs'));
  for (const name of ['a', 'b', 'c']) {
    const text = `The ${name} service answers what it is asked. It keeps nothing. It is started by the supervisor and may be stopped at any time without harm to anybody who waits for it.`;
    writeFileSync(path.join(folder, `docs/${name}.md`), `# Service ${name}\n\n${text}\n`);
  }
  const source = { package: 'sample', read: 'markdown', files: '/docs/.*\\.md$', most: 2 };
  const write = async (name) => {
    const counts = await writePairs([source], () => folder, path.join(folder, name));
    return { counts, text: readFileSync(path.join(folder, name), 'utf8') };
  };
  const once = await write('once.tsv');
  assert.deepEqual(await write('again.tsv'), once);
  assert.equal(once.text.split('\n').length - 1, once.counts.sample);
  assert.match(once.text, /^sample:title\tservice [abc]\tthe [abc] service answers/);
  await assert.rejects(
    writePairs([{ ...source, files: 'no such' }], () => folder, path.join(folder, 'x')),
    /sample has no file/,
  );
  assert.notDeepEqual([1, 2].map(randomOf(1)), [1, 2].map(randomOf(2)));
});

test('scales are rounded to float16', () => {
  for (const [value, half] of [
    [1, 0x3c00],
    [0.5, 0x3800],
    [2, 0x4000],
    [65504, 0x7bff],
    [2 ** -24, 1],
    [1 / 3, 0x3555],
    [1 + 2 ** -11, 0x3c00],
  ]) {
    assert.equal(halfOf(value), half, `${value}`);
  }
  assert.equal(valueOfHalf(0x3555), 0.333251953125);
  assert.throws(() => halfOf(70000), /beyond float16/);
  // A peak is cut off when that makes the row nearer as a whole.
  const random = randomOf(3);
  const row = Float32Array.from({ length: 128 }, (_, at) => (at === 0 ? 3 : random() - 0.5));
  const { half, error } = quantizeRow(row);
  assert.ok(valueOfHalf(half) * 7.5 < 3);
  const whole = row.reduce(
    (sum, value) =>
      sum + (value - (Math.min(15, Math.max(0, Math.floor((value / 3) * 7.5) + 8)) - 7.5) * (3 / 7.5)) ** 2,
    0,
  );
  assert.ok(error < whole);
});

// As in tests/cpp/text/word_grams_test.cc.
test('n-grams fall into the buckets of the core, and their rows are fitted to the words', () => {
  assert.deepEqual(bucketsOf('cat', 8192), [1188, 1139, 148, 4335, 2529, 1856]);
  assert.deepEqual(bucketsOf('é', 8192), [7870]);
  assert.deepEqual(bucketsOf('naïve', 8192), [1416, 3873, 6237, 8053, 2344, 6943, 1341, 5840, 7508, 3207, 7797, 8175]);
  const words = ['locking', 'locked', 'locks', 'tables', 'tabled', 'tabling'];
  const rows = words.map((word) => Float32Array.of(word.startsWith('lock') ? 1 : 0, word.startsWith('table') ? 1 : 0));
  const grams = fitGrams(words, rows, { buckets: 1024, ridge: 1e-4, steps: 60 });
  for (const [at, word] of words.entries()) assert.ok(Math.abs(rowOfGrams(word, grams)[0] - rows[at][0]) < 0.1, word);
  const [lock, table] = rowOfGrams('lockable', grams);
  assert.ok(lock > 0.3 && lock > table, `${lock} ${table}`);
});

test('a table that the trainer packs is read by the core, words and n-grams', async (t) => {
  const modules = await importSource('worker/engine', 'loader/load-engine', 'loader/read-assets', 'storage/memory');
  const folder = new URL('../../build/wasm-release/', import.meta.url).href;
  const core = new modules.Engine(
    await modules.loadEngine(folder, new modules.MemoryFiles(), modules.compileAsset),
    () => {},
  );
  core.open({ path: 'archivolt.db', readOnly: false, fullSync: false });
  t.after(() => core.close());
  const random = randomOf(9);
  const words = ['table', 'tables', 'año', 'a', "o'reilly", 'lock', '数', 'locks'];
  const rows = words.map(() => Float32Array.from({ length: 32 }, () => random() - 0.5));
  const grams = Array.from({ length: 16 }, () => Float32Array.from({ length: 32 }, () => random() - 0.5));
  const load = (table) => core.call('embedder.load', { table: new Uint8Array(table) });
  assert.equal(load(packTable(words, rows, grams)).dimensions, 32);
  const embed = (text) => core.call('embedder.embed', { texts: [text] }).vectors[0];
  const cosine = (a, b) => {
    const dot = (x, y) => x.reduce((sum, value, at) => sum + value * y[at], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  for (const [at, word] of words.entries()) assert.ok(cosine(embed(word), rows[at]) > 0.98, word);
  for (const word of ['unlock', 'ñandú', 'zq']) assert.ok(cosine(embed(word), rowOfGrams(word, grams)) > 0.98, word);
  const sum = rows[0].map((value, at) => value + rows[5][at] * Math.SQRT2);
  assert.ok(cosine(embed('Lock the_table; LOCK'.replace('the_', '')), sum) > 0.98);
  assert.ok(load(packTable(words, rows)).fingerprint !== load(packTable(words, rows, grams)).fingerprint);
});
