// Text extraction: encodings, refusals, formats, and HTML as Markdown-like text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource } from '../support/source.mjs';

const { decodeText } = await importSource('extract/decode');
const { formatOf } = await importSource('extract/format');
const { htmlToText } = await importSource('extract/html');
const { extractText } = await importSource('extract/extract');

const { readFrontMatter } = await importSource('extract/front-matter');

const noPause = () => Promise.resolve();
const bytes = (text) => new TextEncoder().encode(text);
const latin1 = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const html = async (source) => (await htmlToText(source, noPause)).text;

test('UTF-8 with and without a mark, UTF-16 with a mark', () => {
  assert.equal(decodeText(bytes('Größe 😀')), 'Größe 😀');
  assert.equal(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), 'a');
  assert.equal(decodeText(new Uint8Array([0xff, 0xfe, 0x61, 0, 0xfc, 0])), 'aü');
  assert.equal(decodeText(new Uint8Array([0xfe, 0xff, 0, 0x61])), 'a');
});

test('a declared charset is honoured, an undeclared one refused', () => {
  const source = latin1('<html><head><meta charset="iso-8859-1"></head>Gr\xf6\xdfe');
  assert.match(decodeText(source), /Größe$/);
  assert.equal(decodeText(latin1('Gr\xf6\xdfe'), 'text/plain; charset=windows-1252'), 'Größe');
  assert.throws(() => decodeText(latin1('Gr\xf6\xdfe')), { code: 'INVALID_ARGUMENT', message: /not valid UTF-8/ });
  assert.throws(() => decodeText(bytes('a'), 'text/plain; charset=klingon'), { code: 'UNSUPPORTED' });
});

test('files that are not text are named', () => {
  for (const [head, kind] of [
    ['%PDF-1.7\n', /a PDF document/],
    ['PK\x03\x04\x14', /a ZIP archive/],
    ['\x89PNG\r\n\x1a\n', /a PNG image/],
    ['\x1f\x8b\x08', /a gzip archive/],
    ['some text\x00more', /binary/],
  ]) {
    assert.throws(() => decodeText(latin1(head)), { code: 'UNSUPPORTED', message: kind });
  }
});

test('the format comes from the content type, then the name, then the text', () => {
  assert.equal(formatOf('a.md', undefined, ''), 'markdown');
  assert.equal(formatOf('a.md', 'text/html; charset=utf-8', ''), 'html');
  assert.equal(formatOf('a.md', 'text/plain', ''), 'markdown');
  assert.equal(formatOf('src/App.TSX', undefined, ''), 'code');
  assert.equal(formatOf('C:\\docs\\Makefile', undefined, ''), 'code');
  assert.equal(formatOf('x.json', undefined, ''), 'json');
  assert.equal(formatOf('x', 'application/ld+json', ''), 'json');
  assert.equal(formatOf('README', undefined, '# hello'), 'plain');
  assert.equal(formatOf('page', undefined, ' <!DOCTYPE html><p>x'), 'html');
  assert.equal(formatOf('.md', undefined, ''), 'plain', 'a dot file has no extension');
});

test('headings, paragraphs, emphasis, links and code', async () => {
  const text = await html(
    `<html><head><title>Guide</title><style>p{}</style></head><body><nav>Home</nav>
     <h1>Circuit <em>breaker</em></h1><p>Stops   calls to a
     <a href="/x">failing service</a>.<br>Use <code>open()</code>.</p><script>alert(1)</script><p>End</p></body></html>`,
  );
  assert.equal(text, '# Circuit breaker\n\nStops calls to a failing service.\nUse `open()`.\n\nEnd');
});

test('the title becomes the heading of a page that has none', async () => {
  assert.deepEqual(await htmlToText('<title> A  &amp; B </title><p>x', noPause), {
    text: '# A & B\n\nx',
    title: 'A & B',
  });
});

test('lists nest and count', async () => {
  const text = await html(
    '<p>Steps</p><ol start="3"><li>one<ul><li>a</li><li><p>b</p><p>c</p></li></ul></li><li>two</li></ol><p>After</p>',
  );
  assert.equal(text, 'Steps\n\n3. one\n   - a\n   - b\n\n     c\n4. two\n\nAfter');
});

test('tables of data become rows, tables of layout become text', async () => {
  assert.equal(
    await html('<table><caption>Limits</caption><tr><th>Name<th>Max</tr><tr><td>a|b<td>1\n2</tr><tr><td>c</table>'),
    'Limits\n\n| Name | Max |\n| --- | --- |\n| a\\|b | 1 2 |\n| c |  |',
  );
  assert.equal(
    await html('<table><tr><td><h2>Menu</h2><td><p>Text</p><pre>x</pre></table>'),
    '## Menu\n\nText\n\n```\nx\n```',
  );
});

