// Source code as passages: by function where the grammar is known, in files and in the long fences of Markdown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';
import { openForTest } from '../support/workspaces.mjs';

const { sectionsOfCode, sectionsOfFences, languageNamed, codeSections } = await importSource(
  'extract/code-sections',
  'extract/code/languages',
  'extract/extract',
);

const noPause = () => Promise.resolve();
/** Enough lines that the function has a passage of its own. */
const body = (line, indent = '  ') => `${indent}${line}\n`.repeat(Math.ceil(300 / (line.length + indent.length)));
const paths = (sections) => sections.map(({ path }) => path);
const pieces = (text, sections) => sections.map(({ start }, i) => text.slice(start, sections[i + 1]?.start));

/** [language, source, the path of each passage, what each begins with] */
const SOURCES = {
  typescript: [
    `import { a } from 'a';\n\n/** Counts. */\nexport class Counter<T> extends Base {\n  #count = 0;\n\n  /** One more. */\n  @bound()\n  async add(value: T): Promise<void> {\n` +
      `${body('this.#count += value.count;', '    ')}  }\n\n  get count() {\n${body('return this.#count;', '    ')}  }\n}\n\n` +
      `export const handler = async (event: Event) => {\n${body('await log(event);')}};\n\nenum Kind { A, B }\ninterface Shape { area(): number }\n`,
    ['Counter > add', 'Counter > count', 'handler, Kind, Shape'],
    ["import { a } from 'a';", '  get count() {', 'export const handler'],
  ],
  javascript: [
    `module.exports.start = function (port) {\n${body('listen(port);')}};\n\nfunction Panel() {\n${body('use(state);')}  return <p>text</p>;\n}\n`,
    ['module.exports.start', 'Panel'],
    ['module.exports.start', 'function Panel'],
  ],
  python: [
    `import os\n\n\n@dataclass\nclass Point:\n    """A point."""\n\n    @property\n    def norm(self):\n${body('self.steps.append(1)', '        ')}\n` +
      `    # of the other axis\n    async def other(self):\n${body('await self.turn()', '        ')}\n\ndef main():\n${body('print(Point())', '    ')}`,
    ['Point > norm', 'Point > other', 'main'],
    ['import os', '    # of the other axis\n    async def other', 'def main():'],
  ],
  cpp: [
    `#include <x>\n\nnamespace a::b {\n\n// Adds.\ntemplate <class T>\nint Sum::Add(T x) const {\n${body('total_ += x;')}}\n\nstatic int* find(void) {\n${body('look(here);')}}\n\n` +
      `bool operator==(const A& x, const A& y) {\n${body('compare(x, y);')}}\n\n}  // namespace\n`,
    ['a::b > Sum::Add', 'a::b > find', 'a::b > operator=='],
    ['#include <x>', 'static int* find', 'bool operator=='],
  ],
  java: [
    `package x;\n\n/** Orders. */\n@Service\npublic class Orders {\n  public Orders(Store store) {\n${body('this.store = store;', '    ')}  }\n\n  @Override\n  public void cancel(long id) {\n` +
      `${body('store.cancel(id);', '    ')}  }\n}\n\nrecord Line(String sku) {\n${body('static int count = 1;')}}\n`,
    ['Orders > Orders', 'Orders > cancel', 'Line'],
    ['package x;', '  @Override\n  public void cancel', 'record Line'],
  ],
  rust: [
    `use std::fmt;\n\nimpl<T: Copy> fmt::Display for Point<T> {\n    fn fmt(&self) {\n${body('write!(f, self.x);', '        ')}    }\n\n    /// Other.\n    #[inline]\n    pub fn other(&self) {\n` +
      `${body('call(self.y);', '        ')}    }\n}\n\n#[derive(Debug)]\npub struct Wide {\n${body('pub field: u32,', '    ')}}\n`,
    ['fmt::Display for Point<T> > fmt', 'fmt::Display for Point<T> > other', 'Wide'],
    ['use std::fmt;', '    /// Other.\n    #[inline]\n    pub fn other', '#[derive(Debug)]'],
  ],
  go: [
    `package server\n\n// Close ends it.\nfunc (s *Server[T]) Close() error {\n${body('s.end(1)', '\t')}}\n\nfunc Open(name string) {\n${body('dial(name)', '\t')}}\n\ntype Options struct {\n${body('Name string', '\t')}}\n`,
    ['Server.Close', 'Open', 'Options'],
    ['package server', 'func Open', 'type Options'],
  ],
  php: [
    `<p>Page</p>\n<?php\nnamespace App;\n\nfinal class User extends Model {\n  public function posts() {\n${body('$this->read(1);', '    ')}  }\n\n  #[Pure]\n  private function role() {\n${body('$this->ask(2);', '    ')}  }\n}\n\n` +
      `function helper() {\n${body('run(3);')}}\n`,
    ['User > posts', 'User > role', 'helper'],
    ['<p>Page</p>', '  #[Pure]\n  private function role', 'function helper'],
  ],
};

