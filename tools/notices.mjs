// The notices of third-party code that travel with the package: dist/THIRD-PARTY-NOTICES.txt, from what the bundles hold.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fail, root } from './process.mjs';
import { writeChanged } from './stamp.mjs';

/** Licences that ask for no text. */
const withoutText = new Map([['Unlicense', 'Released into the public domain (https://unlicense.org).']]);

/** The folders of the npm packages among the inputs of bundles, each once. */
function packagesOf(inputs) {
  const folders = [...inputs].flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

function noticeOf(place) {
  const folder = path.resolve(root, place);
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e(\.\w+)?$/i.test(one));
  const text = file === undefined ? withoutText.get(license) : readFileSync(path.join(folder, file), 'utf8').trim();
  if (text === undefined) fail(`${name} (${license}) has no licence file, which has to travel with the package`);
  return `${name} ${version}, ${license}\n\n${text}\n`;
}

/** @param {Iterable<string>} inputs the files that went into the bundles */
export function writeNotices(inputs) {
  const native = readFileSync(path.join(root, 'wasm/NOTICES.txt'), 'utf8');
  const parts = [
    'Archivolt is under the MIT licence (LICENSE). It contains code of others:\n',
    ...packagesOf(inputs).map(noticeOf),
    native,
  ];
  writeChanged('dist/THIRD-PARTY-NOTICES.txt', parts.join(`\n${'-'.repeat(80)}\n\n`));
}
