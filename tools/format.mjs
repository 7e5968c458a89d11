// npm run format: formats C++ with clang-format 19 and everything else with prettier. --check only says what it would change.
//
// The version of clang-format is fixed, because versions format differently and Debian 12 and 13 have different defaults.
import { fail, root, tryRun, which } from './process.mjs';
import { filesBelow } from './stamp.mjs';

const check = process.argv.includes('--check');
const clangFormat = which('clang-format-19') ?? fail('clang-format-19 is missing: node tools/setup.mjs check');
const sources = ['src', 'wasm', 'tests/cpp']
  .flatMap(filesBelow)
  .filter((file) => /\.(cc|h)$/.test(file) && !/\.gen\./.test(file));
const statuses = [
  tryRun(clangFormat, ['--style=file', ...(check ? ['--dry-run', '-Werror'] : ['-i']), ...sources]),
  tryRun(
    process.execPath,
    ['node_modules/prettier/bin/prettier.cjs', check ? '--check' : '--write', '--log-level=warn', '.'],
    {
      cwd: root,
    },
  ),
];
if (statuses.some((status) => status !== 0)) {
  fail(check ? 'not formatted: npm run format' : 'formatting failed');
}