for (const [language, [text, wanted, begins]] of Object.entries(SOURCES)) {
  test(`${language}: functions and classes are passages that say what they are part of`, async () => {
    const sections = await sectionsOfCode(text, language, 700, noPause);
    assert.deepEqual(paths(sections), wanted);
    const parts = pieces(text, sections);
    assert.equal(parts.join(''), text);
    parts.forEach((part, i) => assert.ok(part.startsWith(begins[i]), part));
  });
}

test('tests that are calls have the names of their texts', async () => {
  const text =
    `describe('a cart', function () {\n  it(\`adds two\`, async () => {\n${body('await cart.add(2);', '    ')}  });\n  test.each(rows)('row %s', () => {\n${body('cart.clear();', '    ')}  });\n});\n` +
    `setTimeout(() => {\n${body('later("it");')}}, 100);\n`;
  const sections = await sectionsOfCode(text, 'javascript', 500, noPause);
  assert.deepEqual(paths(sections), ['a cart > adds two', 'a cart > row %s', '']);
});

test('a fence of PHP without its tag is code as well', async () => {
  const text = `class A {\n  function one() {\n${body('$this->read(1);', '    ')}  }\n  function two() {\n${body('$this->read(2);', '    ')}  }\n}\n`;
  assert.deepEqual(paths(await sectionsOfCode(text, 'php', 500, noPause)), ['A > one', 'A > two']);
});

test('small neighbours share a passage, long functions are cut between their statements', async () => {
  const small = 'abcdefgh'.split('').map((name) => `export const ${name} = () => ${name.repeat(40)};\n`);
  const long = `function long() {\n${'  if (one) {\n    call(one);\n  }\n'.repeat(60)}}\n`;
  const text = small.join('') + long;
  const sections = await sectionsOfCode(text, 'javascript', 400, noPause);
  const parts = pieces(text, sections);
  assert.equal(parts.join(''), text);
  assert.equal(paths(sections)[0], 'a, b, c, d, e');
  assert.ok(
    parts.every((part) => part.length <= 400 && part.length >= 100),
    parts.map(({ length }) => length).join(),
  );
  const inLong = sections.filter(({ start }) => start > small.join('').length);
  assert.ok(inLong.length >= 4);
  for (const { start, path } of inLong) {
    assert.equal(path, 'long');
    assert.ok(text.startsWith('  if (one) {', start));
  }
});

test('a small function within a long one does not name its passage', async () => {
  const text = `function long() {\n  const ask = () => 1;\n${body('ask();').repeat(4)}}\n`;
  const sections = await sectionsOfCode(text, 'javascript', 500, noPause);
  assert.ok(sections.length > 2);
  assert.deepEqual([...new Set(paths(sections))], ['long']);
});

test('a list of many names ends somewhere', async () => {
  const text = Array.from({ length: 60 }, (_, i) => `function a_rather_long_name_${i}() {}\n`).join('');
  const [{ path }] = await sectionsOfCode(text, 'javascript', 10_000, noPause);
  assert.ok(path.length < 200 && path.endsWith(', …'), path);
});

