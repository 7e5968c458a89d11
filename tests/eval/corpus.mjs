// The retrieval corpus: sections of Debian's documentation packages, which are downloaded and unpacked, not installed.
//
// A section is the text below one heading up to the next. Its id, PACKAGE/path.html#slug-of-the-heading[-N], stays the same between
// point releases unless the document itself changes, so that the questions can name it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { root, run } from '../../tools/process.mjs';
import { corpusPackages } from './corpus-packages.mjs';
import { clean, htmlSections, oneLine } from './html-sections.mjs';

const SHORTEST = 250;
const LONGEST = 20_000;
const PER_PAGE = 40;
/** Less than this share of letters is a table of figures or a listing. */
const LETTERS = 0.6;
const MAX_HEADING = 60;

/**
 * @typedef {object} Section
 * @property {string} id
 * @property {string} page the page's title
 * @property {string} title the section's heading without its number; empty for what stands before the first one
 * @property {string} text paragraphs, a line each
 */

/** Downloads and cuts what is not there yet, about 110 MB for English, and reads it.
 * @param {'en' | 'es'} language @param {string} [folder] @returns {Section[]} */
export function readCorpus(language, folder = path.join(root, '.cache/eval')) {
  const kept = path.join(folder, `sections-${language}.jsonl`);
  if (!existsSync(kept)) {
    fetchPackages(language, folder);
    const sections = corpusPackages[language].flatMap((one) => [...packageSections(one, folder)]);
    writeFileSync(`${kept}.part`, sections.map((section) => `${JSON.stringify(section)}\n`).join(''));
    renameSync(`${kept}.part`, kept);
  }
  return readFileSync(kept, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What tells this corpus from another: its sections' ids and texts. */
export function corpusHash(sections) {
  const hash = createHash('sha256');
  for (const { id, text } of sections) hash.update(`${id}\0${text}\0`);
  return hash.digest('hex').slice(0, 16);
}

function fetchPackages(language, folder) {
  const archives = path.join(folder, 'deb');
  mkdirSync(archives, { recursive: true });
  const archiveOf = (name) => readdirSync(archives).find((file) => file.startsWith(`${name}_`));
  const missing = corpusPackages[language].map(({ name }) => name).filter((name) => archiveOf(name) === undefined);
  if (missing.length > 0) run('apt-get', ['download', ...missing], { cwd: archives });
  for (const { name } of corpusPackages[language]) {
    const unpacked = path.join(folder, 'unpacked', name);
    if (existsSync(unpacked)) continue;
    mkdirSync(path.dirname(unpacked), { recursive: true });
    run('dpkg-deb', ['-x', path.join(archives, archiveOf(name)), `${unpacked}.part`]);
    renameSync(`${unpacked}.part`, unpacked);
  }
}

function* packageSections({ name, folder: below, include, exclude }, folder) {
  const takes = (file) => file.search(include) === 0 && !exclude?.test(file);
  const bases = ['usr/share/doc', 'usr/share'].map((base) => path.join(folder, 'unpacked', name, base, below));
  const base = bases.find((candidate) => existsSync(candidate) && filesOf(candidate).some(takes));
  if (base === undefined) throw new Error(`${name} has no ${below} any more: look at tests/eval/corpus-packages.mjs`);
  const seen = new Set();
  for (const file of filesOf(base).filter(takes)) {
    const slugs = new Map();
    const { title: pageTitle, sections } = readPage(path.join(base, file));
    const page = pageTitle.split(/\s+[\u2014\u2013|]\s+/)[0];
    let kept = 0;
    for (const { heading, text: body } of sections) {
      const text = paragraphs(body).join('\n');
      if (kept >= PER_PAGE || !isProse(text) || seen.has(text)) continue;
      seen.add(text);
      kept++;
      const slug = slugOf(heading);
      const times = (slugs.get(slug) ?? 0) + 1;
      slugs.set(slug, times);
      const id = `${name}/${file.replace('.gz', '')}#${slug}${times > 1 ? `-${times}` : ''}`;
      yield { id, page, title: withoutNumber(heading), text };
    }
  }
}

/** Regular files below a folder, sorted by their path; links, of which some lead back to the same pages, are left out. */
function filesOf(folder) {
  const found = [];
  const walk = (below) => {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const file = path.join(below, entry.name);
      if (entry.isDirectory()) walk(file);
      else if (entry.isFile()) found.push(file);
    }
  };
  walk('');
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function readPage(file) {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return file.includes('.md') ? markdownSections(text) : htmlSections(text);
}

function markdownSections(text) {
  const sections = [{ heading: '', text: '' }];
  let title = '';
  let inCode = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) inCode = !inCode;
    const heading = inCode ? undefined : /^#{1,4}\s+(.*)/.exec(line)?.[1].trim();
    if (heading === undefined) {
      sections.at(-1).text += `${line}\n`;
    } else {
      title ||= heading;
      sections.push({ heading: heading.replaceAll(/^#+|#+$/g, '').trim(), text: '' });
    }
  }
  return { title, sections: sections.filter((section) => section.text.trim() !== '') };
}

function paragraphs(text) {
  return clean(text)
    .split(/\n\s*\n+/)
    .map(oneLine)
    .filter((paragraph) => paragraph !== '');
}

function isProse(text) {
  const characters = [...text];
  if (characters.length < SHORTEST || characters.length > LONGEST) return false;
  return characters.filter((character) => /\p{L}/u.test(character)).length >= LETTERS * characters.length;
}

const withoutNumber = (heading) => heading.replace(/^[\dA-Z]*[\d.]+\s+/, '');

function slugOf(heading) {
  const slug = withoutNumber(heading)
    .toLowerCase()
    .replaceAll(/[^a-z0-9\u00e0-\u00ff]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return slug.slice(0, MAX_HEADING) || 'top';
}
