// The parts of the app that need no page: snippets, sizes and times as they read, which files of a folder are taken.
import { expect, test } from '@playwright/test';
import { strengthOf } from '../../web/app/src/features/passphrase/strength';
import { datedName, timedName } from '../../web/app/src/features/data/save-file';
import { EXPORTED, SYSTEMS } from '../../web/app/src/features/data/systems';
import { isNotText } from '../../web/app/src/features/documents/collect';
import {
  codeSnippet,
  MARK_AFTER,
  MARK_BEFORE,
  readableSnippet,
  snippetParts,
} from '../../web/app/src/features/search/snippet';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatQuantity,
  formatWhen,
  splitPath,
} from '../../web/app/src/format';

const marked = (text: string): string => MARK_BEFORE + text + MARK_AFTER;

test('a snippet is split at its markers and loses none of its text', () => {
  expect(snippetParts(`the ${marked('log')} is ${marked('flushed')}.`)).toEqual([
    { text: 'the ', marked: false },
    { text: 'log', marked: true },
    { text: ' is ', marked: false },
    { text: 'flushed', marked: true },
    { text: '.', marked: false },
  ]);
  expect(snippetParts(marked('all'))).toEqual([{ text: 'all', marked: true }]);
  expect(snippetParts('')).toEqual([]);
});

test('markers without a partner are dropped and their text stays', () => {
  expect(snippetParts(`a ${MARK_BEFORE}b c`)).toEqual([
    { text: 'a ', marked: false },
    { text: 'b c', marked: false },
  ]);
  expect(snippetParts(`a${MARK_AFTER} b`)).toEqual([{ text: 'a b', marked: false }]);
  expect(snippetParts(`${MARK_BEFORE}${MARK_AFTER}x`)).toEqual([{ text: 'x', marked: false }]);
  const text = '<img src=x onerror=alert(1)>';
  expect(snippetParts(marked(text))).toEqual([{ text, marked: true }]);
});

test('a snippet of Markdown reads without its signs and without its heading', () => {
  const pump = marked('pump');
  expect(readableSnippet(`## The cellar The sump ${pump} is **new**.`, 'The cellar')).toBe(`The sump ${pump} is new.`);
  expect(readableSnippet(`## The ${marked('cellar')} Is ${pump} there`, 'The cellar')).toBe(`Is ${pump} there`);
  expect(readableSnippet(`…see [the ${pump}](https://example.com/a "t") and \`code\``, '')).toBe(
    `…see the ${pump} and code`,
  );
  expect(readableSnippet(`| a | ${pump} | |---|:---:| | 1 | 2 |`, '')).toBe(`a ${pump} 1 2`);
  expect(readableSnippet('```ts const a = b_c * d; ```', '')).toBe('const a = b_c * d;');
  // The heading stays when it is all there is or holds the only match.
  expect(readableSnippet(`# The ${pump}`, 'The pump')).toBe(`The ${pump}`);
  expect(readableSnippet(`# The ${pump} Nothing else.`, 'The pump')).toBe(`The ${pump} Nothing else.`);
  expect(readableSnippet('C++ (notes) [x]', 'C++ (notes)')).toBe('[x]');
});

test('a snippet of code has its lines: those with most of what was found', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `    call(${i});`);
  lines[12] = '    if (pump.level > 11) {';
  lines[13] = '      PUMP.start();';
  const text = `function f() {\n${lines.join('\n')}\n}`;
  const parts = codeSnippet(text, `…${marked('pump')}.${marked('level')} …`);
  expect(parts.map((part) => part.text).join('')).toBe(
    'call(11);\nif (pump.level > 11) {\n  PUMP.start();\ncall(14);\ncall(15);\ncall(16);\n…',
  );
  expect(parts.filter((part) => part.marked).map((part) => part.text)).toEqual(['pump', 'level', 'PUMP']);
  expect(codeSnippet('a < b;\n', '')).toEqual([{ text: 'a < b;', marked: false }]);
  expect(codeSnippet('', '')).toEqual([]);
  expect(codeSnippet('\n\n  x[0]', marked('x[0]'))).toEqual([{ text: 'x[0]', marked: true }]);
  const long = codeSnippet(`${'😀'.repeat(200)}`, '');
  expect(long[0]?.text.isWellFormed()).toBe(true);
});

test('sizes, counts and durations read shortly', () => {
  expect([0, 999, 1000, 1536, 99_499, 999_499, 999_500, 12_345_678, 3.2e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1 KB',
    '1.5 KB',
    '99.5 KB',
    '999 KB',
    '1 MB',
    '12.3 MB',
    '3.2 TB',
  ]);
  expect(formatCount(1234567)).toBe('1,234,567');
  expect([0, 1, 2].map((count) => formatQuantity(count, 'passage', 'passages'))).toEqual([
    '0 passages',
    '1 passage',
    '2 passages',
  ]);
  expect([0.04, 0.36, 9.96, 12.4, 2345].map(formatDuration)).toEqual(['0 ms', '0.4 ms', '10 ms', '12 ms', '2.3 s']);
});

test('today is a time of day, another day is a date', () => {
  const now = new Date(2026, 10, 21, 15, 30).getTime();
  expect(formatWhen(new Date(2026, 10, 21, 9, 5).getTime(), now)).toBe('09:05');
  expect(formatWhen(new Date(2026, 10, 20, 23, 59).getTime(), now)).toBe('Nov 20, 2026');
  expect(formatWhen(new Date(2025, 10, 21, 15, 30).getTime(), now)).toBe('Nov 21, 2025');
});

test('a path is split before its name', () => {
  expect(splitPath('guides/setup/install.md')).toEqual(['guides/setup/', 'install.md']);
  expect(splitPath('notes.txt')).toEqual(['', 'notes.txt']);
  expect(splitPath('')).toEqual(['', '']);
});

test('formats without text are told by their names', () => {
  for (const name of ['a.png', 'A.JPG', 'x.tar.gz', 'engine.wasm', 'font.woff2', 'drawing.svg']) {
    expect(isNotText(name), name).toBe(true);
  }
  for (const name of ['README', 'a.md', 'gz', 'main.ts', 'page.html', 'table.csv', 'package-lock.json', '.png']) {
    expect(isNotText(name), name).toBe(false);
  }
});

test('a passphrase is judged by what is new in it, not by its length alone', () => {
  expect(strengthOf('')).toBe('empty');
  for (const weak of ['a', '12345678', 'aaaaaaaaaaaaaaaaaaaa', 'password', 'Passw0rd', 'qwertyuiop', 'abcabcabcabcabc'])
    expect(strengthOf(weak), weak).toBe('weak');
  expect(strengthOf('violet anchor')).toMatch(/fair|good/);
  expect(strengthOf('violet anchor tambourine')).toBe('strong');
  expect(strengthOf('漢字 Größe 🙂 tambourine')).toMatch(/good|strong/);
});

test('files that go out are named after their day', () => {
  const day = new Date(2026, 0, 5, 7, 8);
  expect(datedName('archi', 'sql', day)).toBe('archi-2026-01-05.sql');
  expect(timedName('archivolt-backup', 'db', day)).toBe('archivolt-backup-2026-01-05-0708.db');
});

test('each system stands once in the list, and everything goes out first', () => {
  expect(new Set(SYSTEMS.map(({ id }) => id)).size).toBe(SYSTEMS.length);
  expect(EXPORTED[0]?.id).toBe('archivolt');
  for (const { formats } of SYSTEMS) expect(new Set(formats).size).toBe(formats.length);
});
