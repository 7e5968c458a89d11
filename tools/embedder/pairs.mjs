// Cuts the sources into the pairs that the table is trained on: two texts that mean the same or belong together.
//
// A line of the result: SOURCE:KIND, the first text's words, the second's, separated by tabs; words (table-words.mjs) by
// spaces. What a source is is told in sources.json; its `read` names one of the readers below.
import { createWriteStream, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { messagesOfMo, messagesOfPo, pairsOfMessages, sameKeys } from './extract/catalogues.mjs';
import { pairsOfJargon, pairsOfWordNet } from './extract/dictionaries.mjs';
import { pairsOfHtml, pairsOfManual, pairsOfMarkdown } from './extract/documents.mjs';
import {
  pairsOfAzureHelp,
  pairsOfDeclarations,
  pairsOfGo,
  pairsOfInterfaceTexts,
  pairsOfOpenApi,
  pairsOfService,
} from './extract/reference.mjs';
import { oneLine, passages, randomOf, withoutMarkdown, withoutTags } from './extract/text.mjs';
import { tableWords } from './table-words.mjs';

const LONGEST = 1200;
/** Pages that are lists, or in another language. */
const NO_PAGE =
  /genindex|change(s|log)|releas|whatsnew|history|\/index\.html$|licen[sc]e|search\.html|_sources|_modules|\/api\/|\/functions_|\/class[a-z]+_1_|\/(zh|ja|de|fr|it|pt|ru|ko|es|id|tr|uk)[_.-]/;
const LARGEST_PAGE = 1_500_000;

const read = (file) => {
  const bytes = readFileSync(file);
  return file.endsWith('.gz') || file.endsWith('.dz') ? gunzipSync(bytes) : bytes;
};
const text = (file) => read(file).toString('utf8');
const json = (file) => JSON.parse(text(file));
const one = (files, end) => files.find((file) => file.endsWith(end));

function* each(files, pairsOf, random) {
  for (const file of files) yield* pairsOf(text(file), random);
}

/** One document in two languages, as the same passage of both. */
function* pairsOfTranslations(documents) {
  for (const [english, spanish] of documents) {
    const [from, to] = [english, spanish].map((document) => passages(withoutMarkdown(document)));
    for (const [at, passage] of from.entries()) {
      if (from.length === to.length) yield ['translation', passage, to[at]];
    }
  }
}

const helpOf = (html) =>
  html.replaceAll(/<script[^>]*data-help-name="([^"]*)"[^>]*>/g, '<h1>$1</h1>').replaceAll('</script>', '');

