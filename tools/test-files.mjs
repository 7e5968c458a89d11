// Which test file belongs to which runner. A file that looks like a test and belongs to none is never run by anybody, so
// `npm run check` refuses it: node tools/test-files.mjs
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, root } from './process.mjs';
import { filesBelow } from './stamp.mjs';

const isTest = (file) => /(_test\.cc|_fuzz\.cc|\.test\.(mjs|js|ts)|\.spec\.(ts|js|mjs))$/.test(file);

/** The test files by runner: cpp (CTest), fuzz, node (node:test), browser (Playwright), and the ones that belong to none. */
export function testFiles() {
  const cmake = readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8');
  const libraries = [...cmake.matchAll(/^archivolt_library\((\w+)/gm)].map((match) => match[1]);
  const files = { cpp: [], fuzz: [], node: [], browser: [], none: [] };
  for (const file of ['tests', 'web', 'src', 'wasm', 'tools'].flatMap(filesBelow).filter(isTest)) {
    const library = /^tests\/cpp\/([^/]+)\/[^/]+_test\.cc$/.exec(file)?.[1];
    if (library && libraries.includes(library)) files.cpp.push(file);
    else if (/^tests\/cpp\/fuzz\/[^/]+_fuzz\.cc$/.test(file)) files.fuzz.push(file);
    else if (/^tests\/(node|tools|packaging)\/.*\.test\.mjs$/.test(file)) files.node.push(file);
    else if (/^tests\/browser\/.*\.spec\.ts$/.test(file)) files.browser.push(file);
    else files.none.push(file);
  }
  return files;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { none, ...runners } = testFiles();
  if (none.length > 0) {
    fail(`no runner takes these tests: ${none.join(', ')}
C++: tests/cpp/<folder of src>/*_test.cc; Node: tests/{node,tools,packaging}/**/*.test.mjs; browser: tests/browser/**/*.spec.ts`);
  }
  console.log(
    Object.entries(runners)
      .map(([runner, files]) => `${runner} ${files.length}`)
      .join(', '),
  );
}
