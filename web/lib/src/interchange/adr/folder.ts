/** Which of the files are decisions, and what each is called by: as adr-tools, log4brains or the folders themselves say. */
import { readFrontMatter } from './front-matter.js';
import { isDecisionFile, isMarkdown, placeOf, slugOf } from './places.js';
import { headOf, type NamedBytes } from '../readers/bytes.js';

export interface DecisionFile {
  /** Its path among the files. */
  path: string;
  /** What the decision is called by: its place in the folder, without the ending. */
  slug: string;
  file: NamedBytes;
}

export interface DecisionFolder {
  files: DecisionFile[];
  /** The folder that slugs begin in, with a slash at its end unless it is ''. */
  root: string;
  skipped: { table: string; reason: string }[];
}

/** Folders of a configuration, and what the names of the decisions in them begin with. */
type Roots = { folder: string; prefix: string }[];

const MOST_SKIPPED = 1000;
const MOST_CONFIGURATION = 64 * 1024;
/** Folders that are named after decisions. */
const OF_DECISIONS =
  /(?:^|\/)(?:adrs?|adl|decisions|(?:architecture[-_])?decision[-_](?:records|log)|architecture[-_]decisions)\//i;

export async function folderOf(files: readonly NamedBytes[]): Promise<DecisionFolder> {
  const skipped: DecisionFolder['skipped'] = [];
  const skip = (table: string, reason: string): void => {
    if (skipped.length < MOST_SKIPPED) skipped.push({ table, reason });
  };
  const candidates: { path: string; file: NamedBytes }[] = [];
  let roots: Roots = [];
  for (const file of files) {
    const place = placeOf(file.name);
    const path = place.join('/');
    const name = place.at(-1) ?? '';
    if (name === '.adr-dir' || name === '.log4brains.yml') {
      const found = await rootsOf(name, place.slice(0, -1), file);
      if (roots.length === 0 || name === '.log4brains.yml') roots = found;
    } else if (!isMarkdown(name)) skip(path, 'no Markdown file');
    else if (!isDecisionFile(place)) skip(path, 'a template or an index');
    else candidates.push({ path, file });
  }
  const named = candidates.map((one) => ({ ...one, root: rootOf(one.path, roots) }));
  const isConfigured = named.some(({ root }) => root !== undefined);
  const isOfDecisions = !isConfigured && candidates.some(({ path }) => OF_DECISIONS.test(path));
  const chosen = named.filter(({ path, root }) => {
    const isIn = isConfigured ? root !== undefined : !isOfDecisions || OF_DECISIONS.test(path);
    if (!isIn) skip(path, 'outside of the folders of decisions');
    return isIn;
  });
  const shared = isConfigured ? (roots.find(({ prefix }) => prefix === '')?.folder ?? '') : sharedFolder(chosen);
  const known = new Set<string>();
  const found = chosen.flatMap(({ path, file, root }): DecisionFile[] => {
    const { folder, prefix } = root ?? { folder: shared, prefix: '' };
    const slug = prefix + slugOf(path.slice(folder === '' ? 0 : folder.length + 1));
    if (known.has(slug)) {
      skip(path, 'another file has the same name');
      return [];
    }
    known.add(slug);
    return [{ path, slug, file }];
  });
  return { files: found, root: shared === '' ? '' : `${shared}/`, skipped };
}

/** The innermost of the folders that the path lies in. */
function rootOf(path: string, roots: Roots): Roots[number] | undefined {
  const around = roots.filter(({ folder }) => folder === '' || path.startsWith(`${folder}/`));
  return around.sort((a, b) => b.folder.length - a.folder.length)[0];
}

/** `.adr-dir` holds a path, `.log4brains.yml` the folders of a project and of its packages. */
async function rootsOf(name: string, above: readonly string[], { bytes }: NamedBytes): Promise<Roots> {
  const text = new TextDecoder('utf-8').decode(await headOf(bytes, MOST_CONFIGURATION));
  const folder = (path: unknown): string =>
    placeOf([...above, typeof path === 'string' ? path : ''].join('/')).join('/');
  if (name === '.adr-dir') return [{ folder: folder(text.trim()), prefix: '' }];
  const project = record(record(readFrontMatter(text))['project']);
  if (typeof project['adrFolder'] !== 'string') return [];
  const packages = Array.isArray(project['packages']) ? project['packages'].map(record) : [];
  return [
    { folder: folder(project['adrFolder']), prefix: '' },
    ...packages.flatMap((one) =>
      typeof one['name'] === 'string' && typeof one['adrFolder'] === 'string'
        ? [{ folder: folder(one['adrFolder']), prefix: `${placeOf(one['name']).join('-')}/` }]
        : [],
    ),
  ];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The deepest folder that holds all of them. */
function sharedFolder(files: readonly { path: string }[]): string {
  const folders = files.map(({ path }) => path.split('/').slice(0, -1));
  const [first = []] = folders;
  const differs = first.findIndex((name, at) => folders.some((folder) => folder[at] !== name));
  return (differs < 0 ? first : first.slice(0, differs)).join('/');
}