test('code fences keep their lines, their language and fences inside them', async () => {
  assert.equal(
    await html('<pre><code class="language-js">if (a &lt; b) {\n  c();\n}\n</code></pre>'),
    '```js\nif (a < b) {\n  c();\n}\n```',
  );
  assert.equal(await html('<pre class="language-sh">echo\n</pre>'), '```sh\necho\n```');
  assert.equal(await html('<pre>```\nx</pre>'), '````\n```\nx\n````');
});

test('quotes are marked, hidden parts are left out', async () => {
  assert.equal(
    await html('<blockquote><p>a</p><p>b</p></blockquote><p hidden>no</p><div aria-hidden="true">no</div>c'),
    '> a\n\n> b\n\nc',
  );
});

test('hostile HTML ends in an error or in text, soon', async () => {
  await assert.rejects(html('<div>'.repeat(100_000)), { code: 'INVALID_ARGUMENT', message: /nested deeper/ });
  assert.equal(await html('</p>'.repeat(3) + '<li>x</ul></table>y'), '- xy');
  const started = performance.now();
  const wide = await html(`<table>${'<tr><td>x'.repeat(50_000)}</table>${'<b>'.repeat(2000)}${'</i>'.repeat(200_000)}`);
  assert.ok(wide.length > 50_000);
  assert.ok(performance.now() - started < 10_000);
});

test('a long document gives way between slices and can be stopped', async () => {
  let pauses = 0;
  await htmlToText('<p>word</p>'.repeat(30_000), async () => void pauses++);
  assert.ok(pauses >= 4, `${pauses} pauses`);
  const stop = async () => {
    throw new Error('stop');
  };
  await assert.rejects(htmlToText('<p>word</p>'.repeat(30_000), stop), /stop/);
});

test('documents without text are refused', async () => {
  const extract = (content, filename) => extractText(content, { filename }, noPause);
  await assert.rejects(extract(new Uint8Array(), 'a.md'), {
    code: 'INVALID_ARGUMENT',
    message: 'The document is empty.',
  });
  await assert.rejects(extract(' \n\t', 'a.txt'), { code: 'INVALID_ARGUMENT', message: 'The document holds no text.' });
  await assert.rejects(extract('<script>x</script>', 'a.html'), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(extract('a\0b', 'a.md'), { code: 'INVALID_ARGUMENT', message: /NUL/ });
  assert.deepEqual(await extract(bytes('x = 1'), 'a.py'), { text: 'x = 1', format: 'code', title: '' });
});

test('front matter: title, date and tags of YAML and TOML; what is none says nothing', async () => {
  const whole = { title: 'Why: "so"', date: '2026-01-30', tags: ['a', 'b c', '7'] };
  assert.deepEqual(
    readFrontMatter(
      '\uFEFF---\r\ntitle: \'Why: "so"\'\r\ndate: 2026-01-30\r\ntags: [a, b c, 7, a]\r\nx: {y: 1}\r\n---\r\n# H',
    ),
    whole,
  );
  assert.deepEqual(readFrontMatter('---\ntitle: Größe 😀\ntags: one, two ,\n...\n'), {
    title: 'Größe 😀',
    tags: ['one', 'two'],
  });
  assert.deepEqual(
    readFrontMatter(
      '+++\n# comment\ntitle = "Why: \\"so\\"" # why\ndate = 2026-01-30 # day\ntags = [\n  "a", \'b c\', # more\n "7"]\n[params]\ntitle = "no"\n+++\nText',
    ),
    whole,
  );
  for (const none of [
    '',
    '---',
    '---\n',
    '---\n---\n',
    '---\ntitle: [\n---\n',
    '---\n- a\n---\n',
    '---\ntitle: {a: 1}\ntags: {b: 2}\n---\n',
    '---\ntitle: never closed\n',
    ' ---\ntitle: x\n---\n',
    '+++\ntitle = "x"\n---\n',
    '+++\n[a]\ntitle = "x"\n+++\n',
    `---\ntitle: ${'x'.repeat(501)}\n---\n`,
    `---\na: &a [1]\ntitle: *a\n---\n`,
  ])
    assert.deepEqual(readFrontMatter(none), {}, JSON.stringify(none.slice(0, 60)));
  const text = '---\ntitle: T\ntags: [x]\n---\nBody\n';
  assert.deepEqual(await extractText(text, { filename: 'a.md' }, noPause), {
    text,
    format: 'markdown',
    title: 'T',
    tags: ['x'],
  });
  assert.equal((await extractText(text, { filename: 'a.txt' }, noPause)).title, '');
});
