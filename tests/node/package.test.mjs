// The package as its users get it: what is in the tarball, how Node and TypeScript take it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { consumerProject } from '../support/packed-package.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const uses = `
import { deleteWorkspace, isArchivoltError, listWorkspaces, openWorkspace, type TableName, type Workspace } from 'archivolt';
import { evaluate } from 'archivolt/evaluation';
import { ollamaEmbedder } from 'archivolt/embedders/ollama';
import { openaiEmbedder } from 'archivolt/embedders/openai';
import { transformersEmbedder } from 'archivolt/embedders/transformers';
const table: TableName = 'decisions';
await using workspace: Workspace = await openWorkspace({ name: 'x', storage: 'memory' });
const [row] = await workspace.table(table).find({ limit: 1 });
const title: string | undefined = row?.title;
// @ts-expect-error There is no such column.
const wrong: unknown = row?.titel;
export { deleteWorkspace, evaluate, isArchivoltError, listWorkspaces, ollamaEmbedder, openaiEmbedder, title, transformersEmbedder, wrong };
`;
const usesInNode = `
import { listWorkspaces } from 'archivolt';
import { pull, push } from 'archivolt/postgres';
export const names = (await listWorkspaces({ directory: './data' })).map(({ name }) => name);
export { pull, push };
`;

let project;
before(() => {
  project = consumerProject({ 'uses.mts': uses, 'uses-in-node.mts': usesInNode });
});
after(() => project?.remove());

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
const node = (...args) => spawnSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' });

test('the tarball holds what is used, and nothing else', () => {
  const files = filesIn(project.installed);
  const kinds = [
    /^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/,
    /^docs\/[\w-]+\.md$/,
    /^dist\/([\w-]+\/)*[\w.-]+\.(js|js\.map|d\.ts)$/,
    /^dist\/(engine|engine-relaxed)\.wasm$/,
    /^dist\/(embedder\.semb|THIRD-PARTY-NOTICES\.txt)$/,
  ];
  assert.deepEqual(
    files.filter((file) => !kinds.some((kind) => kind.test(file))),
    [],
  );
  const { exports } = JSON.parse(readFileSync(path.join(project.installed, 'package.json'), 'utf8'));
  const targets = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets));
  for (const target of Object.values(exports).flatMap(targets)) {
    assert.ok(files.includes(path.normalize(target)), `package.json exports ${target}, which is not packed`);
  }
  for (const kind of kinds) assert.ok(files.some((file) => kind.test(file)));
});

test('what a packed script loads beside itself is packed, and its source map has its sources in it', () => {
  const dist = path.join(project.installed, 'dist');
  const scripts = filesIn(dist).filter((file) => file.endsWith('.js'));
  const literal = /(?:\bimport\(|\bfrom|\bnew URL\()\s*["'](\.{1,2}\/[\w./-]+)["']/g;
  let found = 0;
  for (const script of scripts) {
    const text = readFileSync(path.join(dist, script), 'utf8');
    for (const [, place] of text.matchAll(literal)) {
      found += 1;
      assert.ok(existsSync(path.join(dist, path.dirname(script), place)), `${script} loads ${place}`);
    }
    const map = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(text)?.[1];
    assert.ok(map, `${script} names its source map`);
    const { sources, sourcesContent } = JSON.parse(readFileSync(path.join(dist, path.dirname(script), map), 'utf8'));
    assert.equal(sourcesContent.length, sources.length);
    assert.ok(sourcesContent.every((content) => typeof content === 'string'));
  }
  assert.ok(found > 20, `${found} references`);
});

test('the notices of third-party code in it travel with it', () => {
  const dist = path.join(project.installed, 'dist');
  const notices = readFileSync(path.join(dist, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  const sources = filesIn(dist)
    .filter((file) => file.endsWith('.map'))
    .flatMap((file) => JSON.parse(readFileSync(path.join(dist, file), 'utf8')).sources);
  const names = new Set(sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []));
  assert.ok(names.has('htmlparser2') && names.size >= 5, [...names].join());
  for (const name of names) {
    assert.match(notices, new RegExp(`^${name} \\d`, 'm'));
    const licence = path.join(root, 'node_modules', name, 'LICENSE');
    if (existsSync(licence)) assert.ok(notices.includes(readFileSync(licence, 'utf8').trim()), name);
  }
  for (const name of ['SQLite', 'SQLite3 Multiple Ciphers', 'JSON for Modern C++', 'Emscripten', 'musl', 'libc++']) {
    assert.match(notices, new RegExp(`^${name.replaceAll('+', '\\+')}[ ,]`, 'm'));
  }
});

const work = `
  const workspace = await openWorkspace({ name: 'kept', storage: { directory: './data' } });
  await workspace.documents.ingest({ filename: 'a.html', content: '<h1>Breaker</h1><p>Stop calling a service that fails.</p>' });
  const { hits } = await workspace.search('stop calling');
  await workspace.close();
  console.log(hits[0].title);`;

test('an ES module and a CommonJS module open the same workspace on disk', () => {
  writeFileSync(path.join(project.folder, 'module.mjs'), `import { openWorkspace } from 'archivolt';${work}`);
  const loads = [`const { openWorkspace } = await import('archivolt');`];
  // From Node 20.19 on require() takes ES modules; before, it names import() as the way.
  if (process.features.require_module) loads.push(`const { openWorkspace } = require('archivolt');`);
  loads.forEach((load, at) => {
    writeFileSync(path.join(project.folder, `common-${at}.cjs`), `(async () => {${load}${work}})();`);
  });
  for (const file of ['module.mjs', ...loads.map((_, at) => `common-${at}.cjs`)]) {
    const { status, stdout, stderr } = node(file);
    assert.equal(status, 0, `${file}: ${stderr}`);
    assert.equal(stdout, 'Breaker\n', file);
  }
});

test('a relative wasmUrl starts from the working directory', () => {
  const open = (folder) => `
    const { openWorkspace } = await import('archivolt');
    const workspace = await openWorkspace({ name: 'x', storage: 'memory', wasmUrl: '${folder}' });
    await workspace.close();`;
  const there = node('--input-type=module', '--eval', open('./node_modules/archivolt/dist/'));
  assert.equal(there.status, 0, there.stderr);
  assert.match(node('--input-type=module', '--eval', open('./nowhere/')).stderr, /nowhere.* cannot be read \(ENOENT\)/);
});

test('an error that nobody catches is told in Node with its own line of code, not with a whole bundle', () => {
  const { status, stderr } = node(
    '--input-type=module',
    '--eval',
    "await (await import('archivolt')).openWorkspace('a/b')",
  );
  assert.notEqual(status, 0);
  assert.match(stderr, /^ArchivoltError: name: 1 to 64 characters/m);
  assert.ok(stderr.length < 3000, `${stderr.length} characters`);
});

test('the types are whole under strict rules, without skipLibCheck, in every way of resolving them', () => {
  const ways = [
    { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [], files: ['uses.mts'] },
    { module: 'node16', moduleResolution: 'node16', lib: ['es2022', 'dom'], types: [], files: ['uses.mts'] },
    {
      module: 'nodenext',
      moduleResolution: 'nodenext',
      lib: ['es2022'],
      types: ['node'],
      files: ['uses.mts', 'uses-in-node.mts'],
    },
  ];
  for (const [at, { files, ...way }] of ways.entries()) {
    const compilerOptions = {
      ...way,
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      typeRoots: [path.join(root, 'node_modules/@types')],
    };
    writeFileSync(path.join(project.folder, `tsconfig.${at}.json`), JSON.stringify({ compilerOptions, files }));
    const { status, stdout } = node(path.join(root, 'node_modules/typescript/bin/tsc'), '-p', `tsconfig.${at}.json`);
    assert.equal(status, 0, `${way.moduleResolution}: ${stdout}`);
  }
  const declared = readFileSync(path.join(project.installed, 'dist/types.d.ts'), 'utf8');
  assert.match(declared, /\/\*\* 1-64 characters of/, 'comments are kept');
});