test('our own sources: nothing is lost, and nearly all passages fit', async () => {
  for (const file of [
    'web/lib/src/types.ts',
    'web/lib/src/worker/ingest.ts',
    'src/text/chunker.cc',
    'tools/build-library.mjs',
  ]) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const sections = await sectionsOfCode(text, languageNamed(file.split('.').pop()), 1000, noPause);
    const parts = pieces(text, sections);
    assert.equal(parts.join(''), text, file);
    assert.ok(parts.filter(({ length }) => length > 1000).length <= parts.length / 20, file);
    assert.ok(sections.filter(({ path }) => path !== '').length > parts.length / 2, file);
    for (const { start } of sections) assert.ok(start === 0 || text[start - 1] === '\n');
  }
});

test('what is not the language that it is said to be, or nested without end, is left to the rules of lines', async () => {
  assert.deepEqual(await sectionsOfCode('`${'.repeat(100_000), 'java', 1000, noPause), []);
  const prose = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').repeat(20);
  for (const language of Object.keys(SOURCES)) {
    for (const text of [
      '',
      ' ',
      '\n\n',
      '}\n{',
      'é́😀\u2028\u0000'.repeat(300),
      '(\n'.repeat(20_000),
      'if(a){\n'.repeat(20_000),
      prose,
    ]) {
      const sections = await sectionsOfCode(text, language, 1000, noPause);
      if (sections.length > 0) assert.equal(pieces(text, sections).join(''), text);
      for (const { path } of sections) assert.ok(Buffer.byteLength(path) <= 1000, path);
    }
  }
});

test('long code is read in slices, and a cancelled ingest stops there', async () => {
  const text = 'function f(a) {\n  return a + 1;\n}\n'.repeat(20_000);
  let pauses = 0;
  const pause = async () => {
    pauses += 1;
    if (pauses === 3) throw new Error('stop');
  };
  await assert.rejects(sectionsOfCode(text, 'typescript', 1000, pause), /stop/);
});

test('fences: only long ones of a known language, from their first line to behind their last', async () => {
  const code = `function one() {\n${body('first();')}}\nfunction two() {\n${body('second();')}}\n`;
  const fence = (name, mark = '```') => `${mark}${name}\n${code}${mark}\n`;
  const text = `# A\n\n${fence('ts')}\n~~~~ {.js}\n/*\n\`\`\`\n*/\n${code}~~~~\n${fence('brainfuck')}\`\`\`js\nshort();\n\`\`\`\n${fence('python title="x"')}end`;
  const sections = await sectionsOfFences(text, 400, 500, noPause);
  const marked = sections.map(({ start, path }) => [path, text.slice(start, text.indexOf('\n', start))]);
  assert.deepEqual(marked.slice(0, 6), [
    ['one', '```ts'],
    ['two', 'function two() {'],
    ['', ''],
    ['one', '~~~~ {.js}'],
    ['two', 'function two() {'],
    ['', '```brainfuck'],
  ]);
  assert.equal(sections.at(-1).start, text.length - 3);
  assert.deepEqual(await sectionsOfFences(`\`\`\`ts\n${code}`, 400, 500, noPause), [], 'never closed');
});

test('lines that are nearly fences are read in no time', async () => {
  const code = `function one() {\n${body('first();')}}\nfunction two() {\n${body('second();')}}\n`;
  for (const line of [
    `\`\`\`${'a'.repeat(400_000)}\``,
    `~~~${' '.repeat(400_000)}x`,
    '`'.repeat(400_000),
    `\`\`\`${' '.repeat(400_000)}\``,
  ])
    await sectionsOfFences(`${line}\n\ntext\n`, 400, 500, noPause);
  const info = `~~~js title=\`x\`\n${code}~~~\n`;
  assert.deepEqual(paths(await sectionsOfFences(info, 400, 500, noPause)), ['one', 'two', '']);
});