/** What each `read` of sources.json does with the files of its source. */
const readers = {
  html: (files, random) =>
    each(
      files.filter((file) => !NO_PAGE.test(file)),
      (page) => (page.length > LARGEST_PAGE ? [] : pairsOfHtml(page, random)),
      random,
    ),
  markdown: (files, random) => each(files, pairsOfMarkdown, random),
  manual: (files, random) => each(files, pairsOfManual, random),
  wordnet: (files, random) => pairsOfWordNet(text(one(files, '.index')), read(one(files, '.dict.dz')), random),
  jargon: (files) => pairsOfJargon(text(one(files, '.index')), read(one(files, '.dict.dz'))),
  *aws(files, random) {
    for (const file of files) yield* pairsOfService(json(file), random, 0.25);
  },
  azure: (files) => each(files, pairsOfAzureHelp),
  declarations: (files) => each(files, pairsOfDeclarations),
  go: (files) => each(files, pairsOfGo),
  *openapi(files, random) {
    for (const file of files) yield* pairsOfOpenApi(json(file), random);
  },
  interface: (files) => each(files, pairsOfInterfaceTexts),
  *po(files, random) {
    for (const file of files) yield* pairsOfMessages(messagesOfPo(text(file)), random);
  },
  *mo(files, random) {
    for (const file of files) yield* pairsOfMessages(messagesOfMo(read(file)), random);
  },
  /** Objects of messages, at the same path but for the language's name. */
  *messages(files, random) {
    for (const file of files) {
      const other = files.find((candidate) => candidate === file.replace('/en-US/', '/es-ES/').replace('/en/', '/es/'));
      if (other !== undefined && other !== file) yield* pairsOfMessages(sameKeys(json(file), json(other)), random);
    }
  },
  *lighthouse(files, random) {
    const english = json(one(files, 'en-US.json'));
    for (const name of ['es.json', 'es-419.json'])
      yield* pairsOfMessages(sameKeys(english, json(one(files, `/${name}`))), random);
    for (const catalogue of [english, json(one(files, '/es.json')), json(one(files, '/es-419.json'))]) {
      for (const [key, { message }] of Object.entries(catalogue)) {
        const description = catalogue[key.replace(/ \| \w*[tT]itle$/, ' | description')]?.message;
        if (description !== undefined && description !== message)
          yield ['title', message, withoutMarkdown(description)];
      }
    }
  },
  *typescript(files, random) {
    const spanish = json(one(files, 'es/diagnosticMessages.generated.json'));
    const told = text(one(files, 'typescript.js')).matchAll(/diag\(\d+, [^,]+, "(\w+)", ("(?:[^"\\]|\\.)*")/g);
    const messages = [...told].filter(([, key]) => spanish[key] !== undefined);
    yield* pairsOfMessages(
      messages.map(([, key, message]) => [JSON.parse(message), spanish[key]]),
      random,
    );
  },
  *monaco(files, random) {
    const spanish = JSON.parse(/_VSCODE_NLS_MESSAGES=(\[[\s\S]*?\]);/.exec(text(one(files, 'lang/es.js')))[1]);
    const messages = [];
    for (const file of files.filter((name) => !name.includes('/nls/'))) {
      for (const [, at, message] of text(file).matchAll(/localize2?\((\d+), ("(?:[^"\\\p{Cc}]|\\["\\/bfnrt])*")/gu)) {
        if (typeof spanish[at] === 'string') messages.push([JSON.parse(message), spanish[at]]);
      }
    }
    yield* pairsOfMessages(messages, random);
  },
  *nodered(files, random) {
    for (const file of files.filter((name) => name.includes('/en-US/'))) {
      const other = file.replace('/en-US/', '/es-ES/');
      if (!files.includes(other)) continue;
      if (file.endsWith('.json')) {
        yield* pairsOfMessages(sameKeys(json(file), json(other)), random);
        continue;
      }
      const [english, spanish] = [file, other].map((name) => helpOf(text(name)));
      for (const help of [english, spanish]) yield* pairsOfHtml(help, random);
      const [from, to] = [english, spanish].map((help) =>
        help
          .split('<h1>')
          .slice(1)
          .map((part) => oneLine(withoutTags(part))),
      );
      for (const [at, help] of from.entries()) if (from.length === to.length) yield ['translation', help, to[at]];
    }
  },
  *exercises(files, random) {
    const english = (file) => file.replace(/[._]es\.md$/, '.md');
    const spanish = files.filter((file) => english(file) !== file);
    for (const file of spanish) yield* pairsOfMarkdown(text(file), random);
    const both = spanish.filter((file) => files.includes(english(file)));
    yield* pairsOfTranslations(both.map((file) => [text(english(file)), text(file)]));
  },
  *cldr(files) {
    const annotations = (name) => json(one(files, `/${name}/annotations.json`)).annotations.annotations;
    const [english, spanish] = [annotations('en'), annotations('es')];
    const words = ({ default: keywords = [], tts = [] }) => [...tts, ...keywords].join(' ');
    for (const [character, entry] of Object.entries(english)) {
      if (spanish[character] !== undefined) yield ['translation', words(entry), words(spanish[character])];
    }
  },
  *own(files) {
    for (const [english, statement, spanish, afirmacion] of json(files[0]).pairs) {
      yield ['question', english, statement];
      yield ['question', spanish, afirmacion];
      yield ['translation', english, spanish];
      yield ['translation', statement, afirmacion];
    }
  },
};

/** Regular files below a folder that match, sorted. */
export function filesOf(folder, pattern) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => pattern.test(file))
    .sort((a, b) => (a < b ? -1 : 1));
}

const seedOf = (name) => [...name].reduce((seed, character) => (Math.imul(seed, 31) + character.charCodeAt(0)) | 0, 7);

/** So many of them, chosen by chance, in their order. */
function sample(files, most, random) {
  if (files.length <= most) return files;
  const chosen = files.map((file) => [random(), file]).sort((a, b) => a[0] - b[0]);
  return chosen
    .slice(0, most)
    .map(([, file]) => file)
    .sort((a, b) => (a < b ? -1 : 1));
}

/**
 * @param {{ package: string, read: string, files: string, most?: number }} source an entry of sources.json
 * @param {string} folder where its package is unpacked
 * @returns {Generator<[kind: string, first: string, second: string]>}
 */
export function* pairsOf(source, folder) {
  const random = randomOf(seedOf(`${source.package} ${source.read}`));
  const files = sample(filesOf(folder, new RegExp(source.files)), source.most ?? Infinity, random);
  if (files.length === 0) throw new Error(`${source.package} has no file like ${source.files}: look at sources.json`);
  for (const [kind, first, second] of readers[source.read](files, random)) {
    if (first.length >= 3 && second.length >= 3) yield [kind, first.slice(0, 400), second.slice(0, LONGEST)];
  }
}

/** Writes the pairs of all sources. @param {(source: object) => string} folderOf @returns how many each gave */
export async function writePairs(sources, folderOf, file) {
  const out = createWriteStream(file);
  const counts = {};
  try {
    for (const source of sources) {
      const seen = new Set();
      for (const [kind, first, second] of pairsOf(source, folderOf(source))) {
        const [a, b] = [tableWords(first), tableWords(second)];
        const line = `${source.package}:${kind}\t${a.join(' ')}\t${b.join(' ')}\n`;
        if (a.length === 0 || b.length < 2 || seen.has(line)) continue;
        seen.add(line);
        counts[source.package] = (counts[source.package] ?? 0) + 1;
        if (!out.write(line)) await once(out, 'drain');
      }
    }
  } finally {
    out.end();
    await once(out, 'close');
  }
  return counts;
}
