// What the specs of the app share: a folder of real documents, a real drop of it from outside the browser, and names for what the
// page shows. Only roles and texts that a person meets are used to find things.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { realDocuments } from '../support/corpus.mjs';

export interface Folder {
  path: string;
  name: string;
  /** Files that must come out indexed. */
  readable: number;
  remove(): void;
}

/** A passage of one of the documents, and a question whose words are not in it. */
export const KNOWN = {
  file: 'notes/water.md',
  heading: 'Keeping the cellar dry',
  passage: 'The sump pump switches itself on when the water stands eleven centimetres high.',
  words: 'sump pump eleven centimetres',
};

const OWN: Record<string, string | Uint8Array> = {
  [KNOWN.file]:
    '# House book\n\nWhat everyone who lives here has to know.\n\n' +
    `## ${KNOWN.heading}\n\n${KNOWN.passage} It is tested on the first of each month.\n\n` +
    '## Heating\n\n- The boiler is serviced in **September**.\n- Radiators are bled from the top floor down.\n',
  'notes/roof.html':
    '<!doctype html><html><head><title>Roof</title><style>p{color:red}</style></head><body><nav>Menu</nav><h1>Roof</h1>' +
    '<p>The slates on the north side were laid again with copper nails after the storm.</p></body></html>',
  'notes/plain.txt': 'The attic window opens outwards and is held by a brass stay.\n',
  'code/pump.ts':
    'export function pumpIsDue(levelCentimetres: number): boolean {\n  return levelCentimetres >= 11;\n}\n',
};
/** Files that cannot be indexed, and why not. */
const UNREADABLE: Record<string, string | Uint8Array> = {
  'broken/empty.md': '',
  'broken/junk.md': Uint8Array.from({ length: 600 }, (_, i) => (i * 37) % 256),
};
/** Files that are left out of a folder without a word. */
const LEFT_OUT: Record<string, string | Uint8Array> = {
  '.git/config': '[core]\n',
  'node_modules/inner/readme.md': '# not ours\n',
  'pictures/plan.png': Uint8Array.from([0x89, 0x50, 0x4e, 0x47]),
};
export const UNREADABLE_FILES = Object.keys(UNREADABLE).length;

function write(root: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    const full = path.join(root, name);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, content);
  }
}

/** A folder with `count` documents of the corpus (HTML and Markdown), and some of known content; with broken ones when asked. */
export function makeFolder(count: number, options: { broken?: boolean } = {}): Folder {
  const parent = mkdtempSync(path.join(tmpdir(), 'archivolt-folder-'));
  const root = path.join(parent, 'library');
  const documents = realDocuments({ files: count });
  // Copies of one text would come out as duplicates, as they should; licences in the corpus are such copies.
  const seen = new Set<string>();
  const contents: Record<string, Uint8Array> = {};
  for (const document of documents) {
    const bytes = document.read();
    const text = bytes.toString('latin1');
    if (!seen.has(text))
      contents[`corpus/${document.name.replaceAll('node_modules', 'modules').replace(/(^|\/)\./g, '$1')}`] = bytes;
    seen.add(text);
  }
  write(root, contents);
  write(root, OWN);
  if (options.broken) {
    write(root, UNREADABLE);
    write(root, LEFT_OUT);
  }
  return {
    path: root,
    name: 'library',
    readable: Object.keys(contents).length + Object.keys(OWN).length,
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** Drops files or folders of the disk on the window, as a file manager does. */
export async function drop(page: Page, paths: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
  await session.detach();
}

/** Opens the app and waits until the documents are open: the empty page or the search. */
export async function openApp(page: Page, hash = '#/'): Promise<void> {
  await page.goto(`/${hash}`);
  await page.getByText(/\d documents?, /).waitFor();
}

export const searchBox = (page: Page): Locator => page.getByRole('searchbox', { name: 'Search your documents' });
export const results = (page: Page): Locator => page.getByRole('region', { name: 'Results' });
export const hits = (page: Page): Locator => results(page).getByRole('article');
export const importCard = (page: Page): Locator => page.getByRole('region', { name: 'Import' });
export const documentsPanel = (page: Page): Locator => page.getByRole('complementary', { name: /^Documents/ });
export const documentRows = (page: Page): Locator =>
  documentsPanel(page).getByRole('list', { name: 'Documents, newest first' }).getByRole('listitem');

/** Drops a folder and waits until its import has ended. */
export async function importFolder(page: Page, folder: Folder): Promise<void> {
  await drop(page, [folder.path]);
  await importCard(page)
    .getByText(/^(Added|Nothing new)/)
    .first()
    .waitFor({ timeout: 60_000 });
}

/** Breaches of the page's policy, errors and requests to other hosts, collected from now on. */
export function watchConduct(page: Page): { breaches: string[]; errors: string[]; foreign: string[] } {
  const seen = { breaches: [] as string[], errors: [] as string[], foreign: [] as string[] };
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) seen.breaches.push(message.text());
    else if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') seen.foreign.push(request.url());
  });
  return seen;
}
