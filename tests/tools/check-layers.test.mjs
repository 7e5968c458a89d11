// The check of the arrows finds what it is there to find, and lets through what is allowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appProblems, circles, cppArrows, cppProblems, libraryProblems } from '../../tools/check-layers.mjs';

const arrows = cppArrows(`
archivolt_library(base)
archivolt_library(storage   DEPS base      PRIVATE_DEPS archivolt_sqlite)
archivolt_library(vector    DEPS base      PRIVATE_DEPS archivolt_hnswlib KERNELS)
archivolt_library(records   DEPS base storage)
`);

test('arrows are read from CMakeLists.txt', () => {
  assert.deepEqual(arrows, {
    base: ['base'],
    storage: ['storage', 'base'],
    vector: ['vector', 'base'],
    records: ['records', 'base', 'storage'],
  });
});

test('an include against the arrows is a problem, one along them is not', () => {
  const text = '#include <string>\n#include "base/status.h"\n#include "records/records.h"\n';
  assert.deepEqual(cppProblems('src/storage/database.cc', text, arrows), [
    'src/storage/database.cc includes "records/records.h": no arrow from storage to records',
  ]);
  assert.deepEqual(cppProblems('src/records/records.cc', text, arrows), []);
});

test('third-party headers stay in their folder', () => {
  for (const [header, home] of [
    ['sqlite3.h', 'src/storage/statement.cc'],
    ['hnswlib/hnswlib.h', 'tests/cpp/vector/vector_hnswlib_test.cc'],
    ['nlohmann/json.hpp', 'src/codec/json.cc'],
    ['emscripten/bind.h', 'wasm/bindings.cc'],
  ]) {
    assert.deepEqual(cppProblems(home, `#include <${header}>\n`, arrows), []);
    assert.equal(cppProblems('src/records/records.cc', `#include <${header}>\n`, arrows).length, 1, header);
    assert.equal(cppProblems('src/records/records.cc', `  #  include "${header}"\n`, arrows).length, 1, header);
  }
});

test('a folder that CMakeLists.txt does not know is a problem', () => {
  assert.equal(cppProblems('src/extra/a.cc', '#include "base/status.h"\n', arrows).length, 1);
});

test('the client never imports the worker', () => {
  const text = "import { a } from '../protocol/messages.js';\nimport type { B } from '../worker/session.js';\n";
  assert.deepEqual(libraryProblems('web/lib/src/client/client.ts', text), [
    'web/lib/src/client/client.ts imports worker: no arrow from client to worker',
  ]);
});

test('imports over several lines and dynamic ones are seen', () => {
  const text = "import {\n  a,\n  b,\n} from '../worker/lane.js';\nconst c = await import('../loader/assets.js');\n";
  assert.equal(libraryProblems('web/lib/src/protocol/packed.ts', text).length, 2);
});

test('a circle of imports is found: of types, at run time, over three files', () => {
  const folder = 'web/lib/src/worker';
  const files = (texts) => new Map(Object.entries(texts).map(([name, text]) => [`${folder}/${name}.ts`, text]));
  const places = (...names) => names.map((name) => `${folder}/${name}.ts`);
  const line = { a: "import { b } from './b.js';", b: "import type { C } from './c.js';", c: "import 'node:fs';" };
  assert.deepEqual(circles(files(line)), []);
  assert.deepEqual(circles(files({ ...line, c: "const a = await import('./a.js');" })), [places('a', 'b', 'c')]);
  assert.deepEqual(circles(files({ ...line, d: "import './b.js';", c: "import type { B } from '../worker/b.js';" })), [
    places('b', 'c'),
  ]);
});

test('the app imports the package by its name only', () => {
  const good = "import { openWorkspace } from 'archivolt';\nimport { b } from '../shapes/b.ts';\n";
  assert.deepEqual(appProblems('web/app/src/features/a.ts', good), []);
  assert.equal(appProblems('web/app/src/a.ts', "import { c } from '../../lib/src/index.js';\n").length, 1);
  assert.equal(appProblems('web/app/src/a.ts', "import c from 'archivolt/dist/index.js';\n").length, 1);
});