test('the grammar is that of the name, else of the content type; other formats have no sections', async () => {
  const text = `function one() {\n${body('first();')}}\nfunction two() {\n${body('second();')}}\n`;
  const of = async (filename, contentType, format = 'code') =>
    paths((await codeSections({ text, format }, { filename, contentType }, 400, noPause)) ?? []);
  assert.deepEqual(await of('a.mjs'), ['one', 'two']);
  assert.deepEqual(await of('A.TS', 'text/plain'), ['one', 'two']);
  assert.deepEqual(await of('clip', 'text/javascript; charset=utf-8'), ['one', 'two']);
  assert.deepEqual(await of('clip', 'text/x-c++; charset=utf-8'), ['one', 'two']);
  for (const none of [['a.kt'], ['a'], ['a.constructor'], ['a.ts', '', 'plain'], ['a.md', '', 'markdown']])
    assert.deepEqual(await of(...none), [], none.join());
});

test('names of any kind and any depth are taken in', async (t) => {
  const workspace = await openForTest(t);
  const nested = (names, inner) =>
    names.reduceRight((text, name) => `describe('${name}', () => {\n${text}});\n`, inner);
  const inner = `it('${'x'.repeat(79)}😀 or so', () => {\n${body('expect(1);')}${body('expect(2);')}});\n`;
  const deep = Array.from({ length: 60 }, (_, i) => `function a_function_named_${i}() {\n`).join('');
  const sources = [
    nested(['漢'.repeat(90), '字'.repeat(85), 'é́'.repeat(60), '表'.repeat(80)], inner.repeat(8)),
    `${deep}${body('call();').repeat(20)}${'}\n'.repeat(60)}`,
    `a[function () {\n${body('one();')}}] = function () {\n${body('two();').repeat(8)}};\n`,
  ];
  const { documents } = await workspace.documents.ingest(
    sources.map((content, i) => ({ filename: `names-${i}.js`, content })),
  );
  assert.deepEqual(
    documents.map(({ status, error }) => error?.message ?? status),
    ['indexed', 'indexed', 'indexed'],
  );
  const headings = (await workspace.documents.chunks(documents[0].id)).map(({ heading }) => heading);
  assert.ok(
    headings.some((heading) => /^… > .* > x{79}$/u.test(heading)),
    headings.join('\n'),
  );
});

test('passages of code are found by what they are part of', async (t) => {
  const workspace = await openForTest(t);
  const [text] = SOURCES.typescript;
  const markdown = `# Guide\n\n## Counting\n\nFor example:\n\n\`\`\`ts\n${text}\`\`\`\n\nThat is all.\n`;
  const csv = `sku,price,stock\n${Array.from({ length: 400 }, (_, i) => `item-${i},${i}.50,${i % 7}\n`).join('')}`;
  const { documents } = await workspace.documents.ingest(
    [
      { filename: 'counter.ts', content: text },
      { filename: 'guide.md', content: markdown },
      { filename: 'prices.csv', content: csv },
    ],
    { chunkSize: 300, chunkOverlap: 40 },
  );
  assert.deepEqual(
    documents.map(({ status }) => status),
    ['indexed', 'indexed', 'indexed'],
  );
  const headings = [];
  for (const { id } of documents) {
    const { content } = await workspace.table('documents').get(id);
    const chunks = await workspace.documents.chunks(id);
    for (const chunk of chunks) assert.equal(chunk.chunk_text, content.slice(chunk.start_char, chunk.end_char));
    headings.push([...new Set(chunks.map(({ heading }) => heading))]);
  }
  assert.deepEqual(headings[0], ['Counter', 'Counter > add', 'Counter > count', 'handler', 'Kind, Shape']);
  assert.deepEqual(headings[1], ['Guide > Counting', ...headings[0].map((path) => `Guide > Counting > ${path}`)]);
  assert.deepEqual(
    headings[2],
    [null, 'sku,price,stock'].filter((heading) => headings[2].includes(heading)),
  );
  assert.ok(headings[2].includes('sku,price,stock'));
  const { hits } = await workspace.search('counter add', { mode: 'keyword', limit: 3 });
  assert.ok(
    hits.some(({ heading }) => heading?.endsWith('Counter > add')),
    JSON.stringify(hits.map((hit) => hit.heading)),
  );
});
