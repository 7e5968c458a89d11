// npm run format: formats C++ with clang-format 19 and everything else with prettier. --check only says what it would change.
//
// The version of clang-format is fixed, because versions format differently and Debian 12 and 13 have different defaults.
import { spawnSync } from 'node:child_process';
import { fail, root, tryRun, which } from './process.mjs';
import { filesBelow } from './stamp.mjs';

const check = process.argv.includes('--check');
const clangFormat = which('clang-format-19') ?? fail('clang-format-19 is missing: node tools/setup.mjs check');
const sources = ['src', 'wasm', 'tests/cpp']
  .flatMap(filesBelow)
  .filter((file) => /\.(cc|h)$/.test(file) && !/\.gen\./.test(file));
// In check mode clang-format prints a line for every place; the names of the files say enough.
function formatCpp() {
  if (!check) {
    return tryRun(clangFormat, ['--style=file', '-i', ...sources]);
  }
  const { stderr } = spawnSync(clangFormat, ['--style=file', '--dry-run', ...sources], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const wrong = [...new Set([...stderr.matchAll(/^([^\s:]+):\d+:\d+: warning/gm)].map((match) => match[1]))];
  wrong.forEach((file) => console.error(`[clang-format] ${file}`));
  return wrong.length === 0 ? 0 : 1;
}

const prettierArguments = [check ? '--check' : '--write', '--log-level=warn', '.'];
const statuses = [
  formatCpp(),
  tryRun(process.execPath, ['node_modules/prettier/bin/prettier.cjs', ...prettierArguments]),
];
if (statuses.some((status) => status !== 0)) {
  fail(check ? 'not formatted: npm run format' : 'formatting failed');
}
